// Elements from names, attributes and children.

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined | ((event: never) => void)>;

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function')
      element.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false)
      element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** h('button', { onclick: stop }, 'Stop') */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** Three significant digits, in little room; exact zeros are plain. */
export function short(x: number, digits = 3): string {
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x > 0 ? '∞' : '−∞';
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size < 1e-3 || size >= 1e5) return superscript(x.toExponential(Math.max(0, digits - 2)));
  return Number(x.toPrecision(digits)).toString().replace('-', '−');
}

function superscript(exponential: string): string {
  const [mantissa, exponent] = exponential.replace('.0e', 'e').split('e');
  const raised = [...exponent.replace('+', '')]
    .map((c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]))
    .join('');
  const factor = mantissa === '1' ? '' : mantissa === '-1' ? '−' : `${mantissa.replace('-', '−')}·`;
  return `${factor}10${raised}`;
}

/** A table with a heading for each column; it scrolls by itself where the page is narrow. */
export function table(name: string, head: string[], body: HTMLElement): HTMLElement {
  const heads = head.map((text) => h('th', { scope: 'col' }, text));
  return h(
    'div',
    { class: 'scrolls', tabindex: 0, role: 'group', 'aria-label': name },
    h('table', {}, h('thead', {}, h('tr', {}, ...heads)), body),
  );
}

/** A picture of this size, in pixels, that a screen reader calls by its label. */
export function drawing(
  width: number,
  height: number,
  label: string,
  ...children: Child[]
): SVGSVGElement {
  const viewBox = `0 0 ${width} ${height}`;
  return svg('svg', { width, height, viewBox, role: 'img', 'aria-label': label }, ...children);
}
