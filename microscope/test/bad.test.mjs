// Bad input: a sentence in the page, and nothing frozen.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, settled, start, stop, visit } from './browser.mjs';

before(start);
after(stop);

const notice = (page) => page.locator('.notice:visible').allInnerTexts();

/** A click is answered within a second. */
async function alive(page) {
  await page.locator('nav a', { hasText: 'Tiles' }).click({ timeout: 1000 });
  await page.waitForFunction(() => document.title.startsWith('Tiles'), undefined, {
    timeout: 1000,
  });
}

const addresses = {
  '#nothing': /There is no view “nothing”/,
  '#backward?norm=mine': /norm is “mine”, which must be one of batch, layer/,
  '#backward?rows=1e9': /rows is “1e9”, which must be a whole number from 1 to 8/,
  '#backward?rows=2.5': /whole number/,
  '#backward?eps=-1': /must be a number from 0 to 10/,
  '#backward?eps=NaN': /must be a number/,
  '#backward?eps=': /must be a number/,
  '#backward?x=1,2,three': /x is “1,2,three”/,
  '#backward?x=1,2': /x is “1,2”, which must be 16 numbers/,
  '#backward?dy=1e300': /dy is “1e300”/,
  '#backward?gamma=1,1': /gamma is “1,1”, which must be 4 numbers/,
  '#backward?gamma=1,1,1,1e9': /gamma/,
  '#tiles?as=film': /as is “film”, which must be one of matrix, pictures/,
  '#tiles?as=pictures&height=1000': /height is “1000”, which must be a whole number from 1 to 6/,
  '#tiles?as=pictures&x=1,2,3': /must be 400 numbers/,
  '#tiles?as=pictures&norm=group&channels=3': /3 channels cannot be cut into 2 groups/i,
  '#placement?seeds=0': /seeds is “0”/,
  '#tape?layers=linear,add2':
    /layer 2 is 'add2', and can add the outputs of 0 \(which is x\) to 1/i,
  '#tape?layers=add99': /layers/,
  '#backward?colour=red': /“colour”, which this view does not have/,
  '#backward?norm=%E0%A4%A': /norm is/,
  '#backward?norm=<img src=x onerror=alert(1)>': /norm is “<img/,
  '#explosion?depth=100000': /depth/,
  '#explosion?norms=none,none,none,none,none,none,none': /norms/,
  '#explosion?width=-3&scale=Infinity': /width.*scale/s,
  '#placement?placements=somewhere': /placements/,
  '#tape?layers=linear,eval': /layers/,
  [`#tape?layers=${Array(500).fill('linear')}`]: /layers/,
  '#tiles?positions=3': /8 rows cannot be cut into channels of 3 positions/,
  '#tiles?norm=group&groups=3': /4 channels cannot be cut into 3 groups/i,
  '#backward?norm=instance': /one value|InstanceNorm|instance_norm/i,
  '#backward?norm=batch&cols=1': /batch_norm/i,
  [`#backward?x=${Array(100000).fill(1)}`]: /must be 16 numbers/,
};

for (const [address, expected] of Object.entries(addresses)) {
  test(`the address ${address.slice(0, 60)} is answered with a sentence`, async () => {
    await visit(address, async (page) => {
      assert.match((await notice(page)).join(' '), expected);
      await alive(page);
    });
  });
}

test('a step beyond the end of the tape is the last one', async () => {
  await visit('#tape?step=99999', async (page) =>
    assert.match(await page.locator('.where').innerText(), /^Step 29 of 29/),
  );
});

test('a constant tile with eps 0 is NaN, and said', async () => {
  await visit(`#backward?eps=0&x=${Array(16).fill(5)}`, async (page) => {
    assert.match(await page.locator('.finding').innerText(), /NaN/);
    assert.equal(await page.locator('.panel.xhat .cell').first().innerText(), 'NaN');
    await alive(page);
  });
});

test('numbers that overflow are drawn as far as they go', async () => {
  await visit(
    '#explosion?norms=none&scale=10&depth=100&width=512&samples=1&seeds=1',
    async (page) => {
      assert.ok((await page.locator('.chart circle, .chart .line').count()) > 0);
      await alive(page);
    },
  );
});

