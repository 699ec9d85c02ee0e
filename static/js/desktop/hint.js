// @ts-check
// A hint stays long enough to be read; the newest of those that came meanwhile
// follows. Pure.

import { shownFor } from '../wire/hints.js';

/**
 * @typedef {object} HeldHint
 * @property {string} shown hint code; empty: all is well
 * @property {number} since when it came, milliseconds
 * @property {boolean} any false until the first hint of a step
 */

/** Before the first hint of a step. @type {HeldHint} */
export const noHint = Object.freeze({ shown: '', since: 0, any: false });

/**
 * The hint to show now, given the one that is shown and the newest that came.
 * @param {HeldHint} held
 * @param {string} wanted
 * @param {number} now milliseconds
 * @returns {HeldHint}
 */
export function holdHint(held, wanted, now) {
  if (held.any && held.shown === wanted) return held;
  if (held.any && now - held.since < shownFor(held.shown)) return held;
  return { shown: wanted, since: now, any: true };
}
