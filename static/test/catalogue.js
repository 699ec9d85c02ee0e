// @ts-check
// What the tests of the words share.
import assert from 'node:assert/strict';

/** The forms of a text: one, or those of its numbers. @param {any} text @returns {string[]} */
export const forms = (text) => (typeof text === 'string' ? [text] : Object.values(text));

/** The names of a text's parameters. @param {any} text */
export function parameters(text) {
  return [...new Set(forms(text).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map((match) => match[1])))].sort();
}

/**
 * Narrow no-break space before ; : ! ? and inside « », typographic apostrophe,
 * one ellipsis character.
 * @param {string} text
 * @param {string} where
 */
export function checkFrench(text, where) {
  const plain = text.replace(/https?:\S+/g, '');
  assert.doesNotMatch(plain, /[^\u202f][;:!?]/u, `${where}: ${text}`);
  assert.doesNotMatch(plain, /«(?!\u202f)|(?<!\u202f)»/u, `${where}: ${text}`);
  assert.doesNotMatch(plain, /'/, `${where}: straight apostrophe`);
  assert.doesNotMatch(plain, /\.\.\./, `${where}: three dots`);
  assert.doesNotMatch(plain, / {2}/, `${where}: two spaces`);
}
