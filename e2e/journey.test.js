// The whole journey in a real browser: from the login over the capture and the
// reviewer to the certificate under « Mes certificats ».
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browsers } from './lib/browsers.js';
import { accept, capture, logIn, person, screen, subscribe } from './lib/enrolment.js';
import { startServer } from './lib/server.js';

const both = browsers();

test('French: from the login to the certificate', { timeout: 300_000 }, async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const applicant = await logIn(both.desktops, server.origin, '/signature', 'maeva', { locale: 'fr-FR' });
  t.after(() => applicant.context.close());
  const { page } = applicant;

  await subscribe(page, person);
  const phone = await capture(page, both.phones, { locale: 'fr-FR' });
  t.after(() => phone.context.close());
  await screen(page, 'wait');

  const reviewer = await accept(both.desktops, server.origin, 'reviewer-1', { locale: 'fr-FR' });
  t.after(() => reviewer.context.close());

  await screen(page, 'confirm');
  const facts = (await page.textContent('#extracted')) ?? '';
  for (const value of Object.values(person)) assert.ok(facts.includes(value), `the page shows ${value}: ${facts}`);
  await page.click('#form-confirm [type="submit"]');

  await screen(page, 'certificate');
  await page.check('input[name="publish"][value="no"]');
  await page.check('#accept');
  await page.click('#form-certificate [type="submit"]');
  await page.waitForURL(/\/signature/, { timeout: 60_000 });
  const list = (await page.textContent('#certificate-list')) ?? '';
  assert.match(list, /TEST/);
  assert.deepEqual([...applicant.problems, ...phone.problems, ...reviewer.problems], []);
});
