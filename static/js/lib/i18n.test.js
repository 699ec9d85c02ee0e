// @ts-check
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { addWords, has, language, ofBrowser, onLanguage, setLanguage, t, translate } from './i18n.js';

addWords(
  { 'test.hello': 'Bonjour {name}', 'test.tries': { one: 'un essai', other: '{n} essais' }, 'test.fr': 'seul' },
  { 'test.hello': 'Hello {name}', 'test.tries': { one: 'one try', other: '{n} tries' } },
);

afterEach(() => setLanguage('fr'));

test('the browser’s first language that we have is taken', () => {
  assert.equal(ofBrowser(['de-CH', 'en-GB', 'fr']), 'en');
  assert.equal(ofBrowser(['FR-ca']), 'fr');
  assert.equal(ofBrowser(['de', 'it']), undefined);
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
