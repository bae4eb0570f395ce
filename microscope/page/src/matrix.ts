// What Backward and Tiles share: a small x, how a norm cuts it, and the controls for both.
import { norms } from './colours';
import { chips, slider, type Range } from './controls';
import type { Session } from './engine';
import { toNumber } from './engine';
import type { Field } from './state';

export const normNames = ['batch', 'layer', 'rms', 'group', 'instance'];

export interface MatrixState {
  norm: string;
  rows: number;
  cols: number;
  positions: number;
  groups: number;
  eps: number;
  x: number[];
}

export const most = 8; // rows and columns: the Jacobian of 64 entries is still seen as cells

/** A field for a list of numbers that depends on the rest of the state. */
export const entries = <S>(usual: (state: S) => number[], longest = most * most) =>
  ({ kind: 'numbers', most: longest, usual }) satisfies Field;

export const whole = (start: number, largest = most) =>
  ({ kind: 'number', start, least: 1, most: largest, whole: true }) satisfies Field;

export const matrixFields = (norm: string, rows: number, cols: number, positions: number) =>
  ({
    norm: { kind: 'choice', start: norm, of: normNames },
    rows: whole(rows),
    cols: whole(cols),
    positions: whole(positions),
    groups: whole(2),
    eps: { kind: 'number', start: 1e-5, least: 0, most: 10 },
  }) satisfies Record<string, Field>;

/** The norm as the engine answers it; per tile where it says so, else an entry for each of x. */
export interface NormAnswer {
  tile: [number, number];
  centered: boolean;
  mean: number[]; // per tile
  variance: number[]; // per tile
  rstd: number[]; // per tile
  xhat: number[];
}

type Raw<T> = { [name in keyof T]: T[name] extends number[] ? (number | string)[] : T[name] };

export async function askNorm<T extends NormAnswer>(
  session: Session,
  state: MatrixState,
  more: { norm?: string; gamma?: number[]; dy?: number[]; jacobian?: boolean } = {},
): Promise<T> {
  const { norm, rows, cols, positions, groups, eps, x } = state;
  const { value } = await session.ask<Raw<T>>({
    ask: 'norm',
    norm,
    rows,
    cols,
    positions,
    groups,
    eps,
    x,
    ...more,
  });
  const entries = Object.entries(value).map(([name, list]) => [
    name,
    Array.isArray(list) ? list.map(toNumber) : list,
  ]);
  return Object.fromEntries(entries) as T;
}

/** Which tile an entry is in: tiles are counted as entries are, down the columns. */
export function tileOf(
  entry: number,
  rows: number,
  [tileRows, tileCols]: [number, number],
): number {
  const [row, col] = [entry % rows, Math.floor(entry / rows)];
  return Math.floor(row / tileRows) + Math.floor(col / tileCols) * (rows / tileRows);
}

/** A list for another number of rows and columns: what is in both stays. */
export function resized(
  list: readonly number[],
  from: [number, number],
  to: [number, number],
  fill: (entry: number) => number,
): number[] {
  return Array.from({ length: to[0] * to[1] }, (_, entry) => {
    const [row, col] = [entry % to[0], Math.floor(entry / to[0])];
    return row < from[0] && col < from[1] ? list[row + col * from[0]] : fill(entry);
  });
}

/** Lesson 04's numbers: every row and every column holds 0, 6, 6, 8; in other sizes as similar. */
export function blackboard(rows: number, cols: number): number[] {
  const column = [0, 6, 6, 8];
  return Array.from({ length: rows * cols }, (_, entry) => {
    const [row, col] = [entry % rows, Math.floor(entry / rows)];
    return column[(row + 3 * col) % 4] + (row >= 4 ? row - 3 : 0);
  });
}

// 0, then ten steps for each power of ten
const epsAt = (position: number): number =>
  position === 0 ? 0 : Number((10 ** (-13 + position / 10)).toPrecision(2));
const epsRange: Range = {
  least: 0,
  most: 10,
  positions: 140,
  at: epsAt,
  position: (eps) => (eps === 0 ? 0 : Math.max(1, Math.round((Math.log10(eps) + 13) * 10))),
};

export const normChips = (state: MatrixState, changed: () => void): HTMLElement =>
  chips(
    'Norm',
    normNames.map((value) => ({ value, title: norms[value] })),
    [state.norm],
    ([norm]) => {
      state.norm = norm;
      changed();
    },
    false,
  );

/** An InstanceNorm's tile is the positions of one channel: of one position there is nothing to do. */
export function givePositions(state: MatrixState): boolean {
  if (state.norm !== 'instance' || state.positions > 1 || state.rows % 2 !== 0) return false;
  state.positions = 2;
  return true;
}

type Changed = (remount: boolean) => void;

/** eps; and the groups, of the norm that has any. */
export const commonSliders = (state: MatrixState, changed: Changed): HTMLElement[] => [
  slider('eps', epsRange, state.eps, (eps) => {
    state.eps = eps;
    changed(false);
  }),
  ...(state.norm === 'group'
    ? [
        slider('Groups', { least: 1, most }, state.groups, (groups) => {
          state.groups = groups;
          changed(false);
        }),
      ]
    : []),
];

/** Sliders for all of a matrix; `resize` after rows or columns, with what they were. */
export function matrixSliders(
  state: MatrixState,
  changed: Changed,
  resize: (from: [number, number]) => void,
): HTMLElement[] {
  const side = (name: 'rows' | 'cols' | 'positions', label: string): HTMLElement =>
    slider(label, { least: 1, most }, state[name], (value) => {
      const from: [number, number] = [state.rows, state.cols];
      state[name] = value;
      if (name !== 'positions') resize(from);
      changed(true);
    });
  return [
    ...commonSliders(state, changed),
    side('rows', 'Rows of x: channels × positions'),
    side('cols', 'Columns: samples'),
    side('positions', 'Positions of a channel'),
  ];
}
