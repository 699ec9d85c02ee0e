// @ts-check
// The phone's state machine: what the server told this phone, as one value:
// (state, message, now) → state. Pure: no DOM, no clock, no network. A message that
// changes nothing gives the same value back. Which screen follows is in model.js.

import { activeStep, newer } from '../wire/session.js';

/** @typedef {import('../wire/session.js').Message} Message */
/** @typedef {import('../wire/session.js').Progress} Progress */

/**
 * @typedef {object} PhoneState
 * @property {string} site
 * @property {Progress | null} progress
 * @property {any} invitation who asks, before the claim
 * @property {boolean} challenge tilt and gestures will be asked
 * @property {any} frame newest frame-result of the active step
 * @property {any} request the still that the server waits for
 * @property {any} still newest still-result; null once a preview moves on
 * @property {any} task newest challenge
 * @property {any} resume parts of an unfinished still that the server has
 * @property {any} error newest error message
 * @property {number} clock milliseconds to add to this machine's time to get the server's
 */

/** @returns {PhoneState} */
export function initialPhone() {
  return {
    site: '', progress: null, invitation: null, challenge: false, frame: null,
    request: null, still: null, task: null, resume: null, error: null, clock: 0,
  };
}

/**
 * @param {PhoneState} state
 * @param {Message} message
 * @param {number} now milliseconds since 1970 on this machine
 * @returns {PhoneState}
 */
export function reducePhone(state, message, now) {
  switch (message.type) {
    case 'invitation':
      return { ...state, invitation: message, site: message.site, error: null };
    case 'welcome':
      return {
        ...withProgress(state, message.progress),
        site: message.site, challenge: Boolean(message.challenge),
        clock: message.serverTime - now, resume: message.still ?? null, error: null,
      };
    case 'progress':
      return withProgress(state, /** @type {any} */ (message));
    case 'frame-result':
      return reduceFrame(state, message);
    case 'capture-still':
      return { ...state, request: message, still: null };
    case 'part-ack':
      return state;
    case 'still-result':
      return { ...state, still: message, request: null, resume: null, task: null };
    case 'challenge':
      return { ...state, task: message };
    case 'error':
      return { ...state, error: message };
    default:
      return state;
  }
}

/** @param {PhoneState} state @param {Progress | undefined} fresh @returns {PhoneState} */
function withProgress(state, fresh) {
  const progress = newer(state.progress, fresh);
  if (progress === state.progress) return state;
  const before = activeStep(state.progress);
  const after = activeStep(progress);
  const moved = before?.step !== after?.step;
  const challenged = ['tilt', 'gesture', 'light'].includes(after?.phase ?? '');
  return {
    ...state,
    progress,
    frame: moved ? null : state.frame,
    request: moved ? null : state.request,
    task: challenged ? state.task : null,
  };
}

/** @param {PhoneState} state @param {Message} message @returns {PhoneState} */
function reduceFrame(state, message) {
  const step = activeStep(state.progress);
  if (message.status === 'judged' && message.step === step?.step) return { ...state, frame: message };
  return state;
}
