// Tiles: same colour, normalized together. x is a matrix, or the same as pictures: channel by channel,
// sample by sample.
import { cells, type Cells } from '../cells';
import { norms, tileColour } from '../colours';
import { button, chips, slider } from '../controls';
import { h, short, table } from '../dom';
import { EngineError } from '../engine';
import {
  askNorm,
  commonSliders,
  entries,
  givePositions,
  matrixFields,
  matrixSliders,
  normNames,
  resized,
  tileOf,
  type MatrixState,
  type NormAnswer,
} from '../matrix';
import { drawings, mostPixels, pictureCells, pictureFields, type PictureState } from '../pictures';
import type { Values } from '../state';
import type { Page, View } from '../view';

const fields = {
  as: { kind: 'choice', start: 'matrix', of: ['matrix', 'pictures'] },
  ...matrixFields('batch', 8, 4, 2),
  ...pictureFields,
  x: entries(usualOf, mostPixels),
} as const;
type State = Values<typeof fields>;

function usualOf(state: PictureState & { as: string; rows: number }): number[] {
  return state.as === 'pictures' ? drawings(state) : usual(state.rows, state.cols);
}

/** Small whole numbers without a pattern, the same each time. */
function usual(rows: number, cols: number): number[] {
  return Array.from(
    { length: rows * cols },
    (_, entry) => ((7 * entry * entry + 5 * entry) % 17) - 5,
  );
}

const ink = '#1b1e22'; // on every tile's colour, by day and by night

