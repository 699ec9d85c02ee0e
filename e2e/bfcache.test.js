// Pages that the browser kept whole when they were left, and shows again on the way back
// (back-forward cache). Their script goes on where it was: with a dead camera, a closed
// socket and what was true then.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './lib/browser.js';
import { footage } from './lib/footage.js';
import { desktopState, joinPhone, openDesktop, phoneScreen, scan } from './lib/journey.js';
import { ask, logIn } from './lib/enrolment.js';
import { startServer } from './lib/server.js';

/** Playwright switches the cache off by itself. */
const kept = { ignoreDefaultArgs: ['--disable-back-forward-cache'], args: ['--enable-features=BackForwardCache'] };

/** @type {import('playwright-core').Browser} */
let desktops;
/** @type {import('playwright-core').Browser} */
let phones;
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => {
  [desktops, phones, server] = await Promise.all([
    launch(kept), footage({ kind: 'identity-card', seed: 3 }).then((camera) => launch({ ...kept, camera })), startServer(),
  ]);
}, { timeout: 180_000 });
after(async () => {
  await Promise.all([desktops?.close(), phones?.close()]);
  await server?.stop();
});

/**
 * Leaves a page for another one of the site and comes back by the history. Fails if the browser did not keep the page.
 * Playwright does not see such a return as a navigation: the browser itself is asked.
 * @param {import('playwright-core').Page} page
 * @param {() => Promise<void>} [meanwhile] runs while the page is kept
 */
async function leaveAndReturn(page, meanwhile) {
  await page.evaluate(() => {
    addEventListener('pageshow', (event) => { Object.assign(globalThis, { wasKept: event.persisted }); });
  });
  const url = page.url();
  await page.goto(`${server.origin}/privacy`);
  await meanwhile?.();
  const dev = await page.context().newCDPSession(page);
  const { currentIndex, entries } = await dev.send('Page.getNavigationHistory');
  await dev.send('Page.navigateToHistoryEntry', { entryId: entries[currentIndex - 1].id });
  for (let i = 0; i < 200; i++) {
    const { result } = await dev.send('Runtime.evaluate', { expression: `location.href.startsWith(${JSON.stringify(url.split('#')[0])}) && document.readyState === 'complete'` })
      .catch(() => ({ result: { value: false } }));
    if (result.value) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { result } = await dev.send('Runtime.evaluate', {
    expression: 'globalThis.wasKept === true || JSON.stringify(performance.getEntriesByType("navigation")[0]?.notRestoredReasons ?? null)',
  });
  await dev.detach();
  assert.equal(result.value, true, 'the browser kept the page');
}

/** Counts how often the page opens its camera between being left and being shown again. @param {import('playwright-core').Page} page */
async function countOpenings(page) {
  await page.addInitScript(() => {
    const opened = { count: 0, whileLeft: -1 };
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = (wanted) => {
      opened.count++;
      return open(wanted);
    };
    addEventListener('pagehide', () => { opened.count = 0; });
    addEventListener('pageshow', () => { opened.whileLeft = opened.count; });
    Object.assign(globalThis, { opened });
  });
}

test('the phone goes on with its capture', { timeout: 300_000 }, async (t) => {
  const desktop = await openDesktop(desktops, server.origin);
  t.after(() => desktop.context.close());
  const phone = await joinPhone(phones, await scan(desktop.page), { desktop: desktop.page, prepare: countOpenings });
  t.after(() => phone.context.close());
  await phone.page.waitForSelector('#stage[data-live="true"]');
  await leaveAndReturn(phone.page);
  const whileLeft = await phone.page.evaluate(() => /** @type {any} */ (globalThis).opened.whileLeft);
  assert.equal(whileLeft, 0, 'a page that is left does not open its camera again');
  await phoneScreen(phone.page, 'capture', 'message');
  await desktopState(desktop.page, 'done');
  assert.deepEqual([...desktop.problems, ...phone.problems], []);
});

test('a phone whose session ended meanwhile says so', { timeout: 300_000 }, async (t) => {
  const desktop = await openDesktop(desktops, server.origin);
  t.after(() => desktop.context.close());
  const phone = await joinPhone(phones, await scan(desktop.page), { desktop: desktop.page, until: 'ready' });
  t.after(() => phone.context.close());
  await leaveAndReturn(phone.page, async () => {
    await desktop.page.click('[data-action="cancel"]:visible');
    await desktop.page.click('#confirm-yes');
    await desktopState(desktop.page, 'ended');
  });
  await phoneScreen(phone.page, 'message');
  assert.deepEqual([...desktop.problems, ...phone.problems], []);
});

test('the desktop has its phone again', { timeout: 300_000 }, async (t) => {
  const desktop = await openDesktop(desktops, server.origin);
  t.after(() => desktop.context.close());
  const phone = await joinPhone(phones, await scan(desktop.page), { desktop: desktop.page, until: 'ready' });
  t.after(() => phone.context.close());
  await leaveAndReturn(desktop.page);
  await phone.page.click('[data-action="launch"]');
  await desktopState(desktop.page, 'done');
  assert.deepEqual([...desktop.problems, ...phone.problems], []);
});

test('a request shows what happened meanwhile', { timeout: 120_000 }, async (t) => {
  const { context, page, problems } = await logIn(desktops, server.origin, '/signature', 'maeva');
  t.after(() => context.close());
  const { id } = await ask(page, 'POST', '/api/enrolments', { language: 'fr' });
  await page.goto(`${server.origin}/request?id=${id}`);
  await page.waitForSelector('body[data-state=declared]');
  await leaveAndReturn(page, async () => void await ask(page, 'POST', `/api/enrolments/${id}/in-person`));
  await page.waitForSelector('body[data-state=in-person]');
  assert.deepEqual(problems, []);
});
