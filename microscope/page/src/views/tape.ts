// Tape: a network of a few layers, or a trace from a file, forward and back, step by step.
import { norms } from '../colours';
import { button, select, slider } from '../controls';
import { h, short } from '../dom';
import { EngineError, type Session } from '../engine';
import type { Values } from '../state';
import { firstNotFinite, stepsOf, type Step, type Trace } from '../trace';
import type { Page, View } from '../view';
import { stepParts } from './step';

const layerNames = [
  'linear',
  'batch',
  'layer',
  'rms',
  'relu',
  'leaky_relu',
  'gelu',
  'silu',
  'tanh',
  'sigmoid',
  'softmax',
  'exp',
  'log',
  'sqrt',
];
const mostLayers = 12;
const adds = Array.from({ length: mostLayers }, (_, k) => `add${k}`); // skip connections; add0: from x

/** The layers without number `gone`, counted from 1: what added its output adds its input. */
function without(layers: string[], gone: number): string[] {
  const from = (name: string): number => adds.indexOf(name);
  return layers
    .toSpliced(gone - 1, 1)
    .map((name) => (from(name) >= gone ? adds[from(name) - 1] : name));
}

const fields = {
  layers: {
    kind: 'choices',
    start: ['linear', 'layer', 'relu', 'linear'],
    of: [...layerNames, ...adds],
    most: mostLayers,
  },
  features: { kind: 'number', start: 4, least: 1, most: 8, whole: true },
  samples: { kind: 'number', start: 3, least: 1, most: 8, whole: true },
  eps: { kind: 'number', start: 1e-5, least: 0, most: 10 },
  seed: { kind: 'number', start: 1, least: 1, most: 100000, whole: true },
  step: { kind: 'number', start: 0, least: 0, most: 100000, whole: true },
} as const;
type State = Values<typeof fields>;

const largestFile = 50e6; // bytes
const around = 60; // nodes of a long tape that are listed on either side

