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

test('backward: γ scales dy before the three paths, and has its own gradient', async () => {
  const panels = async (address) => {
    const found = {};
    await visit(address, async (page) => {
      for (const name of ['dxhat', 'dx', 'through_x', 'through_mean', 'through_variance', 'dgamma'])
        found[name] = (await cellsOf(page, `.panel.${name}`)).slice(0, 4);
      const dbeta = page.locator('.panel.dbeta');
      found.dbeta = (await dbeta.count()) > 0 ? await cellsOf(page, '.panel.dbeta') : undefined;
    });
    return found;
  };
  // Lesson 04's dy = (0, 3, −3, 6), and x̂ = (−5/3, ⅓, ⅓, 1)
  const plain = await panels('#backward');
  assert.deepEqual(plain.dxhat, [0, 3, -3, 6]);
  assert.deepEqual(plain.dgamma, [0, 1, -1, 6]);
  assert.deepEqual(plain.dbeta, [0, 3, -3, 6]);
  const scaled = await panels('#backward?gamma=1,-2,1,0');
  assert.deepEqual(scaled.dxhat, [0, -6, -3, 0]);
  assert.deepEqual(scaled.through_x, [0, -2, -1, 0]); // times rstd = ⅓
  assert.deepEqual(scaled.through_mean, [0.75, 0.75, 0.75, 0.75]);
  assert.deepEqual(scaled.through_variance, [-0.417, 0.083, 0.083, 0.25]); // mean(dx̂ ⊙ x̂) = −¾
  assert.deepEqual(scaled.dx, [0.333, -1.17, -0.167, 1]);
  assert.deepEqual(scaled.dgamma, plain.dgamma);
  assert.equal((await panels('#backward?norm=rms')).dbeta, undefined); // RMSNorm has no beta
});

test('backward: γ is dragged, one for each channel, and lights its channel up', async () => {
  await visit('#backward?positions=2', async (page) => {
    const gamma = page.locator('.panel.gamma .cell');
    assert.equal(await gamma.count(), 2);
    const box = await gamma.nth(1).boundingBox();
    const row = await page.locator('.panel.dy .cell').nth(2).boundingBox();
    assert.ok(Math.abs(box.y - row.y) < 4, 'γ stands beside the rows it scales');
    assert.ok(Math.abs(box.height - 2 * row.height) < 4, 'and is as high as they are');
    await page.mouse.move(box.x + 20, box.y + 15);
    await page.mouse.down();
    await page.mouse.move(box.x + 20, box.y - 45, { steps: 5 });
    await page.mouse.up();
    await settled(page);
    assert.equal(await hash(page), '#backward?positions=2&gamma=1,2');
    assert.deepEqual((await cellsOf(page, '.panel.dxhat')).slice(0, 4), [0, 3, -6, 12]);
    await gamma.nth(1).hover();
    const marked = await page
      .locator('.panel.dxhat .cell')
      .evaluateAll((all) => all.flatMap((one, k) => (one.matches('.marked') ? [k] : [])));
    assert.deepEqual(marked, [2, 3, 6, 7, 10, 11, 14, 15]);
    assert.match(await page.locator('.entry').innerText(), /^Channel 2: γ = 2, dγ = 5, dβ = 3/);
    const positions = page.getByLabel('Positions of a channel, as a number');
    await positions.fill('1');
    await positions.press('Enter');
    await settled(page);
    assert.equal(await hash(page), '#backward?gamma=1,2,1,1');
    assert.equal(await page.locator('.notice:visible').count(), 0);
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
    await cell.hover();
    await cell.focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Shift+ArrowUp');
    assert.equal(await cell.innerText(), '2.1');
    await settled(page);
    const dx = await page.locator('.panel.dx .cell').first().innerText();
    assert.ok((await page.locator('.entry').innerText()).includes(`: dx = ${dx} = (`));
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
  assert.deepEqual(await rank('#backward?eps=0&gamma=3,-1,0.5,2'), [8, 8]); // γ bends them, and brings none back
  assert.deepEqual(await rank(`#backward?eps=0&gamma=${Array(4).fill(1e-4)}`), [8, 8]);
  assert.deepEqual(await rank('#backward?gamma=0,0,0,0'), [16, 0]);
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

test('tiles: as pictures, one pixel moves its tile and no other', async () => {
  for (const [norm, size, tiles] of [
    ['batch', 100, 4], // a channel of all four samples
    ['layer', 100, 4], // a sample's four channels
    ['group', 50, 8],
    ['instance', 25, 16], // one picture
  ]) {
    await visit(`#tiles?as=pictures&norm=${norm}`, async (page) => {
      const pixels = page.locator('.content .editable .cell');
      assert.equal(await pixels.count(), 400);
      await pixels.nth(5).hover();
      assert.equal(await page.locator('.content .editable .cell.marked').count(), size, norm);
      assert.match(
        await page.locator('.entry').innerText(),
        /^sample 1, channel 1, row 2, column 1: x = /,
      );
      await pixels.first().focus();
      await page.keyboard.press('Shift+ArrowUp');
      await settled(page);
      assert.match(await page.locator('.entry').innerText(), /: x = 3, /); // it was 2
      assert.equal(await page.locator('tr.marked').count(), 1, norm);
      assert.equal(await page.locator('.content .cell.moved').count(), size, norm);
      assert.equal(await page.locator('tr.moved').count(), 1, norm);
    });
    await visit(`#tiles?as=pictures&norm=${norm}&x=${Array(400).fill(7)}`, async (page) => {
      const colours = await page
        .locator('.content .editable .cell')
        .evaluateAll((all) => new Set(all.map((one) => one.style.background)).size);
      assert.equal(colours, tiles, norm); // all equally light: a colour for each tile
    });
  }
});

test('tiles: InstanceNorm makes one drawing of two lights the same, BatchNorm does not', async () => {
  for (const [norm, same] of [
    ['instance', true],
    ['batch', false],
    ['layer', false],
  ]) {
    await visit(`#tiles?as=pictures&eps=0&norm=${norm}`, async (page) => {
      const xhat = async (entry) => {
        await page.locator('.content .editable .cell').nth(entry).hover();
        return (await page.locator('.entry').innerText()).match(/x̂ = (\S+),/)[1];
      };
      const found = [];
      for (const pixel of [25, 27, 32, 60])
        found.push((await xhat(pixel)) === (await xhat(100 + pixel)));
      assert.equal(found.every(Boolean), same, norm);
    });
  }
});

test('tiles: pictures by keyboard and of other sizes', async () => {
  await visit('#tiles?as=pictures', async (page) => {
    const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    await page.locator('.content .editable .cell').nth(4).focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await focused(), /sample 2, channel 1, row 1, column 1$/);
    await page.keyboard.press('End');
    assert.match(await focused(), /sample 4, channel 4, row 5, column 5$/);
    const height = page.getByLabel('Height, as a number');
    await height.fill('6');
    await height.press('Enter');
    await settled(page);
    assert.equal(await page.locator('.content .editable .cell').count(), 4 * 6 * 5 * 4);
    assert.equal(await hash(page), '#tiles?as=pictures&height=6');
    await page.getByText('a matrix', { exact: true }).click();
    await settled(page);
    assert.equal(await hash(page), '#tiles?height=6');
    assert.equal(await page.locator('.content .editable .cell').count(), 32);
    assert.equal(await page.locator('.notice:visible').count(), 0);
  });
});
