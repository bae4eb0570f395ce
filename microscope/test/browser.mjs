// The page in headless Chromium, opened from a file as a person opens it. What goes wrong in it, and
// what it fetches, is kept and judged when a page is closed.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium, firefox } from 'playwright-core';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const html = process.env.MICROSCOPE_HTML ?? `${root}out/microscope.html`;
const executablePath =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export const wide = { width: 1440, height: 900 };
export const narrow = { width: 360, height: 780 };

let browser;

export async function start() {
  // FIREFOX=/usr/bin/firefox-esr: the same tests in that one.
  if (process.env.FIREFOX) {
    browser = await firefox.launch({
      executablePath: process.env.FIREFOX,
      channel: 'moz-firefox',
    });
    return;
  }
  browser = await chromium.launch({
    executablePath,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

export const stop = () => browser.close();

export const url = (hash = '') => pathToFileURL(html).href + hash;

/** Runs `use` on a new page at this address; fails when the page had an error or fetched anything. */
export async function visit(hash, use, options = {}) {
  const context = await browser.newContext({ viewport: wide, ...options });
  const page = await context.newPage();
  const errors = [],
    fetched = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('request', (request) => fetched.push(request.url()));
  try {
    await page.goto(url(hash));
    await settled(page);
    await use(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(errors, []);
  // The file itself, and the worker that is made of a part of it.
  assert.deepEqual(
    fetched.filter((one) => !one.startsWith(url()) && !one.startsWith('blob:')),
    [],
  );
}

/** Until the engine has answered all that the view asked, and the address is written. */
export async function settled(page, timeout = 60_000) {
  await page.waitForFunction(() => document.documentElement.dataset.busy === 'no', undefined, {
    timeout,
  });
  await page.waitForTimeout(90);
}

export const ask = (page, request) => page.evaluate((one) => globalThis.evenkeel(one), request);

/** The numbers in a matrix of the page, column after column. */
export async function cellsOf(page, selector) {
  const texts = await page.locator(`${selector} .cell`).allInnerTexts();
  return texts.map((text) => Number(text.replace('−', '-')));
}

export const hash = (page) => page.evaluate(() => location.hash);
