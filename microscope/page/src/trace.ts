// A trace as docs/trace.md describes it, and the steps it is gone through in.
import { toNumber } from './engine';

export interface Matrix {
  shape: [number, number];
  shown: [number, number];
  entries: (number | string)[];
  mean: number;
  sigma: number | string;
  min: number;
  max: number;
  not_finite: number;
}

export interface Line {
  symbol: string;
  expression: string;
  words: string;
  term: string;
  value: Matrix | null;
}

export interface Node {
  op: string;
  label: string;
  leaf: boolean;
  inputs: number[];
  input_names: string[];
  value: Matrix;
  gradient: Matrix | null;
  whole_forward: string;
  whole_backward: string;
  forward: Line[];
  backward: Line[];
}

export interface Trace {
  title: string;
  precision: string;
  nodes: Node[];
  backward: number[];
}

export interface Step {
  node: number;
  pass: 'forward' | 'backward';
  line: Line | null;
}

/** Forward node by node, then back: a step for each line of an op's formula. */
export function stepsOf(trace: Trace): Step[] {
  const steps: Step[] = [];
  const add = (node: number, pass: Step['pass']): void => {
    const lines = trace.nodes[node][pass];
    if (lines.length === 0) steps.push({ node, pass, line: null });
    for (const line of lines) steps.push({ node, pass, line });
  };
  trace.nodes.forEach((_, node) => add(node, 'forward'));
  for (const node of trace.backward) add(node, 'backward');
  return steps;
}

/** What a step shows as its result. */
export function resultOf(trace: Trace, step: Step): Matrix | null {
  const node = trace.nodes[step.node];
  return step.line ? step.line.value : step.pass === 'forward' ? node.value : node.gradient;
}

/** The first step whose result holds a NaN or an infinity; −1: none does. */
export function firstNotFinite(trace: Trace, steps: readonly Step[]): number {
  return steps.findIndex((step) => (resultOf(trace, step)?.not_finite ?? 0) > 0);
}

/** The corner that is kept, at most `most` × `most` of it. */
export function corner(
  matrix: Matrix,
  most: number,
): { rows: number; cols: number; values: number[] } {
  const [shownRows, shownCols] = matrix.shown;
  const [rows, cols] = [Math.min(shownRows, most), Math.min(shownCols, most)];
  const values = Array.from({ length: rows * cols }, (_, k) =>
    toNumber(matrix.entries[(k % rows) + Math.floor(k / rows) * shownRows]),
  );
  return { rows, cols, values };
}
