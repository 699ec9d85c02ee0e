// The journey in a browser, against the real program: from the home page to
// confirmed data, with a phone's camera in the middle and a reviewer in another
// browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './lib/axe.js';
import { desktop as desktopOptions } from './lib/browser.js';
import { browsers } from './lib/browsers.js';
import { desktopState, joinPhone, phoneScreen, scan, watch } from './lib/journey.js';
import { startServer } from './lib/server.js';

const both = browsers();
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => { server = await startServer(); }, { timeout: 60_000 });
after(() => server?.stop());

const at = (/** @type {import('playwright-core').Page} */ page, /** @type {string} */ state, timeout = 20_000) =>
  page.waitForSelector(`body[data-state="${state}"] #heading`, { timeout });

/** Somebody who is logged in with an account of the demonstration. @param {string} account @param {string} path @param {object} [look] */
async function enter(account, path, look = {}) {
  const context = await both.desktops.newContext({ ...desktopOptions, ...look });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems = watch(page);
  await page.goto(server.origin + path);
  await page.waitForURL('**/login?next=**');
  await page.click(`[data-account="${account}"]`);
  await page.waitForURL(`**${path}`);
  return { context, page, problems };
}

/** From the personal space to consents that are given; ends on the capture's page. @param {import('playwright-core').Page} page */
async function toCapture(page) {
  await page.click('[data-action="subscribe"]');
  await at(page, 'declared');
  if (!await page.isVisible('#mobile-use')) await accessible(page, 'declared');
  await page.check('input[name="exact"][value="no"]');
  await page.click('#form-declared [type="submit"]');
  await at(page, 'correct');
  await page.fill('#birthDate', '13.07.1990');
  await page.click('#form-correct [type="submit"]');
  await at(page, 'declared');
  await page.check('input[name="exact"][value="yes"]');
  await page.click('#form-declared [type="submit"]');
  await at(page, 'consent');
  await accessible(page, 'consent');
  for (const box of await page.locator('#boxes input').all()) await box.check();
  await page.click('#form-consent [type="submit"]');
  await page.waitForURL('**/capture?id=**');
  await desktopState(page, 'pairing');
}

test('from the home page to confirmed data', { timeout: 400_000 }, async (t) => {
  const applicant = await enter('maeva', '/signature');
  t.after(() => applicant.context.close());
  const { page } = applicant;
  await toCapture(page);
  await accessible(page, 'capture: pairing');
  const phone = await joinPhone(both.phones, await scan(page), { desktop: page });
  t.after(() => phone.context.close());
  await desktopState(page, 'done', 'wait', 'confirm');
  await phoneScreen(phone.page, 'message');
  await at(page, 'wait', 30_000);
  await accessible(page, 'wait');

  const reviewer = await enter('reviewer-1', '/review');
  t.after(() => reviewer.context.close());
  const id = new URL(page.url()).searchParams.get('id');
  const accept = () => reviewer.page.evaluate(async (file) => {
    const post = async (/** @type {string} */ path, /** @type {object} */ body = {}) =>
      (await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json();
    const { drawn } = await post('/api/review/draw');
    if (!drawn) return null;
    return post(`/api/review/${file}/decide`, {
      verdict: 'accept', checklist: Object.fromEntries(drawn.checklist.map((/** @type {any} */ one) => [one.id, true])),
      extracted: { surname: 'Specimen', givenNames: 'Maéva Claire', birthDate: '1990-07-13' },
    });
  }, id);
  for (let i = 0; i < 60 && !await accept(); i++) await page.waitForTimeout(1_000);
  if (await page.getAttribute('body', 'data-state') === 'wait') { // no face score, or a low one: a second person
    const second = await enter('reviewer-2', '/review');
    t.after(() => second.context.close());
    await second.page.evaluate(async (file) => {
      const post = async (/** @type {string} */ path, /** @type {object} */ body = {}) =>
        (await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json();
      const { drawn } = await post('/api/review/draw');
      if (drawn) await post(`/api/review/${file}/decide`, { verdict: 'accept', checklist: Object.fromEntries(drawn.checklist.map((/** @type {any} */ one) => [one.id, true])) });
    }, id);
  }
  await at(page, 'confirm', 30_000);
  assert.match(await page.title(), /^\(!\)/);
  assert.equal(await page.textContent('#extracted .fact:nth-child(1) dd'), 'Maéva Claire');
  await page.waitForFunction(() => [...document.querySelectorAll('#pictures img')].every((img) => /** @type {HTMLImageElement} */ (img).naturalWidth > 0));
  await accessible(page, 'confirm');
  await page.click('#form-confirm [type="submit"]');
  await at(page, 'certificate');
  await accessible(page, 'certificate');
  assert.deepEqual([...applicant.problems, ...phone.problems, ...reviewer.problems], []);
});

test('a capture that is stopped keeps the request, which can go on in person', { timeout: 120_000 }, async (t) => {
  const { context, page, problems } = await enter('elouan', '/signature', { locale: 'en-GB' });
  t.after(() => context.close());
  await toCapture(page);
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

test('the pages without a request: what is kept, and the directory', { timeout: 60_000 }, async (t) => {
  const { context, page, problems } = await enter('maeva', '/privacy');
  t.after(() => context.close());
  await page.waitForSelector('#rows tr');
  await accessible(page, 'privacy');
  await page.goto(`${server.origin}/directory`);
  await page.waitForSelector('#query');
  await accessible(page, 'directory');
  assert.deepEqual(problems, []);
});
