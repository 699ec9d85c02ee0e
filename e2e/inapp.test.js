// A link that was opened inside another app: the secret stays in the address until
// the claim, so that the whole link can be carried to a real browser; after the
// claim it is nowhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { phone as phoneOptions } from './lib/browser.js';
import { browsers } from './lib/browsers.js';
import { desktopState, openDesktop, phoneScreen, scan } from './lib/journey.js';
import { startServer } from './lib/server.js';

const both = browsers();
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => { server = await startServer(); });
after(() => server?.stop());

const instagram = `${phoneOptions.userAgent} Instagram 330.0`;

test('« Copier le lien » gives the whole link, also after a reload; the claim ends it', { timeout: 90_000 }, async (t) => {
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  const url = await scan(desktop.page);
  const context = await both.phones.newContext({ ...phoneOptions, userAgent: instagram, permissions: ['clipboard-read', 'clipboard-write'] });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  await phoneScreen(page, 'message');
  assert.equal(page.url(), url, 'the fragment stays');
  await page.reload();
  await phoneScreen(page, 'message');
  await page.click('[data-action="copy-link"]');
  await page.waitForFunction(() => document.querySelector('#message-actions')?.textContent?.includes('Lien copié'));
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), url);

  await page.click('[data-action="go-on-here"]');
  await phoneScreen(page, 'invitation');
  await page.click('[data-action="claim"]');
  await phoneScreen(page, 'compare');
  await desktopState(desktop.page, 'comparing');
  assert.equal(new URL(page.url()).hash, '', 'the fragment goes with the claim');
  const token = new URL(url).hash.slice(1);
  const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, history.state, document.documentElement.outerHTML]));
  assert.ok(!kept.includes(token), 'the token is kept nowhere');
  assert.ok(!server.log().includes(token), 'nor in the log');
});
