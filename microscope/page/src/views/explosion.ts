// Explosion: σ by layer, forward and back, over several seeds, with theory.
import { LineChart, type Curve } from '../chart';
import { colourOf, norms } from '../colours';
import { button, chips, select, slider, type Range } from '../controls';
import { h, short, table } from '../dom';
import { toNumber } from '../engine';
import type { Values } from '../state';
import type { Page, View } from '../view';

const names = ['none', 'batch', 'layer', 'rms', 'group'];
const activations = ['relu', 'leaky_relu', 'gelu', 'silu', 'tanh', 'sigmoid', 'none'];

const fields = {
  norms: { kind: 'choices', start: ['none', 'batch', 'layer'], of: names },
  activation: { kind: 'choice', start: 'relu', of: activations },
  depth: { kind: 'number', start: 10, least: 1, most: 100, whole: true },
  width: { kind: 'number', start: 64, least: 1, most: 512, whole: true },
  scale: { kind: 'number', start: 0.5, least: 0.001, most: 10 },
  samples: { kind: 'number', start: 100, least: 1, most: 1000, whole: true },
  seed: { kind: 'number', start: 1, least: 1, most: 100000, whole: true },
  seeds: { kind: 'number', start: 12, least: 1, most: 50, whole: true },
} as const;
type State = Values<typeof fields>;

interface Run {
  forward: (number | string)[];
  backward: (number | string)[];
}

type Side = keyof Run;

const scaleRange: Range = {
  least: 0.001,
  most: 10,
  at: (position) => Number((10 ** (-3 + (4 * position) / 1000)).toPrecision(3)),
  position: (value) => ((Math.log10(value) + 3) / 4) * 1000,
};

/** What lies below a share of the values: 0.5 is the median. */
function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place % 1);
}

/** Medians over the seeds, the middle 90 % as a band. */
function curveOf(norm: string, runs: Run[], side: Side): Curve {
  const layers = runs[0][side].map((_, l) => runs.map((run) => toNumber(run[side][l])));
  return {
    name: norms[norm],
    colour: colourOf(norm),
    x: layers.map((_, l) => l + 1),
    y: layers.map((values) => quantile(values, 0.5)),
    low: layers.map((values) => quantile(values, 0.05)),
    high: layers.map((values) => quantile(values, 0.95)),
  };
}

/** By what a curve is multiplied from layer to layer, on the whole; backward it is read from the right. */
function growth(curve: Curve, side: Side): number {
  const [first, last] = [curve.y[0], curve.y[curve.y.length - 1]];
  const perLayer = (last / first) ** (1 / Math.max(1, curve.y.length - 1));
  return side === 'forward' ? perLayer : 1 / perLayer;
}

