// With the challenges on: the document is tilted and the head turned as the
// server draws it, by a canvas that stands for the camera. The frames of each lie
// before the reviewer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { actor } from './lib/actor.js';
import { launch } from './lib/browser.js';
import { logIn, screen } from './lib/enrolment.js';
import { specimens } from './lib/footage.js';
import { desktopState, joinPhone, phoneScreen, scan } from './lib/journey.js';
import { draw } from './lib/reviewer.js';
import { startServer } from './lib/server.js';
import { agreed } from './lib/shortcut.js';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Record<string, string>} */
let pictures = {};

before(async () => {
  browser = await launch();
  pictures = await specimens();
}, { timeout: 60_000 });

after(() => browser?.close());

test('tilts and gestures are asked, answered, seen and shown to the reviewer', { timeout: 240_000 }, async (t) => {
  const server = await startServer({ env: { VISAVIS_CHALLENGE: 'on' } });
  t.after(() => server.stop());
  const applicant = await logIn(browser, server.origin, '/signature', 'maeva');
  t.after(() => applicant.context.close());
  const { page } = applicant;
  const { id } = await agreed(page, { surname: 'Specimen', givenNames: 'Gaëlle Louise', birthDate: '1987-11-15' });
  await page.goto(`${server.origin}/capture?id=${id}`);
  await desktopState(page, 'pairing');

  const phone = await joinPhone(browser, await scan(page), {
    desktop: page,
    prepare: async (/** @type {import('playwright-core').Page} */ at) => {
      await at.exposeFunction('visavisPicture', (/** @type {string} */ name) => pictures[name]);
      await at.addInitScript(actor);
    },
  });
  t.after(() => phone.context.close());
  await phoneScreen(phone.page, 'message');
  const asked = await phone.page.evaluate(() => /** @type {any} */ (window).visavisGestures);
  t.diagnostic(`asked: ${asked.join(', ')}`);
  assert.ok(asked.filter((/** @type {string} */ a) => a.startsWith('tilt')).length >= 2, 'both sides were tilted');
  assert.ok(asked.filter((/** @type {string} */ a) => a.startsWith('gesture')).length >= 2, 'two gestures were asked');
  await screen(page, 'wait');

  const reviewer = await draw(browser, server.origin, 'reviewer-1');
  t.after(() => reviewer.context.close());
  const chips = reviewer.page.locator('#strip [data-kind="sequence"]');
  assert.equal(await chips.count(), 3, 'a sequence of each side and of the face');
  for (const chip of await chips.all()) {
    await chip.click();
    await reviewer.page.waitForFunction(() => /** @type {HTMLImageElement} */ (document.querySelector('#picture')).naturalWidth > 0);
    assert.match((await reviewer.page.textContent('#frame')) ?? '', /^1 sur (?:[2-9]|\d\d),/);
    const before = await reviewer.page.getAttribute('#picture', 'src');
    await reviewer.page.focus('#scrub');
    await reviewer.page.keyboard.press('End');
    await reviewer.page.waitForFunction((src) => document.querySelector('#picture')?.getAttribute('src') !== src, before);
  }
  assert.doesNotMatch((await reviewer.page.textContent('#notes')) ?? '', /non fait/, 'no challenge was skipped');
  assert.deepEqual([...applicant.problems, ...phone.problems, ...reviewer.problems], []);
});
