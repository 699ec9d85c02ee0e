// @ts-check
// The phone page: wires connection, state, camera and screens together.

import { has, loadWords, onLanguage, oneDevice, setLanguage, setWords, t, translatePage } from '../lib/i18n.js';
import { digitsOf } from '../lib/digits.js';
import { CLOSE, INCOMING, OUTGOING } from '../wire/protocol.js';
import { Connection } from '../wire/connection.js';
import { Camera } from './camera.js';
import { activeStep } from '../wire/session.js';
import { Signer, browserKeys } from './signer.js';
import { Link, readTypedCode, safeStore, tokenOf } from './link.js';
import { allowCameraKey, obstacle, readDevice } from './device.js';
import { depthOf, messageOf, screenOf } from './model.js';
import { initialPhone, reducePhone } from './state.js';
import { firstPlace, loadPlace, savePlace } from './place.js';
import { deepen, depth } from './back.js';
import { createActions, toggleMenu } from './actions.js';
import { Shoot } from './shoot.js';
import {
  must, renderBanners, renderCompare, renderInvitation, renderMessage, renderNotice, renderReady, setText, show,
  showScreen, subject, timeText,
} from './view.js';

document.documentElement.setAttribute('data-started', '');

const session = safeStore(() => sessionStorage);
const kept = safeStore(() => localStorage);
const link = new Link({ session, local: kept });
const signer = new Signer({ keys: browserKeys(), counts: kept, subtle: globalThis.crypto?.subtle });
const facts = {
  userAgent: navigator.userAgent,
  secure: isSecureContext,
  media: Boolean(navigator.mediaDevices?.getUserMedia),
  touchPoints: navigator.maxTouchPoints,
};
const device = readDevice(facts);

let state = initialPhone();
let place = loadPlace(session);
const local = { noDocument: false, changing: false, refused: false, waiting: false, silent: '', closeCode: 0, trust: false, retried: false, again: '', lost: false, warned: false };
/** The page is being left: its camera stays off. `document.hidden` is true only after `pagehide`. */
let left = false;
/** A tap that got no answer for this long is told so and can be repeated. */
const SILENT = 5_000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;
/** Commands that found no connection: they go when it is back. @type {Array<{type: string, [field: string]: any}>} */
let pending = [];

const camera = new Camera(must('video'));
const connection = new Connection({
  role: 'phone', hello: () => signer.hello(link.hello()), device: () => link.secret(), sign: (text) => signer.post(text),
});
const shoot = new Shoot({
  camera,
  send: sendFrame,
  waiting: () => connection.bufferedAmount,
  state: () => state,
  lights,
  guided: () => place.voice,
  render: () => render(),
});

/** Whether the screen may light the face with colours: not where the system asks for less motion, unless the person says so, and never spoken. */
function lights() {
  return !place.voice && (place.lights ?? !matchMedia('(prefers-reduced-motion: reduce)').matches);
}

/** Sends a frame, signed where the server has this phone's key. False: not now. @param {Uint8Array} bytes */
function sendFrame(bytes) {
  if (!signer.on) return connection.sendBinary(bytes);
  if (!connection.ready) return false;
  void signer.frame(bytes).then((signed) => connection.sendBinary(signed));
  return true;
}

/** @param {Partial<import('./place.js').Place>} change */
function moveTo(change) {
  place = { ...place, ...change };
  savePlace(session, place);
}

/** Sends a command, now or once the connection is back. @param {{type: string, [field: string]: any}} message */
function command(message) {
  if (local.waiting) waitForAnswer();
  if (connection.send(message)) return;
  pending = [...pending.filter((one) => one.type !== message.type), message];
}

/** Without an answer the connection may be dead although nobody said so: it is made anew, and the button comes back. */
function waitForAnswer() {
  clearTimeout(silence);
  heard();
  silence = setTimeout(() => {
    if (!local.waiting) return;
    local.waiting = false;
    local.silent = document.body.dataset.screen ?? '';
    setWords(must('error-text'), 'phone.silent');
    show(must('banner-error'), true);
    if (connection.state === 'open') {
      connection.stop();
      connection.start();
    }
    render();
  }, SILENT);
}

/** Takes away what says that a tap was not answered: at the next tap, or with its screen. */
function heard() {
  if (local.silent) show(must('banner-error'), false);
  local.silent = '';
}

function flush() {
  const waiting = pending;
  pending = [];
  waiting.forEach(command);
}

function screen() {
  return screenOf(state, {
    ticket: link.any,
    connection: connection.state,
    closeCode: local.closeCode,
    obstacle: obstacle(facts),
    obstacleSeen: place.obstacleSeen,
    noDocument: local.noDocument,
    changing: local.changing,
    launched: place.launched,
    camera: camera.state,
    cameraReason: camera.reason,
    refused: local.refused,
  });
}

