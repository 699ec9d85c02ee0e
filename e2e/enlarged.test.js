// People who zoom, who set large type, who use a high-contrast theme, who want no
// motion: in every state of both pages nothing is cut off, covered or out of reach.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browsers } from './lib/browsers.js';
import { clipped } from './lib/clipped.js';
import { everyState } from './lib/gallery.js';
import { startServer } from './lib/server.js';

const both = browsers();
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => {
  server = await startServer({ env: { VISAVIS_SESSIONS_PER_HOUR: '1000' } });
});
after(() => server?.stop());

/**
 * Visits the states and collects what is wrong with them.
 * @param {object & {locale: string}} look
 * @param {RegExp} states their names
 * @param {(page: import('playwright-core').Page) => Promise<string[]>} [more]
 */
async function whole(look, states, more = async () => []) {
  /** @type {string[]} */
  const wrong = [];
  await everyState(both.desktops, server.origin, { deviceScaleFactor: 1, ...look }, async (page, name) => {
    for (const what of [...await more(page), ...await clipped(page)]) wrong.push(`${name}: ${what}`);
  }, states);
  assert.deepEqual(wrong, []);
}

const large = async (/** @type {import('playwright-core').Page} */ page) => {
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '200%';
    dispatchEvent(new Event('resize')); // the frame and its hint are laid out anew
  });
  await page.waitForTimeout(300);
  return [];
};

test('a desktop zoomed to 200 %', { timeout: 400_000 }, async () => {
  await whole({ locale: 'fr-FR', viewport: { width: 640, height: 400 } }, /^desktop/);
});

test('a desktop zoomed to 400 %: one column of 320 px', { timeout: 400_000 }, async () => {
  await whole({ locale: 'fr-FR', viewport: { width: 320, height: 256 } }, /^desktop/);
});

test('a phone with its type at 200 %', { timeout: 400_000 }, async () => {
  await whole({ locale: 'fr-FR' }, /^phone/, large);
});

test('a phone zoomed to 200 %', { timeout: 400_000 }, async () => {
  await whole({ locale: 'en-GB', viewport: { width: 195, height: 422 } }, /^phone/);
});

test('forced colours, and no motion', { timeout: 400_000 }, async () => {
  await whole({ locale: 'fr-FR', forcedColors: 'active', reducedMotion: 'reduce' }, /./, (page) => page.evaluate(() => {
    /** @type {string[]} */
    const wrong = [];
    const shown = (/** @type {Element} */ e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible';
    const name = (/** @type {Element} */ e) => `${e.tagName.toLowerCase()}#${e.id} « ${e.textContent?.trim().slice(0, 30)} »`;
    // A theme of few colours takes backgrounds and shadows away: only edges and underlines tell a button.
    for (const e of document.querySelectorAll('button, a.button')) {
      const style = getComputedStyle(e);
      const edge = ['Top', 'Bottom'].some((side) => style[`border${side}Style`] !== 'none' && parseFloat(style[`border${side}Width`]) > 0);
      const marked = edge || style.textDecorationLine !== 'none' || e.querySelector('.shutter-ring, svg') || e.closest('.language, .menu');
      if (shown(e) && !marked) wrong.push(`${name(e)} has no edge in forced colours`);
    }
    for (const e of document.querySelectorAll('input[role="switch"]')) {
      if (shown(e) && getComputedStyle(e, '::before').backgroundColor === getComputedStyle(e).backgroundColor) wrong.push(`${name(e)}: its knob is not seen`);
    }
    for (const a of document.getAnimations()) {
      const { duration, iterations } = a.effect?.getComputedTiming() ?? {};
      if (a.playState === 'running' && (Number(duration) > 50 || iterations === Infinity)) wrong.push(`${name(/** @type {KeyframeEffect} */ (a.effect).target ?? document.body)} moves`);
    }
    return wrong;
  }));
});
