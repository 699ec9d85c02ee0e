// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pseudo, pseudoLanguages } from './pseudo.js';
import { catalogue, languages, namesOf } from './words.js';

/** @param {string} tag */
const all = (tag) => namesOf('en').flatMap((name) => Object.entries(pseudo(tag, catalogue('en', name) ?? {})));
const english = Object.assign({}, ...namesOf('en').map((name) => catalogue('en', name)));

test('the long language is at least 40 % longer, has accents, and shows a cut by its brackets', () => {
  for (const [key, text] of all('en-XA')) {
    if (typeof text !== 'string' || !english[key].trim()) continue;
    assert.match(text, /^\[.*\]$/su, key);
  }
  const length = (/** @type {[string, any][]} */ entries) =>
    entries.reduce((sum, [, text]) => sum + (typeof text === 'string' ? text.length : 0), 0);
  assert.ok(length(all('en-XA')) >= 1.4 * length(Object.entries(english)));
  assert.equal(pseudo('en-XA', { 'a.b': 'Open {name}' })['a.b'], '[Öpéñ {name} Öpéñ]');
});

test('the language from right to left turns each word and leaves the values alone', () => {
  assert.equal(pseudo('ar-XB', { 'a.b': 'Hello {name}' })['a.b'], '\u202eHello\u202c {name}');
});

test('nobody can choose them', () => {
  for (const { tag } of pseudoLanguages) assert.ok(!languages.some((one) => one.tag === tag), tag);
});
