// @ts-check
// What is spoken when something changes: one sentence for the status region, or
// for the alert region where something failed. Hints are not spoken here, the
// phone speaks them. Pure.

import { againOf, alarming, awayOf, headings, isLost, screenOf, single, stepList, wantsHelp } from './model.js';

/** @typedef {import('./state.js').PageState} PageState */
/** @typedef {{key: string, params?: Record<string, string | number>, name?: string, stateKey?: string}} Sentence */

const failures = new Set(['failed', 'limited', 'blocked', 'ended']);

/**
 * The sentences to speak for the change from before to after.
 * @param {PageState} before
 * @param {PageState} after
 * @returns {{status: Sentence[], alert: Sentence[]}}
 */
export function spoken(before, after) {
  const screen = screenOf(after);
  if (screen !== screenOf(before)) return newScreen(screen, after);
  if (isLost(after) !== isLost(before)) return said(isLost(after), isLost(after) ? 'desktop.lost' : 'desktop.back');
  const notice = after.wire.notice;
  if (notice !== before.wire.notice && alarming.has(notice)) return said(true, `desktop.notice.${notice}`);
  if (screen === 'pairing' && wantsHelp(after) !== wantsHelp(before)) return said(false, 'desktop.help');
  return { status: [...presence(before, after), ...steps(before, after)], alert: [] };
}

/** @param {boolean} failed @param {string} key */
function said(failed, key) {
  return failed ? { status: [], alert: [{ key }] } : { status: [{ key }], alert: [] };
}

/** @param {string} screen @param {PageState} state @returns {{status: Sentence[], alert: Sentence[]}} */
function newScreen(screen, state) {
  const { heading, lead } = headings(state);
  const own = state.wire.progress?.reason === 'cancelled-desktop'; // no failure: the person asked for it
  if (failures.has(screen) && !own) {
    const words = single(state);
    return { status: [], alert: [{ key: heading }, ...(words ? [{ key: words.text, params: { n: words.n } }] : [])] };
  }
  const code = screen === 'comparing' ? state.wire.progress?.code : undefined;
  const again = againOf(state);
  if (again) return { status: [{ key: again }, { key: heading }], alert: [] };
  const sentences = [code ? { key: 'desktop.say.code', params: { code } } : { key: heading }];
  if (lead) sentences.push({ key: lead });
  return { status: sentences, alert: [] };
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
