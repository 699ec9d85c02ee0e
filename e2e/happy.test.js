// The main job, in a real browser: the QR is read from the screen, a phone with
// a camera file joins, three steps are captured by themselves, the desktop
// follows. In French with the memory store, in English with Redis and two
// instances; either page is reloaded in the middle.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browsers } from './lib/browsers.js';
import { desktopState, joinPhone, openDesktop, phoneScreen, scan } from './lib/journey.js';
import { startRedis, startServer } from './lib/server.js';

const both = browsers();

const order = { 'document-front': 1, 'document-back': 2, selfie: 3 };

/** Waits until the desktop shows a step as accepted. */
async function accepted(page, step) {
  const at = `li:nth-child(${order[step]})[data-done]`;
  await page.waitForSelector(`#steps ${at}, #steps-done ${at}`, { state: 'attached', timeout: 60_000 });
}

/** Notes each hint and thumbnail that the desktop page shows. */
async function follow(page) {
  await page.evaluate(() => {
    const seen = { hints: new Set(), thumbnails: 0 };
    Object.assign(window, { seen });
    const look = () => {
      const hint = document.querySelector('#hint')?.textContent?.trim();
      if (hint) seen.hints.add(hint);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    const thumbnail = document.querySelector('#thumbnail');
    if (thumbnail) new MutationObserver(() => { seen.thumbnails++; }).observe(thumbnail, { attributes: true, attributeFilter: ['src'] });
  });
  return () => page.evaluate(() => {
    const { hints, thumbnails } = /** @type {any} */ (window).seen;
    return { hints: [...hints], thumbnails };
  });
}

test('French, memory store: three steps by themselves, both pages reloaded in the middle', { timeout: 240_000 }, async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const desktop = await openDesktop(both.desktops, server.origin, { locale: 'fr-FR' });
  t.after(() => desktop.context.close());
  assert.equal(await desktop.page.getAttribute('html', 'lang'), 'fr');

  const url = await scan(desktop.page);
  assert.match(url, new RegExp(`^${server.publicURL}/p#[A-Za-z0-9_-]{43}$`));
  const seen = await follow(desktop.page);
  const phone = await joinPhone(both.phones, url, { desktop: desktop.page });
  t.after(() => phone.context.close());
  assert.equal(new URL(phone.page.url()).hash, '', 'the secret leaves the address bar');

  await desktopState(desktop.page, 'capturing');
  const stolen = await phone.page.evaluate(() => localStorage.getItem('visavis-device') ?? '');
  assert.equal(stolen.length, 43);
  const thief = await fetch(`${server.origin}/api/phone`, {
    method: 'POST', body: '{"type":"beat"}', headers: { 'Content-Type': 'application/json', 'Visavis-Device': stolen },
  });
  assert.equal(thief.status, 401, 'the device secret without the key of the browser');
  await accepted(desktop.page, 'document-front');
  const before = await seen();
  assert.ok(before.thumbnails > 0, 'the desktop showed live pictures');
  assert.ok(before.hints.length > 0, 'the desktop showed hints');

  await desktop.page.reload();
  await desktopState(desktop.page, 'capturing');
  await accepted(desktop.page, 'document-front');

  await phone.page.reload();
  await phoneScreen(phone.page, 'capture');
  await phoneScreen(phone.page, 'capture');

  await accepted(desktop.page, 'document-back');
  await desktopState(desktop.page, 'done');
  await accepted(desktop.page, 'selfie');
  await phoneScreen(phone.page, 'message');
  assert.match((await phone.page.textContent('#message-title')) ?? '', /terminé|ordinateur/i);
  assert.deepEqual([...desktop.problems, ...phone.problems], []);
  assert.ok(!server.log().includes(new URL(url).hash.slice(1)), 'the log does not hold the token');
});

test('English, Redis, two instances: the desktop on one, the phone on the other, the first killed in the middle', { timeout: 240_000 }, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const env = { VISAVIS_REDIS_URL: redis.url, VISAVIS_SECRET: '5'.repeat(64) };
  const two = await startServer({ env });
  t.after(() => two.stop());
  const one = await startServer({ env, publicURL: two.origin });
  let stopped = false;
  t.after(() => stopped || one.stop());

  const desktop = await openDesktop(both.desktops, one.origin, { locale: 'en-GB' });
  t.after(() => desktop.context.close());
  assert.equal(await desktop.page.getAttribute('html', 'lang'), 'en');
  const url = await scan(desktop.page);
  assert.ok(url.startsWith(`${two.origin}/p#`), url);
  const phone = await joinPhone(both.phones, url, { desktop: desktop.page, options: { locale: 'en-GB' } });
  t.after(() => phone.context.close());
  await accepted(desktop.page, 'document-front');

  await one.kill('SIGKILL');
  await one.stop();
  stopped = true;
  await desktop.page.goto(`${two.origin}/companion`);
  await desktopState(desktop.page, 'capturing', 'done');
  await desktopState(desktop.page, 'done');
  await accepted(desktop.page, 'selfie');
  await phoneScreen(phone.page, 'message');
  assert.match((await phone.page.textContent('#message-title')) ?? '', /done|computer|finished/i);
  assert.deepEqual([...desktop.problems, ...phone.problems], []);
});