function mount(page: Page, state: State): void {
  const charts = {
    forward: new LineChart({ title: 'Forward: σ of the activations', x: 'layer', log: true }),
    backward: new LineChart({
      title: 'Backward: σ of ∂loss/∂h, read from right to left',
      x: 'layer',
      log: true,
    }),
  };
  const finding = h('tbody', { 'aria-live': 'polite' });
  const progress = h('progress', { max: 1, value: 0, 'aria-label': 'Seeds computed' });
  const time = h('span', { class: 'time' });
  const stop = button('Stop', () => {
    page.session.stop();
    stop.disabled = true;
    time.textContent = 'Stopped: the seeds so far are shown.';
  });

  const refresh = (): void => {
    page.changed();
    const session = page.restart();
    const runs = new Map<string, Run[]>(state.norms.map((norm) => [norm, []]));
    const theory = new Map<string, Run>();
    const { norms: chosen, seeds, seed, ...setting } = state;
    let milliseconds = 0;
    finding.replaceChildren();
    if (chosen.length === 0) page.say('Choose a norm, or several.');
    stop.disabled = false;

    const draw = (done: number): void => {
      for (const side of ['forward', 'backward'] as const) {
        const curves = [...runs]
          .filter(([, list]) => list.length > 0)
          .map(([norm, list]) => curveOf(norm, list, side));
        const dashed = [...theory].filter(([, run]) => run[side].length > 0);
        const grey = dashed.map(([, run]): Curve => {
          const y = run[side].map(toNumber);
          return {
            name: '',
            colour: colourOf('theory'),
            dashed: true,
            x: y.map((_, l) => l + 1),
            y,
          };
        });
        charts[side].show([...grey, ...curves]);
      }
      progress.value = done / seeds;
      const row = ([norm, list]: [string, Run[]]): HTMLElement => {
        const [forward, back] = (['forward', 'backward'] as const).map((side) =>
          curveOf(norm, list, side),
        );
        const cells = [
          `× ${short(growth(forward, 'forward'))}`,
          `× ${short(growth(back, 'backward'))}`,
          short(forward.y[forward.y.length - 1]),
          short(back.y[0]),
        ];
        return h(
          'tr',
          {},
          h(
            'th',
            { scope: 'row', class: 'named', style: `--colour: ${colourOf(norm)}` },
            norms[norm],
          ),
          ...cells.map((text) => h('td', {}, text)),
        );
      };
      finding.replaceChildren(...[...runs].filter(([, list]) => list.length > 0).map(row));
      time.textContent = `${done} of ${seeds} seeds; the first run took ${milliseconds.toFixed(0)} ms`;
    };

    void page.attempt(async () => {
      for (let k = 0; k < seeds; ++k) {
        for (const norm of chosen) {
          const answer = await session.ask<Run>({
            ask: 'explosion',
            norm,
            ...setting,
            seed: seed + k,
          });
          milliseconds ||= answer.milliseconds;
          runs.get(norm)!.push(answer.value);
          if (k === 0) draw(0);
        }
        if (k === 0) {
          for (const norm of chosen)
            theory.set(
              norm,
              (await session.ask<Run>({ ask: 'explosion_theory', norm, ...setting })).value,
            );
        }
        if (chosen.length > 0) draw(k + 1);
      }
      stop.disabled = true;
    });
  };

  const set =
    <K extends keyof State>(name: K) =>
    (value: State[K]): void => {
      state[name] = value;
      refresh();
    };
  const whole = (
    name: 'depth' | 'width' | 'samples' | 'seed' | 'seeds',
    label: string,
    most: number = fields[name].most,
  ): HTMLElement => slider(label, { least: 1, most }, state[name], set(name));
  page.controls.replaceChildren(
    chips(
      'Norms',
      names.map((value) => ({ value, title: norms[value] })),
      state.norms,
      set('norms'),
      true,
    ),
    select(
      'Activation φ',
      activations.map((value) => ({ value, title: value.replace('_', ' ') })),
      state.activation,
      set('activation'),
    ),
    whole('depth', 'Layers'),
    slider('Weight scale s', scaleRange, state.scale, set('scale')),
    whole('width', 'Width n'),
    whole('samples', 'Samples'),
    whole('seeds', 'Seeds in the band'),
    whole('seed', 'First seed', 1000),
    h('div', { class: 'running' }, progress, stop, time),
  );
  page.content.replaceChildren(
    h(
      'p',
      {},
      h('var', {}, 'h ← φ(norm(W h)),  W = s·N(0, 1)'),
      ', n × n. Lines: medians over the seeds; pale: the middle 90 %; dashed: mean-field theory.',
    ),
    h('div', { class: 'pair' }, charts.forward.element, charts.backward.element),
    table(
      'Growth',
      [
        'norm',
        'σ of h, per layer',
        'σ of its gradient, per layer back',
        'σ of h at the end',
        'σ of the gradient at layer 1',
      ],
      finding,
    ),
  );
  refresh();
}

export const explosion: View<typeof fields> = {
  name: 'explosion',
  title: 'Explosion',
  lesson: '01',
  question: 'What do many layers do to a signal, and to its gradient?',
  fields,
  mount,
};
