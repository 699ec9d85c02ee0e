// @ts-check
// From what the page knows to what it shows, without the page: keys of words,
// numbers and flags. Pure, and safe to call at every tick.

import { CLOSE, NOTICE } from '../wire/protocol.js';
import { activeStep } from '../wire/session.js';

/** @typedef {import('./state.js').PageState} PageState */

/** Without an answer for this long the page says that it tries another way. */
export const SLOW_AFTER = 5_000;
/** Without an answer for this long it offers to try again. */
const GIVE_UP_AFTER = 9_000;
/** Without a phone for this long the page shows the likely reasons. */
const HELP_AFTER = 60_000;
/** A code that should come by itself is asked for after this long. */
const ASK_AFTER = 2_000;
/** How long a code is shown, for the bar beside it. */
const CODE_LIFE = 120_000;

/**
 * @typedef {'loading' | 'failed' | 'limited' | 'blocked' | 'pairing' | 'codes-over' | 'elsewhere'
 *   | 'scanned' | 'comparing' | 'paired' | 'capturing' | 'done' | 'ended'} Screen
 */

/**
 * Which screen is shown.
 * @param {PageState} state
 * @returns {Screen}
 */
export function screenOf(state) {
  const { progress, pairing, notice } = state.wire;
  if (state.session === 'limited') return 'limited';
  if (progress?.state === 'ended' || progress?.state === 'done') return progress.state;
  if (state.link === 'final' && state.linkCode === CLOSE.ended) return 'ended';
  if (state.link === 'final')
    return state.linkCode === CLOSE.replaced || state.linkCode === CLOSE.unsupportedVersion ? 'blocked' : 'failed';
  if (state.session === 'failed') return 'failed';
  if (!progress) return state.now - state.since >= GIVE_UP_AFTER ? 'failed' : 'loading';
  if (progress.state !== 'waiting') return /** @type {Screen} */ (known(progress.state));
  if (notice === NOTICE.elsewhere) return 'elsewhere';
  if (codesOver(state)) return 'codes-over';
  if (pairing) return 'pairing';
  return state.now - state.codelessSince >= GIVE_UP_AFTER ? 'codes-over' : 'loading';
}

/** @param {string} state a session's state; one that is newer than this page is followed as capturing */
function known(state) {
  return ['scanned', 'comparing', 'paired', 'capturing', 'done'].includes(state) ? state : 'capturing';
}

/** @param {PageState} state */
function codesOver(state) {
  const { progress, pairing } = state.wire;
  if (!pairing) return progress?.reason === 'codes-over';
  return serverTime(state) >= pairing.expiresAt && serverTime(state) >= pairing.renewsEnd;
}

/** The server's time, by what its welcome said. @param {PageState} state */
export function serverTime(state) {
  return state.now + state.wire.clock;
}

/**
 * Whether the code that is shown has run out and may be renewed by itself.
 * @param {PageState} state
 * @returns {boolean}
 */
export function wantsRenewal(state) {
  const { pairing } = state.wire;
  if (screenOf(state) !== 'pairing' || !pairing) return false;
  return serverTime(state) >= pairing.expiresAt && serverTime(state) < pairing.renewsEnd;
}

/**
 * Whether a code should be shown but none came: after a wrong choice, or where
 * the answer got lost.
 * @param {PageState} state
 * @returns {boolean}
 */
export function wantsCode(state) {
  return screenOf(state) === 'loading' && state.wire.progress?.state === 'waiting' && state.now - state.codelessSince >= ASK_AFTER;
}

/**
 * The countdown of the code.
 * @param {PageState} state
 * @returns {{seconds: number, share: number}} what is left, and as a share of the code's life
 */
export function countdown(state) {
  const left = Math.max(0, (state.wire.pairing?.expiresAt ?? 0) - serverTime(state));
  return { seconds: Math.ceil(left / 1000), share: Math.min(1, left / CODE_LIFE) };
}

/**
 * Which of the rail's four steps is the current one, from 0; -1 where the way
 * has ended before its end, 4 where it was gone to the end.
 * @param {Screen} screen
 */
export function railOf(screen) {
  if (['failed', 'limited', 'blocked', 'ended'].includes(screen)) return -1;
  if (screen === 'comparing') return 1;
  if (screen === 'paired' || screen === 'capturing') return 2;
  return screen === 'done' ? 4 : 0;
}

/**
 * The heading's key, its lead's key ('' for none) and the tab's title.
 * @param {PageState} state
 * @returns {{heading: string, lead: string, title: string, mark: '' | 'attention' | 'done'}}
 */
