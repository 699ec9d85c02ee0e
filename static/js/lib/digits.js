// @ts-check
// Digits as people type them: keyboards of several languages have digits of their own.

/**
 * The value of a decimal digit of any script. Each script's ten digits are one row, from 0 to 9; rows that touch
 * go on counting by ten.
 * @param {string} digit
 */
export function digitOf(digit) {
  const at = /** @type {number} */ (digit.codePointAt(0));
  let zero = at;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (at - zero) % 10;
}

/**
 * The digits of what was typed as ASCII, without spaces, hyphens and invisible marks, which copying adds; anything
 * else stays as it is. words/digits.go reads the same.
 * @param {string} text
 */
export function digitsOf(text) {
  return text.replace(/[\s\p{Pd}\p{Cf}]+/gu, '').replace(/\p{Nd}/gu, (digit) => String(digitOf(digit)));
}
