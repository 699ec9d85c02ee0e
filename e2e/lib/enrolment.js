// The journey around the capture, as the applicant and the reviewer go it.
import assert from 'node:assert/strict';
import { desktop as desktopOptions } from './browser.js';
import { desktopState, joinPhone, phoneScreen, scan, stays, watch } from './journey.js';

/** What the drawn document says: qa specimen, identity card, seed 3. */
export const person = { surname: 'SPECIMEN', givenNames: 'Gaëlle Louise', birthDate: '15/11/1987' };

/**
 * Opens a page, logging in as one of the demonstration's accounts on the way.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {string} path
 * @param {string} account id
 * @param {object} [options] of the page
 */
export async function logIn(browser, origin, path, account, options = {}) {
  const context = await browser.newContext({ ...desktopOptions, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems = watch(page);
  await page.goto(`${origin}${path}`);
  await page.click(`[data-action="enter"][data-account="${account}"]`);
  await page.waitForURL(`${origin}${path}`);
  return { context, page, problems };
}

/**
 * Calls the server as a page would, with what it is logged in as.
 * @param {import('playwright-core').Page} page
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>} the answer's JSON
 */
export async function ask(page, method, path, body) {
  const { status, json } = await page.evaluate(async (call) => {
    const answer = await fetch(call.path, {
      method: call.method, headers: { 'Content-Type': 'application/json' }, body: call.body && JSON.stringify(call.body),
    });
    return { status: answer.status, json: await answer.json().catch(() => null) };
  }, { method, path, body });
  assert.equal(status, 200, `${method} ${path}: ${JSON.stringify(json)}`);
  return json;
}

/**
 * Listens to how a page follows its enrolment.
 * @param {import('playwright-core').Page} page
 * @returns {{states: string[], aroundSockets: string[]}} what the socket brought, and what was asked for in its place
 */
export function overheard(page) {
  /** @type {{states: string[], aroundSockets: string[]}} */
  const heard = { states: [], aroundSockets: [] };
  page.on('websocket', (ws) => ws.on('framereceived', ({ payload }) => {
    const message = typeof payload === 'string' ? JSON.parse(payload) : {};
    if (message.type === 'enrolment') heard.states.push(message.view.state);
  }));
  page.on('request', (request) => {
    if (request.resourceType() === 'eventsource' || new URL(request.url()).pathname.startsWith('/api/desktop')) heard.aroundSockets.push(request.url());
  });
  return heard;
}

/** Waits until a page of the journey shows one of the screens. */
export async function screen(page, ...screens) {
  await stays(page, 'journey', () => page.waitForFunction(
    (want) => want.some((name) => [...document.querySelectorAll('[data-screen]')].some(
      (e) => /** @type {HTMLElement} */ (e).dataset.screen?.split(' ').includes(name) && e.checkVisibility())),
    screens, { timeout: 90_000 }));
}

/** Called with a page and the name of the screen it shows, before anything is done there. @typedef {(page: import('playwright-core').Page, name: string) => Promise<void>} Arrived */
const pass = async () => {};

/**
 * From « Ma signature personnelle » to the page with the code: declared data that
 * agree with a document, and the consents.
 * @param {import('playwright-core').Page} page at /signature
 * @param {{surname: string, givenNames: string, birthDate: string}} who
 * @param {Arrived} [arrived]
 */
export async function subscribe(page, who, arrived = pass) {
  await arrived(page, 'signature');
  await page.click('[data-action="subscribe"]');
  await page.waitForURL(/\/request/);
  await screen(page, 'declared');
  await page.check('input[name="exact"][value="no"]');
  await page.click('#form-declared [type="submit"]');
  await screen(page, 'correct');
  for (const [field, value] of Object.entries(who)) await page.fill(`#${field}`, value);
  await page.click('#form-correct [type="submit"]');
  await screen(page, 'declared');
  await page.check('input[name="exact"][value="yes"]');
  await arrived(page, 'declared');
  await page.click('#form-declared [type="submit"]');
  await screen(page, 'consent');
  for (const box of await page.locator('#boxes input').all()) await box.check();
  await arrived(page, 'consent');
  await page.click('#form-consent [type="submit"]');
}

/**
 * The capture of an enrolment, from the page with the code to the waiting screen.
 * @param {import('playwright-core').Page} page
 * @param {import('playwright-core').Browser} phones with a camera
 * @param {object} [options] of the phone's page
 * @param {Arrived} [arrived]
 */
export async function capture(page, phones, options = {}, arrived = pass) {
  await page.waitForURL(/\/capture/);
  await desktopState(page, 'pairing');
  await arrived(page, 'code');
  const phone = await joinPhone(phones, await scan(page), { desktop: page, options, arrived: (at, name) => arrived(at, `phone-${name}`) });
  await desktopState(page, 'capturing');
  await arrived(phone.page, 'phone-capture');
  await arrived(page, 'follow');
  await phoneScreen(phone.page, 'message');
  await screen(page, 'wait');
  await arrived(page, 'wait');
  return phone;
}

/**
 * Confirms what the document says.
 * @param {import('playwright-core').Page} page
 * @param {{surname: string, givenNames: string, birthDate: string}} who as the page has to show them
 * @param {Arrived} [arrived]
 */
export async function confirm(page, who, arrived = pass) {
  await screen(page, 'confirm');
  await arrived(page, 'confirm');
  const facts = (await page.textContent('#extracted')) ?? '';
  for (const value of Object.values(who)) assert.ok(facts.includes(value), `the page shows ${value}: ${facts}`);
  await page.click('#form-confirm [type="submit"]');
}

/**
 * Asks for the certificate and waits until it is listed.
 * @param {import('playwright-core').Page} page
 * @param {'yes' | 'no'} publish
 * @param {Arrived} [arrived]
 */
export async function order(page, publish, arrived = pass) {
  await screen(page, 'certificate');
  await page.check(`input[name="publish"][value="${publish}"]`);
  await page.check('#accept');
  await arrived(page, 'certificate');
  await page.click('#form-certificate [type="submit"]');
  await page.waitForURL(/\/signature/, { timeout: 60_000 });
  await page.waitForSelector('#certificate-list > li');
  await arrived(page, 'certificates');
}
