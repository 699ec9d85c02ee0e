// @ts-check
// What a page knows, as one value: (state, message, now) → state. Pure: no DOM,
// no clock, no network. A message that changes nothing gives the same value back.

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
      return { ...state, pairing: message, notice: state.notice === 'elsewhere' ? '' : state.notice };
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
  const challenged = after?.phase === 'tilt' || after?.phase === 'gesture';
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