export function headings(state) {
  const screen = screenOf(state);
  const reason = state.wire.progress?.reason ?? '';
  const heading = headingOf(screen, reason, state);
  return { heading, lead: leadOf(screen), ...titleOf(screen, heading, state) };
}

/** @param {Screen} screen @param {string} reason @param {PageState} state */
function headingOf(screen, reason, state) {
  if (screen === 'ended' && endings.has(reason)) return `desktop.heading.ended.${reason}`;
  if (screen === 'blocked' && state.linkCode === CLOSE.unsupportedVersion) return 'desktop.heading.blocked-version';
  return `desktop.heading.${screen}`;
}

/** The notices that ask the person to look: somebody else may be about. */
export const alarming = new Set(/** @type {string[]} */ ([NOTICE.secondPhone, NOTICE.phoneMoved]));

/** The reasons of an end that have words of their own. */
export const endings = new Set([
  'wrong-code-twice',
  'not-me',
  'cancelled-phone',
  'cancelled-desktop',
  'idle',
  'expired',
  'too-many-stills',
  'unsafe-pictures',
  'enrolment-over',
]);

/** @param {Screen} screen */
function leadOf(screen) {
  if (screen === 'done') return 'desktop.done.lead';
  if (screen !== 'pairing') return '';
  return 'desktop.lead.pairing';
}

/**
 * The tab's title asks for attention only where the person has something to do.
 * @param {Screen} screen
 * @param {string} heading
 * @param {PageState} state
 * @returns {{title: string, mark: '' | 'attention' | 'done'}}
 */
function titleOf(screen, heading, state) {
  if (screen === 'done') return { title: heading, mark: 'done' };
  if (screen === 'ended' && state.wire.progress?.reason === 'cancelled-desktop') return { title: heading, mark: '' };
  if (['failed', 'limited', 'blocked', 'ended', 'codes-over'].includes(screen)) return { title: heading, mark: 'attention' };
  if (isLost(state)) return { title: 'desktop.title.lost', mark: 'attention' };
  if (state.wire.progress?.warn) return { title: 'desktop.title.warn', mark: 'attention' };
  if (screen === 'comparing') return { title: 'desktop.title.comparing', mark: 'attention' };
  if (screen === 'paired' || screen === 'capturing') return followTitle(screen, heading, state);
  if (screen === 'pairing' || screen === 'scanned') return { title: `desktop.title.${screen}`, mark: '' };
  return { title: heading, mark: '' };
}

/** @param {Screen} screen @param {string} heading @param {PageState} state @returns {{title: string, mark: '' | 'attention'}} */
function followTitle(screen, heading, state) {
  const away = awayOf(state);
  if (away) return { title: `desktop.title.${away}`, mark: 'attention' };
  return { title: screen === 'capturing' ? 'desktop.title.capturing' : heading, mark: '' };
}

/** A connection that stood and is gone. @param {PageState} state */
export function isLost(state) {
  return state.link === 'lost' && state.wire.progress !== null;
}

/**
 * What a screen of one text and one button says, by keys.
 * @param {PageState} state
 * @returns {{text: string, n: number, advice: string, button: string, action: string, home: boolean, reference: string} | null}
 */
export function single(state) {
  const screen = screenOf(state);
  const reference = state.wire.progress?.reference ?? '';
  const base = { n: 0, advice: '', home: false, reference };
  switch (screen) {
    case 'failed':
      return {
        ...base,
        text: state.failure ? `desktop.failed.${state.failure}` : 'desktop.failed',
        button: 'common.retry',
        action: 'retry',
        home: true,
      };
    case 'limited':
      return { ...base, text: 'desktop.limited', n: state.retryMinutes, button: 'common.retry', action: 'retry', home: true };
    case 'blocked':
      return state.linkCode === CLOSE.unsupportedVersion
        ? { ...base, text: 'desktop.blocked-version', button: 'common.reload', action: 'reload' }
        : { ...base, text: 'desktop.blocked', button: 'desktop.here', action: 'here' };
    case 'codes-over':
      return { ...base, text: 'desktop.codes-over', button: 'desktop.codes-over.do', action: 'new-code', home: true };
    case 'elsewhere':
      return { ...base, text: 'desktop.elsewhere', button: 'desktop.here', action: 'new-code' };
    case 'ended':
      return { ...base, ...ending(state.wire.progress?.reason ?? ''), button: 'desktop.restart', action: 'restart', home: true };
    default:
      return null;
  }
}

const advised = new Set(['wrong-code-twice', 'not-me', 'too-many-stills', 'unsafe-pictures']);

/** @param {string} reason */
function ending(reason) {
  return {
    text: endings.has(reason) ? `desktop.ended.${reason}` : 'desktop.ended',
    advice: advised.has(reason) ? `desktop.ended.${reason}.do` : '',
  };
}

