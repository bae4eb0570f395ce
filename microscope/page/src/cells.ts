// A small matrix as cells, with its numbers. Where it may be edited, a cell is dragged up or down, or
// its value typed; by keyboard ↑ ↓ change it, ← → go to the next, Enter or a digit begins to type.
import { h, short } from './dom';
import { signed } from './colours';

export interface CellsOptions {
  label: string;
  rows: number;
  cols: number;
  /** The row and the column of an entry; without it they go down the columns, as in memory. */
  place?: (entry: number) => [number, number];
  /** What an entry is called. */
  named?: (entry: number) => string;
  /** A gap after each so many rows: channels of several positions. And columns: pictures. */
  gap?: number;
  gapAcross?: number;
  /** How many rows a cell is high: one for each channel. */
  span?: number;
  edited?: (entry: number, value: number) => void;
  /** The entry under the pointer or with the focus; null: none. */
  hovered?: (entry: number | null) => void;
  colour?: (entry: number, value: number) => { background: string; text?: string };
  /** Without numbers: a thumbnail, or a picture whose cells are its pixels. */
  as?: 'small' | 'pixels';
}

export interface Cells {
  element: HTMLElement;
  /** "row 1, column 2" */
  named(entry: number): string;
  show(values: readonly number[], scale?: number): void;
  mark(marked: (entry: number) => boolean, focus: number | null): void;
}

const pixelsPerStep = 6;
const step = 0.1;

const rounded = (x: number): number => Math.round(x * 1e6) / 1e6;

