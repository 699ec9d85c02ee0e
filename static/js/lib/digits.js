// @ts-check
// Digits as people type them: keyboards of several languages have digits of their own.

/**
 * The value of a decimal digit of any script. Each script's ten digits are one row, from 0 to 9; rows that touch
 * go on counting by ten.
 * @param {string} digit
 */
function digitOf(digit) {
  const at = /** @type {number} */ (digit.codePointAt(0));
  let zero = at;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (at - zero) % 10;
}

/**
 * What was typed with its digits as ASCII, and without the invisible marks that copying adds, all but the one that
 * reverses what follows (U+202E): what is read is not what stands there. Anything else stays as it is. words.Plain
 * of words/digits.go reads the same.
 * @param {string} text
 */
export function plainDigits(text) {
  return text.replace(/(?!\u202e)[\p{Cf}\p{DI}]/gu, '').replace(/\p{Nd}/gu, (digit) => String(digitOf(digit)));
}

/**
 * The same without spaces and hyphens. words/digits.go reads the same.
 * @param {string} text
 */
export function digitsOf(text) {
  return plainDigits(text).replace(/[\s\p{Pd}]+/gu, '');
}
