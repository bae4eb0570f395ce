// A made site (SITE, and SITE_WITH the microscope) in headless Chromium, opened from files as a person opens it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';

const require = createRequire(new URL('../../microscope/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const { SITE, SITE_WITH } = process.env;
const executablePath =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

let browser;
before(async () => {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({ executablePath, args });
});
after(() => browser.close());

const address = (site, page) => `${pathToFileURL(site).href}/${page}`;
const pagesOf = (site) =>
  readdirSync(site, { recursive: true }).filter((name) => name.endsWith('.html') && name !== 'microscope.html');

/** Runs `use` on a new page; fails when the page had an error or loaded what is not of the site. */
async function visit(site, use, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1300, height: 900 }, ...options });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(`${page.url()}: ${error.message}`));
  page.on('console', (m) => m.type() === 'error' && errors.push(`${page.url()}: ${m.text()}`));
  page.on('request', (request) => {
    const url = request.url();
    const own = url.startsWith(pathToFileURL(site).href) || /^(blob|data):/.test(url);
    if (!own) errors.push(`${page.url()} loads ${url}`);
  });
  await use(page);
  await context.close();
  assert.deepEqual(errors, []);
}

test('no page scrolls sideways at 360 px, none has an error', async (t) => {
  const pages = pagesOf(SITE);
  await visit(
    SITE,
    async (page) => {
      for (const name of pages) {
        await page.goto(address(SITE, name));
        const width = await page.evaluate(() => {
          for (const details of document.querySelectorAll('main details')) details.open = true;
          return document.documentElement.scrollWidth;
        });
        assert.ok(width <= 360, `${name} is ${width} px wide`);
      }
    },
    { viewport: { width: 360, height: 800 } },
  );
  t.diagnostic(`${pages.length} pages at 360 px`);
  assert.ok(pages.length > 150);
});

test('nor at 1300 px, with the microscope in them', async () => {
  await visit(SITE_WITH, async (page) => {
    for (const name of pagesOf(SITE_WITH).filter((one) => one.startsWith('lessons/') || !one.includes('/'))) {
      await page.goto(address(SITE_WITH, name));
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 1300, `${name} is ${width} px wide`);
    }
  });
});

test('the microscope is there, in the view that the page asks for', async () => {
  await visit(SITE_WITH, async (page) => {
    await page.goto(address(SITE_WITH, 'lessons/04_backward_by_hand/index.html'));
    await page.locator('iframe').first().scrollIntoViewIfNeeded();
    const frame = page.frameLocator('iframe').first();
    await frame.locator('body').waitFor();
    const inside = () => page.frames().find((one) => one.url().endsWith('microscope.html#backward'));
    assert.ok(inside(), page.frames().map((one) => one.url()).join());
    if (await inside().evaluate(() => document.title !== '-')) {
      await frame.getByText('what does it remove', { exact: false }).or(frame.locator('.view-backward')).first().waitFor();
    }
  });
});

test('search: words of pages and headers lead there', () => {
  const sandbox = { globalThis: {} };
  vm.runInNewContext(readFileSync(`${SITE}/site.js`, 'utf8'), sandbox);
  vm.runInNewContext(readFileSync(`${SITE}/search-index.js`, 'utf8'), sandbox);
  const entries = sandbox.globalThis.evenkeelPages;
  const first = (query) => sandbox.findPages(query, entries)[0]?.href ?? '';
  for (const [query, wanted] of [
    ['layer_norm', 'include/evenkeel/norm/layer_norm.hpp.html#layer_norm'],
    ['Tape', 'include/evenkeel/core/tape.hpp.html#Tape'],
    ['warm-up', 'lessons/14_warmup/index.html'],
    ['residual growth', 'lessons/12_residual_growth/index.html'],
    ['museum bugs', 'lessons/bugs/index.html'],
    ['glossary', 'docs/glossary.html'],
    ['where it runs', 'index.html#where-it-runs'],
    ['softmax backward', 'lessons/exercises/03_softmax_backward/task.html'],
  ]) {
    assert.ok(first(query).startsWith(wanted), `${query}: ${first(query)}`);
  }
  assert.equal(first('momentum zzyzx'), '');
  assert.equal(first('   '), '');
  assert.ok(sandbox.findPages('rewind', entries).some(({ href }) => href.includes('tape.hpp')));
  for (const [href] of entries) assert.ok(existsSync(`${SITE}/${href.split('#')[0]}`), href);
  for (const name of pagesOf(SITE).filter((one) => /^docs\/|^lessons\/\d|\.hpp\.html$/.test(one))) {
    if (/\.cpp\.html$|^(src|lessons|tests)\/.*\.hpp\.html$/.test(name)) continue; // sources are not searched
    assert.ok(entries.some(([href]) => href.startsWith(`${name}#`)), `${name} is not searched`);
  }
});

test('search: the box is used by keyboard, from any page', async () => {
  await visit(SITE, async (page) => {
    await page.goto(address(SITE, 'lessons/01_explosion/index.html'));
    await page.getByRole('searchbox').fill('tile_grid');
    await page.locator('#search li a').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/tile\.hpp\.html#tile_grid/);
    await page.getByRole('searchbox').fill('<b>zzyzx');
    await page.getByText('Nothing has all of “<b>zzyzx”.').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#search ol').isVisible(), false);
  });
});

test('without JavaScript there is all but the search', async () => {
  await visit(
    SITE_WITH,
    async (page) => {
      await page.goto(address(SITE_WITH, 'index.html'));
      await page.locator('nav').getByRole('link', { name: '14 Warm-up' }).click();
      assert.match(await page.locator('h1').innerText(), /^14/);
      await page.locator('nav summary', { hasText: 'Headers' }).click();
      await page.locator('nav').getByRole('link', { name: 'norm', exact: true }).click();
      await page.locator('main').getByRole('link', { name: 'tile.hpp' }).click();
      assert.match(await page.locator('h1').innerText(), /tile\.hpp/);
      assert.equal(await page.getByRole('searchbox').count(), 0);
    },
    { javaScriptEnabled: false },
  );
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds nothing, ${colorScheme}`, async () => {
    await visit(
      SITE,
      async (page) => {
        for (const name of ['index', 'lessons/01_explosion/index', 'include/evenkeel/core/tape.hpp', 'include/index']) {
          await page.goto(address(SITE, `${name}.html`));
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => globalThis.axe.run());
          const told = violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0].html.slice(0, 200)}`);
          assert.deepEqual(told, []);
        }
      },
      { colorScheme },
    );
  });
}