export function cells(options: CellsOptions): Cells {
  const { rows, cols, edited, hovered, gap = 1, gapAcross = 1, span = 1 } = options;
  const count = rows * cols;
  const place = options.place ?? ((entry) => [entry % rows, Math.floor(entry / rows)]);
  const at =
    options.named ??
    ((entry) => `row ${(entry % rows) + 1}, column ${Math.floor(entry / rows) + 1}`);
  const opens = (index: number, every: number): boolean =>
    every > 1 && index > 0 && index % every === 0;
  let values: readonly number[] = [];
  let here = 0; // the cell that Tab comes to

  const all = Array.from({ length: count }, (_, entry) => {
    const cell = h('div', { class: 'cell' });
    const [row, col] = place(entry);
    cell.style.gridArea = `${row * span + 1} / ${col + 1} / span ${span}`;
    cell.classList.toggle('gap', opens(row, gap));
    cell.classList.toggle('gap-across', opens(col, gapAcross));
    if (hovered) {
      cell.addEventListener('pointerenter', () => hovered(entry));
      cell.addEventListener('pointerleave', () => hovered(null));
    }
    if (edited) makeEditable(cell, entry, edited);
    return cell;
  });

  /** The next entry along the row, then the rows below; from the last to the first. */
  const index = (entry: number): number => place(entry)[0] * cols + place(entry)[1];
  const inOrder = all.map((_, entry) => entry).sort((a, b) => index(a) - index(b));
  const besides = (entry: number, by: 1 | -1): number =>
    inOrder[(index(entry) + by + count) % count];

  function makeEditable(
    cell: HTMLElement,
    entry: number,
    changed: (entry: number, value: number) => void,
  ): void {
    cell.setAttribute('role', 'spinbutton');
    cell.setAttribute('tabindex', entry === 0 ? '0' : '-1');
    cell.setAttribute('aria-label', `${options.label}, ${at(entry)}`);
    const set = (value: number): void => changed(entry, rounded(value));
    let from: { y: number; value: number } | undefined;
    cell.addEventListener('pointerdown', (event) => {
      if (event.target !== cell) return;
      from = { y: event.clientY, value: values[entry] };
      cell.setPointerCapture(event.pointerId);
    });
    cell.addEventListener('pointermove', (event) => {
      if (!from) return;
      const steps = Math.round((from.y - event.clientY) / pixelsPerStep);
      if (steps !== 0 || values[entry] !== from.value)
        set(from.value + steps * step * (event.shiftKey ? 10 : 1));
    });
    const end = (): void => void (from = undefined);
    cell.addEventListener('pointerup', end);
    cell.addEventListener('pointercancel', end);
    cell.addEventListener('dblclick', () => type(cell, entry, set));
    cell.addEventListener('focus', () => {
      all[here].setAttribute('tabindex', '-1');
      here = entry;
      cell.setAttribute('tabindex', '0');
      hovered?.(entry);
    });
    cell.addEventListener('blur', () => hovered?.(null));
    cell.addEventListener('keydown', (event) => {
      if (event.target !== cell || event.ctrlKey || event.metaKey || event.altKey) return;
      const by = event.shiftKey ? 1 : step;
      if (event.key === 'ArrowUp') set(values[entry] + by);
      else if (event.key === 'ArrowDown') set(values[entry] - by);
      else if (event.key === 'ArrowRight') all[besides(entry, 1)].focus();
      else if (event.key === 'ArrowLeft') all[besides(entry, -1)].focus();
      else if (event.key === 'Home') all[inOrder[0]].focus();
      else if (event.key === 'End') all[inOrder[count - 1]].focus();
      else if (event.key === 'Enter' || /^[-\d.]$/.test(event.key))
        type(cell, entry, set, /^[-\d.]$/.test(event.key) ? event.key : undefined);
      else return;
      event.preventDefault();
    });
  }

  /** A field in the cell's place until Enter, Escape or leaving it. */
  function type(
    cell: HTMLElement,
    entry: number,
    set: (value: number) => void,
    begun?: string,
  ): void {
    let done = false;
    const finish = (keep: boolean): void => {
      if (done) return;
      done = true;
      const text = field.value.trim().replace('−', '-');
      field.remove();
      const value = Number(text);
      if (keep && text !== '' && Number.isFinite(value) && Math.abs(value) <= 1e6) set(value);
    };
    const field = h('input', {
      class: 'typed',
      inputmode: 'decimal',
      value: begun ?? String(values[entry]),
      'aria-label': `${options.label}, ${at(entry)}, new value`,
      onblur: () => finish(true),
      onkeydown: (event: KeyboardEvent) => {
        event.stopPropagation();
        if (event.key !== 'Enter' && event.key !== 'Escape') return;
        finish(event.key === 'Enter');
        cell.focus();
      },
    });
    cell.append(field);
    field.focus();
    if (begun === undefined) field.select();
  }

  const element = h(
    'div',
    {
      class: `cells ${options.as ?? ''}${edited ? ' editable' : ''}`,
      role: edited ? 'group' : 'img',
      'aria-label': options.label,
      style: `--rows: ${rows}; --cols: ${cols}`,
    },
    ...all,
  );

  return {
    element,
    named: at,
    show(
      newValues,
      scale = Math.max(...newValues.map((x) => (Number.isFinite(x) ? Math.abs(x) : 0)), 1e-300),
    ) {
      values = newValues;
      all.forEach((cell, entry) => {
        const value = values[entry];
        const { background, text } = options.colour?.(entry, value) ?? {
          background: signed(value, scale),
        };
        cell.style.background = background;
        cell.style.color = text ?? '';
        if (!options.as) {
          if (!cell.firstChild) cell.append('');
          cell.firstChild!.nodeValue = short(value, Math.abs(value) < 0.1 ? 2 : 3);
        }
        if (edited) {
          cell.setAttribute('aria-valuenow', String(value));
          cell.setAttribute('aria-valuetext', short(value));
        }
      });
      if (!edited && !options.as)
        element.setAttribute('aria-label', `${options.label}: ${inWords(values, rows)}`);
    },
    mark(marked, focus) {
      all.forEach((cell, entry) => {
        cell.classList.toggle('marked', marked(entry));
        cell.classList.toggle('focus', entry === focus);
      });
    },
  };
}

/** "rows 1 2; 3 4" for those who hear it. */
function inWords(values: readonly number[], rows: number): string {
  const row = (r: number): string =>
    values
      .filter((_, entry) => entry % rows === r)
      .map((x) => short(x))
      .join(' ');
  return `rows ${Array.from({ length: rows }, (_, r) => row(r)).join('; ')}`;
}
