// @ts-check
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { addWords, applyTo, fallback, has, language, locale, onLanguage, remembered, setLanguage, setLanguages, setWords, t, translate } from './i18n.js';

setLanguages([{ tag: 'fr' }, { tag: 'en', locale: 'en-GB', fallback: true }, { tag: 'pl' }, { tag: 'ar', dir: 'rtl' }]);
addWords('fr', { 'test.hello': 'Bonjour {name}', 'test.tries': { one: 'un essai', other: '{n} essais' }, 'test.fr': 'seul' });
addWords('en', { 'test.hello': 'Hello {name}', 'test.tries': { one: 'one try', other: '{n} tries' } });
addWords('pl', { 'test.tries': { one: '{n} próba', few: '{n} próby', many: '{n} prób', other: '{n} próby' } });
addWords('ar', { 'test.hello': 'مرحبا {name}', 'test.tries': { zero: 'z', one: 'o', two: 'tw', few: 'f', many: 'm', other: 'oth' } });

afterEach(() => setLanguage('fr'));

test('the choice that was kept is read among other cookies', () => {
  assert.equal(remembered({ cookie: 'a=b; visavis-language=de; c=d' }), 'de');
  assert.equal(remembered({ cookie: 'not-visavis-language=de' }), '');
  assert.equal(remembered({ cookie: '' }), '');
});

test('plural forms of other languages', async () => {
  await setLanguage('pl');
  assert.deepEqual(
    [1, 2, 5, 12, 22, 25].map((n) => t('test.tries', { n })),
    ['1 próba', '2 próby', '5 prób', '12 prób', '22 próby', '25 prób'],
  );
  await setLanguage('ar');
  assert.deepEqual([0, 1, 2, 3, 11, 100].map((n) => t('test.tries', { n })), ['z', 'o', 'tw', 'f', 'm', 'oth']);
});

test('dates and numbers follow the locale of the list, else the language', async () => {
  await setLanguage('en');
  assert.equal(locale(), 'en-GB');
  await setLanguage('pl');
  assert.equal(locale(), 'pl');
  assert.equal(fallback(), 'en');
});

test('parameters and plural forms', () => {
  setLanguage('fr');
  assert.equal(t('test.hello', { name: 'Maéva' }), 'Bonjour Maéva');
  assert.equal(t('test.tries', { n: 1 }), 'un essai');
  assert.equal(t('test.tries', { n: 3 }), '3 essais');
  setLanguage('en');
  assert.equal(t('test.hello', { name: 'Maéva' }), 'Hello Maéva');
  assert.equal(t('test.tries', { n: 0 }), '0 tries');
});

test('words that a script wrote change their language with the page', async () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  const element = /** @type {Element} */ (/** @type {unknown} */ ({
    textContent: '',
    getAttribute: (/** @type {string} */ name) => kept.get(name) ?? null,
    setAttribute: (/** @type {string} */ name, /** @type {string} */ value) => kept.set(name, value),
    removeAttribute: (/** @type {string} */ name) => kept.delete(name),
  }));
  const page = /** @type {ParentNode} */ (/** @type {unknown} */ ({
    querySelectorAll: (/** @type {string} */ selector) => (selector === '[data-t]' && kept.has('data-t') ? [element] : []),
  }));
  setWords(element, 'test.hello', { name: 'Maéva' });
  assert.equal(element.textContent, 'Bonjour Maéva');
  await setLanguage('en');
  applyTo(page);
  assert.equal(element.textContent, 'Hello Maéva');
  setWords(element, 'test.hello', { name: 'Ada' });
  assert.equal(element.textContent, 'Hello Ada');
  setWords(element, '');
  assert.deepEqual([element.textContent, kept.size], ['', 0]);
  applyTo(page);
  assert.equal(element.textContent, '');
});

test('a value keeps its own direction of writing in a sentence', () => {
  setLanguage('ar');
  assert.equal(t('test.hello', { name: '+33 6 39 98 00 12' }), 'مرحبا \u2068+33 6 39 98 00 12\u2069');
  setLanguage('en');
  assert.equal(t('test.hello', { name: 'ليلى' }), 'Hello \u2068ليلى\u2069');
  assert.equal(t('test.hello', { name: 'Ada' }), 'Hello Ada', 'no mark where both are written alike');
  assert.equal(t('test.hello', { name: '' }), 'Hello ');
});

test('a missing key or parameter throws', () => {
  assert.throws(() => translate('en', 'test.fr'), /no words for test\.fr in en/);
  assert.throws(() => translate('fr', 'test.hello'), /no parameter name/);
  assert.equal(has('test.none'), false);
});

test('a change is told once, an unknown language not at all', () => {
  setLanguage('fr');
  /** @type {string[]} */
  const told = [];
  const stop = onLanguage((lang) => told.push(lang));
  setLanguage('en');
  setLanguage('en');
  setLanguage('de');
  stop();
  setLanguage('fr');
  assert.deepEqual(told, ['en']);
  assert.equal(language(), 'fr');
});
