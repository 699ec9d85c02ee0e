// @ts-check
// The desktop page: opens a session, shows the code, follows the phone. Wires
// connection → state → view, and the person's actions back.

import { Connection } from '../wire/connection.js';
import { CLOSE, INCOMING, OUTGOING, STATE } from '../wire/protocol.js';
import { loadWords, has, isOneDevice, language, onLanguage, oneDevice, setLanguage, t, translatePage } from '../lib/i18n.js';
import { initialPage, reducePage } from './state.js';
import { screenOf, wantsCode, wantsRenewal } from './model.js';
import { spoken } from './say.js';
import { render } from './view.js';
import { copyLink, placeSameDevice, sendWayBack } from './code.js';
import { hide, must, setText } from '../lib/dom.js';
import { onPhone } from '../lib/page.js';
import { sentenced } from '../lib/format.js';
import {
  DONE_SHOWN, applyJourney, enrolmentId, isJourney, isOfRequest, mayMail, offerSms, requestPath, said, sendLink, tellLanguage,
} from './journey.js';
import { ApiError, loginFor } from '../lib/api.js';
import { showVisitor } from '../frame/shell.js';

/** The opening of a session is given up after this long. */
const OPEN_DEADLINE = 5_000;
const TICK = 500;
/** A renewal that was not answered is asked for again after this long. */
const ASK_AGAIN = 5_000;
/** Where the phone page of this same browser looks for the proof. */
const SAME_DEVICE = 'visavis-same-device';

let state = initialPage(Date.now());
/** What the person asked for while the connection was gone. @type {{type: string} | null} */
let pending = null;
let renewalAsked = 0;
let reopened = 0;
let opening = 0;

const connection = new Connection({ role: 'desktop', tab: randomId(), hello: () => ({ language: language() }) });

/** @param {import('./state.js').PageEvent} event */
function dispatch(event) {
  const before = state;
  state = reducePage(state, event);
  const read = render(state);
  speak(spoken(before, state, read), read);
  const done = screenOf(state) === 'done' && screenOf(before) !== 'done';
  if (isJourney() && done) setTimeout(() => location.replace(requestPath()), DONE_SHOWN);
}

/** @param {ReturnType<typeof spoken>} sentences @param {boolean} read the focus reads the heading: what was said before is over */
function speak(sentences, read) {
  if (sentences.status.length + sentences.alert.length === 0 && !read) return;
  for (const region of /** @type {const} */ (['status', 'alert'])) {
    const words = sentences[region].map((sentence) => said(sentence.key, sentence.name
      ? { name: has(sentence.name) ? t(sentence.name) : '', state: has(sentence.stateKey ?? '') ? t(sentence.stateKey ?? '') : '' }
      : sentence.params));
    setText(must(region), sentenced(words)); // what was said before is over
  }
}

/**
 * Opens a session or comes back to the one of the cookie.
 * @param {boolean} [fresh] a new one in any case
 */
async function open(fresh = false) {
  const turn = ++opening;
  connection.stop();
  dispatch({ type: 'opening', now: Date.now() });
  const stop = new AbortController();
  const deadline = setTimeout(() => stop.abort(), OPEN_DEADLINE);
  try {
    const enrolment = await enrolmentId();
    applyJourney();
    const answer = await fetch('/api/sessions', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ language: language(), ...(fresh ? { new: true } : {}), ...(enrolment ? { enrolment } : {}) }),
      signal: stop.signal,
    });
    if (turn !== opening) return;
    if (!answer.ok) {
      if (isJourney() && leftFor(answer.status, await answer.json().catch(() => null))) return;
      dispatch({ type: 'failed', now: Date.now(), status: answer.status, retryAfter: Number(answer.headers.get('Retry-After')) || 60 });
      return;
    }
    const { reference } = await answer.json();
    if (turn !== opening) return;
    dispatch({ type: 'opened', now: Date.now(), reference });
    connection.start();
  } catch (error) {
    if (error instanceof ApiError && leftFor(error.status, null)) return;
    if (turn === opening) dispatch({ type: 'failed', now: Date.now(), status: 0 });
  } finally {
    clearTimeout(deadline);
  }
}

/**
 * Goes where the refusal of a session belongs: to log in, or to the request.
 * @param {number} status of HTTP
 * @param {any} body
 * @returns {boolean} whether the page is being left
 */
function leftFor(status, body) {
  if (status === 401) location.replace(loginFor(location));
  else if (isOfRequest(status, body)) location.replace(requestPath());
  else return false;
  return true;
}

function over() {
  const at = state.wire.progress?.state;
  return at === STATE.done || at === STATE.ended;
}

/** Sends now, or as soon as the connection is back. @param {{type: string, [field: string]: any}} message */
function send(message) {
  if (!connection.send(message)) pending = message;
}

