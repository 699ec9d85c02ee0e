// @ts-check
// A session as both devices know it, and what the server told the desktop, as one value:
// (state, message, now) → state. Pure: no DOM, no clock, no network. A message that
// changes nothing gives the same value back. The phone's is in phone/state.js.

import { NOTICE } from './protocol.js';

/**
 * @typedef {{type: string, [field: string]: any}} Message
 * @typedef {{step: string, state: string, phase?: string, offerAnyway?: boolean, stillsLeft: number, notes?: string[]}} Step
 * @typedef {{state: string, name: string, since: number, camera?: string}} Phone
 */

/**
 * @typedef {object} Progress
 * @property {number} rev
 * @property {string} state
 * @property {string} language
 * @property {string} [document]
 * @property {Step[]} [steps]
 * @property {Phone} [phone]
 * @property {string} [code]
 * @property {string} [reason]
 * @property {string} reference
 * @property {number} [expiresAt]
 * @property {boolean} [warn]
 */

/**
 * @typedef {object} DesktopState
 * @property {string} site
 * @property {Progress | null} progress
 * @property {any} pairing newest pairing message
 * @property {any} live newest hint; its thumbnail is kept until a newer one comes
 * @property {string} notice code of the newest notice
 * @property {any} error newest error message
 * @property {number} clock milliseconds to add to this machine's time to get the server's
 */

/** @returns {DesktopState} */
export function initialDesktop() {
  return { site: '', progress: null, pairing: null, live: null, notice: '', error: null, clock: 0 };
}

/**
 * Takes a progress unless a newer one of the same session is known.
 * @param {Progress | null} old
 * @param {Progress | undefined | null} fresh
 * @returns {Progress | null}
 */
export function newer(old, fresh) {
  if (!fresh) return old;
  if (old && old.reference === fresh.reference && fresh.rev < old.rev) return old;
  return fresh;
}

/** The step that is being captured. @param {Progress | null} progress @returns {Step | null} */
export function activeStep(progress) {
  return progress?.steps?.find((step) => step.state === 'active') ?? null;
}

/**
 * @param {DesktopState} state
 * @param {Message} message
 * @param {number} now milliseconds since 1970 on this machine
 * @returns {DesktopState}
 */
export function reduceDesktop(state, message, now) {
  switch (message.type) {
    case 'welcome':
      return {
        ...state, site: message.site, clock: message.serverTime - now, error: null, notice: '',
        progress: newer(state.progress, message.progress),
      };
    case 'progress': {
      const progress = newer(state.progress, /** @type {any} */ (message));
      if (progress === state.progress) return state;
      // A code that can no longer be scanned is not kept, nor a picture of a finished step.
      const codes = progress?.state === 'waiting' || progress?.state === 'scanned';
      const live = progress?.state === 'capturing' || progress?.state === 'done' ? state.live : null;
      return { ...state, progress, pairing: codes ? state.pairing : null, live, error: null };
    }
    case 'pairing':
      return { ...state, pairing: message, notice: state.notice === NOTICE.elsewhere ? '' : state.notice };
    case 'live':
      return { ...state, live: mergeLive(state.live, message) };
    case 'notice':
      return { ...state, notice: message.code };
    case 'error':
      return { ...state, error: message };
    default:
      return state;
  }
}

/** @param {any} old @param {Message} fresh */
function mergeLive(old, fresh) {
  const sameStep = old?.step === fresh.step;
  return { ...fresh, thumbnail: fresh.thumbnail ?? (sameStep ? old.thumbnail : undefined) };
}
