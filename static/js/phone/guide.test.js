// @ts-check
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { clock, steady, Voice } from './guide.js';

/** @typedef {{text: string, lang: string, voice: any}} Said */

/** A synthesiser with these voices, and what it was told. @param {string[]} voices */
function synthesiser(voices) {
  /** @type {Said[]} */
  const said = [];
  Object.assign(globalThis, {
    speechSynthesis: { getVoices: () => voices.map((lang) => ({ lang })), cancel() {}, speak: (/** @type {Said} */ one) => { said.push(one); } },
    SpeechSynthesisUtterance: class { constructor(/** @type {string} */ text) { Object.assign(this, { text }); } },
  });
  return said;
}

afterEach(() => {
  delete (/** @type {any} */ (globalThis)).speechSynthesis;
  delete (/** @type {any} */ (globalThis)).SpeechSynthesisUtterance;
});

/** @param {string} language @param {string} text */
function speak(language, text) {
  const region = /** @type {HTMLElement} */ ({ textContent: '' });
  const voice = new Voice(region, () => language, clock);
  voice.turn(true);
  voice.speak(text);
  return region.textContent;
}

test('the synthesiser is told the language of what it reads', () => {
  const said = synthesiser(['en-US', 'de-DE', 'ar_SA']);
  assert.equal(speak('de', 'Bitte lächeln'), '');
  assert.equal(speak('ar', 'اقترب \u20682\u2069'), '');
  assert.deepEqual(said.map(({ text, lang, voice }) => [text, lang, voice.lang]), [
    ['Bitte lächeln', 'de-DE', 'de-DE'], ['اقترب 2', 'ar_SA', 'ar_SA'],
  ]);
});

test('without a voice of the language the screen reader says it', () => {
  const said = synthesiser(['en-US']);
  assert.equal(speak('pl', 'Bliżej'), 'Bliżej');
  assert.deepEqual(said, []);
});

test('the steady clock stays when the time of day is set', (t) => {
  const before = steady.now();
  t.mock.timers.enable({ apis: ['Date'], now: 0 });
  assert.equal(clock.now(), 0);
  assert.ok(steady.now() >= before);
  t.mock.timers.setTime(1e13);
  assert.ok(steady.now() < before + 1e9);
});
