// @ts-check
/**
 * The words of the pages, in French and in English.
 *
 * A page registers its catalogues with `addWords(fr, en)`, then asks for words
 * with `t('desktop.title')`. A catalogue is a flat object from key to text;
 * `{name}` in a text is replaced by the parameter of that name. A text may be
 * an object `{one, other}`, chosen by the parameter `n`.
 *
 * Nothing happens when this module is imported, so that node can test it.
 */

import commonFr from '../words/fr/common.js';
import commonEn from '../words/en/common.js';

/** @typedef {'fr' | 'en'} Language */
/** @typedef {string | {one: string, other: string}} Text */
/** @typedef {Record<string, Text>} Words */
/** @typedef {Record<string, string | number>} Params */

const memory = 'visavis-language';

/** @type {Record<Language, Words>} */
const words = { fr: { ...commonFr }, en: { ...commonEn } };

/** @type {Language | undefined} */
let current;

/** @type {Set<(language: Language) => void>} */
const listeners = new Set();

/**
 * Registers a page's catalogues. Keys carry the page's name ('phone.start'), so
 * that two catalogues do not meet.
 * @param {Words} fr
 * @param {Words} en
 */
export function addWords(fr, en) {
  Object.assign(words.fr, fr);
  Object.assign(words.en, en);
}

/**
 * The language in use: the one chosen before, else the browser's first that we
 * have, else French.
 * @returns {Language}
 */
export function language() {
  if (!current) current = remembered() ?? ofBrowser(globalThis.navigator?.languages ?? []) ?? 'fr';
  return current;
}

/**
 * Changes the language, tells the listeners, and translates nothing by itself.
 * An unknown language is ignored.
 * @param {string} wanted
 * @param {{remember?: boolean}} [options] remember: false for a language that
 *   the other device chose
 */
export function setLanguage(wanted, { remember = true } = {}) {
  if (!isLanguage(wanted)) return;
  const before = language();
  current = wanted;
  if (remember) store(wanted);
  if (globalThis.document) document.documentElement.lang = wanted;
  if (before !== wanted) for (const tell of listeners) tell(wanted);
}

/**
 * Calls fn after each change of the language.
 * @param {(language: Language) => void} fn
 * @returns {() => void} stops it
 */
export function onLanguage(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

/**
 * The text of a key in the current language.
 * @param {string} key
 * @param {Params} [params]
 * @returns {string}
 */
export function t(key, params = {}) {
  return translate(language(), key, params);
}

/**
 * The text of a key in a given language.
 * @param {Language} lang
 * @param {string} key
 * @param {Params} [params]
 * @returns {string}
 */
export function translate(lang, key, params = {}) {
  let text = words[lang][key];
  if (text === undefined) return missing(`no words for ${key} in ${lang}`, key);
  if (typeof text === 'object') {
    text = text[new Intl.PluralRules(lang).select(Number(params.n)) === 'one' ? 'one' : 'other'];
  }
  return text.replace(/\{(\w+)\}/g, (_, name) =>
    name in params ? String(params[name]) : missing(`no parameter ${name} for ${key}`, ''));
}

/**
 * Whether a key has words; for codes that come from the server and may be newer
 * than this page.
 * @param {string} key
 * @returns {boolean}
 */
export function has(key) {
  return key in words[language()];
}

/**
 * Writes the words into every element of root that asks for them: `data-t` sets
 * its text, `data-t-label` its aria-label, `data-t-alt` its alternative text,
 * `data-t-placeholder` its placeholder.
 * @param {ParentNode} root
 */
export function applyTo(root) {
  for (const element of root.querySelectorAll('[data-t]')) {
    const text = t(/** @type {string} */ (element.getAttribute('data-t')));
    if (element.textContent !== text) element.textContent = text; // a live region speaks only on change
  }
  for (const [from, to] of [['data-t-label', 'aria-label'], ['data-t-alt', 'alt'], ['data-t-placeholder', 'placeholder']]) {
    for (const element of root.querySelectorAll(`[${from}]`)) {
      element.setAttribute(to, t(/** @type {string} */ (element.getAttribute(from))));
    }
  }
}

/**
 * Translates the page, wires its language buttons (`data-language="en"` inside
 * `.language`), and keeps both right when the language changes.
 * @param {Document} page
 * @param {(language: Language) => void} [chosen] called when the person chose
 */
export function translatePage(page, chosen = () => {}) {
  const show = () => {
    page.documentElement.lang = language();
    for (const button of page.querySelectorAll('button[data-language]')) {
      button.setAttribute('aria-pressed', String(button.getAttribute('data-language') === language()));
    }
    applyTo(page);
  };
  for (const button of page.querySelectorAll('button[data-language]')) {
    button.addEventListener('click', () => {
      setLanguage(/** @type {string} */ (button.getAttribute('data-language')));
      chosen(language());
    });
    button.closest('.language')?.removeAttribute('hidden');
  }
  onLanguage(show);
  show();
}

/**
 * The first of the browser's languages that we have.
 * @param {readonly string[]} wanted such as ['de-CH', 'fr-CH']
 * @returns {Language | undefined}
 */
export function ofBrowser(wanted) {
  for (const tag of wanted) {
    const lang = tag.toLowerCase().split('-')[0];
    if (isLanguage(lang)) return lang;
  }
  return undefined;
}

/**
 * @param {unknown} value
 * @returns {value is Language}
 */
function isLanguage(value) {
  return value === 'fr' || value === 'en';
}

/** @returns {Language | undefined} */
function remembered() {
  try {
    const value = globalThis.localStorage?.getItem(memory);
    return isLanguage(value) ? value : undefined;
  } catch {
    return undefined; // storage refused
  }
}

/** @param {Language} lang */
function store(lang) {
  try {
    globalThis.localStorage?.setItem(memory, lang);
  } catch {
    // storage refused: the choice lives as long as the page
  }
}

/**
 * A missing text is an error of ours: it stops a test, but never a person.
 * @param {string} why
 * @param {string} instead
 * @returns {string}
 */
function missing(why, instead) {
  if (!globalThis.document) throw new Error(why);
  console.error(why);
  return instead;
}
