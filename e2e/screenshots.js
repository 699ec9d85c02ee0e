// Pictures of every state of every page: the capture by walking the real server, the
// rare states and the journey's pages by what a server would say (lib/gallery.js,
// lib/pages-gallery.js). French and English, light
// and dark, desktop and phone, and 320 px wide; the fullest screens in the other
// languages; all in two languages that nobody speaks, one long, one from right to left.
// `make screenshots` puts them into var/screenshots.
// SCREENSHOTS_ONE=1: one look alone. SCREENSHOTS_LANGUAGES="ar en-XA": these alone.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, phone as phoneOptions } from './lib/browser.js';
import { consoleStates } from './lib/console-gallery.js';
import { footage, specimenBytes } from './lib/footage.js';
import { everyState, givenMaterial } from './lib/gallery.js';
import { desktopState, joinPhone, openDesktop, phoneScreen, scan } from './lib/journey.js';
import { everyPage } from './lib/pages-gallery.js';
import { everyOf, everyStaffState } from './lib/staff-gallery.js';
import { servePages } from './lib/pages-server.js';
import { pseudoLanguages } from '../static/test/pseudo.js';
import { languages } from '../static/test/words.js';
import { root, startServer } from './lib/server.js';

const out = process.env.SCREENSHOTS ?? join(root, 'var/screenshots');
await mkdir(out, { recursive: true });
let count = 0;

/** @param {import('playwright-core').Page} page @param {string} name */
async function shot(page, name) {
  await page.screenshot({ path: join(out, `${name}.png`), animations: 'disabled' });
  count++;
}

/** The same of a page's whole length. @param {import('playwright-core').Page} page @param {string} name */
async function whole(page, name) {
  await page.screenshot({ path: join(out, `${name}.png`), animations: 'disabled', fullPage: true });
  count++;
}

const server = await startServer({ env: { VISAVIS_SESSIONS_PER_HOUR: '1000', VISAVIS_SITE: 'Visavis, démonstration' } });
const pages = await servePages();
const specimen = await specimenBytes();
const desktops = await launch();
const phones = await launch({ camera: await footage({ kind: 'identity-card', seed: 3, width: 720, height: 1560 }) });

/** A whole session, with a picture of each screen on the way. */
async function session(look, name, desktopSize, phoneSize) {
  const desktop = await openDesktop(desktops, server.origin, { ...look, ...desktopSize });
  await shot(desktop.page, `desktop-pairing-${name}`);
  const url = await scan(desktop.page);
  const phone = await joinPhone(phones, url, {
    desktop: desktop.page,
    options: { ...look, ...phoneSize, deviceScaleFactor: 1 },
    arrived: async (page, screen) => {
      await shot(page, `phone-${screen}-${name}`);
      if (screen === 'invitation') {
        await desktopState(desktop.page, 'scanned');
        await shot(desktop.page, `desktop-scanned-${name}`);
      }
      if (screen === 'document') {
        await page.click('[data-action="no-document"]');
        await phoneScreen(page, 'no-document');
        await shot(page, `phone-no-document-${name}`);
        await page.click('[data-action="back-document"]');
        await phoneScreen(page, 'document');
      }
      if (screen === 'ready') await shot(desktop.page, `desktop-paired-${name}`);
    },
  });
  await desktop.page.waitForSelector('#thumbnail:visible');
  await shot(phone.page, `phone-capture-${name}`);
  await desktop.page.waitForSelector('#steps li[data-done]');
  await shot(desktop.page, `desktop-capturing-${name}`);
  await desktopState(desktop.page, 'done');
  await shot(desktop.page, `desktop-done-${name}`);
  await phoneScreen(phone.page, 'message');
  await shot(phone.page, `phone-done-${name}`);
  await phone.context.close();
  await desktop.context.close();
}

/** What ends or interrupts a session. */
async function endings(look, name) {
  const desktop = await openDesktop(desktops, server.origin, look);
  const url = await scan(desktop.page);
  const phone = await joinPhone(phones, url, { desktop: desktop.page, until: 'compare', options: look });
  await shot(desktop.page, `desktop-comparing-${name}`);
  const late = await phones.newContext({ ...phoneOptions, ...look });
  const second = await late.newPage();
  await second.goto(url);
  await phoneScreen(second, 'message');
  await shot(second, `phone-code-used-${name}`);
  await desktop.page.waitForSelector('#banner-notice:visible');
  await shot(desktop.page, `desktop-second-phone-${name}`);
  await second.goto(`${server.origin}/p`);
  await phoneScreen(second, 'typed');
  await shot(second, `phone-typed-${name}`);
  await phone.page.click('.screen[data-screen="compare"] [data-action="not-me"]');
  await desktopState(desktop.page, 'ended');
  await shot(desktop.page, `desktop-ended-${name}`);
  await phoneScreen(phone.page, 'message');
  await shot(phone.page, `phone-ended-${name}`);
  for (const path of ['', 'trust']) {
    await desktop.page.goto(`${server.origin}/${path}`);
    await shot(desktop.page, `${path || 'home'}-${name}`);
  }
  for (const context of [late, phone.context, desktop.context]) await context.close();
}