function render() {
  if (shoot.ticking) return;
  oneDevice(place.here);
  const now = Date.now();
  const next = place.message ? { screen: 'message', message: place.message } : screen();
  const progress = state.progress;
  renderBanners(state, connection.state, local.trust && connection.state === 'fallback', now);
  tellWarning();
  renderInvitation(state.invitation, now);
  renderCompare(local.waiting);
  renderNotice(progress);
  const step = (activeStep(progress) ?? progress?.steps?.[0])?.step ?? 'document-front';
  renderReady(subject(step, progress?.document), state.challenge, lights());
  if (next.message) showMessage(next.message);
  for (const element of document.querySelectorAll('[data-action="claim"]'))
    /** @type {HTMLButtonElement} */ (element).disabled = local.waiting;
  deepen(depthOf(next.screen));
  if (next.screen !== local.silent) heard();
  showScreen(next.screen, next.message ?? '');
  shoot.render(next.screen === 'capture');
  if (next.screen === 'capture' && camera.state === 'idle' && !document.hidden && !left) {
    camera.start(activeStep(progress)?.step === 'selfie' ? 'user' : 'environment');
  }
}

/** Who is guided by voice hears that the time runs out; to others the banner is an alert. */
function tellWarning() {
  const warned = !must('banner-warn').hidden;
  if (warned && !local.warned && shoot.voice.on) shoot.tell(must('warn-text').textContent);
  local.warned = warned;
}

/** @param {string} name */
function showMessage(name) {
  const list = name === 'camera.denied'
    ? [1, 2, 3].map((i) => `phone.allow.${allowCameraKey(facts)}.${i}`)
    : [1, 2, 3].map((i) => `phone.message.${name}.list.${i}`).filter((key) => has(key));
  const reference = place.message ? place.reference : (state.progress?.reference ?? '');
  renderMessage(name, { list, reference, media: facts.media, again: name.startsWith('camera.') ? local.again : '' });
  if (!messageOf(name).final || place.message === name) return;
  // The session is over. The phone keeps only its last screen.
  const { here } = place;
  place = firstPlace();
  moveTo({ message: name, reference, here });
  link.forget();
  signer.forget();
  camera.stop();
  // The server closes the connection. A close from here would overtake what was just sent.
  if (connection.state !== 'final' && name !== 'refused') setTimeout(() => connection.stop(), 0);
}

connection.addEventListener('message', (event) => {
  const message = /** @type {CustomEvent} */ (event).detail;
  if (message.type === INCOMING.welcome) signer.on = Boolean(message.signed);
  if (message.type === INCOMING.welcome && (message.deviceSecret || link.ours)) {
    // A session that does not compare has taken the proof of one device.
    moveTo({ here: link.sameDevice !== '' && message.progress?.state !== 'comparing' });
    link.claimed(message.deviceSecret || link.device);
    history.replaceState(null, '', location.pathname);
  }
  const before = state.progress?.language;
  state = reducePhone(state, message, Date.now());
  const spoken = message.type === INCOMING.invitation ? message.language : state.progress?.language;
  if (spoken && spoken !== before) setLanguage(spoken, { remember: false });
  local.waiting = false;
  clearTimeout(silence);
  showError(message);
  if ([INCOMING.welcome, INCOMING.invitation].includes(message.type)) welcomed();
  shoot.receive(message);
  if (message.type !== INCOMING.frameResult && message.type !== INCOMING.partAck) render();
});

function welcomed() {
  if (local.refused && state.progress) command({ type: OUTGOING.notMe });
  flush();
  tellCamera();
  if (place.launched && camera.state === 'live') start();
}

/** The desktop is told of a refused camera; `start` takes it back. */
function tellCamera() {
  if (camera.state === 'failed' && camera.reason === 'denied') connection.presence('awake', 'denied');
}

function start() {
  command({
    type: OUTGOING.start, cameraWidth: camera.size.width, cameraHeight: camera.size.height, voiceGuide: place.voice,
    lights: lights() ? 'shown' : 'left-out',
  });
  reportCamera();
}

/** How the camera behaves, once its frames have come for a while. */
async function reportCamera() {
  const report = await camera.report();
  if (report) command({ type: OUTGOING.cameraReport, ...report });
}

camera.addEventListener('report', (event) => {
  command({ type: OUTGOING.cameraReport, .../** @type {CustomEvent} */ (event).detail });
});

/** @param {{type: string, [field: string]: any}} message */
function showError(message) {
  const told = message.type === INCOMING.error && ['rate-limited', 'unavailable', 'internal'].includes(message.code);
  if (!told && local.silent) return; // an error of a new connection does not answer the tap
  local.silent = '';
  if (told) setWords(must('error-text'), message.code === 'rate-limited' ? 'phone.error.rate-limited' : 'phone.error.other');
  if (told || message.type !== INCOMING.frameResult) show(must('banner-error'), told);
}

