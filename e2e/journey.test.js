// The whole journey in a real browser: from the login over the capture and the
// reviewer to the certificate under « Mes certificats », which openssl examines
// before and after it is revoked. In French with no settings, in English with
// PostgreSQL, Redis, S3 and two instances, one of them killed in the middle.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browsers } from './lib/browsers.js';
import { ask, capture, confirm, logIn, order, overheard, person, subscribe } from './lib/enrolment.js';
import { acceptFile, draw, drawFile, openQueue } from './lib/reviewer.js';
import { examine } from './lib/openssl.js';
import { startRedis, startServer } from './lib/server.js';
import { startPostgres, startS3 } from './lib/stores.js';

const both = browsers();

/** The certificate that the page lists, as a file. @param {import('playwright-core').Page} page */
async function download(page) {
  const link = await page.getAttribute('#certificate-list [data-part="pem"]', 'href');
  const answer = await page.context().request.get(new URL(link ?? '', page.url()).href);
  assert.equal(answer.status(), 200);
  return answer.body();
}

test('French: from the login to the certificate, and its end', { timeout: 300_000 }, async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const applicant = await logIn(both.desktops, server.origin, '/signature', 'maeva', { locale: 'fr-FR' });
  t.after(() => applicant.context.close());
  const { page } = applicant;
  assert.equal(await page.getAttribute('html', 'lang'), 'fr');

  const heard = overheard(page);
  // One reference for one request, wherever it is named.
  /** @type {Record<string, string[]>} */
  const named = {};
  const note = (/** @type {string} */ place, /** @type {string | null | undefined} */ text) => {
    named[place] = [...new Set((text ?? '').match(/\b[BCDFGHJKLMNPQRSTVWXZ]{6}\b/g) ?? [])];
  };
  await subscribe(page, person);
  // Asked beside the page, which is on its way to the capture.
  const { reference } = (await (await page.context().request.get(`${server.origin}/api/enrolments`)).json()).enrolments[0];
  const phone = await capture(page, both.phones, { locale: 'fr-FR' });
  t.after(() => phone.context.close());
  note('phone', await phone.page.textContent('#message-reference'));
  note('desktop', await page.textContent('#reference'));
  const reviewer = await draw(both.desktops, server.origin, 'reviewer-1', { locale: 'fr-FR' });
  t.after(() => reviewer.context.close());
  note('console', await reviewer.page.textContent('#heading'));
  assert.match(await acceptFile(reviewer.page), /accepté/);

  await confirm(page, person, async (at) => {
    await at.waitForFunction(() => document.querySelectorAll('#pictures img[data-cropped]').length === 2);
    assert.equal(await at.locator('#pictures img').count(), 3, 'the document is cropped on two photos, the face is whole');
    await at.getByRole('button', { name: /Agrandir\s: Recto/ }).click();
    await at.waitForSelector('#enlarged-picture:visible');
    await at.keyboard.press('Escape');
  });
  assert.ok(heard.states.includes('to-confirm'), `the socket brought ${heard.states}`);
  assert.deepEqual(heard.aroundSockets, []);
  await order(page, 'no');
  assert.equal(await page.locator('[data-action="subscribe"].button-primary').count(), 0, 'another certificate is no longer the first thing to do');
  const list = (await page.textContent('#certificate-list')) ?? '';
  assert.match(list, /Certificat de TEST – non qualifié, sans valeur juridique/);
  assert.match(list, /valide/i);

  const pem = await download(page);
  const before = await examine(pem, server.origin);
  assert.match(before.text, /Subject:.*TEST/);
  assert.match(before.text, /2\.999\./);
  assert.match(before.text, /NIST CURVE: P-256/);
  assert.match(before.verify, /: OK/);
  assert.match(before.ocsp, /: good/);

  await page.click('#certificate-list [data-action="revoke"]');
  await page.check('input[name="reason"][value="cessation"]');
  await page.click('[data-action="revoke-yes"]');
  await page.waitForFunction(() => /révoqué/i.test(document.querySelector('#certificate-list')?.textContent ?? ''));
  const after = await examine(pem, server.origin);
  assert.match(after.verify, /certificate revoked/);
  assert.match(after.ocsp, /: revoked/);
  assert.equal(await page.locator('[data-action="subscribe"].button-primary').count(), 1, 'now it is');
  assert.deepEqual([...applicant.problems, ...phone.problems, ...reviewer.problems], []);

  const letters = (await ask(reviewer.page, 'GET', '/api/outbox')).messages;
  assert.ok(letters.length >= 2, `${letters.length} letters`);
  for (const letter of letters) note(`letter « ${letter.subject} »`, `${letter.subject} ${letter.text}`);
  note('log', [...server.log().matchAll(/(?:session|reference)"?[=:]"?([^\s",]*)/g)].map((found) => found[1]).join(' '));
  for (const [place, found] of Object.entries(named)) assert.deepEqual(found, [reference], place);

  for (const secret of [person.surname, 'Gaëlle', '6J9TM1VCT']) {
    assert.ok(!server.log().includes(secret), `the log holds ${secret}`);
  }
});

test('English, PostgreSQL, Redis, S3, two instances: one killed while the file waits', { timeout: 300_000 }, async (t) => {
  const [redis, postgres, s3] = await Promise.all([startRedis(), startPostgres(), startS3()]);
  for (const shared of [redis, postgres, s3]) t.after(() => shared.stop());
  const env = { VISAVIS_REDIS_URL: redis.url, VISAVIS_DATABASE_URL: postgres.url, VISAVIS_EVIDENCE_URL: s3.url, VISAVIS_SECRET: '6'.repeat(64), ...s3.env };
  const two = await startServer({ env });
  t.after(() => two.stop());
  // The keys lie in one folder, which both have.
  const one = await startServer({ env: { ...env, VISAVIS_KEYS: `${two.data}/keys` }, publicURL: two.origin });
  let stopped = false;
  t.after(() => stopped || one.stop());

  const applicant = await logIn(both.desktops, one.origin, '/signature', 'maeva', { locale: 'en-GB' });
  t.after(() => applicant.context.close());
  const { page } = applicant;
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await subscribe(page, person);
  const phone = await capture(page, both.phones, { locale: 'en-GB' });
  t.after(() => phone.context.close());

  // Once a file is in the queue its jobs are done: one in hand would be taken over after minutes.
  const reviewer = await openQueue(both.desktops, two.origin, 'reviewer-2', { locale: 'en-GB' });
  t.after(() => reviewer.context.close());
  await one.kill('SIGKILL');
  await one.stop();
  stopped = true;
  await drawFile(reviewer.page);
  assert.match(await acceptFile(reviewer.page), /accepted/);
  await page.goto(`${two.origin}/request`);
  await confirm(page, person);
  await order(page, 'yes');
  assert.match((await page.textContent('#certificate-list')) ?? '', /TEST certificate/i);
  const found = await examine(await download(page), two.origin);
  assert.match(found.verify, /: OK/);
  assert.match(found.ocsp, /: good/);
  await page.goto(`${two.origin}/directory?q=${person.surname}`);
  await page.waitForSelector('#found > li');
  assert.deepEqual([...applicant.problems, ...phone.problems, ...reviewer.problems], []);
});
