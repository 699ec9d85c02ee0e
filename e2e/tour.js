// The README's pictures: the journey of one drawn person, walked on the real server,
// one picture a screen. `make tour` puts them into docs/img/tour.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { desktop as desktopOptions, launch } from './lib/browser.js';
import { capture, confirm, logIn, order, person, subscribe } from './lib/enrolment.js';
import { footage } from './lib/footage.js';
import { everyState } from './lib/gallery.js';
import { acceptFile, draw } from './lib/reviewer.js';
import { root, startServer } from './lib/server.js';

const out = process.env.TOUR ?? join(root, 'docs/img/tour');
await mkdir(out, { recursive: true });
const server = await startServer();
const desktops = await launch();
const phones = await launch({ camera: await footage({ kind: 'identity-card', seed: 3, width: 720, height: 1560 }) });

/** What the README shows. */
const shown = new Set(['home', 'login', 'signature', 'declared', 'consent', 'code', 'phone-invitation', 'phone-compare', 'phone-document',
  'phone-capture', 'follow', 'wait', 'review', 'confirm', 'certificate', 'certificates']);

/** @param {import('playwright-core').Page} page @param {string} name */
async function picture(page, name) {
  if (!shown.has(name)) return;
  if (name === 'follow') await page.waitForTimeout(1500); // the first thumbnail takes a moment
  const wide = !name.startsWith('phone-');
  await page.screenshot({ path: join(out, `${name}.jpg`), type: 'jpeg', quality: 82, animations: 'disabled', fullPage: wide && name !== 'review' });
}

const look = { locale: 'fr-FR', viewport: { width: 1200, height: 860 }, deviceScaleFactor: 1 };
try {
  const page = await (await desktops.newContext({ ...desktopOptions, ...look })).newPage();
  await page.goto(server.origin);
  await page.waitForSelector('#profile:not([hidden])');
  await picture(page, 'home');
  await page.goto(`${server.origin}/login?next=/signature`);
  await page.waitForSelector('[data-action="enter"]');
  await picture(page, 'login');

  const applicant = await logIn(desktops, server.origin, '/signature', 'maeva', look);
  await subscribe(applicant.page, person, picture);
  await capture(applicant.page, phones, { locale: 'fr-FR', deviceScaleFactor: 1 }, picture);
  // The camera's picture: the fake camera of the walk is cut to the screen, as no real one is.
  await everyState(desktops, server.origin, { locale: 'fr-FR', deviceScaleFactor: 1 }, (page) => picture(page, 'phone-capture'), /^phone-hold$/);
  const reviewer = await draw(desktops, server.origin, 'reviewer-1', look);
  await picture(reviewer.page, 'review');
  await acceptFile(reviewer.page);
  await confirm(applicant.page, person, picture);
  await order(applicant.page, 'no', picture);
} finally {
  await desktops.close();
  await phones.close();
  await server.stop();
}
