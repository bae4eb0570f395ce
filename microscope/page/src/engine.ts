// Asks the engine in its worker, one question after the other. A Session is all that one state of a
// view asks; a new one takes the place of the old, whose questions are forgotten.
import bytes from 'engine.wasm';

export class Stopped extends Error {}
export class EngineError extends Error {}

interface Question {
  session: Session;
  request: object;
  resolve(answer: Answer<unknown>): void;
  reject(error: Error): void;
}

export interface Answer<T> {
  value: T;
  milliseconds: number;
}

const patience = 150; // milliseconds that a question which nobody waits for any more may take

class Engine {
  #module: Promise<WebAssembly.Module> = WebAssembly.compile(bytes);
  #worker: Promise<Worker> | undefined;
  #waiting: Question[] = [];
  #running: Question | undefined;

  ask(question: Question): void {
    this.#waiting.push(question);
    void this.#next();
  }

  /** Forgets the session's questions. One that is running is given a moment, then its worker ends. */
  cancel(session: Session): void {
    const [gone, kept] = [true, false].map((is) =>
      this.#waiting.filter((question) => (question.session === session) === is),
    );
    this.#waiting = kept;
    for (const question of gone) question.reject(new Stopped());
    const running = this.#running;
    if (running?.session !== session) return;
    running.reject(new Stopped());
    setTimeout(() => {
      if (this.#running === running) this.#restart();
    }, patience);
  }

  #start(): Promise<Worker> {
    return this.#module.then((module) => {
      const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
      const worker = new Worker(url);
      worker.postMessage({ module });
      worker.onmessage = (event) => this.#answered(event.data);
      worker.onerror = () => this.#died();
      return worker;
    });
  }

  async #next(): Promise<void> {
    if (this.#running) return;
    const question = this.#waiting.shift();
    if (!question) return;
    this.#running = question;
    this.#worker ??= this.#start();
    const worker = await this.#worker;
    if (this.#running === question)
      worker.postMessage({ request: JSON.stringify(question.request) });
  }

  #answered({ text, milliseconds }: { text: string; milliseconds: number }): void {
    const question = this.#running;
    this.#running = undefined;
    void this.#next();
    const value = JSON.parse(text) as { error?: string };
    if (value.error === undefined) question?.resolve({ value, milliseconds });
    else question?.reject(new EngineError(sentence(value.error)));
  }

  #died(): void {
    this.#running?.reject(new EngineError('The engine ran out of memory: ask for less.'));
    this.#restart();
  }

  #restart(): void {
    void this.#worker?.then((worker) => worker.terminate());
    this.#worker = undefined;
    this.#running = undefined;
    void this.#next();
  }
}

const engine = new Engine();

export class Session {
  ask<T>(request: object): Promise<Answer<T>> {
    return new Promise((resolve, reject) => {
      engine.ask({ session: this, request, resolve: resolve as Question['resolve'], reject });
    });
  }
  stop(): void {
    engine.cancel(this);
  }
}

/** "[group_norm] 5 channels cannot be cut" → "group_norm: 5 channels cannot be cut." */
function sentence(error: string): string {
  const text = error.replace(/^\[microscope\] /, '').replace(/^\[(\w+)\] /, '$1: ');
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.?$/, '.');
}

/** A number of an answer: NaN and the infinities are texts there. */
export const toNumber = (x: number | string): number => Number(x);
