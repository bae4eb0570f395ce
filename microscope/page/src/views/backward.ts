// Backward: dx as the sum of its three paths, what is removed, and the Jacobian.
import { cells, type Cells } from '../cells';
import { norms } from '../colours';
import { button } from '../controls';
import { h, short, table } from '../dom';
import { heatMap } from '../heat';
import {
  askNorm,
  blackboard,
  entries,
  givePositions,
  matrixFields,
  matrixSliders,
  normChips,
  resized,
  tileOf,
  type MatrixState,
  type NormAnswer,
} from '../matrix';
import { spectrum } from '../spectrum';
import type { Values } from '../state';
import type { Page, View } from '../view';

const channelsOf = ({ rows, positions }: MatrixState): number =>
  Math.max(1, Math.floor(rows / positions));
const fields = {
  ...matrixFields('layer', 4, 4, 1),
  x: entries(({ rows, cols }: MatrixState) => blackboard(rows, cols)),
  dy: entries(({ rows, cols }: MatrixState) => firstSample(rows, cols)),
  gamma: entries((state: MatrixState) => Array(channelsOf(state)).fill(1)),
};
type State = Values<typeof fields>;

interface Answer extends NormAnswer {
  dxhat: number[];
  dgamma: number[]; // per channel, and so dbeta, which RMSNorm does not have
  dbeta?: number[];
  dx: number[];
  through_x: number[];
  through_mean: number[];
  through_variance: number[];
  mean_dxhat: number[]; // per tile, and so the next three
  mean_dxhat_xhat: number[];
  sum_dx: number[];
  sum_dx_xhat: number[];
  jacobian: number[];
  singular_values: number[];
  rank: number;
}

/** dy is 0, 3, −3, 6 in the first sample: the loss looks at that one alone. */
function firstSample(rows: number, cols: number): number[] {
  return Array.from({ length: rows * cols }, (_, entry) =>
    entry < rows ? ([0, 3, -3, 6][entry] ?? 0) : 0,
  );
}

const shown = {
  x: 'x',
  xhat: 'x̂',
  dy: 'dy',
  dxhat: 'dx̂ = γ ⊙ dy',
  dx: 'dx',
  through_x: 'dx̂ ⊙ rstd',
  through_mean: '− mean(dx̂) ⊙ rstd',
  through_variance: '− x̂ ⊙ mean(dx̂ ⊙ x̂) ⊙ rstd',
  gamma: 'γ',
  dgamma: 'dγ = Σ dy ⊙ x̂',
  dbeta: 'dβ = Σ dy',
} as const;
type Shown = keyof typeof shown;
const ofChannels: readonly string[] = ['gamma', 'dgamma', 'dbeta'] satisfies Shown[];

