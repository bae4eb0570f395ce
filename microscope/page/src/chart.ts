// Curves over layers, as SVG: a band where there are several seeds, dashes for theory, the name at the
// end of each line. What is not finite, or not above zero on a logarithmic axis, is left out.
import { drawing, h, short, svg } from './dom';

export interface Curve {
  name: string;
  colour: string;
  x: readonly number[];
  y: readonly number[];
  dashed?: boolean;
  low?: readonly number[];
  high?: readonly number[];
}

export interface ChartOptions {
  title: string;
  x: string;
  log: boolean;
}

interface Axis {
  ticks: number[];
  at(value: number): number;
}

const height = 300;
const margin = { left: 62, right: 112, top: 10, bottom: 44 };

function niceStep(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span));
  const first = span / power;
  return power * (first < 1.5 ? 0.2 : first < 3.5 ? 0.5 : first < 7.5 ? 1 : 2);
}

function linear(low: number, high: number, from: number, to: number): Axis {
  const step = niceStep(high - low || 1);
  const first = Math.ceil(low / step - 1e-9);
  const ticks = Array.from(
    { length: Math.floor(high / step + 1e-9) - first + 1 },
    (_, k) => (first + k) * step,
  );
  return { ticks, at: (value) => from + ((value - low) / (high - low || 1)) * (to - from) };
}

function logarithmic(low: number, high: number, from: number, to: number): Axis {
  const [first, last] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)];
  const every = Math.max(1, Math.ceil((last - first) / 6));
  const ticks = [];
  for (let power = first; power <= last; power += every) ticks.push(10 ** power);
  const span = Math.max(1, last - first);
  return { ticks, at: (value) => from + ((Math.log10(value) - first) / span) * (to - from) };
}

export class LineChart {
  readonly element: HTMLElement;
  #picture = h('div', { class: 'picture' });
  #curves: Curve[] = [];
  #options: ChartOptions;