/**
 * What the person should do now, in front of the drawn phone.
 * @param {PageState} state
 * @returns {{key: string, code: string, more: string, tone: '' | 'good' | 'advice' | 'away'}} code: a hint
 *   code, whose words depend on step and document, instead of key
 */
export function guidance(state) {
  const { progress } = state.wire;
  const away = awayOf(state);
  if (away) return { key: `desktop.hint.${away}`, code: '', more: `desktop.hint.${away}.more`, tone: 'away' };
  const step = activeStep(progress);
  if (!progress?.document) return { key: 'desktop.hint.choose', code: '', more: '', tone: '' };
  if (progress.state !== 'capturing' || !step) return { key: 'desktop.hint.start', code: '', more: 'desktop.hint.start.more', tone: '' };
  return { more: '', code: '', ...stepGuidance(step, state) };
}

/**
 * @param {import('../wire/session.js').Step} step
 * @param {PageState} state
 * @returns {{key: string, code?: string, tone: '' | 'good' | 'advice'}}
 */
function stepGuidance(step, state) {
  if (step.phase === 'still') return { key: 'desktop.hint.still', tone: 'good' };
  if (['tilt', 'gesture', 'light'].includes(step.phase ?? '')) return { key: `desktop.hint.${step.phase}`, tone: '' };
  if (step.offerAnyway) return { key: 'desktop.hint.anyway', tone: 'advice' };
  if (!state.hint.any || state.wire.live?.step !== step.step) return { key: 'desktop.hint.look', tone: '' };
  return state.hint.shown ? { key: '', code: state.hint.shown, tone: 'advice' } : { key: 'desktop.hint.good', tone: 'good' };
}

/**
 * The steps with their state.
 * @param {PageState} state
 * @returns {Array<{step: string, name: string, state: string, left: number, notes: string[], current: boolean, done:
 *   boolean, picture: string}>}
 */
export function stepList(state) {
  // The first step is open as soon as the document is chosen, but nothing
  // happens before the person starts the capture.
  const started = state.wire.progress?.state !== 'paired';
  const passport = state.wire.progress?.document === 'passport'; // its first side is called the photo page
  return (state.wire.progress?.steps ?? []).map((step) => {
    const active = started && step.state === 'active';
    const done = step.state === 'accepted';
    return {
      step: step.step,
      name: `common.step.${step.step === 'document-front' && passport ? 'passport' : step.step}`,
      state: `desktop.step.${active || done ? step.state : 'waiting'}`,
      left: active && step.stillsLeft <= 2 ? step.stillsLeft : 0,
      notes: done ? (step.notes ?? []) : [],
      current: active,
      done,
      picture: done ? (state.pictures[step.step] ?? '') : '',
    };
  });
}

/** What is said of a phone that is not there, or that refuses its camera; '' while all is well. @param {PageState} state */
export function awayOf(state) {
  const phone = state.wire.progress?.phone;
  if (phone?.state === 'absent' || phone?.state === 'asleep') return phone.state;
  return phone?.camera === 'denied' ? 'denied' : '';
}

/**
 * The phone's name and how long it has been there.
 * @param {PageState} state
 * @returns {{name: string, minutes: number} | null}
 */
export function phoneOf(state) {
  const phone = state.wire.progress?.phone;
  if (!phone) return null;
  return { name: phone.name, minutes: Math.max(0, Math.floor((serverTime(state) - phone.since) / 60_000)) };
}

/** Whether the end of a session that goes on is near. @param {PageState} state */
export function warns({ wire: { progress } }) {
  return Boolean(progress?.warn) && progress?.state !== 'ended' && progress?.state !== 'done';
}

/** Whether the opening takes long enough to be told. @param {PageState} state */
export function slow(state) {
  return screenOf(state) === 'loading' && state.now - state.since >= SLOW_AFTER;
}

/** Minutes until the session ends, at least one. @param {PageState} state */
export function minutesLeft(state) {
  const end = state.wire.progress?.expiresAt ?? 0;
  return Math.max(1, Math.ceil((end - serverTime(state)) / 60_000));
}

/**
 * Why a code is shown once more: a key, or '' where there is nothing to explain.
 * @param {PageState} state
 */
export function againOf(state) {
  const screen = screenOf(state);
  return state.lead && (screen === 'pairing' || screen === 'loading') ? `desktop.lead.${state.lead}` : '';
}

/** Whether no phone came for long enough to show help. @param {PageState} state */
export function wantsHelp(state) {
  return state.codesSince > 0 && state.now - state.codesSince >= HELP_AFTER;
}
