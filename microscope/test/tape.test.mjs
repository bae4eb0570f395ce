// Tape: forward and back, the term, the first NaN, a network, a file.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, hash, root, settled, start, stop, visit } from './browser.mjs';

before(start);
after(stop);

test('tape: forward and back by buttons and keys', async () => {
  await visit('#tape', async (page) => {
    const where = () => page.locator('.where').innerText();
    assert.match(await where(), /^Step 1 of 29: forward, node 0/);
    await page.getByRole('button', { name: 'Next step' }).click();
    assert.match(await where(), /^Step 2 /);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.match(await where(), /^Step 4 /);
    await page.keyboard.press('ArrowLeft');
    assert.match(await where(), /^Step 3 /);
    await page.getByRole('button', { name: 'To backward' }).click();
    assert.match(await where(), /backward, node 10, mse/);
    await page.keyboard.press('End');
    assert.match(await where(), /^Step 29 of 29: backward, node 3, linear/);
    await page.locator('.tape button', { hasText: 'layer_norm' }).click();
    assert.match(await where(), /backward, node 4, layer_norm/);
    await settled(page);
    await page.reload();
    await settled(page);
    assert.match(await where(), /backward, node 4, layer_norm/);
  });
});

test('tape: the term of the formula is marked', async () => {
  await visit('#tape', async (page) => {
    const marks = new Set();
    for (let step = 0; step < 29; ++step) {
      for (const text of await page.locator('mark').allInnerTexts()) marks.add(text);
      await page.getByRole('button', { name: 'Next step' }).click();
    }
    assert.deepEqual(
      [...marks],
      ['mean', 'rstd', '(x − mean) ⊙ rstd', 'dxhat', 'mean(dxhat)', 'mean(dxhat ⊙ xhat)'],
    );
  });
});

test('tape: to the first NaN', async () => {
  await visit('#tape?layers=linear,log,relu', async (page) => {
    await page.getByRole('button', { name: 'First NaN' }).click();
    assert.match(await page.locator('.where').innerText(), /forward, node 4, log/);
    assert.match(await page.locator('.result').innerText(), /NaN/);
  });
  await visit('#tape', async (page) => {
    await page.getByRole('button', { name: 'First NaN' }).click();
    assert.match(await page.locator('.notice:visible').innerText(), /finite/);
  });
});

test('tape: the network is edited', async () => {
  await visit('#tape', async (page) => {
    await page.getByRole('button', { name: 'Add a layer' }).click();
    await page.getByLabel('Layer 5', { exact: true }).selectOption('softmax');
    await page.getByRole('button', { name: 'Remove layer 1' }).click();
    await settled(page);
    assert.equal(await hash(page), '#tape?layers=layer,relu,linear,softmax');
    assert.match(await page.locator('.tape').innerText(), /softmax/);
  });
});

test('tape: a skip connection, and x gets the gradient of both ways', async () => {
  await visit('#tape?layers=linear,relu,add1,tanh,add0', async (page) => {
    const layers = ['linear', 'relu', 'add1', 'tanh', 'add0'];
    const request = { ask: 'network', layers, features: 4, samples: 3, eps: 1e-5, seed: 1 };
    const { nodes } = await ask(page, request);
    const at = (op) => nodes.findIndex((node) => node.op === op);
    const [first, last] = nodes.filter((node) => node.op === 'add');
    assert.deepEqual(first.inputs, [at('relu'), at('linear')]);
    assert.deepEqual(last.inputs, [at('tanh'), 0]);
    const [x, w, dz] = [nodes[0].gradient, nodes[1].value, nodes[at('linear')].gradient];
    x.entries.forEach((entry, k) => {
      const [row, col] = [k % 4, Math.floor(k / 4)];
      let dx = last.gradient.entries[k];
      for (let i = 0; i < 4; ++i) dx += w.entries[i + 4 * row] * dz.entries[i + 4 * col]; // Wᵀ dz
      assert.ok(Math.abs(entry - dx) < 1e-14, `${entry} and ${dx}`);
    });
    await page.locator('.tape button', { hasText: /^add/ }).first().click();
    assert.match(await page.locator('.where').innerText(), /forward, node 5, add/);
  });
});

test('tape: skip connections follow when layers come and go', async () => {
  await visit('#tape?layers=linear,layer,relu', async (page) => {
    await page.getByRole('button', { name: 'Add a skip from x' }).click();
    await page.getByRole('button', { name: 'Add a layer' }).click();
    await page.getByLabel('Layer 5', { exact: true }).selectOption({ label: '+ layer 2' });
    await settled(page);
    assert.equal(await hash(page), '#tape?layers=linear,layer,relu,add0,add2');
    await page.getByRole('button', { name: 'Remove layer 1' }).click();
    await settled(page);
    assert.equal(await hash(page), '#tape?layers=layer,relu,add0,add1');
    await page.getByRole('button', { name: 'Remove layer 1' }).click(); // what added it adds its input, x
    await settled(page);
    assert.equal(await hash(page), '#tape?layers=relu,add0,add0');
    assert.equal(await page.locator('.notice:visible').count(), 0);
  });
});

test('tape: a trace that the library wrote is read', async () => {
  const native = process.env.MICROSCOPE_NATIVE ?? `${root}build/microscope/microscope-native`;
  const request = {
    ask: 'network',
    layers: ['rms', 'gelu', 'linear'],
    features: 3,
    samples: 2,
    eps: 1e-5,
    seed: 1,
  };
  const file = join(mkdtempSync(join(tmpdir(), 'microscope-')), 'run.json');
  writeFileSync(file, execFileSync(native, { input: `${JSON.stringify(request)}\n` }));
  await visit('#tape?step=9', async (page) => {
    await page.locator('#trace-file').setInputFiles(file);
    await page.getByText('run.json is shown').waitFor();
    assert.match(await page.locator('.where').innerText(), /^Step 1 of/);
    assert.match(await page.locator('.tape').innerText(), /rms_norm/);
    await page.getByRole('button', { name: 'Last step' }).click();
    assert.match(await page.locator('.where').innerText(), /backward, node 1, rms_norm/);
  });
});
