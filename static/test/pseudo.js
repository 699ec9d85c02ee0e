// @ts-check
// Two languages that nobody speaks: one long, one written from right to left. What
// is clipped or mirrored wrongly in them will be in a real one.

/** @typedef {{tag: string, name: string, dir: string, locale: string, fallback?: boolean}} Entry */

/** @type {Entry[]} */
export const pseudoLanguages = [
  { tag: 'en-XA', name: '[Ļöñğ]', dir: 'ltr', locale: 'en-GB' },
  { tag: 'ar-XB', name: '[Bidi]', dir: 'rtl', locale: 'ar-u-nu-latn' },
];

const accents = { a: 'á', c: 'ç', e: 'é', g: 'ğ', i: 'î', l: 'ļ', n: 'ñ', o: 'ö', s: 'š', u: 'ü', y: 'ý', A: 'Å', C: 'Ç', E: 'É', O: 'Ö', U: 'Ü' };

/** Does something to a text but not to its parameters. @param {string} text @param {(part: string) => string} change */
const outside = (text, change) => text.split(/(\{\w+\})/).map((part) => (part.startsWith('{') ? part : change(part))).join('');

/** Half as long again, every letter with an accent, brackets that show a cut. @param {string} text */
function long(text) {
  const words = text.split(' ');
  const more = words.slice(0, Math.max(1, Math.ceil(words.length / 2))).filter((word) => !word.includes('{'));
  return `[${outside([text, ...more].join(' '), (part) => [...part].map((letter) => accents[/** @type {'a'} */ (letter)] ?? letter).join(''))}]`;
}

/** Words of a language read from right to left: the letters are Latin, their direction is not. @param {string} text */
const bidi = (text) => outside(text, (part) => part.replace(/\S+/g, (word) => `\u202e${word}\u202c`));

/**
 * The words of a pseudo-language.
 * @param {string} tag of pseudoLanguages
 * @param {Record<string, string | Record<string, string>>} words a catalogue
 */
export function pseudo(tag, words) {
  const change = tag === 'ar-XB' ? bidi : long;
  return Object.fromEntries(Object.entries(words).map(([key, text]) => [key, typeof text === 'string' ? change(text)
    : Object.fromEntries(Object.entries(text).map(([form, one]) => [form, change(one)]))]));
}