/** The screens with the most on them. */
const fullest = /^(home-out|login-demo|request-(declared|correct-wrong|consent|capture|review|confirm|certificate|in-person|refused-reviewed)|signature-certificates|privacy|directory-found)$/;
const fullestCapture = /^(desktop-(pairing|help|hint|ended-idle)|phone-(start|terms|ready-passport|again|tilt|gesture-left|stop|message-done|message-camera-denied))$/;

/** The applicant's screens in a language of the chooser, or in one that nobody speaks. @param {string} tag */
async function inLanguage(tag) {
  const made = pseudoLanguages.some((one) => one.tag === tag);
  const look = { locale: 'en-GB', colorScheme: /** @type {const} */ ('light'), language: tag, deviceScaleFactor: 1 };
  const given = await givenMaterial(pages.origin);
  for (const [width, height] of [[1440, 900], [390, 844], [320, 640]]) {
    const sized = { ...look, viewport: { width, height } };
    await everyPage(desktops, pages.origin, sized, (page, state) => whole(page, `${state}-${tag}-${width}`), made ? /./ : fullest);
    await everyState(phones, pages.origin, sized, (page, state) => shot(page, `${state}-${tag}-${width}`), made ? /^(desktop|phone)-/ : fullestCapture, given);
  }
}

try {
  const some = process.env.SCREENSHOTS_LANGUAGES?.split(' ');
  const looks = /** @type {const} */ ([['fr-FR', 'light'], ['en-GB', 'dark'], ['fr-FR', 'dark'], ['en-GB', 'light']]);
  for (const [locale, colorScheme] of some ? [] : process.env.SCREENSHOTS_ONE ? looks.slice(0, 1) : looks) {
    const look = { locale, colorScheme };
    const name = `${locale.slice(0, 2)}-${colorScheme}`;
    await session(look, name, {}, {});
    await endings(look, name);
    await everyState(desktops, server.origin, { ...look, deviceScaleFactor: 1 }, (page, state) => shot(page, `${state}-${name}`));
    await everyPage(desktops, pages.origin, { ...look, deviceScaleFactor: 1 }, (page, state) => whole(page, `${state}-${name}`));
    await everyStaffState(desktops, pages.origin, { ...look, viewport: { width: 1440, height: 900 } }, specimen, (page, state) => shot(page, `staff-${state}-${name}`));
    await everyOf(consoleStates(), desktops, pages.origin, { ...look, viewport: { width: 1440, height: 900 } }, (page, state) => whole(page, `${state}-${name}`));
  }
  const others = [...languages, ...pseudoLanguages].map(({ tag }) => tag).filter((tag) => !['fr', 'en'].includes(tag));
  for (const tag of some ?? (process.env.SCREENSHOTS_ONE ? [] : others)) await inLanguage(tag);
  if (!some && !process.env.SCREENSHOTS_ONE) {
    const narrow = { viewport: { width: 320, height: 640 } };
    await session({ locale: 'fr-FR', colorScheme: 'light' }, 'fr-light-320', narrow, narrow);
    const handheld = { locale: 'fr-FR', colorScheme: 'light', viewport: { width: 390, height: 844 } };
    await everyPage(desktops, pages.origin, handheld, (page, state) => whole(page, `${state}-fr-light-390`));
    await everyStaffState(desktops, pages.origin, handheld, specimen, (page, state) => whole(page, `staff-${state}-fr-light-390`));
    await everyOf(consoleStates(), desktops, pages.origin, handheld, (page, state) => whole(page, `${state}-fr-light-390`));
    await everyState(desktops, server.origin, { locale: 'fr-FR', colorScheme: 'light', ...narrow, deviceScaleFactor: 1 }, (page, state) => shot(page, `${state}-fr-light-320`));
  }
} finally {
  await desktops.close();
  await phones.close();
  await server.stop();
  await pages.stop();
}
process.stdout.write(`${count} pictures in ${out}\n`);
