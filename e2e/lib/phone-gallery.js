// The states of the phone page, by what the server says and what the phone is.

/** @typedef {import('./gallery.js').State} State */
/** @typedef {import('./gallery.js').Wire} Wire */

const started = { launched: true };
const steps = (/** @type {string[]} */ names, /** @type {number} */ at, /** @type {object} */ more = {}) => names.map((step, i) =>
  ({ step, state: i < at ? 'accepted' : i === at ? 'active' : 'waiting', stillsLeft: 5, ...(i === at ? { phase: 'guiding', ...more } : {}) }));
const card = ['document-front', 'document-back', 'selfie'];

/** The last screens: the page keeps their name over a reload. */
const messages = [
  'done', 'refused', 'gone', 'wrong-code', 'thrown-out', 'replaced', 'outdated', 'no-media',
  'camera.denied', 'camera.missing', 'camera.busy', 'camera.unsupported', 'camera.error',
  'ended.wrong-code-twice', 'ended.not-me', 'ended.cancelled-phone', 'ended.cancelled-desktop', 'ended.idle', 'ended.expired', 'ended.too-many-stills', 'ended.unsafe-pictures', 'ended.enrolment-over',
];

/** Runs in the page: the first outline that is drawn, which leaves when nothing confirms it. */
function outlineKept() {
  new MutationObserver((_, observer) => {
    const card = document.getElementById('overlay-card');
    const path = card?.getAttribute('d');
    if (!path) return;
    observer.disconnect();
    Object.assign(window, { outlined: { path, good: card?.getAttribute('data-good') } });
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['d'] });
}

/** Runs in the page: its camera has a lamp. */
function lampGiven() {
  const track = MediaStreamTrack.prototype;
  const { getCapabilities, applyConstraints } = track;
  track.getCapabilities = function capabilities() { return /** @type {any} */ ({ ...getCapabilities?.call(this), torch: true }); };
  track.applyConstraints = function constraints(wanted) {
    const torch = /** @type {any} */ (wanted?.advanced?.[0])?.torch;
    if (torch === undefined) return applyConstraints.call(this, wanted);
    Object.assign(window, { lampIsOn: torch });
    return Promise.resolve();
  };
}

