// Sideways on the journey, against the real program: data corrected, a capture
// stopped, the check in person and back, giving up; and the pages without a request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible } from './lib/axe.js';
import { ask, logIn, overheard } from './lib/enrolment.js';
import { desktopState } from './lib/journey.js';
import { opened } from './lib/opened.js';
import { withoutUpgrades } from './lib/proxy.js';
import { freePort, startServer } from './lib/server.js';

const { browser, server } = await opened(startServer({ args: ['--sms-url=outbox'] }));

const at = (/** @type {import('playwright-core').Page} */ page, /** @type {string} */ state, timeout = 20_000) =>
  page.waitForSelector(`body[data-state="${state}"] #heading`, { timeout });

/** From the personal space to consents that are given; ends on the capture's page. @param {import('playwright-core').Page} page */
async function toCapture(page) {
  await page.click('[data-action="subscribe"]');
  await at(page, 'declared');
  await accessible(page, 'declared');
  await page.check('input[name="exact"][value="no"]');
  await page.click('#form-declared [type="submit"]');
  await at(page, 'correct');
  await page.fill('#birthDate', '13071990');
  await page.click('#form-correct [type="submit"]');
  await at(page, 'declared');
  assert.equal(await page.locator('input[name="exact"]:checked').count(), 0, 'the answer to what was wrong is gone');
  await page.check('input[name="exact"][value="yes"]');
  await page.click('#form-declared [type="submit"]');
  await at(page, 'consent');
  await accessible(page, 'consent');
  for (const box of await page.locator('#boxes input').all()) await box.check();
  await page.click('#form-consent [type="submit"]');
  await page.waitForURL('**/capture?id=**');
  await desktopState(page, 'pairing');
}

test('a capture that is stopped keeps the request, which can go on in person', { timeout: 120_000 }, async (t) => {
  const { context, page, problems } = await logIn(browser, server.origin, '/signature', 'elouan', { locale: 'en-GB' });
  t.after(() => context.close());
  await toCapture(page);
  await page.click('#mail');
  await page.locator('#mail-said').filter({ hasText: 'Confirm your e-mail address first' }).waitFor(); // this account's is not known yet
  await page.click('.foot [data-action="cancel"]:visible');
  await page.click('#confirm-yes');
  await desktopState(page, 'ended');
  assert.match(await page.textContent('#single-text') ?? '', /Your request is kept/);
  await page.click('#single-home');
  await at(page, 'capture');
  await page.click('[data-action="otherwise"]:visible');
  await page.click('[data-action="in-person"]');
  await at(page, 'in-person');
  await accessible(page, 'in person');
  await page.click('#remote');
  await at(page, 'declared');
  await page.goto(`${server.origin}/signature`);
  await page.click('#current-link');
  await at(page, 'declared');
  await page.click('#cancel');
  await page.click('[data-action="cancel-yes"]');
  await at(page, 'cancelled');
  assert.deepEqual(problems, []);
});

test('who cannot scan has the link sent to their own address', { timeout: 120_000 }, async (t) => {
  const { context, page, problems } = await logIn(browser, server.origin, '/signature', 'maeva', { locale: 'en-GB' });
  t.after(() => context.close());
  await toCapture(page);
  const letters = async () => (await ask(page, 'GET', '/api/outbox')).messages.length;
  const before = await letters();
  await page.click('#mail');
  await page.locator('#mail-said').filter({ hasText: /^Sent to .*@.*\. Open it on your phone\.$/ }).waitFor();
  await accessible(page, 'the link is sent');
  await page.selectOption('.language select', 'fr');
  await page.locator('#mail-said').filter({ hasText: /^Envoyé à .*@.*\. Ouvrez-le sur votre téléphone\.$/ }).waitFor();
  await page.waitForFunction(async (n) => (await (await fetch('/api/outbox')).json()).messages.length > n, before);
  await page.click('#sms');
  await page.locator('#mail-said').filter({ hasText: /^SMS envoyé au \+33\s6\s39\s98\s00\s12\. Ouvrez son lien sur ce téléphone\.$/ }).waitFor();
  await accessible(page, 'the link is sent by SMS');
  await page.goto(`${server.origin}/outbox`);
  await page.locator('#messages button', { hasText: 'SMS' }).click();
  assert.match(await page.textContent('#text') ?? '', /^Visavis\n.* ce téléphone .*\nhttps?:\/\/\S+\/request\?id=\S+$/);
  assert.deepEqual(problems, []);
});

