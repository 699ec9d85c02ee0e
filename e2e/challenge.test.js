// With the challenges on: the document is tilted and the head turned as the
// server draws it, by a canvas that stands for the camera.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { actor } from './lib/actor.js';
import { launch } from './lib/browser.js';
import { specimens } from './lib/footage.js';
import { desktopState, joinPhone, openDesktop, phoneScreen, scan } from './lib/journey.js';
import { startServer } from './lib/server.js';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Record<string, string>} */
let pictures = {};

before(async () => {
  browser = await launch();
  pictures = await specimens();
}, { timeout: 60_000 });

after(() => browser?.close());

test('tilts and gestures are asked, answered and seen', { timeout: 240_000 }, async (t) => {
  const server = await startServer({ env: { VISAVIS_CHALLENGE: 'on' } });
  t.after(() => server.stop());
  const desktop = await openDesktop(browser, server.origin);
  t.after(() => desktop.context.close());
  const url = await scan(desktop.page);

  const phone = await joinPhone(browser, url, {
    desktop: desktop.page,
    prepare: async (page) => {
      await page.exposeFunction('visavisPicture', (/** @type {string} */ name) => pictures[name]);
      await page.addInitScript(actor);
    },
  });
  t.after(() => phone.context.close());
  await desktopState(desktop.page, 'done');
  await phoneScreen(phone.page, 'message');
  const asked = await phone.page.evaluate(() => /** @type {any} */ (window).visavisGestures);
  t.diagnostic(`asked: ${asked.join(', ')}`);
  assert.ok(asked.filter((/** @type {string} */ a) => a.startsWith('tilt')).length >= 2, 'both sides were tilted');
  assert.ok(asked.filter((/** @type {string} */ a) => a.startsWith('gesture')).length >= 2, 'two gestures were asked');
  const notes = await desktop.page.textContent('#steps-done');
  assert.doesNotMatch(notes ?? '', /sans|ignoré|passé/i, 'no challenge was skipped');
  assert.deepEqual([...desktop.problems, ...phone.problems], []);
});
