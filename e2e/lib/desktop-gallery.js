// The states of the desktop page, by what the server says.

/** @typedef {import('./gallery.js').State} State */

const minute = 60_000;
const phone = { state: 'present', name: 'Pixel 9, Chrome', since: Date.now() };
const card = (/** @type {string} */ first, /** @type {string} */ second, /** @type {string} */ third, /** @type {object} */ more = {}) =>
  [['document-front', first], ['document-back', second], ['selfie', third]].map(([step, state]) =>
    ({ step, state, stillsLeft: 5, ...(state === 'active' ? { phase: 'guiding', ...more } : {}) }));

/**
 * @param {string} language
 * @param {any} pairing a pairing message of the server
 * @param {string} thumbnail a small JPEG in base64
 * @returns {Record<string, State>}
 */
export function desktopStates(language, pairing, thumbnail) {
  const progress = (/** @type {string} */ state, /** @type {object} */ more = {}) =>
    ({ rev: 5, state, language, reference: '7QX4MN', expiresAt: Date.now() + 40 * minute, ...more });
  const welcome = (/** @type {string} */ state, /** @type {object} */ more = {}) =>
    ({ type: 'welcome', role: 'desktop', site: 'Visavis', serverTime: Date.now(), challenge: true, progress: progress(state, more) });
  const lan = 'https://192.168.1.20:8443';
  const code = (/** @type {object} */ more = {}) => ({
    ...pairing, container: false, origin: lan, origins: [lan], typedUrl: `${lan}/p`, trustUrl: 'http://192.168.1.20:8080/trust',
    expiresAt: Date.now() + 83_000, renewsEnd: Date.now() + 9 * minute, ...more,
  });
  const shown = (/** @type {string} */ state) => `body[data-state="${state}"] #heading`;
  const capturing = (/** @type {object} */ more = {}, /** @type {object} */ step = {}) =>
    welcome('capturing', { document: 'identity-card', phone, steps: card('accepted', 'active', 'waiting', step), ...more });
  const live = (/** @type {string} */ hint) => ({ type: 'live', step: 'document-back', hint, thumbnail });
  /** @type {Record<string, State>} */
  const states = {
    loading: { opening: 0, shown: shown('loading') },
    failed: { opening: 500, shown: shown('failed') },
    refused: { opening: 403, shown: shown('failed') },
    limited: { opening: 429, shown: shown('limited') },
    pairing: { say: [welcome('waiting'), code()], shown: shown('pairing') },
    addresses: { say: [welcome('waiting'), code({ origins: [lan, 'https://10.8.0.3:8443', 'https://localhost:8443'] })], shown: '#origins' },
    container: { say: [welcome('waiting'), code({ origin: 'https://localhost:8443', origins: ['https://localhost:8443', lan], container: true })], shown: '#container' },
    help: {
      init: () => { const now = Date.now; Date.now = () => now() + (document.body?.dataset.state === 'pairing' ? 61_000 : 0); },
      say: [welcome('waiting'), code({ expiresAt: Date.now() + 2.5 * minute })], shown: '#help',
    },
    'wrong-code': {
      say: [welcome('comparing', { code: '42', phone }), { type: 'progress', ...progress('waiting', { rev: 6, reason: 'wrong-code' }) }, code()],
      shown: '#banner-again',
    },
    'codes-over': { say: [welcome('waiting', { reason: 'codes-over' })], shown: shown('codes-over') },
    elsewhere: { say: [welcome('waiting'), code(), { type: 'notice', code: 'elsewhere' }], shown: shown('elsewhere') },
    blocked: { say: [welcome('capturing', { document: 'passport' })], then: async (wire) => { await wire.page.waitForSelector(shown('capturing')); wire.close(4506); }, shown: shown('blocked') },
    choosing: { say: [welcome('paired', { phone })], shown: shown('paired') },
    hint: { say: [capturing(), live('glare')], shown: '#thumbnail' },
    still: { say: [capturing({}, { phase: 'still' }), live('')], shown: '#thumbnail' },
    last: { say: [capturing({}, { stillsLeft: 1, offerAnyway: true }), live('blurred')], shown: '#thumbnail' },
    absent: { say: [capturing(), live('glare'), { type: 'progress', ...capturing({ rev: 6, phone: { ...phone, state: 'absent' } }).progress }], shown: '#phone-veil' },
    denied: { say: [capturing({ phone: { ...phone, camera: 'denied' } })], shown: '#phone-veil' },
    asleep: { say: [capturing({ phone: { ...phone, state: 'asleep' } })], shown: '#phone-veil' },
    lost: { say: [capturing(), live('glare')], then: async (wire) => { await wire.page.waitForSelector(shown('capturing')); wire.close(4000); }, shown: '#banner-lost' },
    warned: { say: [capturing({ warn: true, expiresAt: Date.now() + 1.7 * minute }), live('glare')], shown: '#banner-warn' },
    cancel: { say: [capturing()], then: async (wire) => wire.page.click('.screen:not([hidden]) [data-action="cancel"]:visible'), shown: '#confirm-title' },
    noted: {
      say: [welcome('done', { phone, document: 'identity-card', steps: card('accepted', 'accepted', 'accepted').map((s, i) => ({ ...s, notes: [[], ['used-anyway'], ['gesture-skipped']][i] })) })],
      shown: shown('done'),
    },
  };
  for (const reason of ['wrong-code-twice', 'cancelled-phone', 'cancelled-desktop', 'idle', 'expired', 'too-many-stills', 'unsafe-pictures', 'enrolment-over']) {
    states[`ended-${reason}`] = { say: [welcome('ended', { reason })], shown: shown('ended') };
  }
  return states;
}
