// @ts-check
// Which screen a phone shows. Pure: what the server said (state.js) and what this page
// knows lead to one screen, so that a reload comes back to the same place.

import { CLOSE, REASON, STATE } from '../wire/protocol.js';
import { activeStep } from '../wire/session.js';

/**
 * What this page knows besides the server's state.
 * @typedef {object} Local
 * @property {boolean} ticket a token, a typed code or a device secret is there
 * @property {string} connection state of the connection
 * @property {number} [closeCode] of a final connection
 * @property {string} obstacle '', 'in-app', 'insecure' or 'no-media'
 * @property {boolean} obstacleSeen the person goes on in an in-app browser
 * @property {boolean} noDocument looks at what is accepted
 * @property {boolean} changing chooses another document
 * @property {boolean} launched « Lancer la capture » was pressed
 * @property {string} camera state of the camera
 * @property {string} cameraReason why it failed
 * @property {boolean} refused said no before anything was claimed
 */

/** @typedef {{screen: string, message?: string}} Screen */

/**
 * @param {import('./state.js').PhoneState} state
 * @param {Local} local
 * @returns {Screen}
 */
export function screenOf(state, local) {
  const progress = state.progress;
  if (local.obstacle === 'insecure') return message('insecure');
  if (progress?.state === STATE.ended) return message(`ended.${progress.reason || 'expired'}`);
  if (progress?.state === STATE.done) return message('done');
  if (local.refused) return message('refused');
  if (local.connection === 'final') return finalScreen(local.closeCode ?? 0, progress);
  if (!progress || progress.state === STATE.waiting || progress.state === STATE.scanned) {
    return beforeClaim(state, local);
  }
  if (progress.state === STATE.comparing) return { screen: 'compare' };
  return journey(progress, local);
}

/** @param {import('./state.js').PhoneState} state @param {Local} local @returns {Screen} */
function beforeClaim(state, local) {
  if (local.obstacle === 'in-app' && !local.obstacleSeen) return message('in-app');
  // This is said before the claim, so that the link still works in another browser.
  if (local.obstacle === 'no-media') return message('no-media');
  // The session waits again after a wrong choice, and this phone's ticket is void.
  if (state.progress?.reason === REASON.wrongCode) return message('wrong-code');
  if (state.progress?.reason === REASON.notMyPhone) return message('thrown-out');
  if (!local.ticket) return { screen: 'typed' };
  return state.invitation ? { screen: 'invitation' } : { screen: 'loading' };
}

/** @param {import('../wire/session.js').Progress} progress @param {Local} local @returns {Screen} */
function journey(progress, local) {
  if (local.noDocument) return { screen: 'no-document' };
  if (!progress.document || local.changing) return { screen: 'document' };
  if (!local.launched) return { screen: 'ready' };
  if (local.camera === 'failed') return message(`camera.${local.cameraReason}`);
  return { screen: activeStep(progress) ? 'capture' : 'ready' };
}

/** @type {Record<string, number>} */
const DEPTHS = { document: 0, ready: 1, capture: 2 };

/** How many screens of the capture lie behind this one; NaN for what is no step of it. @param {string} screen */
export function depthOf(screen) {
  return DEPTHS[screen] ?? NaN;
}

/** @param {number} code @param {import('../wire/session.js').Progress | null} progress @returns {Screen} */
function finalScreen(code, progress) {
  switch (code) {
    case CLOSE.invalidToken:
    case CLOSE.noSession:
      return message(progress ? 'gone' : 'invalid');
    case CLOSE.ended:
      return message(progress?.reason ? `ended.${progress.reason}` : 'gone');
    case CLOSE.wrongCode:
      return message('wrong-code');
    case CLOSE.thrownOut:
      return message('thrown-out');
    case CLOSE.replaced:
      return message('replaced');
    default:
      return message('outdated');
  }
}

/** @param {string} name @returns {Screen} */
function message(name) {
  return { screen: 'message', message: name };
}

/**
 * How a message screen looks: the tone of its mark, and its actions, the first
 * one the main one.
 * @param {string} name
 * @param {boolean} [here] the request was opened on this very device: its page is
 *   the way on, not a code of a computer
 * @returns {{tone: 'ok'|'warn'|'bad'|'info', actions: string[], final: boolean}}
 *   final: nothing of this phone's secrets is needed any more
 */
export function messageOf(name, here = false) {
  const known = { final: false, ...(MESSAGES[name] ?? MESSAGES[name.split('.')[0]] ?? MESSAGES.gone) };
  if (!here || !known.final) return known;
  return { ...known, actions: ['go-back', ...known.actions.filter((action) => action !== 'type-code')] };
}

/** @type {Record<string, {tone: 'ok'|'warn'|'bad'|'info', actions: string[], final?: boolean}>} */
const MESSAGES = {
  done: { tone: 'ok', actions: [], final: true },
  refused: { tone: 'ok', actions: [], final: true },
  invalid: { tone: 'warn', actions: ['type-code'] },
  gone: { tone: 'warn', actions: ['type-code'], final: true },
  'wrong-code': { tone: 'warn', actions: ['type-code'], final: true },
  'thrown-out': { tone: 'warn', actions: ['type-code'], final: true },
  replaced: { tone: 'info', actions: ['take-back'] },
  outdated: { tone: 'bad', actions: ['reload'] },
  insecure: { tone: 'bad', actions: ['open-secure'] },
  'in-app': { tone: 'info', actions: ['copy-link', 'go-on-here'] },
  'no-media': { tone: 'bad', actions: ['copy-link'] },
  ended: { tone: 'warn', actions: ['type-code'], final: true },
  'ended.not-me': { tone: 'ok', actions: [], final: true },
  'ended.wrong-code-twice': { tone: 'bad', actions: ['type-code'], final: true },
  'camera.denied': { tone: 'warn', actions: ['camera-again', 'reload', 'bye'] },
  'camera.missing': { tone: 'bad', actions: ['camera-again', 'bye'] },
  'camera.busy': { tone: 'warn', actions: ['camera-again', 'camera-other', 'bye'] },
  'camera.unsupported': { tone: 'bad', actions: ['reload', 'bye'] },
  'camera.error': { tone: 'warn', actions: ['camera-again', 'camera-other', 'reload', 'bye'] },
};

/** Every message name that the words must have. */
export const MESSAGE_NAMES = Object.freeze([
  ...Object.keys(MESSAGES).filter((name) => name !== 'ended' && !name.startsWith('ended.')),
  ...Object.values(REASON)
    .filter((reason) => ![REASON.wrongCode, REASON.notMyPhone, REASON.codesOver, REASON.codeShared].includes(/** @type {any} */ (reason)))
    .map((reason) => `ended.${reason}`),
]);
