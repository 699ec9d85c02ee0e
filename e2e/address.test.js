// An applicant whose address nobody vouches for confirms it: by the digits of the
// letter, or by its link in another browser. The letter is read in the outbox.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { accessible } from './lib/axe.js';
import { ask, logIn } from './lib/enrolment.js';
import { opened } from './lib/opened.js';
import { startServer } from './lib/server.js';

const letters = JSON.parse(readFileSync(new URL('../words/de/letters.json', import.meta.url), 'utf8'));

const { browser, server } = await opened(startServer());

/** The newest letter that asks for a confirmation, once it is another than the one before. @param {import('playwright-core').Page} page @param {string} [before] its digits */
async function letter(page, before = '') {
  for (let i = 0; i < 100; i++) {
    const { messages } = await ask(page, 'GET', '/api/outbox');
    const text = messages.find((/** @type {any} */ one) => one.text.includes('/address#'))?.text ?? '';
    const digits = /\b\d{6}\b/.exec(text)?.[0] ?? '';
    if (digits && digits !== before) return { digits, link: /https?:\S+\/address#\S+/.exec(text)?.[0] ?? '', count: messages.length };
    await page.waitForTimeout(100);
  }
  throw new Error('no letter');
}

/** An enrolment of the account that may be captured. @param {import('playwright-core').Page} page */
async function consented(page) {
  const view = await ask(page, 'POST', '/api/enrolments', { language: 'fr' });
  const answers = view.texts.map((/** @type {any} */ text) => ({ kind: text.kind, version: text.version, hash: text.hash, language: text.language, yes: true }));
  return ask(page, 'POST', `/api/enrolments/${view.id}/consent`, { answers });
}

test('the digits of the letter, by keyboard; wrong ones are said', { timeout: 90_000 }, async (t) => {
  const { context, page, problems } = await logIn(browser, server.origin, '/signature', 'elouan');
  t.after(() => context.close());
  const { id } = await consented(page);
  await page.goto(`${server.origin}/request?id=${id}`);
  await page.waitForSelector('#form-address:visible');
  assert.ok(await page.isVisible('#capture-link'), 'the capture does not wait');
  const { digits, count } = await letter(page);
  assert.equal(count, 1, 'nothing but the question was written');
  await accessible(page, 'request-address');
  const input = page.locator('#digits');
  assert.deepEqual([await input.getAttribute('inputmode'), await input.getAttribute('autocomplete')], ['numeric', 'one-time-code']);
  await input.focus();
  await page.keyboard.type('12');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /six chiffres/.test(document.getElementById('digits-error')?.textContent ?? ''));
  await page.keyboard.type(digits === '000000' ? '111111' : '000000'); // what was wrong is selected
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /4\sessais/.test(document.getElementById('digits-error')?.textContent ?? ''));
  assert.equal(await input.getAttribute('aria-invalid'), 'true');
  await page.keyboard.type(digits);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#banner-address:visible');
  assert.equal(await page.isVisible('#form-address'), false);
  assert.equal(await page.textContent('#status'), await page.textContent('#banner-address'));
  await accessible(page, 'request-address-confirmed');
  assert.deepEqual(problems.filter((problem) => !/422/.test(problem)), []);
  await ask(page, 'POST', `/api/enrolments/${id}/cancel`);
});

test('the link of the letter confirms in another browser, by its button alone', { timeout: 90_000 }, async (t) => {
  const { context, page } = await logIn(browser, server.origin, '/signature', 'elouan');
  t.after(() => context.close());
  const { digits: old } = await letter(page).catch(() => ({ digits: '' }));
  const { id } = await consented(page);
  await page.goto(`${server.origin}/request?id=${id}`);
  await page.waitForSelector('#form-address:visible');
  const { link } = await letter(page, old);
  const elsewhere = await browser.newContext();
  t.after(() => elsewhere.close());
  const other = await elsewhere.newPage();
  await other.goto(`${link}&utm_source=mail`); // a tracker was there
  await other.waitForSelector('[data-action=confirm]:visible');
  await accessible(other, 'address');
  assert.equal((await ask(page, 'GET', `/api/enrolments/${id}`)).address.confirmed, false, 'opening it confirms nothing');
  await other.click('[data-action=confirm]');
  await other.waitForSelector('body[data-state=done]');
  await accessible(other, 'address-done');
  await page.waitForSelector('#banner-address:visible'); // the request's page hears of it
  await other.reload();
  await other.click('[data-action=confirm]');
  await other.waitForSelector('body[data-state=over]');
});

test('letters follow the language chosen on the request’s page', { timeout: 90_000 }, async (t) => {
  const { context, page } = await logIn(browser, server.origin, '/signature', 'elouan');
  t.after(() => context.close());
  const { id } = await consented(page);
  await page.goto(`${server.origin}/request?id=${id}`);
  assert.equal((await ask(page, 'GET', `/api/enrolments/${id}`)).language, 'fr');
  await page.locator('.language select').first().selectOption('de');
  for (let i = 0; i < 100 && (await ask(page, 'GET', `/api/enrolments/${id}`)).language !== 'de'; i++) await page.waitForTimeout(100);
  await ask(page, 'POST', `/api/enrolments/${id}/in-person`);
  const subject = letters['letters.in-person.subject'];
  let sent = [];
  for (let i = 0; i < 100 && !sent.includes(subject); i++) {
    await page.waitForTimeout(100);
    sent = (await ask(page, 'GET', '/api/outbox')).messages.map((/** @type {any} */ one) => one.subject);
  }
  assert.ok(sent.includes(subject), `${sent}`);
});

test('who did not ask says so; the request forgets the address and asks for another', { timeout: 90_000 }, async (t) => {
  const { context, page } = await logIn(browser, server.origin, '/signature', 'elouan');
  t.after(() => context.close());
  const { digits: old } = await letter(page).catch(() => ({ digits: '' }));
  const { id: earlier } = await ask(page, 'POST', '/api/enrolments', { language: 'fr' }); // of the tests above
  await ask(page, 'POST', `/api/enrolments/${earlier}/cancel`);
  const { id } = await consented(page);
  await page.goto(`${server.origin}/request?id=${id}`);
  await page.waitForSelector('#form-address:visible');
  const { link } = await letter(page, old);
  const elsewhere = await browser.newContext();
  t.after(() => elsewhere.close());
  const other = await elsewhere.newPage();
  await other.goto(link);
  await other.click('[data-action=disown]');
  await other.waitForSelector('body[data-state=disowned]');
  await accessible(other, 'address-disowned');
  await page.waitForSelector('#banner-disowned:visible'); // the request's page hears of it
  assert.equal(await page.isVisible('#form-address'), false);
  await accessible(page, 'request-address-disowned');
  await page.click('#banner-disowned [data-go=correct]');
  await page.waitForSelector('#email:visible');
  assert.equal(await page.inputValue('#email'), '');
  await page.fill('#birthDate', '13.07.1990');
  await page.fill('#email', 'elouan.autre@example.org');
  await page.click('#form-correct [type=submit]');
  await page.waitForSelector('#banner-disowned', { state: 'hidden' });
});
