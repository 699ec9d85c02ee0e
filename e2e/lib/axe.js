// Accessibility of what a page shows now, by axe-core, and that nothing runs off
// its sides.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Fails when axe-core finds a violation, or when the page scrolls sideways.
 * @param {import('playwright-core').Page} page
 * @param {string} name of the state, for the message
 */
export async function accessible(page, name) {
  await page.evaluate(source);
  const found = await page.evaluate(async () => {
    // Pictures that fade in are not what people end up seeing.
    for (const a of document.getAnimations()) a.effect?.getComputedTiming().endTime === Infinity ? a.cancel() : a.finish();
    const result = await /** @type {any} */ (window).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return result.violations.map((/** @type {any} */ v) => `${v.id}: ${v.help}: ${v.nodes.map((/** @type {any} */ n) => `${n.target} ${n.any?.[0]?.message ?? ''}`).join(' | ')}`);
  });
  assert.deepEqual(found, [], `axe-core on ${name}`);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(sideways <= 0, `${name} is ${sideways} px wider than the window`);
}