connection.addEventListener('state', (event) => {
  const { state: now, code } = /** @type {CustomEvent} */ (event).detail;
  local.closeCode = code ?? 0;
  if (now === 'final' && code === CLOSE.invalidToken && link.refused()) return connection.start();
  // The server closes the connection after the end, and nothing follows.
  if (now === 'lost' && ['done', 'ended'].includes(state.progress?.state ?? '')) return connection.stop();
  if (now === 'fallback') lookForTrust();
  tellConnection(now);
  render();
});

/** Says that the connection is lost, and that it is back. @param {string} now */
function tellConnection(now) {
  const there = now === 'open' || now === 'fallback';
  if (now === 'lost' && state.progress && !local.lost) shoot.tell(t('phone.banner.lost'));
  if (there && local.lost) shoot.tell(t('phone.banner.back'), true);
  local.lost = now === 'lost' ? Boolean(state.progress) : local.lost && !there;
}

camera.addEventListener('state', () => {
  if (camera.state === 'live' && place.launched) start();
  tellCamera();
  local.again = camera.state === 'failed' && local.retried ? t('phone.camera.again', { time: timeText(Date.now()) }) : '';
  render();
});

/** An iPhone refuses wss under a root it does not trust, where fetch already works. */
async function lookForTrust() {
  if (device.system !== 'ios') return;
  const answer = await fetch('/trust', { method: 'HEAD' }).catch(() => null);
  local.trust = Boolean(answer?.ok);
  render();
}

const actions = createActions({
  state: () => state, place: () => place, moveTo, local, link, signer, camera, connection, shoot, command, start, begin, render, lights,
});

document.addEventListener('click', (event) => {
  const element = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-action], [data-language]'));
  if (!element) return;
  actions[element.dataset.action ?? '']?.(element);
  render();
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') toggleMenu(false);
});

document.addEventListener('pointerdown', (event) => {
  if (!(/** @type {Element} */ (event.target).closest('#menu, [data-action="menu"]'))) toggleMenu(false);
});

must('compare-form').addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault();
  const field = must('compare-code');
  const code = digitsOf(field.value);
  const whole = /^\d\d$/.test(code);
  setWords(must('compare-error'), whole ? '' : 'phone.compare.error');
  field.setAttribute('aria-invalid', String(!whole));
  if (!whole) {
    field.focus();
    return;
  }
  local.waiting = true;
  command({ type: OUTGOING.chooseCode, code });
  field.value = '';
  render();
});

must('typed-form').addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault();
  const { letters, complete, foreign } = readTypedCode(must('typed-code').value);
  must('typed-code').setAttribute('aria-invalid', String(!complete));
  if (complete) return begin('', letters);
  if (foreign) setWords(must('typed-error'), 'phone.typed.foreign', { letter: foreign });
  else setWords(must('typed-error'), 'phone.typed.short');
  must('typed-code').focus();
});

/** Begins anew with a scanned token, a typed code, or neither. @param {string} token @param {string} [code] */
function begin(token, code = '') {
  connection.stop();
  state = initialPhone();
  if (token) link.scanned(token);
  if (code) link.typed(code);
  // A phone that opens its own link again goes back to where it was.
  if (!link.ours) place = firstPlace();
  savePlace(session, place);
  Object.assign(local, { noDocument: false, changing: false, refused: false, waiting: false, closeCode: 0, retried: false, again: '' });
  pending = [];
  setWords(must('typed-error'), '');
  must('typed-code').removeAttribute('aria-invalid');
  if (token || code) connection.start();
  render();
}

/** The token leaves the address bar at once; inside another app it stays for « Copier le lien ». */
function readAddress() {
  const token = tokenOf(location.hash);
  if (!token) return false;
  if (!device.inApp && facts.secure) history.replaceState(null, '', location.pathname);
  begin(token);
  return true;
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) camera.stop();
  else if (place.launched) render();
});
addEventListener('pagehide', () => {
  left = true;
  camera.stop();
});
addEventListener('hashchange', readAddress);
addEventListener('popstate', () => {
  Object.assign(local, { noDocument: false, changing: false });
  if (place.launched && depth() < depthOf('capture')) {
    moveTo({ launched: false });
    camera.stop();
  }
  local.changing = Boolean(state.progress?.document) && depth() < depthOf('ready');
  render();
});
// The page comes out of the browser's memory. Its camera was closed when it was left.
addEventListener('pageshow', (event) => {
  left = false;
  if (event.persisted) render();
});

function startPage() {
  translatePage(document, (chosen) => connection.send({ type: OUTGOING.setLanguage, language: chosen }));
  onLanguage(render);
  must('voice').checked = place.voice;
  if (!place.feedback) shoot.feedback.turn(false);
  if (!readAddress() && link.any && !place.message) connection.start();
  render();
  setTimeout(() => setWords(must('loading-text'), 'phone.loading.slow'), 8_000);
  // The minutes that are left go down although nothing else happens.
  setInterval(() => { if (state.progress?.warn) render(); }, 10_000);
}

void loadWords('phone', 'hints').then(startPage);
