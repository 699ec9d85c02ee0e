// @ts-check
/** What the console shows of what it knows. Pure. */

import { has, locale, t } from '../lib/i18n.js';

/** A part of a whole, 0 to 1. @param {number} n @param {number} of */
export function shareOf(n, of) {
  return of > 0 ? Math.min(n / of, 1) : 0;
}

/** Such as « 84 % ». @param {number} share */
export function percent(share) {
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** A duration in its two greatest units: « 2 h 5 min ». @param {number} seconds */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const units = /** @type {const} */ ([['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]]);
  const first = Math.max(0, units.findIndex(([, size]) => whole >= size));
  const from = whole === 0 ? 3 : first;
  let left = whole;
  const parts = [];
  for (const [unit, size] of units.slice(from, from + 2)) {
    const n = Math.floor(left / size);
    left -= n * size;
    if (n > 0 || whole === 0) parts.push(new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'short' }).format(n));
  }
  return parts.join(' ');
}

/**
 * Whether the personal data of a verification can be looked at, and if not why: the key of the words that say it.
 * @param {boolean} readable by this account now
 * @param {boolean} role whether the account has the role for it
 * @param {boolean} deleted
 */
export function dataKey(readable, role, deleted) {
  if (readable) return 'console.data.lead';
  if (!role) return 'console.data.none';
  return deleted ? 'console.data.gone' : 'console.data.unconfirmed';
}

/** One text a line, without empty ones. @param {string} text @returns {string[]} */
export function linesOf(text) {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Words of a code where there are some, else the code. @param {string} kind @param {string} code */
export function words(kind, code) {
  const key = ['console', kind, code].join('.');
  return code && has(key) ? t(key) : code;
}

/** How the server's sentences begin, which it stores in English, and their words here. @type {[start: string, key: string][]} */
export const sentences = [
  ['answered ', 'answered'],
  ['a redirect is not followed', 'redirect'],
  ['the endpoint says that it is gone', 'gone'],
  ['the address is private', 'private'],
  ['the address is link-local', 'private'],
  ['no whole answer in time', 'late'],
  ['the server stopped', 'stopped'],
  ['the name of the address is not known', 'name'],
  ['the certificate of the address', 'certificate'],
  ['no connection', 'connection'],
  ['the answer did not come to its end', 'cut'],
  ['the address cannot be called', 'address'],
  ['the endpoint is disabled', 'disabled'],
  ['there is no signature', 'no-signature'],
  ['the signature is right, but', 'old'],
  ['the signature is right', 'right'],
  ['it was made with the keys before', 'old-keys'],
  ['the id, the timestamp or the body', 'other-bytes'],
];

/** A stored sentence in the reader's language; one that is not known stays. @param {string} text */
export function sentence(text) {
  const known = sentences.find(([start]) => text.startsWith(start));
  if (!known) return text;
  return t(`console.said.${known[1]}`, { status: /^answered (\d+)/.exec(text)?.[1] ?? '' });
}

/**
 * What is wrong with a form, by the field that the server names.
 * @param {{code: string, field: string, problem: string, text: string}} error
 */
export function wrongWords({ code, field, problem, text }) {
  if (code === 'unreachable') return t('console.unreachable', { why: sentence(problem) });
  return field && has(`console.wrong.${field}`) ? t(`console.wrong.${field}`) : text;
}
