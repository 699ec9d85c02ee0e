// With the challenges on: the document is tilted and the head turned as the
// server draws it, by a canvas that stands for the camera.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { actor } from './lib/actor.js';
import { launch } from './lib/browser.js';
import { desktopState, joinPhone, openDesktop, phoneScreen, scan } from './lib/journey.js';
import { root, startServer } from './lib/server.js';

const qa = (...args) => promisify(execFile)(join(root, 'var/bin/qa'), ['specimen', ...args], { cwd: root });
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Record<string, string>} */
const pictures = {};

before(async () => {
  browser = await launch();
  const dir = join(root, 'var/footage/actor');
  await mkdir(dir, { recursive: true });
  await qa('-make', 'documents', '-kind', 'identity-card', '-seed', '5', '-out', dir);
  await qa('-make', 'frames', '-views', 'face', '-seed', '5', '-out', dir);
  for (const [name, file] of Object.entries({ front: 'identity-card-5-front.jpg', back: 'identity-card-5-back.jpg', face: 'identity-card-5-face-good-wood.jpg' })) {
    pictures[name] = (await readFile(join(dir, file))).toString('base64');
  }
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