  constructor(options: ChartOptions) {
    this.#options = options;
    this.element = h(
      'figure',
      { class: 'chart' },
      h('figcaption', {}, options.title),
      this.#picture,
    );
    new ResizeObserver(() => this.#draw()).observe(this.#picture);
  }

  show(curves: Curve[]): void {
    this.#curves = curves;
    this.#draw();
  }

  #draw(): void {
    const width = this.#picture.clientWidth;
    if (width === 0) return;
    const { log, x: xLabel, title } = this.#options;
    const drawn = (y: number): boolean => Number.isFinite(y) && (!log || y > 0);
    const xs = this.#curves.flatMap((curve) => [...curve.x]);
    const ys = this.#curves
      .flatMap((curve) => [...curve.y, ...(curve.low ?? []), ...(curve.high ?? [])])
      .filter(drawn);
    const [right, bottom] = [width - margin.right, height - margin.bottom];
    const [least, most] = [Math.min(...xs), Math.max(...xs)];
    const x = linear(
      xs.length > 0 ? least : 0,
      xs.length > 0 ? (most > least ? most : least + 1) : 1,
      margin.left,
      right,
    );
    const [low, high] = ys.length > 0 ? [Math.min(...ys), Math.max(...ys)] : [0.1, 1];
    const y = log
      ? logarithmic(low, high, bottom, margin.top)
      : linear(Math.min(0, low), high > 0 ? high * 1.05 : 1, bottom, margin.top);
    this.#picture.replaceChildren(
      drawing(
        width,
        height,
        `${title}. ${this.#inWords()}`,
        ...this.#axes(x, y, right, bottom, xLabel),
        ...this.#curves.flatMap((curve) => this.#curve(curve, x, y, drawn)),
        ...this.#names(x, y, drawn, right),
      ),
    );
  }

  #axes(x: Axis, y: Axis, right: number, bottom: number, label: string): SVGElement[] {
    const whole = x.ticks.filter(Number.isInteger);
    return [
      ...y.ticks.map((tick) =>
        svg(
          'g',
          {},
          svg('line', {
            class: 'grid',
            x1: margin.left,
            x2: right,
            y1: y.at(tick),
            y2: y.at(tick),
          }),
          svg(
            'text',
            { class: 'tick', x: margin.left - 8, y: y.at(tick) + 4, 'text-anchor': 'end' },
            short(tick),
          ),
        ),
      ),
      ...whole.map((tick) =>
        svg(
          'text',
          { class: 'tick', x: x.at(tick), y: bottom + 18, 'text-anchor': 'middle' },
          short(tick),
        ),
      ),
      svg('line', { class: 'axis', x1: margin.left, x2: right, y1: bottom, y2: bottom }),
      svg(
        'text',
        { class: 'tick', x: (margin.left + right) / 2, y: bottom + 38, 'text-anchor': 'middle' },
        label,
      ),
    ];
  }

  #curve(curve: Curve, x: Axis, y: Axis, drawn: (y: number) => boolean): SVGElement[] {
    const points = curve.x
      .map((value, k) => ({ x: value, y: curve.y[k] }))
      .filter((point) => drawn(point.y));
    const path = (list: { x: number; y: number }[]): string =>
      list
        .map(
          (point, k) =>
            `${k === 0 ? 'M' : 'L'}${x.at(point.x).toFixed(1)} ${y.at(point.y).toFixed(1)}`,
        )
        .join('');
    const parts: SVGElement[] = [];
    if (curve.low && curve.high) {
      const edge = (side: readonly number[]): { x: number; y: number }[] =>
        curve.x.map((value, k) => ({ x: value, y: side[k] })).filter((point) => drawn(point.y));
      const around = [...edge(curve.high), ...edge(curve.low).reverse()];
      if (around.length > 2)
        parts.push(
          svg('path', { class: 'band', d: `${path(around)}Z`, style: `fill: ${curve.colour}` }),
        );
    }
    parts.push(
      svg('path', {
        class: curve.dashed ? 'line dashed' : 'line',
        d: path(points),
        style: `stroke: ${curve.colour}`,
      }),
    );
    if (!curve.dashed && points.length <= 40) {
      for (const point of points) {
        parts.push(
          svg(
            'circle',
            { cx: x.at(point.x), cy: y.at(point.y), r: 3.5, style: `fill: ${curve.colour}` },
            svg('title', {}, `${curve.name}, ${this.#options.x} ${point.x}: ${short(point.y, 4)}`),
          ),
        );
      }
    }
    return parts;
  }

  /** The names at the ends of the lines, moved apart where they would touch. */
  #names(x: Axis, y: Axis, drawn: (y: number) => boolean, right: number): SVGElement[] {
    const ends = this.#curves
      .filter((curve) => curve.name !== '')
      .map((curve) => {
        const last = curve.y.findLastIndex(drawn);
        return {
          curve,
          last,
          y: last < 0 ? 0 : y.at(curve.y[last]),
          x: last < 0 ? right : x.at(curve.x[last]),
        };
      })
      .filter((end) => end.last >= 0)
      .sort((a, b) => a.y - b.y);
    const apart = 16;
    ends.forEach((end, k) => k > 0 && (end.y = Math.max(end.y, ends[k - 1].y + apart)));
    let lowest = height - margin.bottom + apart / 2;
    for (const end of ends.toReversed()) {
      end.y = Math.min(end.y, lowest);
      lowest = end.y - apart;
    }
    return ends.map(({ curve, y: at, x: end }) =>
      svg(
        'g',
        {},
        svg('rect', {
          x: Math.min(end, right) + 8,
          y: at - 5,
          width: 9,
          height: 9,
          rx: 2,
          style: `fill: ${curve.colour}`,
        }),
        svg('text', { class: 'name', x: Math.min(end, right) + 21, y: at + 4 }, curve.name),
      ),
    );
  }

  #inWords(): string {
    return this.#curves
      .filter((curve) => curve.name !== '')
      .map(
        (curve) =>
          `${curve.name}: from ${short(curve.y[0] ?? NaN)} to ${short(curve.y.at(-1) ?? NaN)}`,
      )
      .join('; ');
  }
}
