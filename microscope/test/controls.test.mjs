// Every control of every view, addresses, and the page around them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { hash, root, settled, start, stop, visit } from './browser.mjs';

before(start);
after(stop);

const views = ['explosion', 'tiles', 'placement', 'backward', 'tape'];

/** What a control can change: the address, and what is shown. */
const seen = (page) =>
  page.evaluate(() => {
    const heat = [...document.querySelectorAll('canvas')].map((one) => one.toDataURL());
    return [
      location.hash,
      document.querySelector('.content').innerHTML,
      document.documentElement.className,
      document.documentElement.dataset.theme,
      ...heat,
    ].join('\n');
  });

/** Uses the control; returns whether it could be. */
async function use(control) {
  if (!(await control.isEnabled()) || (await control.getAttribute('aria-current'))) return false;
  const [tag, type] = await control.evaluate((one) => [one.tagName, one.type]);
  if (tag === 'SELECT') {
    const other = await control.evaluate((one) =>
      [...one.options].map((option) => option.value).find((value) => value !== one.value),
    );
    await control.selectOption(other);
  } else if (type === 'range') {
    await control.focus();
    const full = await control.evaluate((one) => one.value === one.max);
    await control.press(full ? 'ArrowLeft' : 'ArrowRight');
  } else if (type === 'number') {
    const other = await control.evaluate((one) =>
      String(Number(one.value) === Number(one.min) ? Number(one.min) + 1 : one.min),
    );
    await control.fill(other);
    await control.press('Enter');
  } else if (type === 'checkbox' || type === 'radio') {
    if (type === 'radio' && (await control.isChecked())) return false;
    await control.evaluate((one) => one.click());
  } else if (type === 'file') return false;
  else await control.click();
  return true;
}

// Rows of two channels and two positions, so that every norm and every size has something to do.
const starts = {
  backward: '#backward?norm=group&positions=2',
  tiles: '#tiles?norm=group',
  'tiles as pictures': '#tiles?as=pictures&norm=group&height=2&width=3',
  explosion: '#explosion?seeds=2',
  tape: '#tape?step=3&layers=linear,layer,log,add0',
  placement: '#placement?blocks=4&seeds=2',
};

for (const [view, from] of Object.entries(starts)) {
  test(`${view}: every control changes what is shown`, async (t) => {
    let count = 0;
    await visit(from, async (page) => {
      count = await page
        .locator('.controls :is(input, select, button), .content :is(button, input)')
        .count();
    });
    let used = 0;
    await visit(from, async (page) => {
      for (let k = 0; k < count; ++k) {
        await page.evaluate((address) => (location.hash = address), from);
        await settled(page);
        const control = page
          .locator('.controls :is(input, select, button), .content :is(button, input)')
          .nth(k);
        const name = await control.evaluate(
          (one) =>
            `${one.tagName} ${one.type} ${one.value} ${one.textContent} ${one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? ''}`,
        );
        if (/Start from here|the first sample/.test(name)) continue; // nothing to undo yet: they have tests of their own
        const before = await seen(page);
        if (!(await use(control))) continue;
        await settled(page);
        assert.notEqual(await seen(page), before, `nothing came of ${name}`);
        used += 1;
      }
    });
    t.diagnostic(`${used} of ${count} controls used`);
    assert.ok(used >= 8, `${used} of ${count}`);
  });
}

for (const view of views) {
  test(`${view}: what the address holds comes back after a reload, and a link is made`, async () => {
    await visit(`#${view}`, async (page) => {
      assert.equal(await hash(page), `#${view}`);
      const slider = page.locator('.controls input[type=range]').first();
      await slider.focus();
      await slider.press('ArrowRight');
      await settled(page);
      const address = await hash(page);
      assert.notEqual(address, `#${view}`);
      const value = await slider.inputValue();
      await page.reload();
      await settled(page);
      assert.equal(await hash(page), address);
      assert.equal(await page.locator('.controls input[type=range]').first().inputValue(), value);
      assert.equal(await page.locator('.notice:visible').count(), 0);
    });
  });
}

test('the views are links, and Back goes back', async () => {
  await visit('', async (page) => {
    assert.match(await page.title(), /^Backward/);
    for (const view of views) {
      await page.locator('nav a', { hasText: new RegExp(view, 'i') }).click();
      await settled(page);
      assert.match(await page.title(), new RegExp(`^${view}`, 'i'));
      assert.equal(await page.locator('nav [aria-current]').count(), 1);
    }
    await page.goBack();
    await settled(page);
    assert.match(await page.title(), /^Backward/);
  });
});

test('every address of docs/microscope.md and of the lessons is one', async () => {
  const read = (path) => readFileSync(`${root}${path}`, 'utf8');
  const addresses = [...read('docs/microscope.md').matchAll(/`(#[a-z]+[^`]*)`/g)].map(
    ([, address]) => address,
  );
  for (const lesson of readdirSync(`${root}lessons`).filter((name) => /^\d\d_/.test(name)))
    for (const [, address] of read(`lessons/${lesson}/README.md`).matchAll(
      /<!-- microscope: (\S+) -->/g,
    ))
      addresses.push(`#${address}`);
  assert.ok(addresses.length > 25, `${addresses.length}`);
  for (const address of addresses) {
    await visit(address, async (tab) => {
      assert.deepEqual(await tab.locator('.notice:visible').allInnerTexts(), [], address);
      const parts = (one) => one.split(/[?&]/).sort();
      assert.deepEqual(parts(await hash(tab)), parts(address));
    });
  }
});

test('the page: darker, larger, and a link', async () => {
  await visit('#tiles', async (page) => {
    await page.getByRole('button', { name: 'Dark page' }).click();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    const size = () =>
      page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize));
    const before = await size();
    await page.getByRole('button', { name: /projector/ }).click();
    assert.ok((await size()) > before * 1.25);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByText(/Copied|address bar/).waitFor();
  });
});
