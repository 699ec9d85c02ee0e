// @ts-check
// Where this page stood, for a reload: what the server cannot know.

const PLACE = 'visavis-place';

/**
 * @typedef {object} Place
 * @property {boolean} launched
 * @property {boolean} voice
 * @property {boolean} feedback sounds and vibrations
 * @property {boolean | null} lights the screen may show colours; null: as the system's settings say
 * @property {boolean} obstacleSeen
 * @property {boolean} here the request was opened on this very device
 * @property {string} message the last screen, once all is over
 * @property {string} reference of that session
 */

/** @returns {Place} */
export function firstPlace() {
  return {
    launched: false, voice: false, feedback: true, lights: null, obstacleSeen: false, here: false, message: '', reference: '',
  };
}

/** @param {import('./link.js').Store} store @returns {Place} */
export function loadPlace(store) {
  try {
    return { ...firstPlace(), ...JSON.parse(store.getItem(PLACE) ?? '{}') };
  } catch {
    return firstPlace();
  }
}

/** @param {import('./link.js').Store} store @param {Place} place */
export function savePlace(store, place) {
  store.setItem(PLACE, JSON.stringify(place));
}
