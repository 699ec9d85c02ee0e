// Every screen of an applicant in the languages of the chooser, and in two that
// nobody speaks, one long and one from right to left: nothing is cut off, nothing
// leaves the screen, at 320, 390 and 1440 px. The language is changed in the page, as
// a person does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogue, languages } from '../static/test/words.js';
import { pseudoLanguages } from '../static/test/pseudo.js';
import { phone } from './lib/browser.js';
import { clipped } from './lib/clipped.js';
import { consoleStates } from './lib/console-gallery.js';
import { everyState, givenMaterial } from './lib/gallery.js';
import { opened } from './lib/opened.js';
import { everyPage } from './lib/pages-gallery.js';
import { servePages } from './lib/pages-server.js';
import { everyOf } from './lib/staff-gallery.js';

const { browser, server: pages } = await opened(servePages(), { args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] });

// `make test` looks at the language of most people, at the one from right to left and at
// the two that nobody speaks; `make e2e-languages` at all of them.
const everyLanguage = process.env.VISAVIS_LANGUAGES === 'all';
const all = [...languages.filter(({ tag }) => everyLanguage || ['fr', 'ar'].includes(tag)), ...pseudoLanguages];
const desktopSizes = [{ width: 1440, height: 900 }, { width: 390, height: 844 }, { width: 320, height: 640 }];
const phoneSizes = [{ width: 390, height: 844 }, { width: 320, height: 640 }];

/** Chooses a language in the page, and waits until its words stand there. @param {import('playwright-core').Page} page @param {{tag: string, dir: string}} language */
async function choose(page, { tag, dir }) {
  await page.evaluate((wanted) => {
    const select = /** @type {HTMLSelectElement} */ (document.querySelector('.language select'));
    select.value = wanted;
    select.dispatchEvent(new Event('change'));
  }, tag);
  await page.waitForFunction(([lang, way]) => document.documentElement.lang === lang && document.documentElement.dir === way, [tag, dir]);
}

/**
 * What is cut off of a page now, at each size.
 * @param {import('playwright-core').Page} page
 * @param {string} what the state and its language
 * @param {{width: number, height: number}[]} sizes
 */
async function clippedAt(page, what, sizes) {
  /** @type {string[]} */
  const wrong = [];
  for (const size of sizes) {
    await page.setViewportSize(size);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    wrong.push(...(await clipped(page)).map((cut) => `${what} ${size.width}: ${cut}`));
  }
  return wrong;
}

/**
 * What is wrong with a state in each language at each size.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 * @param {{width: number, height: number}[]} sizes
 */
async function wrongIn(page, name, sizes) {
  /** @type {string[]} */
  const wrong = [];
  for (const language of all) {
    await choose(page, language);
    wrong.push(...await clippedAt(page, `${name} ${language.tag}`, sizes));
  }
  return wrong;
}

test('the journey’s pages in the languages', { timeout: 1_500_000 }, async () => {
  /** @type {string[]} */
  const wrong = [];
  let seen = 0;
  await everyPage(browser, pages.origin, { locale: 'fr-FR', deviceScaleFactor: 1 }, async (page, name) => {
    wrong.push(...await wrongIn(page, name, desktopSizes));
    seen++;
  });
  assert.deepEqual(wrong, []);
  assert.ok(seen > 70, `${seen} states`);
});

/** Words of a page's tables that a line breaks within; those of an address or identifier may be. @param {import('playwright-core').Page} page */
function brokenWords(page) {
  return page.evaluate(() => [...document.querySelectorAll('.table :is(th, td) > span:not(.badge)')].flatMap((cell) => {
    const node = /** @type {Text} */ (cell.firstChild);
    return [...node?.data?.matchAll(/\S+/g) ?? []].filter(({ 0: word, index }) => {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
      return word.length < 16 && !word.includes('-') && lines > 1;
    }).map(([word]) => word);
  }));
}

test('the console’s pages in French and in the languages that nobody speaks', { timeout: 300_000 }, async () => {
  /** @type {string[]} */
  const wrong = [];
  const states = consoleStates();
  let seen = 0;
  await everyOf(states, browser, pages.origin, { locale: 'fr-FR', deviceScaleFactor: 1 }, async (page, name) => {
    wrong.push(...await clippedAt(page, `${name} fr`, desktopSizes));
    for (const size of [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, { width: 800, height: 900 }]) {
      wrong.push(...await clippedAt(page, `${name} fr`, [size]));
      wrong.push(...(await brokenWords(page)).map((word) => `${name} ${size.width}: a line breaks within ${word}`));
    }
    for (const language of pseudoLanguages) {
      // The page is drawn anew: what was opened is opened again.
      await page.evaluate(() => { for (const one of document.querySelectorAll('#view > *')) one.setAttribute('data-before', ''); });
      await choose(page, language);
      await page.waitForFunction(() => document.querySelector('#view > :not([data-before])'));
      await states[name].then?.(page);
      await page.waitForSelector(`${states[name].shown} >> visible=true`);
      wrong.push(...await clippedAt(page, `${name} ${language.tag}`, desktopSizes));
    }
    seen++;
  });
  assert.deepEqual(wrong, []);
  assert.equal(seen, Object.keys(states).length);
});

