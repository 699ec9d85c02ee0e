// @ts-check
/**
 * The words of the pages, in one language at a time.
 *
 * A language is a folder of `words` and a line of `words/languages.json`. A page
 * asks for its catalogues with `loadWords('shell', 'request')` and for words with
 * `t('request.title')`. The server chooses the language, and puts the list of
 * languages and the words of the page into its HTML; another language, or words
 * that are not there, are fetched.
 *
 * A catalogue is a flat object from key to text; `{name}` in a text is replaced by
 * the parameter of that name. A text may be an object of the language's plural
 * forms (CLDR: `one`, `few`, `many`, `other` …), chosen by the parameter `n`. A value
 * keeps its own direction of writing, see isolated.
 *
 * Nothing happens when this module is imported, so that node can test it.
 */

/** @typedef {string} Language a BCP 47 tag of the list */
/** @typedef {string | Record<string, string>} Text */
/** @typedef {Record<string, Text>} Words */
/** @typedef {Record<string, string | number>} Params */
/**
 * @typedef {{tag: Language, dir?: string, locale?: string, fallback?: boolean}} Offer a language of the list; locale is
 *   what dates and numbers follow
 */

/** The choice of a person, read by the server at the next page. */
const cookie = 'visavis-language';

/** What every page needs. */
const common = 'common';

/** @type {Map<Language, Words>} */
const words = new Map();

/** Catalogues that are there, as `language/name`. @type {Set<string>} */
const there = new Set();

/** Catalogues that the page asked for. @type {Set<string>} */
const asked = new Set([common]);

/** @type {Map<Language, Offer>} */
const offers = new Map();

/** @type {Language} */
let current = '';

/** The whole journey is on one device. */
let here = false;

/** What was asked for last: an answer that comes later than another choice is not shown. */
let wantedLast = '';

/** @type {Set<(language: Language) => void>} */
const listeners = new Set();

/**
 * Adds words of a language. Keys carry the catalogue's name ('phone.start'), so
 * that two catalogues do not meet.
 * @param {Language} tag
 * @param {Words} added
 */
export function addWords(tag, added) {
  words.set(tag, { ...words.get(tag), ...added });
  if (!current) current = tag;
}

/**
 * Says whether the whole journey is on one device: texts then have their words for that,
 * `KEY.here`, where they differ. What the page's elements ask for is written anew.
 * @param {boolean} on
 */
export function oneDevice(on) {
  if (here === on) return;
  here = on;
  if (globalThis.document) applyTo(document);
}

/** Whether the whole journey is on one device. */
export function isOneDevice() {
  return here;
}

/** Says which languages there are. @param {Offer[]} list */
export function setLanguages(list) {
  offers.clear();
  for (const offer of list) offers.set(offer.tag, offer);
}

/**
 * Makes catalogues available in the page's language: from the page itself, else
 * from the server. Rejects when the server does not answer.
 * @param {...string} names such as 'shell'
 * @returns {Promise<void>}
 */
export async function loadWords(...names) {
  readPage();
  for (const name of names) asked.add(name);
  await fetchMissing(language());
}

/** Reads what the server put into the page: its language, the list of languages, words. */
function readPage() {
  const page = globalThis.document;
  if (!page || current) return;
  current = page.documentElement.lang;
  setLanguages([...page.querySelectorAll('.language option')].map((option) => ({
    tag: option.getAttribute('value') ?? '', dir: option.getAttribute('dir') ?? 'ltr',
    locale: option.getAttribute('data-locale') ?? undefined, fallback: option.hasAttribute('data-fallback'),
  })));
  const given = page.getElementById('page-words');
  if (!given) return;
  addWords(current, JSON.parse(given.textContent ?? '{}'));
  for (const name of (given.dataset.names ?? '').split(' ')) there.add(`${current}/${name}`);
}

/** @param {Language} tag */
async function fetchMissing(tag) {
  const missing = [...asked].filter((name) => !there.has(`${tag}/${name}`));
  await Promise.all(missing.map(async (name) => {
    const response = await fetch(`/js/words/${tag}/${name}.json`);
    if (!response.ok) throw new Error(`words ${tag}/${name}: status ${response.status}`);
    addWords(tag, await response.json());
    there.add(`${tag}/${name}`);
  }));
}

/**
 * Makes the page's catalogues available in all its languages, for `translate`.
 * What cannot be had is left out.
 */
export async function loadAll() {
  await Promise.all([...offers.keys()].map((tag) => fetchMissing(tag).catch(() => {})));
}

/** The language that stands in where another has no words. @returns {Language} */
export function fallback() {
  return [...offers.values()].find((offer) => offer.fallback)?.tag ?? current;
}

/** The language in use. @returns {Language} */
export function language() {
  return current;
}

/** What dates and numbers of the language in use follow; digits are those of codes and dates on documents. @returns {string} */
export function locale() {
  const { tag = current, locale: written = tag } = offers.get(current) ?? {};
  return written || 'und';
}

/**
 * Changes the language once its words are there, and tells the listeners. An
 * unknown language is ignored; without its words the language stays.
 * @param {string} wanted
 * @param {{remember?: boolean}} [options] remember: false for a language that
 *   the other device chose
 * @returns {Promise<boolean>} whether it is the language now
 */
