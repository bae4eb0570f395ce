// Placement: where the norm goes in a block, and what that does to the stream and to its gradient.
import { LineChart, type Curve } from '../chart';
import { colourOf, norms } from '../colours';
import { button, chips, select, slider } from '../controls';
import { h, short, table } from '../dom';
import { toNumber } from '../engine';
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

function curve(name: string, values: readonly (number | string)[], dashed = false): Curve {
  const y = values.map(toNumber);
  return {
    name: dashed ? '' : placements[name].title,
    colour: dashed ? colourOf('theory') : colour(name),
    dashed,
    x: y.map((_, l) => l),
    y,
  };
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
  const stop = button('Stop', () => {
    page.session.stop();
    stop.disabled = true;
  });

  const refresh = (): void => {
    page.changed();
    const session = page.restart();
    const { placements: chosen, ...setting } = state;
    const runs = new Map<string, Run>();
    diagrams.replaceChildren(...chosen.map(diagram));
    finding.replaceChildren();
    if (chosen.length === 0) page.say('Choose a placement, or several.');
    stop.disabled = false;

    const draw = (): void => {
      const all = [...runs];
      stream.show([
        ...all
          .filter(([, run]) => run.theory.length > 0)
          .map(([name, run]) => curve(name, run.theory, true)),
        ...all.map(([name, run]) => curve(name, run.stream)),
      ]);
      gradient.show(all.map(([name, run]) => curve(name, run.gradient)));
      const last = (list: (number | string)[]): number => toNumber(list[list.length - 1]);
      const row = ([name, run]: [string, Run]): HTMLElement => {
        const [first, top] = [toNumber(run.gradient[0]), last(run.gradient)];
        const cells = [last(run.stream), first, top, first / top].map((x) => short(x));
        return h(
          'tr',
          {},
          h(
            'th',
            { scope: 'row', class: 'named', style: `--colour: ${colour(name)}` },
            placements[name].title,
          ),
          ...cells.map((text) => h('td', {}, text)),
        );
      };
      finding.replaceChildren(...all.map(row));
    };

    void page.attempt(async () => {
      for (const placement of chosen) {
        runs.set(
          placement,
          (await session.ask<Run>({ ask: 'placement', placement, ...setting })).value,
        );
        draw();
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
  page.controls.replaceChildren(
    chips(
      'Placements',
      Object.entries(placements).map(([value, { title }]) => ({ value, title })),
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
    slider('Seed', { least: 1, most: 1000 }, state.seed, set('seed')),
    h('div', { class: 'running' }, stop),
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
