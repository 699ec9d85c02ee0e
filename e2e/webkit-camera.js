// The scripted camera in WebKit (make webkit-test): the phone's page in WebKitGTK's MiniBrowser, from the link to
// the end, while what the camera sees changes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './lib/browser.js';
import { desktopState, openDesktop, scan } from './lib/journey.js';
import { startServer } from './lib/server.js';
import { launchWebKit } from './lib/webkit.js';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => { browser = await launch(); }, { timeout: 60_000 });
after(() => browser?.close());

test('in WebKit the camera goes from dark to good', { timeout: 300_000 }, async (t) => {
  const server = await startServer({ args: ['--qa=on'], tls: true });
  t.after(() => server.stop());
  const phone = await launchWebKit();
  t.after(() => phone.stop());
  const desktop = await openDesktop(browser, server.origin);
  t.after(() => desktop.context.close());

  // The button of /qa puts the camera into the pages of this browser.
  await phone.goto(`${server.origin}/qa`);
  await phone.until(() => Boolean(document.querySelector('#camera [name="on"]')));
  await phone.click('#camera [name="on"]');
  await phone.until(() => document.cookie.includes('visavis-qa-camera='));

  await phone.goto(await scan(desktop.page));
  assert.match(await phone.run(() => navigator.userAgent), /AppleWebKit\/\S+ \(KHTML, like Gecko\) Version/);
  await phone.run(() => /** @type {any} */ (window).visavisCamera.show({ condition: 'dark' }));
  const shown = (/** @type {string} */ screen) => phone.until((name) => document.body?.dataset.screen === name, screen);
  await shown('invitation');
  await phone.click('[data-action="claim"]');
  await shown('compare');
  await desktopState(desktop.page, 'comparing');
  await phone.type('#compare-code', (await desktop.page.textContent('#code'))?.trim() ?? '');
  await phone.click('#compare-send');
  await shown('document');
  await phone.click('[data-document="passport"]');
  await shown('ready');
  await phone.click('[data-action="launch"]');
  await shown('capture');
  await phone.until(() => /sombre|lumière|dark|light/i.test(document.querySelector('main')?.innerText ?? ''));
  await phone.run(() => /** @type {any} */ (window).visavisCamera.show({}));
  await desktopState(desktop.page, 'done').catch(async (error) => {
    throw new Error(`${await phone.run(() => `${innerWidth}×${innerHeight} ${document.body.innerText}`)}`, { cause: error });
  });
  assert.deepEqual(desktop.problems, []);
  t.diagnostic(`WebKitGTK ${phone.version}`);
});