export async function setLanguage(wanted, { remember = true } = {}) {
  if (!offers.has(wanted)) return false;
  wantedLast = wanted;
  if ([...asked].some((name) => !there.has(`${wanted}/${name}`)) && globalThis.document) {
    try {
      await fetchMissing(wanted);
    } catch (error) {
      console.error(error);
      return false;
    }
    if (wantedLast !== wanted) return false;
  }
  const before = current;
  current = wanted;
  if (remember) store(wanted);
  showLanguage();
  if (before !== wanted) for (const tell of listeners) tell(wanted);
  return true;
}

/** Says the language to the browser: hyphens, voices, the direction of writing. */
function showLanguage() {
  if (!globalThis.document) return;
  document.documentElement.lang = current;
  document.documentElement.dir = offers.get(current)?.dir ?? 'ltr';
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
  return translate(current, key, params);
}

/**
 * The text of a key in a given language, whose words are there.
 * @param {Language} tag
 * @param {string} key
 * @param {Params} [params]
 * @returns {string}
 */
export function translate(tag, key, params = {}) {
  const all = words.get(tag);
  let text = (here ? all?.[`${key}.here`] : undefined) ?? all?.[key];
  if (text === undefined) return missing(`no words for ${key} in ${tag}`, key);
  if (typeof text === 'object') text = text[new Intl.PluralRules(tag).select(Number(params.n))] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) =>
    name in params ? isolated(tag, String(params[name])) : missing(`no parameter ${name} for ${key}`, ''));
}

/** A letter of a script that is written from right to left. */
const fromRight = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/**
 * A value as it stands in a sentence of a language: where the two may be written in
 * different directions, between marks that nobody sees (first strong isolate, pop), so
 * that neither turns the other around. A telephone number in an Arabic sentence would
 * end with its plus sign.
 * @param {Language} tag
 * @param {string} value
 */
function isolated(tag, value) {
  return value && (offers.get(tag)?.dir === 'rtl' || fromRight.test(value)) ? `\u2068${value}\u2069` : value;
}

/**
 * Whether a key has words; for codes that come from the server and may be newer
 * than this page.
 * @param {string} key
 * @returns {boolean}
 */
export function has(key) {
  return hasIn(current, key);
}

/** Whether a key has words in a language. @param {Language} tag @param {string} key @returns {boolean} */
export function hasIn(tag, key) {
  return key in (words.get(tag) ?? {});
}

/**
 * Writes the words into every element of root that asks for them: `data-t` sets
 * its text (`data-t-values` the values in it, see setWords), `data-t-label` its
 * aria-label, `data-t-alt` its alternative text, `data-t-placeholder` its placeholder.
 * @param {ParentNode} root
 */
export function applyTo(root) {
  for (const element of root.querySelectorAll('[data-t]')) {
    const values = element.getAttribute('data-t-values');
    const text = t(/** @type {string} */ (element.getAttribute('data-t')), values ? JSON.parse(values) : {});
    if (element.textContent !== text) element.textContent = text; // a live region speaks only on change
  }
  for (const [from, to] of [['data-t-label', 'aria-label'], ['data-t-alt', 'alt'], ['data-t-placeholder', 'placeholder']]) {
    for (const element of root.querySelectorAll(`[${from}]`)) {
      element.setAttribute(to, t(/** @type {string} */ (element.getAttribute(from))));
    }
  }
}

/**
 * Writes the words of a key into an element, which keeps them right when the
 * language changes (applyTo). Without a key the element is empty.
 * @param {Element} element
 * @param {string} key
 * @param {Params} [values]
 */
export function setWords(element, key, values) {
  for (const [name, value] of [['data-t', key], ['data-t-values', key && values ? JSON.stringify(values) : '']]) {
    if (value) element.setAttribute(name, value);
    else element.removeAttribute(name);
  }
  const text = key ? t(key, values) : '';
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Translates the page, wires its chooser of languages, and keeps both right when
 * the language changes.
 * @param {Document} page
 * @param {(language: Language) => void} [chosen] called when the person chose
 */
export function translatePage(page, chosen = () => {}) {
  const choosers = /** @type {NodeListOf<HTMLSelectElement>} */ (page.querySelectorAll('.language select'));
  const show = () => {
    showLanguage();
    for (const select of choosers) select.value = current;
    applyTo(page);
  };
  for (const select of choosers) {
    select.addEventListener('change', async () => {
      if (await setLanguage(select.value)) chosen(current);
      else select.value = current;
    });
    select.closest('.language')?.toggleAttribute('hidden', select.options.length < 2);
  }
  // A page out of the browser's memory may be older than the choice.
  globalThis.addEventListener?.('pageshow', (event) => {
    const kept = /** @type {PageTransitionEvent} */ (event).persisted ? remembered(page) : '';
    if (kept && kept !== current) void setLanguage(kept);
  });
  onLanguage(show);
  show();
}

/** The choice that was kept; empty where there is none. @param {{cookie: string}} page @returns {Language} */
export function remembered(page) {
  return page.cookie.split('; ').find((one) => one.startsWith(`${cookie}=`))?.slice(cookie.length + 1) ?? '';
}

/** Keeps the choice for a year. @param {Language} tag */
function store(tag) {
  if (!globalThis.document) return;
  try {
    document.cookie = `${cookie}=${tag}; Path=/; Max-Age=31536000; SameSite=Lax${globalThis.isSecureContext ? '; Secure' : ''}`;
  } catch {
    // the choice lasts as long as the page where the browser refuses storage
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
