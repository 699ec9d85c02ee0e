// @ts-check
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const css = readFileSync(new URL('./base.css', import.meta.url), 'utf8');
const [light, dark] = [
  css.split('@media (prefers-color-scheme: dark)')[0],
  css.split('@media (prefers-color-scheme: dark)')[1].split('}')[0],
];

/** @param {string} block @returns {Record<string, string>} */
const colours = (block) => Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1], match[2]]));

/** @param {string} hex */
function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} one @param {string} other */
function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const text = [
  ['ink', 'paper'], ['ink', 'card'], ['muted', 'paper'], ['muted', 'card'], ['accent', 'paper'], ['accent', 'card'],
  ['accent-ink', 'accent'], ['accent-ink', 'accent-strong'], ['ok', 'card'], ['warn', 'card'], ['bad', 'card'], ['card', 'ok'],
  ['ink', 'accent-soft'], ['ink', 'ok-soft'], ['ink', 'warn-soft'], ['ink', 'bad-soft'], ['accent', 'accent-soft'],
  ['warn', 'warn-soft'], ['bad', 'bad-soft'], ['ok', 'ok-soft'], ['accent', 'warn-soft'],
];

for (const [theme, block] of [['light', light], ['dark', dark]]) {
  test(`${theme}: text stands out at 4.5 to 1, borders that carry meaning at 3 to 1`, () => {
    const colour = colours(block);
    for (const [front, back] of text) {
      const ratio = contrast(colour[front], colour[back]);
      assert.ok(ratio >= 4.5, `${front} on ${back}: ${ratio.toFixed(2)}`);
    }
    for (const back of ['paper', 'card']) {
      const ratio = contrast(colour.edge, colour[back]);
      assert.ok(ratio >= 3, `edge on ${back}: ${ratio.toFixed(2)}`);
    }
  });
}

test('both themes define the same colours', () => {
  assert.deepEqual(Object.keys(colours(light)).sort(), Object.keys(colours(dark)).sort());
});
