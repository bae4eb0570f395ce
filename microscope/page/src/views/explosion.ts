// Explosion: σ by layer, forward and back, over several seeds, with theory.
import { LineChart, type Curve } from '../chart';
import { colourOf, norms } from '../colours';
import { chips, select, slider, type Range } from '../controls';
import { h, short, table } from '../dom';
import { curveOf, rowOf, Seeds, theoryOf } from '../seeds';
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
  const seeds = new Seeds(page);

  const refresh = (): void => {
    page.changed();
    finding.replaceChildren();
    const theory: Run[] = [];
    const { norms: names, seeds: count, seed, ...setting } = state;

    const draw = (runs: [string, Run[]][]): void => {
      const curves = (side: Side): Curve[] =>
        runs.map(([norm, list]) =>
          curveOf(
            norms[norm],
            colourOf(norm),
            1,
            list.map((run) => run[side]),
          ),
        );
      const all = { forward: curves('forward'), backward: curves('backward') };
      for (const side of ['forward', 'backward'] as const) {
        const dashed = theory.filter((run) => run[side].length > 0);
        charts[side].show([
          ...dashed.map((run) => theoryOf(colourOf('theory'), 1, run[side])),
          ...all[side],
        ]);
      }
      const row = (forward: Curve, k: number): HTMLElement => {
        const back = all.backward[k];
        return rowOf(forward, [
          `× ${short(growth(forward, 'forward'))}`,
          `× ${short(growth(back, 'backward'))}`,
          short(forward.y[forward.y.length - 1]),
          short(back.y[0]),
        ]);
      };
      finding.replaceChildren(...all.forward.map(row));
    };

    seeds.ask<Run>({
      names,
      seed,
      seeds: count,
      question: (norm) => ({ ask: 'explosion', norm, ...setting }),
      draw,
      then: async (session) => {
        for (const norm of names) {
          const asked = session.ask<Run>({ ask: 'explosion_theory', norm, ...setting });
          theory.push((await asked).value);
        }
      },
    });
    if (names.length === 0) page.say('Choose a norm, or several.');
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
    seeds.element,
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
