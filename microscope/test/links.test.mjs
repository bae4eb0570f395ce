// Links that people have: those of earlier versions open, mean what they meant, and stay as they are.
// Lines are added here, never changed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hash, start, stop, visit } from './browser.mjs';

before(start);
after(stop);

const blackboard = [0, 6, 6, 8, 8, 0, 6, 6, 6, 8, 0, 6, 6, 6, 8, 1];
// An address, where to look, what stands there.
const links = [
  ['#backward', '.panel.dx .cells', /^0\.333\s+0\.333\s+−1\.67\s+1\s/],
  ['#backward?norm=batch', '.panel.dx .cells', /^0\s+0\.722\s+−0\.722\s+1\s/],
  ['#backward?norm=rms&eps=0', '.finding', /RMSNorm deletes 4 of 16 directions/],
  ['#backward?eps=0', '.finding', /LayerNorm deletes 8 of 16 .* rank is 8/],
  [
    '#backward?norm=batch&cols=2&eps=0&x=0,6,2,8,4,1,6,6',
    '.finding',
    /deletes 8 of 8 .* rank is 0/,
  ],
  [
    `#backward?eps=0.5&x=${blackboard}&dy=${Array(16).fill(2)}`,
    '.panel.dx .cells',
    /^0\s+0\s+0\s+0\s/,
  ],
  ['#backward?norm=group&rows=8&positions=2&groups=4', '.finding', /GroupNorm deletes/],
  ['#tiles', '.finding', /^BatchNorm: 4 tiles of 2 × 4/],
  ['#tiles?norm=group&groups=4', '.finding', /^GroupNorm: 16 tiles of 2 × 1/],
  [
    '#tiles?norm=layer&rows=4&cols=3&positions=1&eps=0.1',
    '.finding',
    /^LayerNorm: 3 tiles of 4 × 1/,
  ],
  [`#tiles?norm=layer&rows=2&cols=1&positions=1&x=3,5`, 'tbody', /1\s+4\s+1\s+1/],
  ['#explosion?scale=0.177&norms=none', 'tbody', /^no norm/],
  ['#explosion?activation=tanh&scale=0.3&depth=50&norms=none,layer', 'tbody', /LayerNorm/],
  ['#explosion?samples=8&norms=batch,layer&seed=5&seeds=3&width=32', '.time', /^3 of 3 seeds/],
  ['#placement?branches=feed_forward', 'tbody', /post-norm\s+1\s/],
  ['#placement?placements=post,pre&blocks=48', 'tbody', /pre-norm/],
  ['#placement?placements=none,deep&norm=rms&width=32&tokens=4&seed=7', 'tbody', /DeepNorm\s+1\s/],
  ['#placement?placements=olmo2,lns,mix,hybrid,keel', 'tbody', /Keel\s+1\s/],
  ['#tape?layers=linear,log,relu', '.tape', /log.*NaN/],
  ['#tape?layers=layer&features=1&eps=0', '.tape', /layer_norm.*NaN/],
  ['#tape?features=3&samples=2&seed=4&step=12', '.where', /^Step 13 of 29: /],
];

for (const [address, place, expected] of links) {
  test(`the link ${address.slice(0, 70)} opens as ever`, async () => {
    await visit(address, async (page) => {
      assert.deepEqual(await page.locator('.notice:visible').allInnerTexts(), []);
      assert.match(await page.locator(`main ${place}`).first().innerText(), expected);
      const parts = (one) => one.split(/[?&]/).sort();
      assert.deepEqual(parts(await hash(page)), parts(address));
    });
  });
}
