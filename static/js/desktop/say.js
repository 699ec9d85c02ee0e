// @ts-check
// What is spoken when something changes: one sentence for the status region, or
// for the alert region where something failed. Hints are not spoken here, the
// phone speaks them. Pure.

import { NOTICE } from '../wire/protocol.js';
import {
  againOf, alarming, awayOf, headings, isLost, minutesLeft, screenOf, single, slow, stepList, wantsHelp, warns,
} from './model.js';

/** @typedef {import('./state.js').PageState} PageState */
/** @typedef {{key: string, params?: Record<string, string | number>, name?: string, stateKey?: string}} Sentence */

const failures = new Set(['failed', 'limited', 'blocked', 'ended']);

/**
 * The sentences to speak for the change from before to after.
 * @param {PageState} before
 * @param {PageState} after
 * @param {boolean} [read] the heading has just got the focus, which reads it
 * @returns {{status: Sentence[], alert: Sentence[]}}
 */
export function spoken(before, after, read = false) {
  const screen = screenOf(after);
  const ending = warns(after) && !warns(before) ? [{ key: 'desktop.warn', params: { n: minutesLeft(after) } }] : [];
  if (screen !== screenOf(before)) {
    const { status, alert } = newScreen(screen, after, read);
    return { status, alert: [...alert, ...ending] };
  }
  if (isLost(after) !== isLost(before)) return said(isLost(after), isLost(after) ? 'desktop.lost' : 'desktop.back');
  const notice = after.wire.notice;
  if (notice !== before.wire.notice && alarming.has(notice)) return said(true, `desktop.notice.${notice}`);
  if (ending.length > 0) return { status: [], alert: ending };
  if (after.problem && !before.problem) return said(true, 'desktop.notice.error');
  if (notice !== before.wire.notice && notice === NOTICE.goingDown) return said(false, `desktop.notice.${notice}`);
  if (slow(after) && !slow(before)) return said(false, 'desktop.slow');
  if (screen === 'pairing' && wantsHelp(after) !== wantsHelp(before)) return said(false, 'desktop.help');
  return { status: [...presence(before, after), ...steps(before, after)], alert: [] };
}

/** @param {boolean} failed @param {string} key */
function said(failed, key) {
  return failed ? { status: [], alert: [{ key }] } : { status: [{ key }], alert: [] };
}

/** @param {string} screen @param {PageState} state @param {boolean} read @returns {{status: Sentence[], alert: Sentence[]}} */
function newScreen(screen, state, read) {
  const { heading: shown, lead } = headings(state);
  const heading = read ? [] : [{ key: shown }]; // nothing is said twice
  const own = state.wire.progress?.reason === 'cancelled-desktop'; // no failure: the person asked for it
  if (failures.has(screen) && !own) {
    const words = single(state);
    return { status: [], alert: [...heading, ...(words ? [{ key: words.text, params: { n: words.n } }] : [])] };
  }
  const code = screen === 'comparing' ? state.wire.progress?.code : undefined;
  const again = againOf(state);
  if (again) return { status: [{ key: again }, ...heading], alert: [] };
  /** @type {Sentence[]} */
  const sentences = code ? [{ key: 'desktop.say.code', params: { code } }] : heading;
  return { status: [...sentences, ...(lead ? [{ key: lead }] : [])], alert: [] };
}

/** @param {PageState} before @param {PageState} after @returns {Sentence[]} */
function presence(before, after) {
  if (!before.wire.progress?.phone || !after.wire.progress?.phone) return [];
  const [old, now] = [awayOf(before), awayOf(after)];
  if (old === now) return [];
  if (now === '') return old === 'denied' ? [] : [{ key: 'desktop.say.present' }];
  return [{ key: `desktop.hint.${now}` }, { key: `desktop.hint.${now}.more` }];
}

/** @param {PageState} before @param {PageState} after @returns {Sentence[]} */
function steps(before, after) {
  const old = new Map(stepList(before).map((step) => [step.step, step.state]));
  return stepList(after)
    .filter((step) => old.has(step.step) && old.get(step.step) !== step.state)
    .map((step) => ({ key: 'desktop.say.step', name: step.name, stateKey: step.state }));
}