const deep = '['.repeat(200000) + ']'.repeat(200000);
const matrix = {
  shape: [1, 1],
  shown: [1, 1],
  entries: [1],
  mean: 1,
  sigma: 0,
  min: 1,
  max: 1,
  not_finite: 0,
};
const node = {
  op: 'variable',
  label: '',
  leaf: true,
  inputs: [],
  input_names: [],
  value: matrix,
  gradient: null,
  whole_forward: '',
  whole_backward: '',
  forward: [],
  backward: [],
};
const trace = (nodes, backward = []) =>
  JSON.stringify({ evenkeel_trace: 1, title: '', precision: 'float64', nodes, backward });
const files = {
  'empty.json': ['', /not a trace/],
  'cut.json': [trace([node]).slice(0, 100), /not a trace/],
  'foreign.json': ['{"name": "something else"}', /not a trace/],
  'list.json': ['[1, 2, 3]', /not a trace/],
  'deep.json': [deep, /not a trace/],
  'binary.json': [Buffer.from([0, 255, 254, 1, 2, 3]), /not a trace/],
  'newer.json': ['{"evenkeel_trace": 2}', /version 2/],
  'no_nodes.json': [trace([]), /nothing on this tape/],
  'loop.json': [trace([{ ...node, inputs: [0], input_names: ['x'] }]), /does not stand before it/],
  'beyond.json': [trace([node], [7]), /backward names node 7/],
  'entries.json': [
    trace([{ ...node, value: { ...matrix, entries: [1, 2, 3] } }]),
    /shows 3 entries/,
  ],
};

for (const [name, [content, expected]] of Object.entries(files)) {
  test(`the file ${name} is refused with a sentence`, async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'microscope-')), name);
    writeFileSync(file, content);
    await visit('#tape', async (page) => {
      await page.locator('#trace-file').setInputFiles(file);
      await settled(page);
      assert.match((await notice(page)).join(' '), expected);
      await alive(page);
    });
  });
}

test('a long tape stays quick', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'microscope-')), 'long.json');
  writeFileSync(file, trace(Array.from({ length: 20000 }, () => node)));
  await visit('#tape', async (page) => {
    await page.locator('#trace-file').setInputFiles(file);
    await page.getByText('Step 1 of 20000').waitFor();
    const started = Date.now();
    await page.getByRole('button', { name: 'Last step' }).click();
    await page.getByText('Step 20000 of 20000').waitFor();
    assert.ok(Date.now() - started < 1000);
  });
});

test('the engine answers what makes no sense with a sentence', async () => {
  await visit('#backward', async (page) => {
    const usual = {
      ask: 'norm',
      norm: 'layer',
      rows: 2,
      cols: 2,
      positions: 1,
      groups: 1,
      eps: 0,
      x: [1, 2, 3, 4],
    };
    const requests = [
      {},
      { ask: 7 },
      { ask: 'nothing' },
      { ...usual, rows: 1e12 },
      { ...usual, rows: 'two' },
      { ...usual, x: [1, 2] },
      { ...usual, x: [1, 2, 3, null] },
      { ...usual, eps: null },
      {
        ask: 'explosion',
        norm: 'layer',
        activation: 'relu',
        depth: 1e6,
        width: 1,
        samples: 1,
        scale: 1,
        seed: 1,
      },
      { ask: 'network', layers: 'linear', features: 2, samples: 2, eps: 0, seed: 1 },
      { ask: 'network', layers: ['add'], features: 2, samples: 2, eps: 0, seed: 1 },
      { ask: 'network', layers: ['add-1'], features: 2, samples: 2, eps: 0, seed: 1 },
      { ask: 'network', layers: ['add00'], features: 2, samples: 2, eps: 0, seed: 1 },
      { ...usual, gamma: [1] },
      { ...usual, gamma: [1, null] },
      { ask: 'network', layers: [3], features: 2, samples: 2, eps: 0, seed: 1 },
    ];
    for (const request of requests) {
      const said = await page.evaluate(
        (one) =>
          globalThis.evenkeel(one).then(
            () => 'no error',
            (error) => error.message,
          ),
        request,
      );
      assert.match(said, /^[A-Z'’“].*\.$/, JSON.stringify(request));
    }
    assert.equal((await ask(page, usual)).xhat.length, 4);
  });
});
