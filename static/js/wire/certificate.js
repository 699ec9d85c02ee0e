// @ts-check
/** What « Ma signature personnelle » shows of requests and certificates: keys of words and flags. Pure. */

/** @typedef {import('./enrolment.js').View} View */
/** @typedef {import('./enrolment.js').Certificate} Certificate */

const todo = new Map(
  Object.entries({
    'to-confirm': 'confirm',
    confirmed: 'request',
    'in-person': 'place',
    verifying: 'look',
    review: 'look',
    contested: 'look',
    requested: 'look',
  }),
);

/**
 * Where a request under way stands and the one thing to do about it.
 * @param {View} view
 * @returns {{text: string, button: string, waits: boolean}} waits: nothing is asked of the person
 */
export function standing(view) {
  const again = view.state === 'capturing' && view.again;
  const spent = view.state === 'consented' && view.attempts?.left === 0;
  const kind = again ? 'again' : spent ? 'attempts' : view.state;
  const button = again ? 'again' : spent ? 'look' : todo.get(view.state) ?? 'continue';
  return { text: `signature.current.${kind}`, button: `signature.do.${button}`, waits: button === 'look' };
}

/** Which colour goes with the words of a certificate's state. @param {Certificate['state']} state */
export function tone(state) {
  if (state === 'valid') return 'ok';
  if (state === 'expiring' || state === 'requested') return 'warn';
  return state === 'revoked' || state === 'refused' ? 'bad' : '';
}

/** Whether a certificate exists as a file. @param {Certificate} certificate */
export function exists({ state }) {
  return state !== 'requested' && state !== 'refused';
}

/** Whether it can still be revoked. @param {Certificate} certificate */
export function revocable({ state }) {
  return state === 'valid' || state === 'expiring';
}

/** Whether renewing it is due: near its end, after it, or after a revocation. @param {Certificate} certificate */
export function renewable({ state }) {
  return ['valid', 'expiring', 'expired', 'revoked'].includes(state);
}
