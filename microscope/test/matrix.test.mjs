// Backward and Tiles, used as a person uses them: the pointer, the keyboard.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, cellsOf, hash, settled, start, stop, visit } from './browser.mjs';

before(start);
after(stop);

test('backward: lesson 04’s dx, and the paths add up to it', async () => {
  await visit('#backward', async (page) => {
    const dx = await cellsOf(page, '.panel.dx');
    assert.deepEqual(dx.slice(0, 4), [0.333, 0.333, -1.67, 1]); // (⅓, ⅓, −5/3, 1) on its page
    const shown = await Promise.all(
      ['through_x', 'through_mean', 'through_variance'].map((name) =>
        cellsOf(page, `.panel.${name}`),
      ),
    );
    dx.forEach((entry, k) =>
      assert.ok(Math.abs(shown[0][k] + shown[1][k] + shown[2][k] - entry) < 0.01, `entry ${k}`),
    );
  });
});

test('backward: dy is dragged, typed and moved by keys, and dx follows', async () => {
  await visit('#backward', async (page) => {
    const cell = page.locator('.panel.dy .cell').first();
    const before = await cellsOf(page, '.panel.dx');
    const box = await cell.boundingBox();
    await page.mouse.move(box.x + 20, box.y + 15);
    await page.mouse.down();
    await page.mouse.move(box.x + 20, box.y - 45, { steps: 5 });
    await page.mouse.up();
    await settled(page);
    assert.equal(await cell.innerText(), '1'); // 60 pixels up: ten steps of 0.1
    assert.match(await hash(page), /dy=1,3,-3,6/);
    assert.notDeepEqual(await cellsOf(page, '.panel.dx'), before);
    await cell.focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Shift+ArrowUp');
    assert.equal(await cell.innerText(), '2.1');
    await page.keyboard.press('Enter');
    await page.keyboard.type('-4.5');
    await page.keyboard.press('Enter');
    assert.equal(await cell.innerText(), '−4.5');
    await page.keyboard.press('ArrowRight');
    assert.equal(
      await page.evaluate(() => document.activeElement.getAttribute('aria-label')),
      'dy, drag up or down, row 1, column 2',
    );
    await page.keyboard.type('7');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.panel.dy .cell').nth(4).innerText(), '0');
  });
});

test('backward: the tile of the entry under the pointer lights up everywhere', async () => {
  for (const [norm, entries] of [
    ['layer', [0, 1, 2, 3]],
    ['batch', [0, 4, 8, 12]],
    ['group&groups=2', [0, 1]],
  ]) {
    await visit(`#backward?norm=${norm}`, async (page) => {
      await page.locator('.panel.dy .cell').first().hover();
      for (const panel of ['x', 'dy', 'xhat', 'dx', 'through_variance']) {
        const marked = await page
          .locator(`.panel.${panel} .cell`)
          .evaluateAll((all) =>
            all.flatMap((one, k) => (one.classList.contains('marked') ? [k] : [])),
          );
        assert.deepEqual(marked, entries, `${norm} ${panel}`);
      }
      assert.match(await page.locator('.entry').innerText(), /^Row 1, sample 1: dx = /);
    });
  }
});

test('backward: what a norm deletes, and eps to zero', async () => {
  const rank = async (address) => {
    let found;
    await visit(address, async (page) => (found = await page.locator('.finding').innerText()));
    return found
      .match(/deletes (\d+) of \d+ directions. The rank is (\d+)/)
      .slice(1)
      .map(Number);
  };
  assert.deepEqual(await rank('#backward?norm=layer'), [8, 12]); // eps leaves a little along x̂, in 4 tiles
  assert.deepEqual(await rank('#backward?norm=layer&eps=0'), [8, 8]);
  assert.deepEqual(await rank('#backward?norm=batch&eps=0'), [8, 8]);
  assert.deepEqual(await rank('#backward?norm=rms&eps=0'), [4, 12]);
  assert.deepEqual(await rank('#backward?norm=batch&cols=2&eps=0&x=0,6,2,8,4,1,6,6'), [8, 0]); // ±1, whatever x is
  await visit('#backward?eps=0', async (page) => {
    for (const removed of ['1: every entry alike', 'x̂']) {
      await page.getByRole('button', { name: removed, exact: true }).click();
      await settled(page);
      const { dy, x } = await page.evaluate(() =>
        Object.fromEntries(new URLSearchParams(location.hash.split('?')[1])),
      );
      const answer = await ask(page, {
        ask: 'norm',
        norm: 'layer',
        rows: 4,
        cols: 4,
        positions: 1,
        groups: 2,
        eps: 0,
        x: x?.split(',').map(Number) ?? [0, 6, 6, 8, 8, 0, 6, 6, 6, 8, 0, 6, 6, 6, 8, 0],
        dy: dy.split(',').map(Number),
      });
      assert.ok(Math.max(...answer.dx.map(Math.abs)) < 1e-6, removed); // x̂ is in the address to 6 digits
    }
    await page.getByRole('button', { name: 'the first sample' }).click();
    await settled(page);
    assert.equal(await hash(page), '#backward?eps=0');
  });
});

test('tiles: one entry moves the x̂ of its tile, and of no other', async () => {
  for (const [norm, moved] of [
    ['batch', 8],
    ['layer', 8],
    ['rms', 8],
    ['group', 4],
    ['instance', 2],
  ]) {
    await visit(`#tiles?norm=${norm}`, async (page) => {
      await page.locator('.content .editable .cell').first().focus();
      await page.keyboard.press('Shift+ArrowUp');
      await settled(page);
      assert.equal(await page.locator('.content .cell.moved').count(), moved, norm);
      assert.equal(await page.locator('tr.moved').count(), 1, norm);
      assert.match(
        await page.locator('.finding').innerText(),
        new RegExp(`${moved} of 32 entries`),
      );
      await page.getByRole('button', { name: 'Start from here' }).click();
      assert.equal(await page.locator('.content .cell.moved').count(), 0);
    });
  }
});

test('tiles: as many colours as tiles, and a tile lights up', async () => {
  for (const [norm, tiles, size] of [
    ['batch', 4, 8],
    ['layer', 4, 8],
    ['group', 8, 4],
    ['instance', 16, 2],
  ]) {
    await visit(`#tiles?norm=${norm}`, async (page) => {
      const colours = await page
        .locator('.content .editable .cell')
        .evaluateAll((all) => new Set(all.map((one) => one.style.background)).size);
      assert.equal(colours, tiles, norm);
      await page.locator('.content .editable .cell').nth(5).hover();
      assert.equal(await page.locator('.content .editable .cell.marked').count(), size, norm);
      assert.equal(await page.locator('tr.marked').count(), 1);
    });
  }
});
