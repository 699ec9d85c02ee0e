// What somebody hears, and where the keyboard is, when a page changes by itself or by a
// key: nothing is said twice, nothing is said in silence, and the focus is never lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyState, givenMaterial } from './lib/gallery.js';
import { opened } from './lib/opened.js';
import { about, otherStates, requestStates, showPage } from './lib/pages-gallery.js';
import { certificate, me, view } from './lib/pages-fixtures.js';
import { servePages } from './lib/pages-server.js';

/** @typedef {import('playwright-core').Page} Page */

const { browser, server: pages } = await opened(servePages());

const focused = (/** @type {Page} */ page) => page.evaluate(() => {
  const at = /** @type {HTMLElement} */ (document.activeElement);
  return at.id || at.dataset.action || at.localName;
});
const hears = (/** @type {Page} */ page, /** @type {string} */ region, /** @type {RegExp} */ words) =>
  page.waitForFunction(([id, source]) => new RegExp(source).test(document.getElementById(id)?.textContent ?? ''), [region, words.source]);

/** What is tried in each state of the galleries. @type {Record<string, (page: Page) => Promise<unknown>>} */
const states = {
  async 'phone-menu'(page) {
    await page.focus('#menu-feedback');
    await page.keyboard.press('Escape');
    assert.equal(await page.isVisible('#menu'), false);
    assert.equal(await focused(page), 'menu');
    await page.keyboard.press('Enter');
    await page.focus('#menu-feedback');
    await page.keyboard.press('Enter'); // an entry closes the menu
    assert.equal(await page.isVisible('#menu'), false);
    assert.equal(await focused(page), 'menu');
    await page.keyboard.press('Enter');
    await page.mouse.click(60, 700); // so does a touch beside it
    await page.waitForSelector('#menu', { state: 'hidden' });
  },
  async 'phone-stop'(page) {
    assert.equal(await focused(page), 'sheet-title');
    await page.click('#sheet [data-action="go-on"]');
    assert.equal(await focused(page), 'menu');
  },
  async 'phone-turn'(page) {
    await hears(page, 'speech', /Posez-le à plat/);
    assert.doesNotMatch(await page.innerText('#speech'), /Retournez/, 'the focus reads the title');
    await page.click('[data-action="intro-go"]');
    assert.equal(await focused(page), 'capture-title');
    const marks = await page.locator('#marks > li').evaluateAll((all) => all.map((one) => one.querySelector('.visually-hidden')?.textContent));
    assert.deepEqual(marks, ['Recto, fait', 'Verso', 'Visage']);
  },
  'phone-lost': (page) => hears(page, 'speech', /^Connexion perdue/),
  async 'phone-warned-sheet'(page) {
    assert.equal(await page.locator('#banners').getAttribute('aria-hidden'), 'true');
    const more = page.locator('#sheet').getByRole('button', { name: 'Prolonger' });
    for (let i = 0; i < 4 && !(await more.evaluate((one) => one === document.activeElement)); i++) await page.keyboard.press('Tab');
    assert.ok(await more.evaluate((one) => one === document.activeElement), 'more time can be had over a sheet, by keys');
  },
  async 'phone-sending'(page) {
    assert.equal(await page.getByRole('progressbar', { name: 'Photo prise, envoi en cours' }).count(), 1);
  },
  async 'phone-message-gone'(page) {
    await page.focus('.language select');
    await page.selectOption('.language select', 'en');
    await page.waitForFunction(() => document.title === 'This request is closed – Visavis');
    assert.equal(await focused(page), 'select', 'who goes through the list of languages stays in it');
  },
  'desktop-warned': (page) => hears(page, 'alert', /expire dans 2/),
};

test('on the phone and beside it each change is heard once, and the focus is kept', { timeout: 180_000 }, async () => {
  /** @type {string[]} */
  const tried = [];
  const wanted = new RegExp(`^(?:${Object.keys(states).join('|')})$`);
  await everyState(browser, pages.origin, { locale: 'fr-FR' }, async (page, name) => {
    await states[name](page).catch((/** @type {Error} */ error) => { throw new Error(`${name}: ${error.message}`); });
    tried.push(name);
  }, wanted, await givenMaterial(pages.origin));
  assert.equal(tried.length, Object.keys(states).length);
});

test('a heading that the focus reads is not said by the status region too', { timeout: 60_000 }, async (t) => {
  const one = view('fr', 'declared');
  const { context, page } = await showPage(browser, pages.origin, { path: `/request?id=${one.id}`, api: about(one), shown: '#form-declared' });
  t.after(() => context.close());
  await page.check('input[name="exact"][value="yes"]');
  await page.click('#form-declared [type="submit"]');
  await page.waitForSelector('body[data-state="consent"] #heading');
  assert.equal(await focused(page), 'heading');
  assert.equal(await page.textContent('#status'), '', 'nothing is said twice');
});

test('an error beside the field that has the focus is read once more', { timeout: 60_000 }, async (t) => {
  const { context, page } = await showPage(browser, pages.origin, requestStates('fr').correct);
  t.after(() => context.close());
  await page.fill('#surname', 'Spec1men');
  await page.evaluate(() => { Object.assign(window, { read: 0 }); document.getElementById('surname')?.addEventListener('focus', () => { /** @type {any} */ (window).read++; }); });
  await page.press('#surname', 'Enter');
  await page.waitForSelector('#surname-error:visible');
  assert.equal(await focused(page), 'surname');
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).read), 1, 'the focus comes anew, with the error that describes it');
});

test('who signs is told until when the phone can confirm, and by the tab what came of it', { timeout: 60_000 }, async (t) => {
  const { context, page, api } = await showPage(browser, pages.origin, otherStates('fr')['sign-phone'], { locale: 'fr-FR' });
  t.after(() => context.close());
  assert.match(await page.innerText('#until'), /^À confirmer avant \d\d:\d\d\.$/);
  assert.equal(await page.title(), 'Confirmez sur votre téléphone – Visavis');
  /** @type {(value?: unknown) => void} */
  let go = () => {};
  const wait = new Promise((resolve) => { go = resolve; });
  Object.assign(api, otherStates('fr')['sign-done'].api, { 'POST /api/signings/s1/document': { json: {}, wait } });
  await hears(page, 'status', /^Signature en cours…$/);
  go();
  await page.waitForFunction(() => document.title === '✓ Votre PDF est signé – Visavis');
  assert.equal(await focused(page), 'done-heading');
  assert.equal(await page.textContent('#status'), '');
});

test('certificates that cannot be had are not shown as none, and can be asked for again', { timeout: 60_000 }, async (t) => {
  const { context, page, api } = await showPage(browser, pages.origin, otherStates('fr')['signature-failed'], { locale: 'fr-FR' });
  t.after(() => context.close());
  assert.equal(await page.isVisible('#certificates'), false);
  Object.assign(api, { 'GET /api/me': { json: me() }, 'GET /api/enrolments': { json: { enrolments: [], certificates: [certificate('fr', {})] } } });
  await page.getByRole('button', { name: 'Réessayer' }).click();
  await page.waitForSelector('.certificate');
});
