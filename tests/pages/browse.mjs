// node browse.mjs FILE: what a browser makes of a page that is opened from a file. Prints JSON: what it fetched, its
// errors, how far it can be scrolled sideways at 360 and 1280 pixels, what axe-core finds, and which values hover and
// focus show.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../../microscope/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const executablePath =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

const address = pathToFileURL(process.argv[2]).href;
const browser = await chromium.launch({
  executablePath,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
const found = { fetched: [], errors: [], sideways: {}, pages: {}, axe: [] };
for (const javaScriptEnabled of [true, false]) {
  const context = await browser.newContext({ javaScriptEnabled });
  const page = await context.newPage();
  page.on('request', (request) => found.fetched.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && found.errors.push(message.text()));
  await page.goto(address);
  if (javaScriptEnabled) {
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      found.sideways[width] = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
    }
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      found.pages[colorScheme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      found.axe.push(...violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`));
    }
  } else {
    const text = page.locator('.point text').last(); // what is drawn later may lie on the first
    const before = await text.isVisible();
    await page.locator('.point .target').last().hover({ force: true });
    found.hover = [before, await text.isVisible()];
    await page.mouse.move(0, 0);
    const series = page.locator('g[tabindex]').first();
    await series.focus();
    const shown = await series.locator('.told text').evaluateAll((all) =>
      all.map((one) => getComputedStyle(one).visibility),
    );
    found.focus = [...new Set(shown)];
  }
  await context.close();
}
found.fetched = found.fetched.filter((one) => one !== address && !one.startsWith('data:'));
await browser.close();
console.log(JSON.stringify(found));
