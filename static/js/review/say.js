// @ts-check
// What the console speaks when something changes: keys of words for the status
// region, or for the alert region where something failed. Pure.

import { roundOf, screenOf, timeLeft, urgency } from './model.js';

/** @typedef {import('./state.js').ReviewState} ReviewState */
/** @typedef {{key: string, params?: Record<string, string | number>}} Sentence */

/**
 * The words for a problem of an action.
 * @param {import('./state.js').Problem} problem
 * @returns {Sentence}
 */
export function problemWords({ status, code, reference }) {
  if (status === 0) return { key: 'review.problem.0' };
  if (status === 429) return { key: 'review.problem.limited' };
  if (status >= 500) return { key: 'review.problem.server', params: { reference: reference || '–' } };
  if (explained.has(code)) return { key: `review.problem.${code}` };
  return { key: status === 409 ? 'review.problem.out-of-order' : 'review.problem.other' };
}

const explained = new Set(['own-file', 'drawn-by-another', 'not-drawn', 'already-decided', 'nothing-to-review', 'out-of-order']);

/** The words for what became of the last file. @param {NonNullable<ReviewState['outcome']>} outcome @returns {Sentence} */
export function outcomeWords({ verdict, reference, outcome }) {
  if (outcome === 'blind') return { key: 'review.outcome.blind', params: { reference } };
  // Accepted, and still in review: another one has to accept as well.
  if (verdict === 'accept' && (outcome === 'review' || outcome === 'contested'))
    return { key: 'review.outcome.accept.second', params: { reference } };
  return { key: `review.outcome.${verdict}`, params: { reference } };
}

/**
 * The sentences for the change from before to after.
 * @param {ReviewState} before
 * @param {ReviewState} after
 * @returns {{status: Sentence | null, alert: Sentence | null}}
 */
export function spoken(before, after) {
  const out = { status: /** @type {Sentence | null} */ (null), alert: /** @type {Sentence | null} */ (null) };
  if (after.problem && after.problem !== before.problem) out.alert = problemWords(after.problem);
  else if (screenOf(after) === 'lapsed' && screenOf(before) !== 'lapsed') out.alert = { key: 'review.lapsed' };
  else if (urgency(after) && urgency(after) !== urgency(before) && after.file?.id === before.file?.id) {
    out.alert = { key: `review.clock.${urgency(after)}` };
  }
  if (after.file && after.file.id === before.file?.id && Date.parse(after.file.drawnUntil) > Date.parse(before.file.drawnUntil)) {
    out.status = { key: 'review.extended', params: { m: Math.round(timeLeft(after) / 60_000) } };
  }
  if (after.outcome && after.outcome !== before.outcome) out.status = outcomeWords(after.outcome);
  else if (after.file && after.file.id !== before.file?.id) {
    out.status = { key: `review.round.${roundOf(after.file)}` };
  }
  return out;
}
