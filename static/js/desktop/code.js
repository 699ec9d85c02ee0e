// @ts-check
// The screen of the code: QR, countdown, typed code, addresses, copying.

import { t } from '../lib/i18n.js';
import { hide, must, setDrawing, setText } from '../lib/dom.js';

/** @typedef {import('./state.js').PageState} PageState */

/**
 * @param {PageState} state
 * @param {{seconds: number, share: number}} left of the code's life
 * @param {boolean} help show the likely reasons why no phone came
 */
export function renderCode(state, left, help) {
  const { pairing } = state.wire;
  const qr = /** @type {HTMLImageElement} */ (must('qr'));
  setDrawing(qr, pairing.qr);
  if (qr.alt !== t('desktop.qr.alt')) qr.alt = t('desktop.qr.alt');
  must('countdown-bar').style.transform = `scaleX(${left.share})`;
  setText(must('countdown-text'), left.seconds > 0 ? t('desktop.countdown', { time: time(left.seconds) }) : t('desktop.countdown.now'));
  renderTyped(pairing);
  renderOrigins(pairing);
  hide(must('help'), !help);
  renderTrust(pairing.trustUrl ?? '');
  const field = /** @type {HTMLInputElement} */ (must('copy-field'));
  if (field.value !== pairing.url) field.value = pairing.url;
}

/** @param {number} seconds */
function time(seconds) {
  const m = Math.floor(seconds / 60);
  const s = seconds % 60;
  return m > 0 ? t('desktop.time.minutes', { m, s: String(s).padStart(2, '0') }) : t('desktop.time.seconds', { s });
}

/** Two groups of four, spelled letter by letter for a screen reader. @param {any} pairing */
function renderTyped(pairing) {
  const code = String(pairing.typedCode ?? '');
  setText(must('typed-url'), pairing.typedUrl ?? '');
  keepWayBack(pairing.typedUrl);
  setText(must('typed-shown'), `${code.slice(0, 4)} ${code.slice(4)}`);
  setText(must('typed-spelled'), t('desktop.typed.spelled', { letters: [...code].join(' ') }));
}

/** The addresses are one choice; the list is rebuilt only when it changes. @param {any} pairing */
function renderOrigins(pairing) {
  /** @type {string[]} */
  const origins = pairing.origins ?? [];
  setText(must('origin'), host(pairing.origin));
  hide(must('origin-local'), !isLocal(pairing.origin));
  hide(must('container'), !pairing.container);
  hide(must('origins-field'), origins.length < 2);
  const select = /** @type {HTMLSelectElement} */ (must('origins'));
  const known = [...select.options].map((option) => option.value).join(' ');
  if (known !== origins.join(' ')) {
    select.replaceChildren(...origins.map((origin) => new Option(host(origin), origin)));
  }
  if (document.activeElement !== select && select.value !== pairing.origin) select.value = pairing.origin;
}

/** @param {string} origin */
function host(origin) {
  return String(origin ?? '').replace(/^https?:\/\//, '');
}

/** An address that only this machine can reach. @param {string} origin */
function isLocal(origin) {
  return /^(localhost|127\.|\[::1\])/.test(host(origin));
}

/** Without a local root there is nothing to trust. @param {string} trustUrl */
function renderTrust(trustUrl) {
  hide(must('help-trust'), !trustUrl);
  setText(must('help-trust-url'), trustUrl);
}

/**
 * Copies the link, or shows it for copying by hand where the browser refuses.
 * @param {string} url
 */
export async function copyLink(url) {
  try {
    await navigator.clipboard.writeText(url);
    setText(must('copy-label'), t('desktop.copied'));
    setText(must('status'), t('desktop.copied'));
    setTimeout(() => setText(must('copy-label'), t('desktop.copy')), 4000);
  } catch {
    hide(must('copy-by-hand'), false);
    const field = /** @type {HTMLInputElement} */ (must('copy-field'));
    field.focus();
    field.select();
  }
}

/** Where the phone's page stands: a phone that has claimed goes on there without a code. Kept for a reload. */
const WAY_BACK = 'visavis-way-back';
let way = '';

/** Remembers the address that the code leads to. @param {string} url */
function keepWayBack(url) {
  if (!url || url === way) return;
  way = url;
  try {
    sessionStorage.setItem(WAY_BACK, url);
  } catch {
    // The choice lasts until a reload where the browser keeps nothing.
  }
}

/** The address that a phone goes back to. @returns {string} */
export function wayBack() {
  try {
    way ||= sessionStorage.getItem(WAY_BACK) ?? '';
  } catch {
    // Nothing was kept.
  }
  return way || `${location.origin}/p`;
}

/** Hands the address to another app of this computer, or copies it. */
export async function sendWayBack() {
  const url = wayBack();
  try {
    if (navigator.share) await navigator.share({ url });
    else await navigator.clipboard.writeText(url);
    if (!navigator.share) setText(must('way-copied'), t('desktop.way.copied'));
  } catch (error) {
    if (/** @type {any} */ (error)?.name === 'AbortError') return; // the person closed the list of apps
    getSelection()?.selectAllChildren(must('way-address')); // to be copied by hand
  }
}

/**
 * On a phone, going on with this very device comes first and is the one main
 * action; elsewhere it is the last of the three other ways.
 * @param {boolean} phone
 */
export function placeSameDevice(phone) {
  const block = must('same-device');
  const place = must(phone ? 'same-device-first' : 'same-device-later');
  if (block.parentElement !== place) place.append(block);
  hide(must('same-device-later'), phone);
  hide(must('with-code'), phone);
  hide(must('show-code'), !phone);
  block.classList.toggle('card', phone);
  block.querySelector('button')?.classList.toggle('button-primary', phone);
}
