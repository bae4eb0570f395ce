// Placement: where the norm goes in a block, and what that does to the stream and to its gradient.
import { LineChart, type Curve } from '../chart';
import { colourOf, norms } from '../colours';
import { chips, select, slider } from '../controls';
import { h, short, table } from '../dom';
import { curveOf, rowOf, Seeds, theoryOf } from '../seeds';
import type { Values } from '../state';
import type { Page, View } from '../view';

interface Placement {
  title: string;
  formula: string;
  colour?: string; // of a norm, where the placement has none of its own
  plus?: string; // what the branch is added to
  before?: boolean;
  after?: boolean;
  sum?: boolean;
}

const placements: Record<string, Placement> = {
  none: { title: 'no norm', formula: 'x + f(x)' },
  post: { title: 'post-norm', formula: 'N(x + f(x))', sum: true },
  pre: { title: 'pre-norm', formula: 'x + f(N(x))', before: true },
  peri: { title: 'peri-norm', formula: 'x + N(f(N(x)))', before: true, after: true },
  deep: { title: 'DeepNorm', formula: 'N(αx + f(x))', plus: 'αx', sum: true },
  olmo2: { title: 'OLMo 2', formula: 'x + N(f(x))', colour: 'layer', after: true },
  lns: { title: 'LayerNorm Scaling', formula: 'x + f(N(x) / √l)', colour: 'instance', before: true },
  mix: {
    title: 'Mix-LN',
    formula: 'x + f(N(x)), but N(x + f(x)) in the first quarter',
    colour: 'group',
    before: true,
  },
  hybrid: {
    title: 'HybridNorm',
    formula: 'N(x) + f(N(x)); attention: x + f(x), with q, k, v normalized',
    colour: 'rms',
    plus: 'N(x)',
    before: true,
  },
  keel: {
    title: 'Keel',
    formula: 'N(αx + f(N(x)))',
    colour: 'batch',
    plus: 'αx',
    before: true,
    sum: true,
  },
};
const blockNorms = ['layer', 'rms', 'batch', 'group'];

const fields = {
  placements: {
    kind: 'choices',
    start: ['none', 'post', 'pre', 'peri'],
    of: Object.keys(placements),
  },
  norm: { kind: 'choice', start: 'layer', of: blockNorms },
  branches: { kind: 'choice', start: 'both', of: ['both', 'feed_forward'] },
  blocks: { kind: 'number', start: 24, least: 1, most: 64, whole: true },
  width: { kind: 'number', start: 64, least: 2, most: 256, whole: true },
  tokens: { kind: 'number', start: 16, least: 1, most: 64, whole: true },
  seed: { kind: 'number', start: 1, least: 1, most: 100000, whole: true },
  seeds: { kind: 'number', start: 8, least: 1, most: 50, whole: true },
} as const;
type State = Values<typeof fields>;

const colour = (name: string): string => colourOf(placements[name].colour ?? name);

interface Run {
  stream: (number | string)[];
  gradient: (number | string)[];
  theory: number[];
}

/** x → N → f → N → + → N, with the norms that the placement has. */
function diagram(name: string): HTMLElement {
  const { title, formula, plus = 'x', before, after, sum } = placements[name];
  const norm = (there = false): HTMLElement =>
    h('span', { class: there ? 'box norm' : 'box absent' }, 'N');
  const arrow = (): HTMLElement => h('span', { class: 'arrow' }, '→');
  return h(
    'div',
    { class: 'diagram', style: `--colour: ${colour(name)}` },
    h('strong', {}, title),
    h(
      'div',
      { class: 'flow', 'aria-hidden': 'true' },
      'x',
      arrow(),
      norm(before),
      arrow(),
      h('span', { class: 'box' }, 'f'),
      arrow(),
      norm(after),
      arrow(),
      h('span', { class: 'plus' }, `+ ${plus}`),
      arrow(),
      norm(sum),
    ),
    h('var', {}, formula),
  );
}

function mount(page: Page, state: State): void {
  const stream = new LineChart({ title: 'The stream: mean square of x', x: 'block', log: true });
  const gradient = new LineChart({
    title: 'Its gradient: rms of ∂loss/∂x, read from right to left',
    x: 'block',
    log: true,
  });
  const diagrams = h('div', { class: 'diagrams' });
  const finding = h('tbody', { 'aria-live': 'polite' });
  const seeds = new Seeds(page);

  const refresh = (): void => {
    page.changed();
    const { placements: names, seeds: count, seed, ...setting } = state;
    diagrams.replaceChildren(...names.map(diagram));
    finding.replaceChildren();

    const draw = (runs: [string, Run[]][]): void => {
      const curves = (of: 'stream' | 'gradient'): Curve[] =>
        runs.map(([name, list]) =>
          curveOf(
            placements[name].title,
            colour(name),
            0,
            list.map((run) => run[of]),
          ),
        );
      const [streams, gradients] = [curves('stream'), curves('gradient')];
      const theories = runs.map(([, [run]]) => run.theory).filter((list) => list.length > 0);
      const dashed = theories.map((list) => theoryOf(colourOf('theory'), 0, list));
      stream.show([...dashed, ...streams]);
      gradient.show(gradients);
      const row = (of: Curve, k: number): HTMLElement => {
        const dx = gradients[k].y;
        const [first, top] = [dx[0], dx[dx.length - 1]];
        const cells = [of.y[of.y.length - 1], first, top, first / top];
        return rowOf(
          of,
          cells.map((value) => short(value)),
        );
      };
      finding.replaceChildren(...streams.map(row));
    };

    seeds.ask<Run>({
      names,
      seed,
      seeds: count,
      question: (placement) => ({ ask: 'placement', placement, ...setting }),
      draw,
    });
    if (names.length === 0) page.say('Choose a placement, or several.');
  };

  const set =
    <K extends keyof State>(name: K) =>
    (value: State[K]): void => {
      state[name] = value;
      refresh();
    };
  page.controls.replaceChildren(
    chips(
      'Placements',
      Object.entries(placements).map(([value, { title }]) => ({
        value,
        title,
        colour: colour(value),
      })),
      state.placements,
      set('placements'),
      true,
    ),
    select(
      'The norm N',
      blockNorms.map((value) => ({ value, title: norms[value] })),
      state.norm,
      set('norm'),
    ),
    select(
      'The branches f',
      [
        { value: 'both', title: 'attention, then feed-forward' },
        { value: 'feed_forward', title: 'feed-forward alone, with theory' },
      ],
      state.branches,
      set('branches'),
    ),
    slider('Blocks', { least: 1, most: 64 }, state.blocks, set('blocks')),
    slider('Width', { least: 2, most: 256 }, state.width, set('width')),
    slider('Tokens', { least: 1, most: 64 }, state.tokens, set('tokens')),
    slider('Seeds in the band', { least: 1, most: 50 }, state.seeds, set('seeds')),
    slider('First seed', { least: 1, most: 1000 }, state.seed, set('seed')),
    seeds.element,
  );
  const head = [
    'placement',
    'mean square of x at the end',
    'gradient at the input',
    'at the end',
    'input / end',
  ];
  page.content.replaceChildren(
    diagrams,
    h('p', {}, 'Lines: medians over the seeds; pale: the middle 90 %; dashed: theory.'),
    h('div', { class: 'pair' }, stream.element, gradient.element),
    table('Placements', head, finding),
  );
  refresh();
}

export const placement: View<typeof fields> = {
  name: 'placement',
  title: 'Placement',
  lesson: '12',
  question: 'Where should the norm stand?',
  fields,
  mount,
};