test('what a script wrote changes its language where it stands: errors, hints, the question of a dialog', { timeout: 120_000 }, async () => {
  const english = languages.find(({ tag }) => tag === 'en');
  assert.ok(english);
  const words = (/** @type {string} */ of, /** @type {string} */ key, /** @type {Record<string, string>} */ values = {}) =>
    String(catalogue('en', of)?.[key]).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const wanted = /** @type {Record<string, [selector: string, text: string]>} */ ({
    'phone-typed-wrong': ['#typed-error', words('phone', 'phone.typed.foreign', { letter: 'A' })],
    'phone-limited': ['#error-text', words('phone', 'phone.error.rate-limited')],
    'phone-hint': ['#hint', words('hints', 'hint.glare')],
    'phone-again': ['#sheet-title', words('phone', 'phone.refused.title')],
    'phone-stop': ['#sheet-actions button', words('phone', 'phone.action.go-on')],
    'phone-tilt': ['#hint', words('hints', 'task.tilt.left')],
    'privacy-delete': ['#delete-title', words('privacy', 'privacy.delete.title', { reference: '7QX4MN' })],
  });
  const seen = /** @type {Record<string, [selector: string, text: string | null]>} */ ({});
  const visit = async (/** @type {import('playwright-core').Page} */ page, /** @type {string} */ name) => {
    const [selector] = wanted[name];
    await choose(page, english);
    seen[name] = [selector, await page.textContent(selector)];
  };
  const only = new RegExp(`^(${Object.keys(wanted).join('|')})$`);
  await everyPage(browser, pages.origin, { locale: 'fr-FR' }, visit, only);
  await everyState(browser, pages.origin, { ...phone, locale: 'fr-FR' }, visit, only, await givenMaterial(pages.origin));
  assert.deepEqual(seen, wanted);
});

test('« Commencer » is in view on a screen of 1440 to 900, in the languages', { timeout: 300_000 }, async () => {
  const every = [...languages, ...pseudoLanguages]; // one state: all of them cost little
  /** @type {string[]} */
  const wrong = [];
  await everyPage(browser, pages.origin, { locale: 'fr-FR', viewport: { width: 1440, height: 900 } }, async (page) => {
    for (const language of every) {
      await choose(page, language);
      await page.evaluate(() => scrollTo(0, 0));
      const box = await page.locator('#form-consent [type="submit"]').boundingBox();
      if (!box || box.y + box.height > 900) wrong.push(`${language.tag}: ${JSON.stringify(box)}`);
    }
  }, /^request-consent$/);
  assert.deepEqual(wrong, []);
  assert.ok(every.length > 10, `${every.length} languages`);
});

test('from right to left, numbers, addresses and references keep their own direction', { timeout: 900_000 }, async () => {
  /** @type {string[]} */
  const wrong = [];
  let seen = 0;
  const rtl = languages.filter(({ dir }) => dir === 'rtl');
  assert.ok(rtl.length > 0);
  await everyPage(browser, pages.origin, { locale: 'fr-FR', deviceScaleFactor: 1 }, async (page, name) => {
    for (const language of rtl) {
      await choose(page, language);
      const look = () => {
        /** @type {string[]} */
        const bare = [];
        let kept = 0;
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
          const text = node.textContent ?? '';
          if (!/\+33|7QX4MN|B3K9TW|H6PD2Z|@|Specimen/.test(text) || !node.parentElement?.checkVisibility()) continue;
          if (node.parentElement.closest('bdi, [dir]:not(html)') || /\u2068/.test(text)) kept++;
          else bare.push(text.trim().slice(0, 60));
        }
        return { bare, kept };
      };
      // Some pages ask the server again before they speak the other language.
      let { bare, kept } = await page.evaluate(look);
      for (let tries = 0; bare.length > 0 && tries < 50; tries++) {
        await page.waitForTimeout(100);
        ({ bare, kept } = await page.evaluate(look));
      }
      wrong.push(...bare.map((text) => `${name}: ${text}`));
      seen += kept;
    }
  }, /^(request-(declared|review|confirm|dispute|certificate|in-person|missing|certificate-refused)|signature-(certificates|open)|privacy|login-(demo|in))$/);
  assert.deepEqual(wrong, []);
  assert.ok(seen > 30, `${seen} values`);
});

for (const [role, look, sizes] of /** @type {const} */ ([['desktop', {}, desktopSizes], ['phone', { ...phone, deviceScaleFactor: 1 }, phoneSizes]])) {
  test(`the capture’s pages on the ${role} in the languages`, { timeout: 1_500_000 }, async () => {
    /** @type {string[]} */
    const wrong = [];
    let seen = 0;
    await everyState(browser, pages.origin, { ...look, locale: 'fr-FR' }, async (page, name) => {
      // Where the page says something that is not to be read: a browser that is too old.
      if (!await page.locator('.language select').count()) return;
      wrong.push(...await wrongIn(page, name, [...sizes]));
      seen++;
    }, new RegExp(`^${role}-`), await givenMaterial(pages.origin));
    assert.deepEqual(wrong, []);
    assert.ok(seen > 20, `${seen} states`);
  });

  test(`hints and errors of the capture on the ${role}, in the languages that nobody speaks`, { timeout: 900_000 }, async () => {
    /** @type {string[]} */
    const wrong = [];
    for (const { tag } of pseudoLanguages) {
      await everyState(browser, pages.origin, { ...look, locale: 'fr-FR', language: tag }, async (page, name) => {
        wrong.push(...await clippedAt(page, `${name} ${tag}`, [...sizes]));
      }, new RegExp(`^${role}-`), await givenMaterial(pages.origin));
    }
    assert.deepEqual(wrong, []);
  });
}