/** From the personal space to the first screen of a request. @param {import('playwright-core').Page} page @returns {Promise<string>} the path of its calls */
async function toRequest(page) {
  await page.click('[data-action="subscribe"]');
  await at(page, 'declared');
  return `/api/enrolments/${new URL(page.url()).searchParams.get('id')}`;
}

test('a request changes live over the socket, in two windows and after a restart of the server', { timeout: 120_000 }, async (t) => {
  const port = await freePort();
  const env = { VISAVIS_SECRET: '7'.repeat(64) };
  const first = await startServer({ port, env });
  t.after(() => first.stop());
  const { context, page } = await logIn(browser, first.origin, '/signature', 'maeva');
  t.after(() => context.close());
  const heard = overheard(page);
  const calls = await toRequest(page);
  const other = await context.newPage();
  await other.goto(page.url());
  await at(other, 'declared');
  await ask(other, 'POST', `${calls}/in-person`);
  await at(page, 'in-person');
  await at(other, 'in-person');
  await other.close(); // and what it shows goes on without it
  await ask(page, 'POST', `${calls}/remote`);
  await at(page, 'declared');
  assert.deepEqual(heard.aroundSockets, []);
  assert.deepEqual(heard.states.filter((state, i) => state !== heard.states[i - 1]).slice(-2), ['in-person', 'declared']);

  await first.kill('SIGTERM');
  const second = await startServer({ port, env: { ...env, VISAVIS_DATA: first.data } });
  t.after(() => second.stop());
  const back = await context.newPage();
  await back.goto(page.url());
  await at(back, 'declared');
  await ask(back, 'POST', `${calls}/in-person`);
  await at(page, 'in-person', 30_000);
});

for (const [name, bufferStreams] of /** @type {const} */ ([
  ['every Upgrade is answered 403', false],
  ['a proxy also holds event streams back', true],
])) {
  test(`a request changes live where ${name}`, { timeout: 120_000 }, async (t) => {
    const port = await freePort();
    const publicURL = `http://localhost:${port}`;
    const behind = await startServer({ publicURL });
    t.after(() => behind.stop());
    const proxy = await withoutUpgrades(behind.port, { port, bufferStreams });
    t.after(() => proxy.stop());
    const { context, page, problems } = await logIn(browser, publicURL, '/signature', 'maeva');
    t.after(() => context.close());
    const heard = overheard(page);
    const [calls] = await Promise.all([
      toRequest(page),
      page.waitForRequest(/\/api\/desktop\/state/, { timeout: 60_000 }), // the page comes first
      bufferStreams && page.waitForResponse((answer) => answer.url().includes('/api/desktop/state') && answer.request().resourceType() === 'fetch', { timeout: 60_000 }),
    ]);
    await ask(page, 'POST', `${calls}/in-person`);
    await at(page, 'in-person', 10_000);
    assert.ok(proxy.seen.upgrades > 0 && proxy.seen.streams > 0, 'the socket and the stream were tried');
    assert.deepEqual(heard.states, []);
    assert.deepEqual(problems, []);
  });
}

test('the pages without a request: what is kept, and the directory', { timeout: 60_000 }, async (t) => {
  const { context, page, problems } = await logIn(browser, server.origin, '/privacy', 'maeva');
  t.after(() => context.close());
  await page.waitForSelector('#rows tr');
  await accessible(page, 'privacy');
  await page.goto(`${server.origin}/directory`);
  await page.waitForSelector('#query');
  await accessible(page, 'directory');
  assert.deepEqual(problems, []);
});
