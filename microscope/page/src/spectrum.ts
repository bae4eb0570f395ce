// Singular values, from the largest to the smallest, on a logarithmic axis down to what rounding
// leaves; zeros stand on the floor, hollow.
import { drawing, h, short, svg } from './dom';

const height = 260;
const margin = { left: 56, right: 12, top: 12, bottom: 42 };
const floor = -18; // 10^floor

export function spectrum(title: string): {
  element: HTMLElement;
  show(values: number[], deletedBelow: number): void;
} {
  const picture = h('div', { class: 'picture' });
  let shown: number[] = [];
  let least = 0;
  const draw = (): void => {
    const width = picture.clientWidth;
    if (width === 0) return;
    if (!shown.every(Number.isFinite)) return picture.replaceChildren('Not finite.');
    const top = Math.max(0, Math.ceil(Math.log10(Math.max(shown[0], 1e-3)) + 0.01));
    const y = (power: number): number =>
      margin.top + ((top - power) / (top - floor)) * (height - margin.top - margin.bottom);
    const x = (k: number): number =>
      margin.left + ((k + 0.5) / shown.length) * (width - margin.left - margin.right);
    const ticks = Array.from({ length: Math.floor((top - floor) / 3) + 1 }, (_, k) => top - 3 * k);
    picture.replaceChildren(
      drawing(
        width,
        height,
        `${title}: ${shown.map((value) => short(value, 2)).join(', ')}`,
        ...ticks.map((power) =>
          svg('line', {
            class: 'grid',
            x1: margin.left,
            x2: width - margin.right,
            y1: y(power),
            y2: y(power),
          }),
        ),
        ...ticks.map((power) =>
          svg(
            'text',
            { class: 'tick', x: margin.left - 8, y: y(power) + 4, 'text-anchor': 'end' },
            short(10 ** power),
          ),
        ),
        svg(
          'text',
          { class: 'tick', x: (margin.left + width) / 2, y: height - 8, 'text-anchor': 'middle' },
          `number, 1 to ${shown.length}`,
        ),
        ...shown.map((value, k) => {
          const power = value > 0 ? Math.max(floor, Math.log10(value)) : floor;
          const deleted = !(value > least);
          return svg(
            'circle',
            {
              class: deleted ? 'value deleted' : 'value',
              cx: x(k),
              cy: y(power),
              r: shown.length > 32 ? 3 : 5,
            },
            svg('title', {}, `number ${k + 1}: ${short(value, 4)}${deleted ? ', deleted' : ''}`),
          );
        }),
      ),
    );
  };
  new ResizeObserver(draw).observe(picture);
  return {
    element: h(
      'figure',
      {},
      h('figcaption', {}, title),
      picture,
      h(
        'p',
        { class: 'pointed' },
        'Hollow: deleted, below a thousandth of the largest possible, rstd · max |γ|.',
      ),
    ),
    show(values, deletedBelow) {
      shown = values;
      least = deletedBelow;
      draw();
    },
  };
}
