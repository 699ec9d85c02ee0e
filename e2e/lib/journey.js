// The way through both pages, as a person goes it.
import assert from 'node:assert/strict';
import { desktop as desktopOptions, phone as phoneOptions, readQR } from './browser.js';

/**
 * Opens the pairing page and waits for its code.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {object} [options] of the page
 */
export async function openDesktop(browser, origin, options = {}) {
  const context = await browser.newContext({ ...desktopOptions, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems = watch(page);
  await page.goto(`${origin}/companion`);
  await desktopState(page, 'pairing');
  return { context, page, problems };
}

/** Collects what must never happen on a page: script errors and policy violations. */
export function watch(page) {
  /** @type {string[]} */
  const problems = [];
  page.on('pageerror', (err) => {
    problems.push(`script error: ${err.message} ${(err.stack ?? '').split('\n').find((line) => /https?:/.test(line)) ?? ''}`.trim());
  });
  page.on('console', (m) => {
    if (m.type() === 'error' && /Content Security Policy|Trusted|Uncaught/.test(m.text())) problems.push(m.text());
  });
  return problems;
}

/** Waits until the desktop page shows one of the states. */
export async function desktopState(page, ...states) {
  await stays(page, 'desktop', () => page.waitForFunction((want) => want.includes(document.body?.dataset.state), states, { timeout: 90_000 }));
}

/** Says where a page stood when the wait for it failed. */
export async function stays(page, name, wait) {
  try {
    await wait();
  } catch (err) {
    const at = await page.evaluate(() => `${document.body?.dataset.state ?? ''} ${document.body?.dataset.screen ?? ''}: ${document.querySelector('main')?.innerText}`);
    throw new Error(`${/** @type {Error} */ (err).message}
the ${name} page stands at ${at.trim().slice(0, 600)}`);
  }
}

/** Waits until the phone page shows one of the screens. */
export async function phoneScreen(page, ...screens) {
  await stays(page, 'phone', () => page.waitForFunction((want) => want.includes(document.body?.dataset.screen), screens, { timeout: 60_000 }));
}

/**
 * Reads the pairing link from what the desktop page shows, as a camera would.
 * @param {import('playwright-core').Page | import('playwright-core').Locator} shown the page, or the code alone
 */
export async function scan(shown) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const url = await readQR(await shown.screenshot({ scale: 'device' }));
    if (url) return url;
    assert.ok(Date.now() < deadline, 'no QR code can be read from the screenshot of the desktop page');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * Opens the link on a phone and goes as far as the start of the capture.
 * @param {import('playwright-core').Browser} browser with a camera
 * @param {string} url the pairing link
 * @param {Way & {desktop: import('playwright-core').Page, options?: object, prepare?: (page: import('playwright-core').Page) => Promise<void>}} o
 *
 * @typedef {object} Way
 * @property {string} [document] identity-card when not said
 * @property {string} [until] the screen to stop at
 * @property {(page: import('playwright-core').Page, screen: string) => Promise<void>} [arrived] called on each screen
 */
export async function joinPhone(browser, url, o) {
  const context = await browser.newContext({ ...phoneOptions, ...o.options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const phone = { context, page, problems: watch(page) };
  await o.prepare?.(page);
  await page.goto(url);
  /** @type {[string, () => Promise<void>][]} */
  const way = [
    ['invitation', () => page.click('[data-action="claim"]')],
    ['compare', async () => {
      await desktopState(o.desktop, 'comparing');
      const code = (await o.desktop.textContent('#code'))?.trim() ?? '';
      assert.match(code, /^\d\d$/, 'the desktop shows a comparison code of two digits');
      await page.fill('#compare-code', code);
      await page.click('#compare-send');
    }],
    ['document', () => page.click(`[data-document="${o.document ?? 'identity-card'}"]`)],
    ['ready', () => page.click('[data-action="launch"]')],
  ];
  for (const [screen, goOn] of way) {
    await phoneScreen(page, screen);
    await o.arrived?.(page, screen);
    if (screen === 'compare') await desktopState(o.desktop, 'comparing');
    if (screen === o.until) return phone;
    await goOn();
  }
  await phoneScreen(page, 'capture');
  return phone;
}
