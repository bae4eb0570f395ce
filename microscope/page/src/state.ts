// A view's state is in the address: #backward?norm=batch&eps=0. What is as at the start is left out;
// what makes no sense is replaced by what it is at the start, and said.

export type Field =
  | { kind: 'number'; start: number; least: number; most: number; whole?: boolean }
  | { kind: 'choice'; start: string; of: readonly string[] }
  | { kind: 'choices'; start: readonly string[]; of: readonly string[]; most?: number }
  /** A matrix, whose size and whose usual entries depend on the rest. */
  | { kind: 'numbers'; usual: (values: never) => number[]; most: number };

export type Fields = Record<string, Field>;

type ValueOf<F extends Field> = F['kind'] extends 'number'
  ? number
  : F['kind'] extends 'choice'
    ? string
    : F['kind'] extends 'choices'
      ? string[]
      : number[];

export type Values<F extends Fields> = { -readonly [name in keyof F]: ValueOf<F[name]> };

const largest = 1e6; // of an entry of a matrix

function usual(field: Field, values: unknown): number | string | string[] | number[] {
  if (field.kind === 'numbers') return field.usual(values as never);
  return field.kind === 'choices' ? [...field.start] : field.start;
}

function numberIn(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}

/** The value in the text, or what is wrong with it. */
function parse(field: Field, text: string, start: unknown): { value: unknown } | { wrong: string } {
  switch (field.kind) {
    case 'number': {
      const value = numberIn(text);
      const fits =
        value >= field.least && value <= field.most && (!field.whole || Number.isInteger(value));
      const kind = field.whole ? 'a whole number' : 'a number';
      return fits ? { value } : { wrong: `must be ${kind} from ${field.least} to ${field.most}` };
    }
    case 'choice':
      return field.of.includes(text)
        ? { value: text }
        : { wrong: `must be one of ${field.of.join(', ')}` };
    case 'choices': {
      const value = text === '' ? [] : text.split(',');
      const fits =
        value.length <= (field.most ?? field.of.length) &&
        value.every((one) => field.of.includes(one));
      return fits ? { value } : { wrong: `must be a list of ${field.of.join(', ')}` };
    }
    case 'numbers': {
      const value = text
        .split(',')
        .slice(0, field.most + 1)
        .map(numberIn);
      const { length } = start as number[];
      const fits = value.length === length && value.every((one) => Math.abs(one) <= largest);
      return fits
        ? { value }
        : { wrong: `must be ${length} numbers from −${largest} to ${largest}` };
    }
  }
}

export interface Address {
  view: string;
  parameters: URLSearchParams;
}

export function address(): Address {
  const [view = '', query = ''] = location.hash.replace(/^#/, '').split('?', 2);
  return { view, parameters: new URLSearchParams(query) };
}

/** The state in the parameters; a sentence in `complaints` for each that makes no sense. */
export function read<F extends Fields>(
  fields: F,
  parameters: URLSearchParams,
  complaints: string[],
): Values<F> {
  const values: Record<string, unknown> = {};
  // Matrices last: they depend on the others.
  const inOrder = Object.entries(fields).sort(
    ([, a], [, b]) => Number(a.kind === 'numbers') - Number(b.kind === 'numbers'),
  );
  for (const [name, field] of inOrder) {
    const start = usual(field, values);
    values[name] = start;
    const text = parameters.get(name);
    if (text === null) continue;
    const parsed = parse(field, text, start);
    if ('value' in parsed) values[name] = parsed.value;
    else
      complaints.push(
        `In the address ${name} is “${text.slice(0, 40)}”, which ${parsed.wrong}; the usual value is shown.`,
      );
  }
  for (const name of parameters.keys()) {
    if (!(name in fields))
      complaints.push(`The address names “${name.slice(0, 40)}”, which this view does not have.`);
  }
  return values as Values<F>;
}

/** "#backward?norm=batch": what differs from the start. */
export function hash<F extends Fields>(view: string, fields: F, values: Values<F>): string {
  const parts = Object.entries(fields)
    .filter(([name, field]) => String(values[name]) !== String(usual(field, values)))
    .map(([name]) => `${name}=${encodeURIComponent(String(values[name])).replaceAll('%2C', ',')}`);
  return `#${view}${parts.length > 0 ? '?' : ''}${parts.join('&')}`;
}

let timer: number | undefined;

/** Puts it into the address once nothing has changed for a moment: browsers limit how often. */
export function write(newHash: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => history.replaceState(null, '', newHash), 60);
}
