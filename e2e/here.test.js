// On one device: the pairing page in a phone's own browser goes on there. Nothing is
// compared, nothing speaks of a computer, and the end leads back to that page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { phone as phoneOptions } from './lib/browser.js';
import { browsers } from './lib/browsers.js';
import { logIn, screen } from './lib/enrolment.js';
import { desktopState, phoneScreen, watch } from './lib/journey.js';
import { startServer } from './lib/server.js';
import { agreed } from './lib/shortcut.js';

const both = browsers();
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => { server = await startServer(); });
after(() => server?.stop());

const elsewhere = /ordinateur|scanne/i;

test('the whole capture in the browser that asked for it', { timeout: 180_000 }, async (t) => {
  const context = await both.phones.newContext(phoneOptions);
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const problems = watch(page);
  await page.goto(`${server.origin}/companion`);
  await desktopState(page, 'pairing');
  await page.click('[data-action="same-device"] >> visible=true');
  await phoneScreen(page, 'invitation');
  await page.click('[data-action="claim"]');
  await phoneScreen(page, 'document');
  await page.reload();
  await phoneScreen(page, 'document');
  // Back leaves the screen that lies over another, by the browser as by its button.
  await page.click('[data-action="no-document"]');
  await phoneScreen(page, 'no-document');
  await page.goBack();
  await phoneScreen(page, 'document');
  await page.click('[data-action="no-document"]');
  await page.click('[data-action="back-document"]');
  await phoneScreen(page, 'document');
  await page.click('[data-document="identity-card"]');
  await phoneScreen(page, 'ready');
  await page.click('.screen[data-screen="ready"] [data-action="change-document"]');
  await phoneScreen(page, 'document');
  await page.goBack();
  await phoneScreen(page, 'ready');
  await page.click('#notice-terms summary');
  assert.doesNotMatch(await page.innerText('main'), elsewhere);
  await page.click('[data-action="launch"]');
  await phoneScreen(page, 'message');
  const end = await page.innerText('main');
  assert.match(end, /C’est terminé/);
  assert.doesNotMatch(end, elsewhere);
  await page.reload();
  await phoneScreen(page, 'message');
  await page.click('[data-action="go-back"]');
  await page.waitForURL('**/companion');
  await desktopState(page, 'done');
  assert.deepEqual(problems, []);
});

test('a journey begun on a phone is of one device, in its title, words and steps', { timeout: 120_000 }, async (t) => {
  const { context, page, problems } = await logIn(both.phones, server.origin, '/signature', 'maeva', phoneOptions);
  t.after(() => context.close());
  const other = /(?:votre|le) téléphone|ordinateur|scanne/i;
  const ofOneDevice = async () => {
    await page.waitForFunction(() => /\S – Visavis/.test(document.title));
    assert.doesNotMatch(`${await page.title()} ${await page.innerText('main')}`, other, page.url());
  };
  await ofOneDevice();
  const home = await context.newPage();
  await home.goto(server.origin);
  await home.waitForFunction(() => /cet appareil/.test(document.querySelector('h1')?.textContent ?? ''));
  assert.doesNotMatch(`${await home.title()} ${await home.innerText('main')}`, other);
  await home.close();

  const { id } = await agreed(page, { surname: 'Specimen', givenNames: 'Gaëlle Louise', birthDate: '1987-11-15' });
  await page.goto(`${server.origin}/request?id=${id}`);
  await screen(page, 'capture');
  await ofOneDevice();
  await page.goto(`${server.origin}/capture?id=${id}`);
  await desktopState(page, 'pairing');
  assert.match(await page.innerText('h1'), /avec cet appareil/);
  await ofOneDevice();
  // Who wants another phone finds the code behind one button.
  assert.equal(await page.isVisible('#qr'), false);
  await page.click('[data-action="show-code"]');
  await page.waitForSelector('#qr:visible');
  assert.deepEqual(problems, []);
});

test('stopped half way, it says where to begin again', { timeout: 90_000 }, async (t) => {
  const context = await both.phones.newContext({ ...phoneOptions, locale: 'en-GB' });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`${server.origin}/companion`);
  await desktopState(page, 'pairing');
  await page.click('[data-action="same-device"] >> visible=true');
  await phoneScreen(page, 'invitation');
  await page.click('[data-action="claim"]');
  await phoneScreen(page, 'document');
  await page.click('[data-document="passport"]');
  await phoneScreen(page, 'ready');
  await page.click('[data-action="launch"]');
  await phoneScreen(page, 'capture');
  // Back goes one screen back, and the same way forward again.
  await page.goBack();
  await phoneScreen(page, 'ready');
  await page.goBack();
  await phoneScreen(page, 'document');
  await page.click('[data-document="passport"]');
  await phoneScreen(page, 'ready');
  await page.click('[data-action="launch"]');
  await phoneScreen(page, 'capture');
  await page.click('[data-action="menu"]');
  await page.click('#menu [data-action="bye"]');
  assert.doesNotMatch(await page.innerText('#sheet'), /computer|phone/i);
  await page.click('#sheet [data-action="bye-now"]');
  await phoneScreen(page, 'message');
  assert.doesNotMatch(await page.innerText('main'), /computer|phone/i);
  assert.equal(await page.locator('[data-action="type-code"]').count(), 0);
  await page.click('[data-action="go-back"]');
  await page.waitForURL('**/companion');
  await desktopState(page, 'ended', 'pairing');
});
