// Explosion and Placement: the numbers of their lessons, in time, and a way to stop.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, settled, start, stop, visit } from './browser.mjs';

before(start);
after(stop);

test('explosion: lesson 01’s growth, within 100 ms for ten layers of 64', async (t) => {
  await visit('#explosion?norms=none,batch,layer&seeds=12', async (page) => {
    const rows = await page.locator('tbody tr').allInnerTexts();
    const numbers = rows.map((row) =>
      [...row.matchAll(/× ([\d.]+)/g)].map((found) => Number(found[1])),
    );
    // Bands of lesson 01: its medians over 3,000 seeds, ± 4 standard deviations of a median of 12.
    const within = (x, median, sd) =>
      assert.ok(
        Math.abs(x - median) < (4 * 1.25 * sd) / Math.sqrt(12) + 0.005,
        `${x} is not near ${median}`,
      );
    within(numbers[0][0], 2.801, 0.098);
    within(numbers[0][1], 2.82, 0.0523);
    within(numbers[1][1], 1.2181, 0.0093);
    within(numbers[2][1], 1.0052, 0.026);
    const times = await page.evaluate(async () => {
      const times = [];
      for (let k = 0; k < 9; ++k) {
        const started = performance.now();
        await globalThis.evenkeel({
          ask: 'explosion',
          norm: 'batch',
          activation: 'relu',
          depth: 10,
          width: 64,
          samples: 100,
          scale: 0.5,
          seed: k,
        });
        times.push(performance.now() - started);
      }
      return times.sort((a, b) => a - b);
    });
    t.diagnostic(
      `10 layers of 64, 100 samples: ${times[4].toFixed(0)} ms, at worst ${times[8].toFixed(0)} ms`,
    );
    assert.ok(times[4] < 100, `${times[4]} ms`);
  });
});

test('explosion: stopped, it keeps what it has and answers the next question', async () => {
  await visit('#explosion?seeds=1', async (page) => {
    await page.evaluate(() => (location.hash = '#explosion?depth=100&width=512&samples=1000'));
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped').waitFor({ timeout: 1000 });
    await settled(page, 1000); // nothing is asked any more
    const started = Date.now();
    await page.locator('nav a', { hasText: 'Tiles' }).click();
    await page.locator('.cell').first().waitFor();
    await settled(page, 3000);
    assert.ok(Date.now() - started < 3000);
  });
});

test('explosion: a new setting takes the place of one that still runs', async () => {
  await visit('#explosion?seeds=1', async (page) => {
    await page.evaluate(() => (location.hash = '#explosion?depth=100&width=512&samples=1000'));
    await page.waitForTimeout(400);
    await page.evaluate(() => (location.hash = '#explosion?seeds=3'));
    await page.getByText('3 of 3 seeds').waitFor({ timeout: 4000 });
  });
});

test('placement: post-norm keeps the stream, pre-norm adds to it, without a norm it explodes', async () => {
  await visit(
    '#placement?branches=feed_forward&placements=none,post,pre,peri,deep',
    async (page) => {
      const rows = await page
        .locator('tbody tr')
        .evaluateAll((all) => all.map((row) => row.cells[1].textContent));
      assert.equal(rows.length, 5);
      assert.equal(rows[1], '1');
      assert.equal(rows[4], '1');
      assert.ok(Number(rows[0]) > 5000 && Number(rows[0]) < 60000, rows[0]); // 1.5²⁴ = 16,834
      const pre = Number(rows[2]);
      assert.ok(pre > 9 && pre < 17, rows[2]); // 1 + 24/2, and the spread of one seed
      assert.equal(await page.locator('.diagram').count(), 5);
      assert.equal(await page.locator('.diagram .box.norm').count(), 5); // 0 + 1 + 1 + 2 + 1
    },
  );
});

test('placement: the line is the median over the seeds, and there is a band around it', async () => {
  const rows = async (address) => {
    let found;
    await visit(address, async (page) => {
      found = await page
        .locator('tbody tr')
        .evaluateAll((all) => all.map((row) => [1, 2].map((k) => row.cells[k].textContent)));
      assert.equal(await page.locator('.band').count(), 4); // two placements, forward and back
      assert.equal(await page.getByText(/of \d seeds/).count(), 1);
    });
    return found;
  };
  const address = '#placement?placements=none,pre&blocks=6&width=32';
  const three = await rows(`${address}&seed=4&seeds=3`);
  const single = [];
  for (const seed of [4, 5, 6]) single.push(await rows(`${address}&seed=${seed}&seeds=1`));
  three.forEach((row, k) =>
    row.forEach((text, column) => {
      const of = single.map((one) => one[k][column]).sort((a, b) => Number(a) - Number(b));
      assert.equal(text, of[1]);
      assert.notEqual(of[0], of[2]);
    }),
  );
});

test('placement: stopped, it answers the next question', async () => {
  await visit('#placement?seeds=1', async (page) => {
    await page.evaluate(
      () => (location.hash = '#placement?blocks=64&width=256&tokens=64&seeds=50'),
    );
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped').waitFor({ timeout: 1000 });
    await settled(page, 1000); // nothing is asked any more
    await page.locator('nav a', { hasText: 'Tiles' }).click();
    await page.locator('.cell').first().waitFor({ timeout: 1000 });
    await settled(page, 3000);
  });
});

// Means and standard deviations of one seed: lesson 18, 24 blocks without attention.
test('placement: those of today grow as lesson 18 says', async () => {
  await visit(
    '#placement?branches=feed_forward&placements=olmo2,lns,mix,hybrid,keel',
    async (page) => {
      const ends = await page
        .locator('tbody tr')
        .evaluateAll((all) => all.map((row) => Number(row.cells[1].textContent)));
      const known = [[25, 2.41], [2.89, 0.194], [10, 1.27], [1.5, 0.186], [1, 0.001]];
      assert.equal(ends.length, known.length);
      for (const [i, [mean, deviation]] of known.entries())
        assert.ok(Math.abs(ends[i] - mean) < 4 * deviation, `${ends[i]} for ${mean}`);
      assert.equal(await page.locator('.diagram .box.norm').count(), 6); // 1 + 1 + 1 + 1 + 2
    },
  );
});
