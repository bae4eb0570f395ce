// One step of a tape: the formula with its term marked, what it gave, and what it was given.
import { cells } from '../cells';
import { h, short } from '../dom';
import { corner, resultOf, type Line, type Matrix, type Node, type Step, type Trace } from '../trace';

function matrixPanel(name: string, matrix: Matrix | null, className = ''): HTMLElement {
  const heading = h(
    'h3',
    {},
    h('var', {}, name),
    matrix ? h('small', {}, ` ${matrix.shape[0]} × ${matrix.shape[1]}`) : null,
  );
  if (!matrix)
    return h(
      'div',
      { class: `panel ${className}` },
      heading,
      h('p', {}, 'Not written down: the op alone knows it.'),
    );
  const { rows, cols, values } = corner(matrix, 12);
  const board = cells({ label: name, rows, cols });
  board.show(values);
  const bad =
    matrix.not_finite > 0
      ? h('strong', { class: 'bad' }, ` ${matrix.not_finite} not finite`)
      : null;
  const part = rows < matrix.shape[0] || cols < matrix.shape[1] ? ', the corner is shown' : '';
  return h(
    'div',
    { class: `panel ${className}` },
    heading,
    h('div', { class: 'scrolls' }, board.element),
    h('p', {}, `mean ${short(matrix.mean)}, σ ${short(Number(matrix.sigma))}${part}`, bad),
  );
}

/** The formula of the pass, with the part that the line is marked. */
function marked(whole: string, term: string): HTMLElement {
  const at = term === '' ? -1 : whole.indexOf(term);
  if (at < 0) return h('p', { class: 'whole' }, whole);
  return h(
    'p',
    { class: 'whole' },
    whole.slice(0, at),
    h('mark', {}, term),
    whole.slice(at + term.length),
  );
}

/** "mean = mean(x)", and what it means. */
function lineOf(node: Node, line: Line | null): HTMLElement {
  if (!line) {
    const words = node.leaf ? 'a leaf: it was given' : '';
    return h('p', { class: 'line' }, h('var', {}, node.op), h('span', {}, words));
  }
  const formula = line.expression ? `${line.symbol} = ${line.expression}` : line.symbol;
  return h('p', { class: 'line' }, h('var', {}, formula), h('span', {}, line.words));
}

const equation = (...panels: (HTMLElement | false)[]): HTMLElement =>
  h('div', { class: 'equation' }, ...panels);

export function stepParts(trace: Trace, step: Step): HTMLElement[] {
  const node = trace.nodes[step.node];
  const back = step.pass === 'backward';
  const whole = back ? node.whole_backward : node.whole_forward;
  const name = step.line?.symbol ?? (node.label || node.op);
  const inputs = node.inputs.map((input, k) =>
    matrixPanel(node.input_names[k] ?? 'x', trace.nodes[input].value),
  );
  const given = [
    h('h3', {}, 'What the op was given'),
    equation(...inputs, back && matrixPanel('dy', node.gradient)),
  ];
  return [
    h('h2', { class: `pass ${step.pass}` }, back ? '← backward' : 'forward →'),
    ...(whole ? [marked(whole, step.line?.term ?? '')] : []),
    lineOf(node, step.line),
    equation(matrixPanel(name, resultOf(trace, step), 'result')),
    ...(inputs.length > 0 ? given : []),
    h('h3', {}, 'The node on the tape'),
    equation(
      matrixPanel('value', node.value),
      node.gradient !== null && matrixPanel('gradient', node.gradient),
    ),
  ];
}
