// What a view is, and the frame that all of them share.
import { EngineError, Session, Stopped } from './engine';
import { h } from './dom';
import type { Fields, Values } from './state';

export interface View<F extends Fields> {
  name: string;
  title: string;
  /** The number of the lesson it belongs to. */
  lesson: string;
  question: string;
  fields: F;
  /** Fills `page` for the state; calls page.changed() after each change of it. */
  mount(page: Page, state: Values<F>): void;
}

/** The page that a view fills: controls, what they show, and what went wrong. */
export class Page {
  readonly controls = h('div', { class: 'controls' });
  readonly content = h('div', { class: 'content' });
  readonly notice = h('p', { class: 'notice', role: 'status', hidden: true });
  /** Of what the engine has been asked last. */
  session = new Session();

  constructor(readonly changed: () => void) {}

  /** Begins anew: what was asked before is forgotten, and what was wrong. */
  restart(): Session {
    this.session.stop();
    this.session = new Session();
    this.say('');
    return this.session;
  }

  say(text: string): void {
    this.notice.textContent = text;
    this.notice.hidden = text === '';
  }

  /** Runs `work`, and says on the root element whether there is any; what the engine refuses is said in the page, and what was stopped is not. */
  async attempt(work: () => Promise<void>): Promise<void> {
    const session = this.session;
    document.documentElement.dataset['busy'] = 'yes';
    try {
      await work();
    } catch (error) {
      if (error instanceof Stopped || session !== this.session) return;
      if (!(error instanceof EngineError)) throw error;
      this.say(error.message);
    } finally {
      if (session === this.session) document.documentElement.dataset['busy'] = 'no';
    }
  }
}
