// The demonstration's tour: the reviewer is played beside the applicant in one browser,
// and finds requests that were drawn and read by the machine.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible } from './lib/axe.js';
import { ask, logIn } from './lib/enrolment.js';
import { opened } from './lib/opened.js';
import { startServer } from './lib/server.js';

const { browser, server } = await opened(startServer());

test('the reviewer is played beside the applicant, on drawn requests, which can begin anew', { timeout: 300_000 }, async (t) => {
  const { context, page, problems } = await logIn(browser, server.origin, '/signature', 'maeva');
  t.after(() => context.close());
  await page.goto(server.origin);
  await page.click('#demo ~ * [href="/demo"]');
  await page.waitForSelector('#play:enabled');
  assert.equal(await page.locator('.tour .steps > li').count(), 5);
  await accessible(page, 'demo');
  const [desk] = await Promise.all([context.waitForEvent('page'), page.click('#play')]);
  desk.setDefaultTimeout(20_000);
  await desk.waitForURL(`${server.origin}/review`);
  await desk.waitForSelector('#profile[data-in]');
  assert.match(await desk.innerText('#profile'), /Relecteur 1/);
  assert.equal((await ask(page, 'GET', '/api/me')).account.subject, 'demo:maeva', 'the applicant stays logged in');

  // The ten are drawn and read while somebody looks; the first that waits can be drawn.
  await desk.waitForSelector('#draw:visible', { timeout: 120_000 });
  await desk.click('#draw');
  await desk.waitForFunction(() => /** @type {HTMLImageElement | null} */ (document.querySelector('#picture'))?.naturalWidth);
  assert.ok(await desk.locator('#readings tr, #alike tr').count() > 2, 'the machine has read the document');
  await page.waitForFunction(() => !/** @type {HTMLButtonElement} */ (document.querySelector('#restart')).disabled, null, { timeout: 200_000 });
  const rows = await page.locator('#cast-rows tr').allInnerTexts();
  assert.equal(rows.length, 10, await page.innerText('#cast-state'));
  assert.ok(rows.every((row) => /Specimen/.test(row)), rows.join('\n'));
  const states = (await ask(page, 'GET', '/api/demo')).applicants.map((/** @type {any} */ one) => one.state);
  assert.ok(new Set(states).size >= 4, `different states: ${states}`);
  await accessible(page, 'demo with ten requests');

  const [before] = (await ask(page, 'GET', '/api/demo')).applicants;
  await page.click('#restart');
  await page.waitForFunction((old) => {
    const first = document.querySelector('#cast-rows bdi.figures')?.textContent;
    return first && first !== old;
  }, before.reference, { timeout: 120_000 });

  // Who logs out at the desk stays logged in as the applicant.
  await desk.goto(`${server.origin}/review`);
  await desk.click('button[data-shell="logout"] >> visible=true');
  await desk.waitForURL(`${server.origin}/`);
  assert.equal((await ask(page, 'GET', '/api/me')).account.subject, 'demo:maeva');
  assert.equal((await page.request.get(`${server.origin}/api/review`)).status(), 403);
  assert.deepEqual(problems, []);
});
