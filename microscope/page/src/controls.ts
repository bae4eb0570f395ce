// What a person sets: each control is a labelled element that calls `changed` with its new value.
import { h, short } from './dom';
import { colourOf } from './colours';

let made = 0;
const newId = (): string => `control-${++made}`;

export interface Named {
  value: string;
  title: string;
  colour?: string; // of its chip, where its name has none
}

export function select(
  label: string,
  options: Named[],
  value: string,
  changed: (value: string) => void,
): HTMLElement {
  const id = newId();
  const box = h(
    'select',
    { id, onchange: () => changed(box.value) },
    ...options.map((one) =>
      h('option', { value: one.value, selected: one.value === value }, one.title),
    ),
  );
  return h('div', { class: 'control' }, h('label', { for: id }, label), box);
}

/** Chips with the colour of what they stand for; several may be on, or one alone. */
export function chips(
  label: string,
  options: Named[],
  on: readonly string[],
  changed: (on: string[]) => void,
  several: boolean,
): HTMLElement {
  const name = newId();
  const boxes = options.map((one) =>
    h('input', {
      type: several ? 'checkbox' : 'radio',
      name,
      value: one.value,
      checked: on.includes(one.value),
      onchange: () => changed(boxes.filter((box) => box.checked).map((box) => box.value)),
    }),
  );
  return h(
    'fieldset',
    { class: 'chips' },
    h('legend', {}, label),
    ...options.map((one, k) =>
      h(
        'label',
        { class: 'chip', style: `--colour: ${one.colour ?? colourOf(one.value)}` },
        boxes[k],
        h('span', {}, one.title),
      ),
    ),
  );
}

export interface Range {
  least: number;
  most: number;
  step?: number;
  /** Of positions 0 … `positions` instead of the values themselves, as for a logarithm. */
  positions?: number;
  at?: (position: number) => number;
  position?: (value: number) => number;
}

/** A slider and a field for the same number; what is out of range is brought into it. */
export function slider(
  label: string,
  range: Range,
  value: number,
  changed: (value: number) => void,
): HTMLElement {
  const id = newId();
  const { at, position } = range;
  const place = (x: number): string => String(position ? position(x) : x);
  const track = h('input', {
    type: 'range',
    id,
    min: at ? 0 : range.least,
    max: at ? (range.positions ?? 1000) : range.most,
    step: at ? 1 : (range.step ?? 1),
    value: place(value),
    oninput: () => {
      const x = at ? at(Number(track.value)) : Number(track.value);
      field.value = String(x);
      track.setAttribute('aria-valuetext', short(x));
      changed(x);
    },
  });
  const field = h('input', {
    type: 'number',
    min: range.least,
    max: range.most,
    step: 'any',
    value,
    'aria-label': `${label}, as a number`,
    onchange: () => {
      const wanted = field.valueAsNumber;
      const whole = range.step === undefined && !at ? Math.round(wanted) : wanted;
      const x = Number.isNaN(wanted) ? value : Math.min(range.most, Math.max(range.least, whole));
      field.value = String(x);
      track.value = place(x);
      changed(x);
    },
  });
  track.setAttribute('aria-valuetext', short(value));
  return h(
    'div',
    { class: 'control' },
    h('label', { for: id }, label),
    h('div', { class: 'range' }, track, field),
  );
}

export function button(
  label: string,
  pressed: () => void,
  attributes: Record<string, string> = {},
): HTMLButtonElement {
  return h('button', { type: 'button', onclick: pressed, ...attributes }, label);
}