/** @param {string} language @returns {Record<string, State>} */
export function phoneStates(language) {
  let rev = 5;
  const progress = (/** @type {string} */ state, /** @type {object} */ more = {}) =>
    ({ rev: rev++, state, language, reference: '7QX4MN', expiresAt: Date.now() + 40 * 60_000, ...more });
  const welcome = (/** @type {object} */ of) => ({ type: 'welcome', role: 'phone', site: 'Visavis', serverTime: Date.now(), challenge: true, progress: of });
  const capture = (/** @type {number} */ at = 0, /** @type {object} */ more = {}, /** @type {object} */ step = {}) =>
    progress('capturing', { document: 'identity-card', steps: steps(card, at, step), ...more });
  /** In the middle of the capture: the camera is live, then the server goes on. */
  const live = (/** @type {object[]} */ then, /** @type {Partial<State>} */ more = {}) => ({
    ticket: true, place: started, say: [welcome(capture(0, { rev: 1 }))], shown: '#hint',
    ...more,
    then: async (/** @type {Wire} */ wire) => {
      await wire.page.waitForSelector('#stage[data-live="true"]');
      for (const message of then) wire.say(message);
      await more.then?.(wire);
    },
  });
  const judged = (/** @type {object} */ more) => ({ type: 'frame-result', step: 'document-front', seq: 0, status: 'judged', good: false, checks: [], ...more });
  const corners = [[0.11, 0.31], [0.89, 0.31], [0.89, 0.54], [0.11, 0.54]]; // of the gallery's card, in what a phone of 390 × 844 shows
  const refused = (/** @type {object} */ more) => ({
    type: 'still-result', step: 'document-front', seq: 0, accepted: false, stillsLeft: 3,
    checks: [{ name: 'sharpness', ok: false, value: 0.21, min: 0.35 }, { name: 'tilt', ok: false, value: 31.5, max: 25, unit: 'degrees' }], ...more,
  });
  const said = (/** @type {number} */ ms) => async (/** @type {Wire} */ wire) => wire.page.waitForTimeout(ms);
  const task = (/** @type {string} */ kind, /** @type {string} */ gesture, /** @type {object} */ more = {}) =>
    ({ type: 'challenge', kind, gesture, index: 0, count: 1, done: false, progress: 0, maySkip: false, ...more });
  const selfie = { say: [welcome(capture(2, { rev: 1 }))] };
  /** @type {Record<string, State>} */
  const states = {
    loading: { ticket: true, shown: '.loading' },
    'typed-wrong': { then: async ({ page }) => { await page.fill('#typed-code', 'BCDA'); await page.press('#typed-code', 'Enter'); }, shown: '#typed-error' },
    insecure: { init: () => Object.defineProperty(window, 'isSecureContext', { value: false }), shown: '#message-title' },
    'in-app': { options: { userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 330.0' }, shown: '#message-list' },
    terms: { ticket: true, say: [welcome(progress('paired', { document: 'identity-card', steps: steps(card, 0) }))], then: async ({ page }) => page.click('#notice-terms summary'), shown: '#notice-terms dd' },
    'ready-passport': {
      ticket: true, say: [welcome(progress('paired', { document: 'passport', steps: steps(['document-front', 'selfie'], 0) }))],
      shown: '#ready-title',
    },
    'ready-selfie': { ticket: true, say: [welcome(progress('paired', { document: 'identity-card', steps: steps(card, 2) }))], shown: '#ready-title' },
    start: live([], { then: said(300) }),
    hint: live([judged({ hint: 'glare' })], { then: said(1300) }),
    move: live([judged({ hint: 'move', toward: 'left' })], { then: said(1300) }),
    hold: live([judged({ good: true, streak: 2 })], { then: said(1300) }),
    outline: live([judged({ hint: 'move-closer', corners })], { then: said(200), shown: '#hint' }),
    framed: live([judged({ good: true, streak: 2, corners })], { then: said(200), shown: '#hint' }),
    stuck: live([judged({ hint: 'blurred' })], { then: said(10_500), shown: '#shutter[data-prominent="true"]' }),
    sending: live([{ type: 'capture-still', step: 'document-front', seq: 1, longSide: 2560, maxBytes: 1_000_000, partSize: 65_536 }], { shown: '#sending' }),
    taken: live([{ type: 'still-result', step: 'document-front', seq: 0, accepted: true, stillsLeft: 4 }], { shown: '#stage[data-line="taken"]' }),
    turn: live([{ type: 'progress', ...capture(1) }], { shown: '#sheet-title' }),
    face: live([{ type: 'progress', ...capture(2) }], { shown: '#sheet-title' }),
    tilt: live([{ type: 'progress', ...capture(0, {}, { phase: 'tilt' }) }, judged({ corners }), task('tilt', 'left', { progress: 0.3 })], { then: said(300) }),
    hurried: live([{ type: 'progress', ...capture(2, {}, { phase: 'gesture' }) }, task('gesture', 'turn-right'), task('gesture', 'turn-right', { progress: 0.6 })], { ...selfie, then: said(300) }),
    'seen-before': live([{ type: 'progress', ...capture(2, {}, { phase: 'gesture' }) }, task('gesture', 'turn-left'), judged({ step: 'selfie', hint: 'shown-again' })], { ...selfie, then: said(1300) }),
    light: live([judged({ step: 'selfie', hint: 'too-dark' }), judged({ step: 'selfie', hint: 'too-dark' })], { ...selfie, then: said(1300) }),
    lamp: live([judged({ hint: 'too-dark' })], { init: lampGiven, then: said(1300) }),
    'cut-off': live([judged({ hint: 'cut-off', corners: corners.map(([x, y]) => [(x - 0.5) * 1.6 + 0.5, y]) })], { init: outlineKept, then: said(1300) }),
    'tilt-seen': live([{ type: 'progress', ...capture(0, {}, { phase: 'tilt' }) }, task('tilt', 'up', { done: true })], { then: said(300) }),
    selfie: live([], { ...selfie, then: said(300) }),
    colours: live([{ type: 'progress', ...capture(2, {}, { phase: 'light' }) }, task('light', 'rose', { colour: '#ffa8a8', index: 2, count: 6, progress: 0.33, maySkip: true, nonce: '00'.repeat(16) })], { ...selfie, then: said(600), shown: '#skip' }),
    'colours-left': live([{ type: 'progress', ...capture(2, {}, { phase: 'light' }) }, task('light', 'rose', { colour: '#ffa8a8', index: 2, count: 6, maySkip: true, nonce: '00'.repeat(16) })], {
      ...selfie,
      then: async ({ page, say }) => {
        await page.click('#skip');
        say(task('light', 'rose', { colour: '#ffa8a8', index: 2, count: 6, progress: 1, maySkip: true, done: true }));
        await page.waitForTimeout(600);
      },
      shown: '#shutter',
    }),
    'colours-seen': live([{ type: 'progress', ...capture(2, {}, { phase: 'gesture' }) }, task('gesture', 'turn-left', { maySkip: true })], {
      ...selfie,
      then: async ({ page, say }) => {
        await page.click('#skip');
        const rose = { colour: '#ffa8a8', index: 2, count: 6, maySkip: true };
        say({ type: 'progress', ...capture(2, {}, { phase: 'light' }) });
        say(task('light', 'rose', { ...rose, nonce: '00'.repeat(16) }));
        await page.waitForTimeout(600);
        say(task('light', 'rose', { ...rose, progress: 1, done: true }));
        await page.waitForTimeout(600);
      },
    }),
    'gesture-left': live([{ type: 'progress', ...capture(2, {}, { phase: 'gesture' }) }, task('gesture', 'turn-left')], { ...selfie, then: said(300) }),
    'gesture-closer': live([{ type: 'progress', ...capture(2, {}, { phase: 'gesture' }) }, task('gesture', 'come-closer', { maySkip: true })], { ...selfie, then: said(300) }),
    passport: live([judged({ hint: 'not-readable' })], {
      say: [welcome(progress('capturing', { document: 'passport', steps: steps(['document-front', 'selfie'], 0) }))], then: said(1600),
    }),
    again: live([{ type: 'capture-still', step: 'document-front', seq: 1, longSide: 2560, maxBytes: 1_000_000, partSize: 65_536 }], {
      then: async (wire) => { await wire.page.waitForSelector('#sending'); wire.say(refused({ seq: 1, hint: 'blurred' })); }, shown: '#sheet-title',
    }),
    anyway: live([{ type: 'capture-still', step: 'document-front', seq: 1, longSide: 2560, maxBytes: 1_000_000, partSize: 65_536 }], {
      then: async (wire) => {
        await wire.page.waitForSelector('#sending');
        wire.say(refused({ seq: 1, hint: 'glare', offerAnyway: true, stillsLeft: 1 }));
        await wire.page.click('#sheet-details summary');
      },
      shown: '#sheet-checks',
    }),
    'wrong-document': live([refused({ hint: 'wrong-document', changeDocument: true, checks: [] })], { shown: '#sheet-title' }),
    menu: live([], { then: async ({ page }) => page.click('[data-action="menu"]'), shown: '#menu' }),
    stop: live([], { then: async ({ page }) => { await page.click('[data-action="menu"]'); await page.click('#menu [data-action="bye"]'); }, shown: '#sheet-title' }),
    lost: live([], { then: async (wire) => wire.close(4000), shown: '#banner-lost' }),
    warned: live([{ type: 'progress', ...capture(0, { warn: true, expiresAt: Date.now() + 100_000 }) }], { shown: '#banner-warn' }),
    'warned-sheet': live([], {
      then: async (wire) => {
        await wire.page.click('[data-action="menu"]');
        await wire.page.click('#menu [data-action="bye"]');
        wire.say({ type: 'progress', ...capture(0, { warn: true, expiresAt: Date.now() + 100_000 }) });
      },
      shown: '#sheet-warn',
    }),
    limited: live([{ type: 'error', code: 'rate-limited', text: '' }], { shown: '#banner-error' }),
  };
  for (const message of ['done', 'ended.cancelled-phone', 'ended.too-many-stills']) {
    states[`here-${message.replace('.', '-')}`] = { place: { ...started, message, reference: '7QX4MN', here: true }, shown: '#message-actions [data-action="go-back"]' };
  }
  for (const message of messages) {
    states[`message-${message.replace('.', '-')}`] = { place: { ...started, message, reference: '7QX4MN' }, shown: '#message-title' };
  }
  return states;
}
