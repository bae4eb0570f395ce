// What Explosion and Placement share: the same question for several seeds, drawn as medians and bands
// while the answers come, with a way to stop.
import type { Curve } from './chart';
import { button } from './controls';
import { h } from './dom';
import { toNumber, type Session } from './engine';
import type { Page } from './view';

type List = readonly (number | string)[];

/** What lies below a share of the values: 0.5 is the median. */
function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place % 1);
}

/** Medians over the seeds, the middle 90 % as a band; the first entry stands at `first`. */
export function curveOf(name: string, colour: string, first: number, runs: List[]): Curve {
  const layers = runs[0].map((_, l) => runs.map((run) => toNumber(run[l])));
  return {
    name,
    colour,
    x: layers.map((_, l) => l + first),
    y: layers.map((values) => quantile(values, 0.5)),
    low: layers.map((values) => quantile(values, 0.05)),
    high: layers.map((values) => quantile(values, 0.95)),
  };
}

/** What theory says, dashed; the chart does not name it. */
export function theoryOf(colour: string, first: number, list: List): Curve {
  const y = list.map(toNumber);
  return { name: '', colour, dashed: true, x: y.map((_, l) => l + first), y };
}

/** A row of the table below the charts. */
export function rowOf({ name, colour }: Curve, cells: string[]): HTMLElement {
  const head = h('th', { scope: 'row', class: 'named', style: `--colour: ${colour}` }, name);
  return h('tr', {}, head, ...cells.map((text) => h('td', {}, text)));
}

export interface Asked<Run> {
  names: readonly string[];
  seed: number;
  seeds: number;
  question: (name: string) => object;
  /** After each seed: for each name that has any, its runs so far. */
  draw: (runs: [string, Run[]][]) => void;
  /** What else is asked, once there is something to see. */
  then?: (session: Session) => Promise<void>;
}

export class Seeds {
  #progress = h('progress', { max: 1, value: 0, 'aria-label': 'Seeds computed' });
  #time = h('span', { class: 'time' });
  #stop: HTMLButtonElement;
  readonly element: HTMLElement;

  constructor(readonly page: Page) {
    this.#stop = button('Stop', () => {
      page.session.stop();
      this.#stop.disabled = true;
      this.#time.textContent = 'Stopped: the seeds so far are shown.';
    });
    this.element = h('div', { class: 'running' }, this.#progress, this.#stop, this.#time);
  }

  ask<Run>({ names, seed, seeds, question, draw, then }: Asked<Run>): void {
    const session = this.page.restart();
    const runs = new Map<string, Run[]>(names.map((name) => [name, []]));
    let milliseconds = 0;
    this.#stop.disabled = false;
    const drawn = (done: number): void => {
      draw([...runs].filter(([, list]) => list.length > 0));
      this.#progress.value = done / seeds;
      this.#time.textContent = `${done} of ${seeds} seeds; the first run took ${milliseconds.toFixed(0)} ms`;
    };
    void this.page.attempt(async () => {
      for (let k = 0; k < seeds && names.length > 0; ++k) {
        for (const name of names) {
          const answer = await session.ask<Run>({ ...question(name), seed: seed + k });
          milliseconds ||= answer.milliseconds;
          runs.get(name)!.push(answer.value);
          if (k === 0) drawn(0);
        }
        if (k === 0) await then?.(session);
        drawn(k + 1);
      }
      this.#stop.disabled = true;
    });
  }
}
