// How the page looks and is used by all: contrast and names (axe-core), the order of the focus, no
// sideways scrolling; its size and when it is ready. Leaves a picture of each view in out/microscope/.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { html, narrow, root, settled, start, stop, visit, wide } from './browser.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = `${root}out/microscope`;
const views = {
  explosion: '#explosion',
  tiles: '#tiles',
  pictures: '#tiles?as=pictures',
  placement: '#placement',
  backward: '#backward',
  tape: '#tape?step=12&layers=linear,layer,relu,add0',
};

before(async () => {
  mkdirSync(pictures, { recursive: true });
  await start();
});
after(stop);

for (const [view, address] of Object.entries(views)) {
  for (const theme of ['light', 'dark']) {
    for (const [width, viewport] of Object.entries({ wide, narrow })) {
      test(`${view}, ${theme}, ${width}: axe-core finds nothing, nothing sticks out`, async () => {
        await visit(
          address,
          async (page) => {
            await page.screenshot({
              path: `${pictures}/${view}-${theme}-${width}.png`,
              fullPage: true,
            });
            const sideways = await page.evaluate(
              () => document.documentElement.scrollWidth - innerWidth,
            );
            assert.ok(sideways <= 0, `${sideways} pixels too wide`);
            await page.evaluate(axe);
            const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
            assert.deepEqual(
              violations.map(
                (one) =>
                  `${one.id}: ${one.nodes
                    .map((node) => node.target)
                    .slice(0, 4)
                    .join('; ')}`,
              ),
              [],
            );
            assert.ok(passes.length > 15, 'axe-core has looked at next to nothing');
          },
          { viewport, colorScheme: theme },
        );
      });
    }
  }

  test(`${view}: Tab goes through all of it in the order of the page, and the focus is seen`, async () => {
    await visit(address, async (page) => {
      const seen = await page.evaluate(() => {
        const enabled = [
          ...document.querySelectorAll('a, button, input, select, [tabindex="0"]'),
        ].filter((one) => !one.disabled && one.tabIndex >= 0);
        const groups = new Set();
        return enabled.filter((one) => {
          if (one.type !== 'radio') return true; // of a group of radio buttons Tab comes to one
          if (!one.checked || groups.has(one.name)) return false;
          return groups.add(one.name);
        }).length;
      });
      let places = -1,
        shown = 0,
        count = 0;
      for (; count < seen; ++count) {
        await page.keyboard.press('Tab');
        const { place, outlined } = await page.evaluate(() => {
          const one = document.activeElement;
          const has = (element) => element && getComputedStyle(element).outlineStyle !== 'none';
          return {
            place: [...document.querySelectorAll('*')].indexOf(one),
            outlined: [one, one.nextElementSibling, one.parentElement].some(has),
          };
        });
        assert.ok(place > places, `stop ${count} is before the one before it`);
        places = place;
        shown += outlined;
      }
      assert.equal(shown, count);
      assert.ok(count > 12, `${count} stops`);
    });
  });
}

test('larger text, for a projector, fits too', async () => {
  for (const address of Object.values(views)) {
    await visit(address, async (page) => {
      await page.getByRole('button', { name: /projector/ }).click();
      await settled(page);
      assert.ok(
        (await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0,
        address,
      );
    });
  }
});

test('the file has 1.5 MB at most, compressed, and is ready within 2 s', async (t) => {
  const compressed = gzipSync(readFileSync(html)).length;
  assert.ok(compressed <= 1.5e6, `${compressed} bytes`);
  const times = [];
  for (let k = 0; k < 3; ++k) {
    await visit('#backward', async (page) => {
      await page.reload({ waitUntil: 'commit' });
      await page.locator('.panel.dx .cell', { hasText: '−1.67' }).waitFor();
      times.push(await page.evaluate(() => performance.now()));
    });
  }
  t.diagnostic(
    `${(compressed / 1e3).toFixed(0)} kB compressed; the first numbers after ${times.map((one) => one.toFixed(0)).join(', ')} ms`,
  );
  assert.ok(Math.min(...times) < 2000, `${times} ms`);
});

test('nothing can be fetched: the page forbids it to itself', async () => {
  await visit('#backward', async (page) => {
    const policy = await page
      .locator('meta[http-equiv=Content-Security-Policy]')
      .getAttribute('content');
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /https?:|connect-src|\*/);
  });
  assert.doesNotMatch(
    readFileSync(html, 'utf8').replaceAll('http://www.w3.org/2000/svg', ''),
    /(src|href)="?https?:/,
  );
});