function mount(page: Page, state: State): void {
  let trace: Trace | undefined;
  let steps: Step[] = [];
  let fromFile = '';
  const list = h('ol', { class: 'tape' });
  const where = h('p', { class: 'where', 'aria-live': 'polite' });
  const detail = h('div', { class: 'detail' });
  const track = h('input', {
    type: 'range',
    min: 0,
    value: 0,
    'aria-label': 'Step',
    oninput: () => go(Number(track.value)),
  });

  const go = (step: number): void => {
    if (steps.length === 0) return;
    state.step = Math.min(steps.length - 1, Math.max(0, step));
    page.changed();
    draw();
  };
  const buttons = [
    button('|◀', () => go(0), { 'aria-label': 'First step', title: 'First step (Home)' }),
    button('◀', () => go(state.step - 1), { 'aria-label': 'Step back', title: 'Step back (←)' }),
    button('▶', () => go(state.step + 1), { 'aria-label': 'Next step', title: 'Next step (→)' }),
    button('▶|', () => go(steps.length - 1), {
      'aria-label': 'Last step',
      title: 'Last step (End)',
    }),
    button('To backward', () => go(steps.findIndex((step) => step.pass === 'backward'))),
    button('First NaN', () => {
      const found = trace ? firstNotFinite(trace, steps) : -1;
      if (found >= 0) go(found);
      else page.say('Every number of this tape is finite.');
    }),
  ];

  const drawList = (): void => {
    const here = steps[state.step].node;
    const [first, last] = [
      Math.max(0, here - around),
      Math.min(trace!.nodes.length, here + around + 1),
    ];
    const item = (index: number): HTMLElement => {
      const node = trace!.nodes[index];
      const bad = node.value.not_finite + (node.gradient?.not_finite ?? 0) > 0;
      const visit = button(`${node.op}${node.label ? ` “${node.label}”` : ''}`, () => {
        const pass = steps[state.step].pass;
        const at = steps.findIndex((step) => step.node === index && step.pass === pass);
        go(at >= 0 ? at : steps.findIndex((step) => step.node === index));
      });
      visit.append(h('small', {}, ` ${node.value.shape.join(' × ')}${bad ? ' · NaN' : ''}`));
      if (index === here) visit.setAttribute('aria-current', 'step');
      return h('li', { value: index, class: node.leaf ? 'leaf' : '' }, visit);
    };
    const more = (count: number): HTMLElement | null =>
      count > 0 ? h('li', { class: 'more' }, `${count} more`) : null;
    const items = Array.from({ length: last - first }, (_, k) => item(first + k));
    const focused = list.contains(document.activeElement);
    list.replaceChildren(
      ...[more(first), ...items, more(trace!.nodes.length - last)].filter((one) => one !== null),
    );
    const current = list.querySelector<HTMLElement>('[aria-current]');
    if (focused) current?.focus();
    if (current) list.scrollTop = current.offsetTop - list.clientHeight / 2;
  };

  const draw = (): void => {
    if (!trace) return;
    const step = steps[state.step];
    const node = trace.nodes[step.node];
    track.max = String(steps.length - 1);
    track.value = String(state.step);
    where.textContent = `Step ${state.step + 1} of ${steps.length}: ${step.pass}, node ${step.node}, ${node.op}${node.label ? ` “${node.label}”` : ''}`;
    detail.replaceChildren(...stepParts(trace, step));
    drawList();
  };

  const take = (found: Trace): void => {
    trace = found;
    steps = stepsOf(found);
    if (steps.length === 0) {
      page.say('There is nothing on this tape.');
      trace = undefined;
      list.replaceChildren();
      detail.replaceChildren();
      where.textContent = '';
      return;
    }
    state.step = Math.min(state.step, steps.length - 1);
    draw();
  };

  const refresh = (): void => {
    fromFile = '';
    fileName.textContent = '';
    page.changed();
    const session = page.restart();
    const { step, ...setting } = state;
    void page.attempt(async () =>
      take((await session.ask<Trace>({ ask: 'network', ...setting })).value),
    );
  };

  const readFile = async (file: File, session: Session): Promise<void> => {
    if (file.size > largestFile)
      throw new EngineError(
        `${file.name} has ${short(file.size / 1e6)} MB, and the page reads 50 MB at most.`,
      );
    const text = await file.text();
    await session.ask({ ask: 'check_trace', trace: text }).catch((error) => {
      throw error instanceof EngineError
        ? new EngineError(`${file.name} cannot be shown. ${error.message}`)
        : error;
    });
    state.step = 0;
    fromFile = file.name;
    take(JSON.parse(text) as Trace);
    fileName.textContent = `${fromFile} is shown: a link cannot hold it.`;
  };
  const open = (file: File | undefined): void => {
    if (!file) return;
    const session = page.restart();
    void page.attempt(() => readFile(file, session));
  };

  const set =
    <K extends keyof State>(name: K) =>
    (value: State[K]): void => {
      state[name] = value;
      refresh();
    };

  /** The network, a layer a line. */
  const editor = h('fieldset', { class: 'layers' });
  const drawEditor = (): void => {
    const changed = (layers: string[]): void => {
      state.layers = layers;
      drawEditor();
      refresh();
    };
    const options = layerNames.map((value) => ({
      value,
      title: norms[value] ?? value.replace('_', ' '),
    }));
    const skips = adds.map((value, k) => ({ value, title: k === 0 ? '+ x' : `+ layer ${k}` }));
    const full: Record<string, string> = state.layers.length >= mostLayers ? { disabled: '' } : {};
    editor.replaceChildren(
      h('legend', {}, 'The network: x, then'),
      ...state.layers.map((name, k) =>
        h(
          'div',
          { class: 'layer' },
          select(`Layer ${k + 1}`, [...options, ...skips.slice(0, k + 1)], name, (value) =>
            changed(state.layers.with(k, value)),
          ),
          button('×', () => changed(without(state.layers, k + 1)), {
            'aria-label': `Remove layer ${k + 1}`,
          }),
        ),
      ),
      h(
        'div',
        { class: 'tries' },
        button('Add a layer', () => changed([...state.layers, 'relu']), full),
        button('Add a skip from x', () => changed([...state.layers, adds[0]]), full),
      ),
      h('p', { class: 'hint' }, 'then the mean square error to a random target.'),
    );
  };
  const file = h('input', {
    type: 'file',
    id: 'trace-file',
    accept: '.json,application/json',
    onchange: () => open(file.files?.[0]),
  });
  const fileName = h('p', { class: 'hint' });

  page.content.addEventListener('keydown', (event) => {
    if (event.target instanceof HTMLInputElement) return;
    const to = {
      ArrowRight: state.step + 1,
      ArrowLeft: state.step - 1,
      Home: 0,
      End: steps.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  });
  page.content.addEventListener('dragover', (event) => event.preventDefault());
  page.content.addEventListener('drop', (event) => {
    event.preventDefault();
    open(event.dataTransfer?.files[0]);
  });

  drawEditor();
  page.controls.replaceChildren(
    editor,
    slider('Features', { least: 1, most: 8 }, state.features, set('features')),
    slider('Samples', { least: 1, most: 8 }, state.samples, set('samples')),
    slider('eps of the norms', { least: 0, most: 1, step: 0.00001 }, state.eps, set('eps')),
    slider('Seed', { least: 1, most: 1000 }, state.seed, set('seed')),
    h(
      'div',
      { class: 'control' },
      h('label', { for: 'trace-file' }, 'Or a trace: lessons/run 04 --trace out/trace.json'),
      file,
      fileName,
    ),
  );
  page.content.replaceChildren(
    h('div', { class: 'stepping' }, ...buttons, track),
    where,
    h('div', { class: 'tape-and-step' }, list, detail),
  );
  refresh();
}

export const tape: View<typeof fields> = {
  name: 'tape',
  title: 'Tape',
  lesson: '04',
  question: 'What happened, step by step?',
  fields,
  mount,
};
