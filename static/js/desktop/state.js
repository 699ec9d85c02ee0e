// @ts-check
// What the desktop page knows, as one value: (state, event) → state. Pure: the
// time comes with the event. wire/session.js keeps what the server said; this state
// has what only this page knows: how far the session's opening got, whether the connection
// stands, hints that stay long enough to be read, pictures of finished steps.

import { activeStep, initialDesktop, reduceDesktop } from '../wire/session.js';
import { holdHint, noHint } from './hint.js';

/** @typedef {import('../wire/session.js').DesktopState} Wire */
/** @typedef {import('./hint.js').HeldHint} HeldHint */

/**
 * @typedef {object} PageState
 * @property {'opening' | 'open' | 'failed' | 'limited'} session the POST that opens a session
 * @property {string} failure why it failed: '', 'refused', 'unavailable'
 * @property {number} retryMinutes how long to wait after 'limited'
 * @property {import('../wire/connection.js').ConnectionState} link
 * @property {number} linkCode close code of a final link
 * @property {number} since when the opening began, for the deadlines
 * @property {number} now the time of the newest event, milliseconds since 1970 on this machine
 * @property {number} codesSince when the first code without a phone was shown; 0: none is
 * @property {number} codelessSince since when a code is due and has not come
 * @property {Wire} wire
 * @property {HeldHint} hint
 * @property {Record<string, string>} pictures base64 thumbnails of accepted steps
 * @property {string} lead why a code is shown again: '', 'wrong-code', 'not-my-phone', 'code-shared'
 * @property {boolean} problem the last action was refused
 */

/**
 * @typedef {{type: 'opening', now: number}
 *   | {type: 'opened', now: number, reference: string}
 *   | {type: 'failed', now: number, status: number, retryAfter?: number}
 *   | {type: 'link', now: number, state: import('../wire/connection.js').ConnectionState, code?: number}
 *   | {type: 'message', now: number, message: import('../wire/session.js').Message}
 *   | {type: 'dismiss', now: number}
 *   | {type: 'tick', now: number}} PageEvent
 */

/** @param {number} now @returns {PageState} */
export function initialPage(now) {
  return {
    session: 'opening', failure: '', retryMinutes: 0, link: 'idle', linkCode: 0, since: now, now,
    codesSince: 0, codelessSince: now, wire: initialDesktop(), hint: noHint, pictures: {}, lead: '', problem: false,
  };
}

/**
 * @param {PageState} state
 * @param {PageEvent} event
 * @returns {PageState}
 */
export function reducePage(state, event) {
  const { now } = event;
  switch (event.type) {
    case 'opening':
      return initialPage(now);
    case 'opened':
      return { ...state, now, session: 'open' };
    case 'failed':
      return { ...state, now, ...failure(event.status, event.retryAfter ?? 60) };
    case 'link':
      return { ...state, now, link: event.state, linkCode: event.code ?? 0 };
    case 'dismiss':
      return { ...state, now, problem: false, wire: { ...state.wire, notice: '' } };
    case 'tick':
      return { ...state, now, hint: newestHint(state, now) };
    case 'message':
      return reduceMessage(state, event.message, now);
  }
}

/** The hint that waited for its turn, if it is still about this step. @param {PageState} state @param {number} now */
function newestHint(state, now) {
  const { live, progress } = state.wire;
  if (!live || live.step !== activeStep(progress)?.step) return state.hint;
  return holdHint(state.hint, live.hint ?? '', now);
}

/** @param {number} status @param {number} retryAfter seconds @returns {Partial<PageState>} */
function failure(status, retryAfter) {
  if (status === 429) return { session: 'limited', retryMinutes: Math.max(1, Math.ceil(retryAfter / 60)) };
  if (status === 403) return { session: 'failed', failure: 'refused' };
  return { session: 'failed', failure: status >= 500 ? 'unavailable' : '' };
}

/**
 * @param {PageState} state
 * @param {import('../wire/session.js').Message} message
 * @param {number} now
 * @returns {PageState}
 */
function reduceMessage(state, message, now) {
  const wire = reduceDesktop(state.wire, message, now);
  const next = { ...state, now, wire };
  switch (message.type) {
    case 'welcome':
    case 'progress':
      return followProgress(state, next);
    case 'pairing':
      return { ...next, problem: false, codesSince: state.codesSince || now };
    case 'live':
      return { ...next, hint: holdHint(state.hint, message.hint ?? '', now), pictures: keepPicture(state.pictures, message) };
    case 'error':
      return { ...next, problem: true };
    default:
      return next;
  }
}

/** @param {PageState} before @param {PageState} next @returns {PageState} */
function followProgress(before, next) {
  const old = before.wire.progress;
  const progress = next.wire.progress;
  if (!progress || progress === old) return next;
  const waits = progress.state === 'waiting';
  const fellBack = waits && ['wrong-code', 'not-my-phone', 'code-shared'].includes(progress.reason ?? '');
  const moved = activeStep(old)?.step !== activeStep(progress)?.step;
  return {
    ...next,
    problem: false,
    lead: fellBack ? /** @type {string} */ (progress.reason) : waits ? next.lead : '',
    codesSince: waits ? next.codesSince : 0,
    codelessSince: waits && old?.state !== 'waiting' ? next.now : next.codelessSince,
    hint: moved ? noHint : next.hint,
    pictures: onlyAccepted(next.pictures, progress),
  };
}

/** @param {Record<string, string>} pictures @param {any} live @returns {Record<string, string>} */
function keepPicture(pictures, live) {
  if (!live.accepted || !live.thumbnail) return pictures;
  return { ...pictures, [live.step]: live.thumbnail };
}

/**
 * A step that is taken again loses its picture.
 * @param {Record<string, string>} pictures
 * @param {import('../wire/session.js').Progress} progress
 */
function onlyAccepted(pictures, progress) {
  const redone = (progress.steps ?? []).filter((step) => step.state === 'waiting' && pictures[step.step]);
  if (redone.length === 0) return pictures;
  const kept = { ...pictures };
  for (const step of redone) delete kept[step.step];
  return kept;
}
