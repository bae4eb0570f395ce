// The engine in the browser gives the numbers of the native library, to 1e-12 of the largest number
// beside them. Not to the bit: OpenBLAS and the native kernels add in another order, in packs and with
// fused multiplications, which WebAssembly does not have; and exp, tanh and erfc are SLEEF's and xsimd's
// there and musl's here, which differ in the last place.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { ask, root, start, stop, visit } from './browser.mjs';

const native = process.env.MICROSCOPE_NATIVE ?? `${root}build/microscope/microscope-native`;
const tolerance = 1e-12;

before(start);
after(stop);

// Numbers without a pattern, the same each time.
function someNumbers(count, seed) {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 6 - 3;
  });
}

function* normRequests() {
  for (const norm of ['batch', 'layer', 'rms', 'group', 'instance']) {
    for (const [rows, cols, positions] of [
      [4, 4, 2],
      [8, 3, 4],
      [8, 8, 2],
    ]) {
      for (const eps of [1e-5, 0, 1]) {
        const x = someNumbers(rows * cols, rows + cols),
          dy = someNumbers(rows * cols, 7);
        const question = { ask: 'norm', norm, rows, cols, positions, groups: 2, eps, x, dy };
        yield { ...question, jacobian: true };
        yield { ...question, jacobian: true, gamma: someNumbers(rows / positions, 11) };
      }
    }
    const pictures = { rows: 4 * 16, cols: 4, positions: 16, groups: 2, eps: 1e-5 };
    yield { ask: 'norm', norm, ...pictures, x: someNumbers(256, 3) };
  }
}

function* explosionRequests() {
  for (const norm of ['none', 'batch', 'layer', 'rms', 'group']) {
    for (const activation of ['relu', 'leaky_relu', 'gelu', 'silu', 'tanh', 'sigmoid', 'none']) {
      const request = { norm, activation, depth: 6, width: 32, samples: 20, scale: 0.3, seed: 5 };
      yield { ask: 'explosion', ...request };
      yield { ask: 'explosion_theory', ...request };
    }
  }
  yield {
    ask: 'explosion',
    norm: 'none',
    activation: 'relu',
    depth: 10,
    width: 64,
    samples: 100,
    scale: 0.5,
    seed: 1,
  };
}

function* placementRequests() {
  const today = ['olmo2', 'lns', 'mix', 'hybrid', 'keel'];
  for (const placement of ['none', 'post', 'pre', 'peri', 'deep', ...today]) {
    for (const norm of ['layer', 'rms', 'batch', 'group']) {
      for (const branches of ['both', 'feed_forward']) {
        yield {
          ask: 'placement',
          placement,
          norm,
          branches,
          blocks: 6,
          width: 32,
          tokens: 8,
          seed: 3,
        };
      }
    }
  }
}

function* networkRequests() {
  for (const layers of [
    ['linear', 'layer', 'relu', 'linear'],
    ['batch', 'gelu', 'rms', 'softmax'],
    ['exp', 'sqrt', 'tanh'],
    ['linear', 'log'],
    ['silu', 'sigmoid', 'leaky_relu'],
    ['linear', 'relu', 'add0'],
    ['layer', 'linear', 'gelu', 'add0', 'rms', 'add3'],
    [],
  ]) {
    yield { ask: 'network', layers, features: 4, samples: 3, eps: 1e-5, seed: 2 };
  }
}

const isNumber = (x) => typeof x === 'number' || ['NaN', 'Infinity', '-Infinity'].includes(x);
const size = (list) => Math.max(0, ...list.filter(Number.isFinite).map(Math.abs));

/** By name, the size of what was added up to get a number, where the sum may cancel. */
function scalesOf(answer) {
  if (answer.gradient?.shape) return { backward: size(answer.gradient.entries) }; // of a node: Σ dx is 0
  if (!answer.through_x) return {};
  const path = size(answer.through_x),
    rstd = size(answer.rstd),
    dxhat = size(answer.mean_dxhat.concat(path / rstd));
  const of = (scale, ...names) => Object.fromEntries(names.map((name) => [name, scale]));
  return {
    ...of(path, 'dx', 'through_mean', 'through_variance', 'sum_dx', 'sum_dx_xhat'),
    ...of(rstd, 'jacobian', 'singular_values'),
    ...of(dxhat, 'mean_dxhat', 'mean_dxhat_xhat', 'dgamma', 'dbeta'),
  };
}

/** How much two answers differ, as a share of the largest number beside; throws where they differ in kind. */
function difference(ours, theirs, scale, path) {
  if (isNumber(theirs)) {
    if (ours === theirs) return 0;
    assert.ok(
      typeof ours === 'number' && typeof theirs === 'number',
      `${path}: ${ours} and ${theirs}`,
    );
    return Math.abs(ours - theirs) / Math.max(scale, Math.abs(theirs));
  }
  if (Array.isArray(theirs)) {
    assert.equal(ours.length, theirs.length, path);
    const beside = theirs.every(isNumber) ? Math.max(scale, size(theirs)) : scale;
    return Math.max(
      0,
      ...theirs.map((one, k) => difference(ours[k], one, beside, `${path}[${k}]`)),
    );
  }
  if (theirs === null || typeof theirs !== 'object') {
    assert.equal(ours, theirs, path);
    return 0;
  }
  assert.deepEqual(Object.keys(ours), Object.keys(theirs), path);
  const scales = scalesOf(theirs);
  if (theirs.entries) scale = Math.max(scale, size(theirs.entries)); // for its mean too, which may cancel
  return Math.max(
    0,
    ...Object.keys(theirs).map((name) =>
      difference(ours[name], theirs[name], Math.max(scale, scales[name] ?? 0), `${path}.${name}`),
    ),
  );
}

for (const [name, requests] of Object.entries({
  norm: normRequests,
  explosion: explosionRequests,
  placement: placementRequests,
  network: networkRequests,
})) {
  test(`${name}: browser and native agree to ${tolerance}`, async (t) => {
    const list = [...requests()];
    const lines = execFileSync(native, {
      input: list.map((one) => `${JSON.stringify(one)}\n`).join(''),
      maxBuffer: 1e9,
    }).toString();
    const theirs = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    await visit('#backward', async (page) => {
      let largest = 0,
        same = 0;
      for (const [k, request] of list.entries()) {
        assert.equal(theirs[k].error, undefined, JSON.stringify(request).slice(0, 200));
        const ours = await ask(page, request);
        const found = difference(ours, theirs[k], 0, JSON.stringify(request).slice(0, 160));
        if (found === 0) same += 1;
        largest = Math.max(largest, found);
        assert.ok(found <= tolerance, `${found} in ${JSON.stringify(request).slice(0, 200)}`);
      }
      t.diagnostic(
        `${list.length} questions, largest difference ${largest.toExponential(1)}, ${same} the same to the bit`,
      );
    });
  });
}