function mount(page: Page, state: State): void {
  let answer: NormAnswer | undefined;
  let before: NormAnswer | undefined; // what movement is measured from
  let x: Cells, xhat: Cells;
  const board = h('div', { class: 'equation' });
  const rows = h('tbody');
  const moved = h('p', { class: 'finding', 'aria-live': 'polite' });
  const maps = h('fieldset', { class: 'maps' });

  const entryLine = h('p', { class: 'entry', 'aria-live': 'polite' });

  const pictures = (): boolean => state.as === 'pictures';
  /** The matrix that the norm is given: a channel of a picture has height × width positions. */
  const asked = (): MatrixState => {
    const positions = state.height * state.width;
    return pictures() ? { ...state, rows: state.channels * positions, positions } : state;
  };
  const tile = (entry: number): number => tileOf(entry, asked().rows, answer!.tile);
  const count = (): number => answer!.mean.length;
  let pointed = (): void => {}; // says it again, when the numbers have changed
  const hover = (entry: number | null): void => {
    pointed = () => hover(entry);
    const focus = entry === null || !answer ? null : tile(entry);
    for (const one of [x, xhat]) one.mark((i) => focus !== null && tile(i) === focus, entry);
    [...rows.children].forEach((row, k) => row.classList.toggle('marked', k === focus));
    entryLine.textContent =
      entry === null || focus === null
        ? 'Point at an entry, or go to it with Tab and the arrow keys: its tile lights up.'
        : `${x.named(entry)}: x = ${short(state.x[entry])}, x̂ = ${short(answer!.xhat[entry])}, in tile ${focus + 1}`;
  };
  const hasMoved = (entry: number): boolean =>
    before !== undefined &&
    before.xhat.length === answer!.xhat.length &&
    Math.abs(answer!.xhat[entry] - before.xhat[entry]) > 1e-9;

  let light = (_: number): number => 1; // of a value on the board that is being drawn
  const paint = (board: Cells, values: readonly number[]): void => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    light = (value) => (pictures() ? (value - least) / (most - least || 1) : 1);
    board.show(values);
  };
  const edit = (entry: number, value: number): void => {
    state.x[entry] = value;
    paint(x, state.x);
    refresh();
  };

  const build = (): void => {
    const colour = (entry: number, value: number) => ({
      background: answer ? tileColour(tile(entry), count(), light(value)) : '',
      text: ink,
    });
    const shape = {
      hovered: hover,
      colour,
      ...(pictures()
        ? pictureCells(state)
        : { rows: state.rows, cols: state.cols, gap: state.positions }),
    };
    x = cells({ ...shape, label: 'x, drag up or down', edited: edit });
    xhat = cells({ ...shape, label: 'x̂' });
    board.replaceChildren(
      h(
        'div',
        { class: 'panel' },
        h('h3', {}, h('var', {}, 'x')),
        x.element,
        h(
          'p',
          {},
          pictures()
            ? 'Down: channels. Across: samples. Drag a pixel, or type.'
            : 'Rows: channels × positions. Columns: samples. Drag an entry, or type.',
        ),
      ),
      h('div', { class: 'sign arrow', 'aria-hidden': 'true' }, '→'),
      h(
        'div',
        { class: 'panel' },
        h('h3', {}, h('var', {}, 'x̂')),
        xhat.element,
        h('p', {}, 'What the norm makes of it. Framed: moved since the start.'),
      ),
      h(
        'div',
        { class: 'panel' },
        h('h3', {}, 'One mean and one variance for each tile'),
        table('The tiles', ['tile', 'mean', 'variance', 'rstd'], rows),
      ),
    );
    before = undefined;
  };

  const draw = (): void => {
    if (!answer) return;
    before ??= answer;
    paint(x, state.x);
    paint(xhat, answer.xhat);
    [...xhat.element.children].forEach((cell, entry) =>
      cell.classList.toggle('moved', hasMoved(entry)),
    );
    const { mean, variance, rstd } = answer;
    const cell = (now: number, was: number): HTMLElement =>
      h(
        'td',
        {},
        short(now),
        Math.abs(now - was) > 1e-12 ? h('small', {}, ` was ${short(was)}`) : null,
      );
    rows.replaceChildren(
      ...mean.map((_, k) =>
        h(
          'tr',
          {
            class:
              Math.abs(mean[k] - before!.mean[k]) + Math.abs(variance[k] - before!.variance[k]) >
              1e-12
                ? 'moved'
                : '',
          },
          h(
            'td',
            {},
            h(
              'span',
              {
                class: 'swatch',
                style: `background: ${tileColour(k, mean.length)}; color: ${ink}`,
              },
              k + 1,
            ),
          ),
          cell(mean[k], before!.mean[k]),
          cell(variance[k], before!.variance[k]),
          cell(rstd[k], before!.rstd[k]),
        ),
      ),
    );
    pointed();
    const changed = state.x.filter((_, entry) => hasMoved(entry)).length;
    const size = `${answer.tile[0]} × ${answer.tile[1]}`;
    moved.textContent =
      changed === 0
        ? `${norms[state.norm]}: ${count()} tiles of ${size}. Change one entry, and see which others move.`
        : `${norms[state.norm]}: ${changed} of ${state.x.length} entries of x̂ have moved; the other tiles stay.`;
  };

  /** A small picture of each norm's tiles, to choose from. */
  const drawMaps = async (session = page.session): Promise<void> => {
    const choices: HTMLElement[] = [];
    const { rows, positions } = asked();
    const each = pictures() ? positions : 1; // a picture is one cell here
    for (const norm of normNames) {
      const small = cells({
        label: norms[norm],
        rows: rows / each,
        cols: state.cols,
        as: 'small',
        colour: (entry) => ({
          background: found
            ? tileColour(tileOf(entry * each, rows, found.tile), found.mean.length)
            : 'var(--line)',
        }),
      });
      const found = await askNorm<NormAnswer>(session, asked(), { norm }).catch((error) => {
        if (error instanceof EngineError) return undefined; // it does not fit this x: said when chosen
        throw error;
      });
      small.show(state.x.filter((_, entry) => entry % each === 0));
      small.element.setAttribute('aria-hidden', 'true');
      const choice = h('input', {
        type: 'radio',
        name: 'norm',
        value: norm,
        checked: norm === state.norm,
        onchange: () => {
          state.norm = norm;
          if (!pictures()) givePositions(state);
          controls();
          rebuild();
        },
      });
      choices.push(h('label', { class: 'map' }, choice, small.element, h('span', {}, norms[norm])));
    }
    const focused = maps.contains(document.activeElement);
    maps.replaceChildren(h('legend', {}, 'Norm'), ...choices);
    if (focused) maps.querySelector<HTMLInputElement>('input:checked')?.focus();
  };

  const refresh = (withMaps = false): void => {
    page.changed();
    const session = page.restart();
    void page.attempt(async () => {
      if (withMaps) await drawMaps(session);
      answer = await askNorm<NormAnswer>(session, asked());
      draw();
    });
  };

  const rebuild = (): void => {
    answer = undefined;
    build();
    rows.replaceChildren();
    moved.textContent = '';
    hover(null);
    refresh(true);
  };

  const pictureSliders = (): HTMLElement[] => {
    const size = (name: 'channels' | 'height' | 'width' | 'cols', label: string): HTMLElement =>
      slider(label, { least: 1, most: fields[name].most }, state[name], (value) => {
        state[name] = value;
        state.x = drawings(state);
        rebuild();
      });
    return [
      ...commonSliders(state, () => refresh(true)),
      size('channels', 'Channels'),
      size('height', 'Height'),
      size('width', 'Width'),
      size('cols', 'Samples'),
    ];
  };

  const controls = (): void =>
    page.controls.replaceChildren(
      maps,
      chips(
        'x is',
        [
          { value: 'matrix', title: 'a matrix' },
          { value: 'pictures', title: 'pictures' },
        ],
        [state.as],
        ([as]) => {
          state.as = as;
          state.x = usualOf(state);
          controls();
          rebuild();
          page.controls.querySelector<HTMLInputElement>('.chips input:checked')?.focus();
        },
        false,
      ),
      ...(pictures()
        ? pictureSliders()
        : matrixSliders(
            state,
            (remount) => (remount ? rebuild() : refresh(true)),
            (from) => {
              const to: [number, number] = [state.rows, state.cols];
              state.x = resized(state.x, from, to, (entry) => usual(...to)[entry]);
            },
          )),
      button('Start from here', () => {
        before = answer;
        draw();
      }),
    );

  page.content.replaceChildren(
    h('h2', {}, 'Same colour: normalized together'),
    board,
    entryLine,
    moved,
  );
  controls();
  rebuild();
}

export const tiles: View<typeof fields> = {
  name: 'tiles',
  title: 'Tiles',
  lesson: '02',
  question: 'What is normalized together?',
  fields,
  mount,
};
