// The page around the views: which one is open, what it is, and how it looks.
import { paletteStyle } from './colours';
import { h } from './dom';
import { Session } from './engine';
import { address, hash, read, write, type Fields, type Values } from './state';
import { Page, type View } from './view';
import { backward } from './views/backward';
import { explosion } from './views/explosion';
import { placement } from './views/placement';
import { tape } from './views/tape';
import { tiles } from './views/tiles';

type AnyView = View<Fields>;
const views = [explosion, tiles, placement, backward, tape] as unknown as AnyView[];

const lessons: Record<string, string> = {
  '01': 'Explosion',
  '02': 'What is normalized',
  '04': 'Backward by hand',
  '12': 'Residual growth',
};

const links = views.map((view) => h('a', { href: `#${view.name}` }, view.title));
const main = h('main', { id: 'main', tabindex: -1 });
let open: { page: Page; hash: string } | undefined;

/** A switch that stays as it was set while the page is open. */
function toggle(
  label: string,
  words: string,
  pressed: boolean,
  set: (on: boolean) => void,
): HTMLElement {
  const made = h(
    'button',
    {
      type: 'button',
      class: 'toggle',
      'aria-label': words,
      title: words,
      'aria-pressed': String(pressed),
      onclick: () => {
        const on = made.getAttribute('aria-pressed') !== 'true';
        made.setAttribute('aria-pressed', String(on));
        set(on);
      },
    },
    label,
  );
  return made;
}

const root = document.documentElement;
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
root.dataset['theme'] = dark ? 'dark' : 'light';

const copy = h(
  'button',
  {
    type: 'button',
    onclick: () => {
      history.replaceState(null, '', open?.hash ?? '');
      const told = (text: string) => (): void => {
        copy.textContent = text;
        setTimeout(() => (copy.textContent = 'Copy link'), 1500);
      };
      navigator.clipboard
        .writeText(location.href)
        .then(told('Copied'), told('It is in the address bar'));
    },
  },
  'Copy link',
);

function show(): void {
  const { view: name, parameters } = address();
  const complaints: string[] = [];
  let view = views.find((one) => one.name === name);
  if (!view) {
    if (name !== '') complaints.push(`There is no view “${name.slice(0, 40)}”; Backward is shown.`);
    view = backward as unknown as AnyView;
  }
  const chosen = view;
  const state: Values<Fields> = read(view.fields, parameters, complaints);
  open?.page.session.stop();
  const page = new Page(() => {
    open = { page, hash: hash(chosen.name, chosen.fields, state) };
    write(open.hash);
  });
  links.forEach((link, k) =>
    views[k] === chosen
      ? link.setAttribute('aria-current', 'page')
      : link.removeAttribute('aria-current'),
  );
  document.title = `${view.title} · Evenkeel microscope`;
  const complaint = h(
    'p',
    { class: 'notice', role: 'alert', hidden: complaints.length === 0 },
    complaints.slice(0, 4).join(' '),
  );
  main.replaceChildren(
    h(
      'header',
      {},
      h('h1', {}, view.question),
      h(
        'p',
        { class: 'lesson' },
        `Lesson ${view.lesson}, ${lessons[view.lesson]}: `,
        h('code', {}, `lessons/run ${view.lesson}`),
      ),
    ),
    complaint,
    h(
      'div',
      { class: `view view-${view.name}` },
      page.controls,
      h('div', { class: 'shown' }, page.notice, page.content),
    ),
  );
  view.mount(page, state);
}

document.head.append(h('style', {}, paletteStyle()));
document.body.append(
  h(
    'a',
    {
      class: 'skip',
      href: '#main',
      onclick: (event: Event) => (event.preventDefault(), main.focus()),
    },
    'To the content',
  ),
  h(
    'header',
    { class: 'top' },
    h('strong', {}, 'Evenkeel', h('span', {}, ' microscope')),
    h('nav', { 'aria-label': 'Views' }, ...links),
    h(
      'div',
      { class: 'switches' },
      copy,
      toggle('A+', 'Larger text, for a projector', false, (on) =>
        root.classList.toggle('large', on),
      ),
      toggle('◐', 'Dark page', dark, (on) => (root.dataset['theme'] = on ? 'dark' : 'light')),
    ),
  ),
  main,
  h(
    'footer',
    {},
    'Every number here comes from Evenkeel’s own sources, compiled to WebAssembly. Nothing leaves this page, and nothing is fetched.',
  ),
);
addEventListener('hashchange', show);
show();

// For the console, and for the tests: await evenkeel({ ask: 'norm', … })
Object.assign(globalThis, {
  evenkeel: (request: object) => new Session().ask(request).then(({ value }) => value),
});
