// A reviewer at the console, and a registrar at the desk.
import { logIn } from './enrolment.js';

/**
 * Opens the console and waits until there is a file to draw: it comes when its
 * pictures are read.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {string} account
 * @param {object} [options] of the window
 */
export async function openQueue(browser, origin, account, options = {}) {
  const reviewer = await logIn(browser, origin, '/review', account, options);
  await reviewer.page.waitForSelector('#draw:enabled', { timeout: 60_000 }).catch(async (error) => {
    throw new Error(`no file to draw; the console shows: ${await reviewer.page.innerText('main')}`, { cause: error });
  });
  return reviewer;
}

/** Draws a file and waits until it lies open. @param {import('playwright-core').Page} page */
export async function drawFile(page) {
  await page.click('#draw');
  await page.waitForSelector('#viewer', { state: 'visible' });
}

/**
 * Opens the console and draws the next file.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {string} account
 * @param {object} [options] of the window
 */
export async function draw(browser, origin, account, options = {}) {
  const reviewer = await openQueue(browser, origin, account, options);
  await drawFile(reviewer.page);
  return reviewer;
}

/** Saves the decision and says what the console answers. @param {import('playwright-core').Page} page */
async function decide(page) {
  await page.click('#decide');
  await page.waitForSelector('#outcome', { state: 'visible' });
  return (await page.textContent('#outcome')) ?? '';
}

/** Accepts, every point of the checklist looked at. @param {import('playwright-core').Page} page */
export async function acceptFile(page) {
  for (const box of await page.locator('#checklist input[value="yes"]').all()) await box.check();
  await page.check('#verdict input[value="accept"]');
  return decide(page);
}

/** @param {import('playwright-core').Page} page @param {string} reason @param {string} words */
export async function refuseFile(page, reason, words) {
  await page.check('#verdict input[value="refuse"]');
  await page.selectOption('#reason', reason);
  await page.fill('#words', words);
  return decide(page);
}

/**
 * Asks for a step again, with an area that the mouse draws over the picture.
 * @param {import('playwright-core').Page} page @param {string} step @param {string} words
 */
export async function askAgain(page, step, words) {
  await page.check('#verdict input[value="ask-again"]');
  await page.check(`#steps input[value="${step}"]`);
  await page.fill('#again-words', words);
  await page.click('#draw-area');
  await page.waitForFunction(() => /** @type {HTMLImageElement} */ (document.querySelector('#picture')).naturalWidth > 0);
  await page.locator('#stage').scrollIntoViewIfNeeded();
  const box = await page.locator('#picture').boundingBox();
  if (!box) throw new Error('the picture is not shown');
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.6);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.8, { steps: 4 });
  await page.mouse.up();
  await page.waitForSelector('#area-fields', { state: 'visible' });
  return decide(page);
}

/**
 * Writes down what the document of a person at the desk says: what was declared.
 * @param {import('playwright-core').Page} page at /registrar
 * @param {string} reference
 */
export async function acceptInPerson(page, reference) {
  await page.fill('#reference', reference);
  await page.click('#search');
  await page.waitForSelector('#record', { state: 'visible' });
  await page.check('#verdict input[value="accept"]');
  await page.click('#copy');
  await tickPoints(page);
  await page.click('#save');
  await page.waitForSelector('#outcome', { state: 'visible' });
}

/** Ticks every point that a registrar checks. @param {import('playwright-core').Page} page */
export async function tickPoints(page) {
  for (const box of await page.locator('#checklist input').all()) await box.check();
}
