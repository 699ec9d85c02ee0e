// @ts-check
// What is spoken when the request moves on: into the status region, or into the
// alert region where something failed. Pure.

import { SLOW_AFTER, headings, isFailure, screenOf } from './model.js';

/** @typedef {import('./state.js').RequestState} RequestState */

/**
 * The keys of the sentences to speak for the change from before to after;
 * `text` is said as it stands.
 * @param {RequestState} before
 * @param {RequestState} after
 * @param {boolean} [read] the heading has just got the focus, which reads it
 * @returns {{status: string[], alert: string[], text: string}}
 */
export function spoken(before, after, read = false) {
  const screen = screenOf(after);
  const said = { status: /** @type {string[]} */ ([]), alert: /** @type {string[]} */ ([]), text: '' };
  if (after.problem && after.problem !== before.problem) return { ...said, text: after.problem.text };
  if (screen !== screenOf(before)) {
    const keys = [...(after.moved ? ['shell.error.409'] : []), ...(read ? [] : [headings(after).heading])]; // nothing is said twice
    return isFailure(screen) ? { ...said, alert: keys } : { ...said, status: keys };
  }
  if (after.reached && !before.reached) return { ...said, status: ['request.address.confirmed'] };
  if (after.sentAgain && !before.sentAgain) return { ...said, status: ['request.address.sent'] };
  if (after.lost !== before.lost) return after.lost ? { ...said, alert: ['shell.lost'] } : { ...said, status: ['shell.back'] };
  if (waits(after) && !waits(before)) return { ...said, status: ['request.busy'] };
  if (screen === 'loading' && late(after) && !late(before)) return { ...said, status: ['shell.slow'] };
  return after.moved && !before.moved ? { ...said, status: ['shell.error.409'] } : said;
}

/** Whether an answer takes long enough to be told. @param {RequestState} state */
function waits({ busy, busySince, now }) {
  return busy !== '' && now - busySince >= SLOW_AFTER;
}

/** The same of the page itself. @param {RequestState} state */
function late({ since, now }) {
  return now - since >= SLOW_AFTER;
}
