// What the capture answers to what it sees, on the real page with what a server would say: a
// lamp in the dark, the screen's light for a face, « Plus lentement », a document that is cut off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyState } from './lib/gallery.js';
import { opened } from './lib/opened.js';
import { startServer } from './lib/server.js';

const { browser, server } = await opened(startServer());

/** Brings the phone's page into one state. @param {string} name @param {(page: import('playwright-core').Page) => Promise<void>} visit */
async function inState(name, visit) {
  let seen = 0;
  await everyState(browser, server.origin, { locale: 'fr-FR' }, async (page, _, problems) => {
    await visit(page);
    assert.deepEqual(problems, []);
    seen++;
  }, new RegExp(`^phone-${name}$`));
  assert.equal(seen, 1, name);
}

const hint = (/** @type {import('playwright-core').Page} */ page, /** @type {RegExp} */ words) =>
  page.waitForFunction((source) => new RegExp(source).test(document.getElementById('hint')?.textContent ?? ''), words.source);

test('in the dark the phone offers its lamp, which a tap lights', { timeout: 120_000 }, () => inState('lamp', async (page) => {
  await hint(page, /Trop sombre.*allumez la lampe du téléphone/);
  const lamp = page.getByRole('button', { name: 'Allumer la lampe' });
  assert.equal(await lamp.getAttribute('data-prominent'), 'true');
  await lamp.click();
  await page.waitForFunction(() => /** @type {any} */ (window).lampIsOn === true);
  await page.getByRole('button', { name: 'Éteindre la lampe' }).waitFor();
}));

test('a camera that opens again has its lamp out, and the button says so', { timeout: 120_000 }, () => inState('lamp', async (page) => {
  await page.getByRole('button', { name: 'Allumer la lampe' }).click();
  const lit = page.getByRole('button', { name: 'Éteindre la lampe' });
  await lit.waitFor();
  await page.evaluate(() => {
    for (const hidden of [true, false]) {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }
  });
  await lit.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Allumer la lampe' }).click();
  await lit.waitFor();
}));

test('without a lamp the screen lights the face', { timeout: 120_000 }, () => inState('light', async (page) => {
  await hint(page, /L’écran vous éclaire/);
  assert.equal(await page.locator('#torch').isVisible(), false);
  assert.equal(await page.evaluate(() => getComputedStyle(/** @type {Element} */ (document.getElementById('overlay-dim'))).fill), 'rgb(255, 255, 255)');
}));

test('a turn that goes too fast is told so', { timeout: 120_000 }, () => inState('hurried', async (page) => {
  await hint(page, /^Plus lentement$/);
}));

test('colours that are left out are not praised as seen', { timeout: 120_000 }, () => inState('colours-left', async (page) => {
  assert.doesNotMatch(await page.textContent('#hint') ?? '', /Très bien/);
  assert.equal(await page.evaluate(() => document.body.dataset.light), 'false');
}));

test('colours that follow a gesture that was left out are praised when they were seen', { timeout: 120_000 }, () => inState('colours-seen', async (page) => {
  await hint(page, /Très bien/);
}));

test('gestures that were seen before are said to be so', { timeout: 120_000 }, () => inState('seen-before', async (page) => {
  await hint(page, /^Gestes déjà vus/);
}));

test('a document that reaches out of the picture is outlined as it is, never as good', { timeout: 120_000 }, () => inState('cut-off', async (page) => {
  await hint(page, /Montrez le document en entier/);
  const seen = await page.evaluate(() => ({ outline: /** @type {any} */ (window).outlined, stage: document.getElementById('stage')?.getBoundingClientRect().width ?? 0 }));
  assert.ok(seen.outline, 'an outline was drawn');
  assert.equal(seen.outline.good, 'false');
  const xs = [...seen.outline.path.matchAll(/[ML](-?[\d.]+) /g)].map(([, x]) => Number(x));
  assert.ok(Math.min(...xs) < 0 && Math.max(...xs) > seen.stage, `from ${Math.min(...xs)} to ${Math.max(...xs)} of ${seen.stage}`);
}));
