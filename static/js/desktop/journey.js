// @ts-check
// The pairing page as a part of the journey (/capture): it belongs to an
// enrolment, whose page it comes from and goes back to. What it says differs
// there: stopping the capture does not end the request.

import { errorWords, get, post } from '../lib/api.js';
import { has, setWords, t } from '../lib/i18n.js';
import { hide, must, setText } from '../lib/dom.js';
import { telephone } from '../lib/format.js';
import { current } from '../wire/enrolment.js';

/** What was photographed is looked at for this long before the request goes on. */
export const DONE_SHOWN = 2_500;

let enrolment = '';
const journey = globalThis.location?.pathname === '/capture';

/** Whether the page is part of the journey. */
export function isJourney() {
  return journey;
}

/**
 * The enrolment that the address names, or the newest under way; '' outside the
 * journey.
 * @returns {Promise<string>}
 */
export async function enrolmentId() {
  if (!journey || enrolment) return enrolment;
  enrolment = new URLSearchParams(location.search).get('id') ?? current((await get('/api/enrolments')).enrolments)?.id ?? '';
  return enrolment;
}

/**
 * Tells the server which language its person chose, since its letters follow it. An answer
 * that is lost is no harm: the request's own page tells again.
 * @param {string} language
 */
export function tellLanguage(language) {
  if (enrolment) post(`/api/enrolments/${encodeURIComponent(enrolment)}/language`, { language }).catch(() => {});
}

/**
 * Whether a letter can bring this person to the capture: whom a site sent has no login here.
 * @param {import('../wire/enrolment.js').Me | null} me
 */
export function mayMail(me) {
  return !me?.account.subject.startsWith('site:');
}

/** The ways a link goes: the call, and what of the declaration the words name. */
const ways = /** @type {const} */ ({
  mail: { call: 'link', to: (/** @type {any} */ declared) => ({ email: declared?.email ?? '' }) },
  sms: { call: 'link/sms', to: (/** @type {any} */ declared) => ({ mobile: telephone(declared?.mobile) }) },
});

/** Shows the button of text messages where the number of the request gets them. */
export async function offerSms() {
  try {
    const view = await get(`/api/enrolments/${encodeURIComponent(await enrolmentId())}`);
    hide(must('sms'), !view.sms);
  } catch {
    hide(must('sms'), true); // the other ways to send the link stay
  }
}

/**
 * Has the link sent to the person's own address or number; what came of it stands under the
 * buttons, and is spoken.
 * @param {keyof typeof ways} way
 */
export async function sendLink(way) {
  const button = /** @type {HTMLButtonElement} */ (must(way));
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  const at = must('mail-said');
  try {
    const view = await post(`/api/enrolments/${encodeURIComponent(await enrolmentId())}/${ways[way].call}`);
    setWords(at, `desktop.${way}.sent`, ways[way].to(view.declared));
  } catch (error) {
    const { code, field, text } = /** @type {import('../lib/api.js').ApiError} */ (error);
    setWords(at, '');
    const known = code === 'sms-failed' || (code === 'limit' && ['letters', 'sms'].includes(field ?? ''));
    setText(at, (known && text) || errorWords(/** @type {any} */ (error)));
  }
  button.removeAttribute('aria-disabled');
  hide(at, false);
  setText(must('status'), at.textContent ?? '');
}

/** The request's own page. @param {string} [part] */
export function requestPath(part = '') {
  const query = enrolment ? `?id=${encodeURIComponent(enrolment)}` : '';
  return `/request${query}${part && `#${part}`}`;
}

/**
 * Whether the server's refusal to open a session is about the enrolment, whose
 * page says it in words: it is elsewhere by now, or has no attempt left.
 * @param {number} status of HTTP
 * @param {any} body
 */
export function isOfRequest(status, body) {
  return journey && ([403, 404, 409].includes(status) || (status === 429 && Boolean(body?.error?.next)));
}

/**
 * The text of a key, in its words for the journey where it has some.
 * @param {string} key
 * @param {import('../lib/i18n.js').Params} [params]
 */
export function said(key, params) {
  return t(journey && has(`${key}.journey`) ? `${key}.journey` : key, params);
}

/** Writes the words and links that differ into the page. */
export function applyJourney() {
  for (const part of document.querySelectorAll('[data-journey]')) {
    hide(/** @type {HTMLElement} */ (part), (part.getAttribute('data-journey') === 'yes') !== journey);
  }
  if (!journey) return;
  for (const element of document.querySelectorAll('[data-t]')) {
    const key = /** @type {string} */ (element.getAttribute('data-t'));
    if (has(`${key}.journey`) && element.textContent !== said(key)) element.textContent = said(key);
  }
  for (const link of document.querySelectorAll('a[data-request]'))
    link.setAttribute('href', requestPath(link.getAttribute('data-request') ?? ''));
  must('single-home').setAttribute('href', requestPath());
}
