// @ts-check
// What is spoken when the request moves on: into the status region, or into the
// alert region where something failed. Pure.

import { headings, isFailure, screenOf } from './model.js';

/** @typedef {import('./state.js').RequestState} RequestState */

/**
 * The keys of the sentences to speak for the change from before to after;
 * `text` is said as it stands.
 * @param {RequestState} before
 * @param {RequestState} after
 * @returns {{status: string[], alert: string[], text: string}}
 */
export function spoken(before, after) {
  const screen = screenOf(after);
  const said = { status: /** @type {string[]} */ ([]), alert: /** @type {string[]} */ ([]), text: '' };
  if (after.problem && after.problem !== before.problem) return { ...said, text: after.problem.text };
  if (screen !== screenOf(before)) {
    const keys = [...(after.moved ? ['shell.error.409'] : []), headings(after).heading];
    return isFailure(screen) ? { ...said, alert: keys } : { ...said, status: keys };
  }
  if (after.reached && !before.reached) return { ...said, status: ['request.address.confirmed'] };
  if (after.sentAgain && !before.sentAgain) return { ...said, status: ['request.address.sent'] };
  if (after.lost !== before.lost) return after.lost ? { ...said, alert: ['shell.lost'] } : { ...said, status: ['shell.back'] };
  return after.moved && !before.moved ? { ...said, status: ['shell.error.409'] } : said;
}