connection.addEventListener('state', (event) => {
  const { state: link, code } = /** @type {CustomEvent} */ (event).detail;
  dispatch({ type: 'link', now: Date.now(), state: link, code });
  if ((link === 'open' || link === 'fallback') && pending) {
    const message = pending;
    pending = null;
    send(message);
  }
  // Nothing follows after the end.
  if (link === 'lost' && over()) connection.stop();
  // The server no longer knows the session, which ended while the page was away. A new one is
  // opened, at most once in ten seconds.
  if (link === 'final' && code === CLOSE.noSession && Date.now() - reopened > 10_000) {
    reopened = Date.now();
    void open();
  }
});

connection.addEventListener('message', (event) => {
  const message = /** @type {CustomEvent} */ (event).detail;
  const before = state.wire.progress;
  dispatch({ type: 'message', now: Date.now(), message });
  const spokenThere = state.wire.progress?.language;
  if (spokenThere && spokenThere !== before?.language) setLanguage(spokenThere, { remember: false });
  if (message.type === INCOMING.pairing && message.sameDevice) goOnHere(message);
});

/**
 * Leaves the proof that phone page and desktop page are one browser, then opens
 * the link here: at this page's own address, since the proof is kept per address.
 * @param {any} pairing
 */
function goOnHere(pairing) {
  try {
    localStorage.setItem(SAME_DEVICE, pairing.sameDevice);
    const link = new URL(pairing.url);
    location.assign(`${link.pathname}${link.hash}`);
  } catch {
    dispatch({ type: 'message', now: Date.now(), message: { type: INCOMING.error, code: 'storage' } });
  }
}

/** Asks for a new code when the one shown ran out, or when none came. */
function renewIfNeeded() {
  if (document.visibilityState !== 'visible') return;
  if (!wantsRenewal(state) && !wantsCode(state)) return;
  if (Date.now() - renewalAsked < ASK_AGAIN) return;
  if (connection.send({ type: OUTGOING.renew })) renewalAsked = Date.now();
}

/** @type {Record<string, () => void>} */
const actions = {
  retry: () => void open(),
  restart: () => void open(true),
  reload: () => location.reload(),
  here: () => void open(),
  'new-code': () => send({ type: OUTGOING.renew, manual: true }),
  'same-device': () => send({ type: OUTGOING.sameDevice }),
  'not-my-phone': () => send({ type: OUTGOING.notMyPhone }),
  extend: () => send({ type: OUTGOING.extend }),
  dismiss: () => dispatch({ type: 'dismiss', now: Date.now() }),
  mail: () => void sendLink('mail'),
  sms: () => void sendLink('sms'),
  copy: () => void copyLink(state.wire.pairing?.url ?? ''),
  'show-code': showCode,
  'send-again': () => void sendWayBack(),
  cancel: confirmCancel,
};

/** On a phone the code for another one is what few want. */
function showCode() {
  hide(must('with-code'), false);
  hide(must('show-code'), true);
  must('scan-title').focus();
}

/** Cancelling deletes pictures: it is asked once more. */
function confirmCancel() {
  const dialog = /** @type {HTMLDialogElement} */ (must('confirm'));
  if (typeof dialog.showModal === 'function') dialog.showModal();
  else dialog.setAttribute('open', ''); // browsers without modal dialogs show it in the page
  must('confirm-no').focus();
}

function closeConfirm() {
  const dialog = /** @type {HTMLDialogElement} */ (must('confirm'));
  if (typeof dialog.close === 'function') dialog.close();
  else dialog.removeAttribute('open');
}

function listen() {
  document.addEventListener('click', (event) => {
    const button = /** @type {Element} */ (event.target).closest?.('[data-action]');
    actions[button?.getAttribute('data-action') ?? '']?.();
  });
  must('confirm-no').addEventListener('click', closeConfirm);
  must('confirm-yes').addEventListener('click', () => {
    closeConfirm();
    send({ type: OUTGOING.cancel });
  });
  must('origins').addEventListener('change', (event) => {
    send({ type: OUTGOING.setAddress, origin: /** @type {HTMLSelectElement} */ (event.target).value });
  });
  document.addEventListener('visibilitychange', renewIfNeeded);
  placeSameDevice(isOneDevice());
  setInterval(() => {
    if (over()) return;
    dispatch({ type: 'tick', now: Date.now() });
    renewIfNeeded();
  }, TICK);
}

/** An id that tells this tab from the others of the same browser. */
function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function startPage() {
  oneDevice(onPhone());
  translatePage(document, (chosen) => {
    send({ type: OUTGOING.setLanguage, language: chosen });
    tellLanguage(chosen);
  });
  onLanguage(() => { render(state); applyJourney(); });
  applyJourney();
  if (isJourney()) {
    void showVisitor().then(({ me }) => {
      hide(must('mail'), !mayMail(me));
      if (me?.sms) void offerSms();
    });
  }
  listen();
  void open();
}

void loadWords('shell', 'desktop', 'hints').then(startPage);