function mount(page: Page, state: State): void {
  let answer: Answer | undefined;
  const entryLine = h('p', { class: 'entry', 'aria-live': 'polite' });
  const tiles = h('tbody');
  const deleted = h('p', { class: 'finding' });
  const heat = heatMap('Its entries: rows are those of y, columns of x');
  const values = spectrum('Its singular values');
  let all = {} as Record<Shown, Cells>;
  const matrices = h('div');
  const learned = h('div');

  /** Lights up a tile in what has an entry for each of x, a channel in what has one for each. */
  const mark = (tile: number | null, channel: number, entry: number | null): void => {
    const channelOf = (i: number): number => Math.floor((i % state.rows) / state.positions);
    for (const [name, one] of Object.entries(all)) {
      if (ofChannels.includes(name)) one.mark((i) => i === channel, null);
      else if (tile === null) one.mark((i) => channelOf(i) === channel, null);
      else one.mark((i) => tileOf(i, state.rows, answer!.tile) === tile, entry);
    }
    [...tiles.children].forEach((row, k) => row.classList.toggle('marked', k === tile));
  };
  let pointed = (): void => {}; // says it again, when the numbers have changed
  const hover = (entry: number | null): void => {
    pointed = () => hover(entry);
    if (entry === null || !answer) {
      mark(null, -1, null);
      entryLine.textContent =
        'Point at an entry, or go to it with Tab and the arrow keys: its tile lights up.';
      return;
    }
    const [row, sample] = [entry % state.rows, Math.floor(entry / state.rows)];
    mark(tileOf(entry, state.rows, answer.tile), Math.floor(row / state.positions), entry);
    entryLine.textContent = `Row ${row + 1}, sample ${sample + 1}: dx = ${short(answer.dx[entry])} = (${short(answer.through_x[entry])}) + (${short(answer.through_mean[entry])}) + (${short(answer.through_variance[entry])})`;
  };
  const hoverChannel = (channel: number | null): void => {
    pointed = () => hoverChannel(channel);
    if (channel === null || !answer) return hover(null);
    mark(null, channel, null);
    const dbeta = answer.dbeta ? `, dβ = ${short(answer.dbeta[channel])}` : '';
    entryLine.textContent = `Channel ${channel + 1}: γ = ${short(state.gamma[channel])}, dγ = ${short(answer.dgamma[channel])}${dbeta}`;
  };

  const build = (): void => {
    const channels = channelsOf(state);
    state.gamma = Array.from({ length: channels }, (_, c) => state.gamma[c] ?? 1);
    const edit = (name: 'x' | 'dy' | 'gamma') => (entry: number, value: number) => {
      state[name][entry] = value;
      all[name].show(state[name]);
      refresh();
    };
    const made = (name: Shown): Cells => {
      const perChannel = ofChannels.includes(name);
      const edited = name === 'x' || name === 'dy' || name === 'gamma';
      return cells({
        label: edited ? `${shown[name]}, drag up or down` : shown[name],
        ...(perChannel
          ? { rows: channels, cols: 1, span: state.positions, hovered: hoverChannel }
          : { rows: state.rows, cols: state.cols, gap: state.positions, hovered: hover }),
        edited: edited ? edit(name) : undefined,
      });
    };
    const names = Object.keys(shown) as Shown[];
    all = Object.fromEntries(names.map((name) => [name, made(name)])) as typeof all;
    hover(null);
    const tryOut = (title: string, entry: (k: number) => number): HTMLElement =>
      button(title, () => {
        state.dy = state.x.map((_, k) => Math.round(entry(k) * 1e6) / 1e6);
        refresh();
      });
    const panel = (name: Shown, words: string): HTMLElement =>
      h(
        'div',
        { class: `panel ${name}` },
        h('h3', {}, h('var', {}, shown[name])),
        all[name].element,
        h('p', {}, words),
      );
    const term = (sign: string, made: HTMLElement): HTMLElement =>
      h('div', { class: 'term' }, h('div', { class: 'sign', 'aria-hidden': 'true' }, sign), made);
    matrices.replaceChildren(
      h('h2', {}, 'What goes in'),
      h(
        'div',
        { class: 'equation' },
        panel('x', 'Drag an entry up or down, or type.'),
        panel('xhat', 'What is made of x: y = γ ⊙ x̂ + β.'),
        panel('gamma', 'One for each channel.'),
        term('⊙', panel('dy', 'The gradient from above: drag it too.')),
        term('=', panel('dxhat', 'What enters the three paths.')),
      ),
      h(
        'div',
        { class: 'tries' },
        'Try dy =',
        tryOut('1: every entry alike', () => 1),
        tryOut('x̂', (k) => answer?.xhat[k] || 0),
        tryOut('one entry', (k) => (k === 0 ? 1 : 0)),
        tryOut('the first sample', (k) => firstSample(state.rows, state.cols)[k]),
      ),
      h('h2', {}, 'dx is the sum of three paths'),
      h(
        'div',
        { class: 'equation' },
        panel('dx', 'The library’s own backward pass.'),
        term('=', panel('through_x', 'Through x itself.')),
        term(
          '+',
          panel(
            'through_mean',
            state.norm === 'rms'
              ? 'Through the mean: RMSNorm subtracts none.'
              : 'Through the mean: what lies along 1 goes, the same for a whole tile.',
          ),
        ),
        term(
          '+',
          panel(
            'through_variance',
            state.norm === 'rms'
              ? 'Through the root mean square: what lies along x̂ goes.'
              : 'Through the variance: what lies along x̂ goes.',
          ),
        ),
      ),
    );
    const rms = state.norm === 'rms';
    learned.replaceChildren(
      h('h2', {}, rms ? 'What γ gets' : 'What γ and β get'),
      h(
        'div',
        { class: 'equation' },
        panel('dgamma', 'Over the channel’s positions, and all samples.'),
        ...(rms ? [] : [panel('dbeta', 'β shifts y, and does not enter dx.')]),
      ),
    );
  };

  const draw = (): void => {
    if (!answer) return;
    const size = (list: number[]): number =>
      Math.max(...list.map((x) => (Number.isFinite(x) ? Math.abs(x) : 0)), 1e-300);
    all.x.show(state.x);
    all.gamma.show(state.gamma);
    all.xhat.show(answer.xhat);
    const above = size([...state.dy, ...answer.dxhat]);
    all.dy.show(state.dy, above);
    all.dxhat.show(answer.dxhat, above);
    all.dgamma.show(answer.dgamma);
    if (answer.dbeta) all.dbeta.show(answer.dbeta);
    const scale = Math.max(
      size(answer.dx),
      size(answer.through_x),
      size(answer.through_mean),
      size(answer.through_variance),
    );
    for (const name of ['dx', 'through_x', 'through_mean', 'through_variance'] as const)
      all[name].show(answer[name], scale);
    const { mean_dxhat, mean_dxhat_xhat, sum_dx, sum_dx_xhat, rstd, centered } = answer;
    const removed = (x: number): string => (Math.abs(x) < 1e-12 ? '0' : short(x));
    tiles.replaceChildren(
      ...rstd.map((each, k) =>
        h(
          'tr',
          {},
          ...[
            k + 1,
            short(each),
            centered ? short(mean_dxhat[k]) : '–',
            short(mean_dxhat_xhat[k]),
            removed(sum_dx[k]),
            removed(sum_dx_xhat[k]),
          ].map((text) => h('td', {}, text)),
        ),
      ),
    );
    const deletedBelow = 1e-3 * Math.max(...rstd) * size(state.gamma);
    const kept = answer.singular_values.filter((x) => x > deletedBelow).length;
    const n = answer.singular_values.length;
    deleted.textContent = Number.isNaN(answer.singular_values[0])
      ? 'A tile has variance 0 and eps is 0: 0/0 is NaN. Give eps back, or spread the tile.'
      : `${norms[state.norm]} deletes ${n - kept} of ${n} directions. The rank is ${answer.rank}: ${
          answer.rank > kept
            ? `eps lets ${answer.rank - kept} of the deleted ones through, a little. Slide it to zero.`
            : 'none of them is let through.'
        }`;
    heat.show(answer.jacobian, n, n);
    values.show(answer.singular_values, deletedBelow);
    pointed();
  };

  const refresh = (): void => {
    page.changed();
    const session = page.restart();
    void page.attempt(async () => {
      answer = await askNorm<Answer>(session, state, {
        gamma: state.gamma,
        dy: state.dy,
        jacobian: true,
      });
      page.content.classList.remove('stale');
      draw();
    });
  };

  const controls = (): void => {
    const changed = (remount: boolean): void => {
      if (remount) build();
      refresh();
    };
    page.controls.replaceChildren(
      normChips(state, () => {
        givePositions(state);
        controls();
        changed(true);
        page.controls.querySelector<HTMLInputElement>('input:checked')?.focus();
      }),
      ...matrixSliders(state, changed, (from) => {
        const to: [number, number] = [state.rows, state.cols];
        state.x = resized(state.x, from, to, (entry) => blackboard(...to)[entry]);
        state.dy = resized(state.dy, from, to, () => 0);
      }),
    );
  };

  const head = ['tile', 'rstd', 'mean(dx̂)', 'mean(dx̂ ⊙ x̂)', 'Σ dx', 'Σ dx ⊙ x̂'];
  controls();
  build();
  page.content.replaceChildren(
    matrices,
    entryLine,
    h(
      'div',
      { class: 'pair' },
      learned,
      h(
        'div',
        {},
        h('h2', {}, 'What is removed from each tile'),
        h(
          'p',
          {},
          'Taking the mean away makes dx sum to 0; taking what lies along x̂ away makes Σ dx ⊙ x̂ zero, but for eps.',
        ),
        table('The tiles', head, tiles),
      ),
    ),
    h('h2', {}, 'The Jacobian ∂y/∂x'),
    deleted,
    h('div', { class: 'pair' }, heat.element, values.element),
  );
  refresh();
}

export const backward: View<typeof fields> = {
  name: 'backward',
  title: 'Backward',
  lesson: '04',
  question: 'Which of the gradient does a norm let through?',
  fields,
  mount,
};
