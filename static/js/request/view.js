// @ts-check
// Writes what the model says into the request's page. Every function may be
// called twice with the same state: it touches only what changed.

import { has, setWords, t } from '../lib/i18n.js';
import { hide, must, setLogo, setText, setValue } from '../lib/dom.js';
import { fillList, renderFacts, setBusy, setOptional, showScreen } from '../lib/page.js';
import { day, documentDate, nearTime, telephone } from '../lib/format.js';
import { fullName, may, stepKey } from '../wire/enrolment.js';
import {
  asksAddress, captureSteps, expectation, headings, isResumed, photographed, PHOTOS, railOf, refusalWords, screenOf, single,
  SLOW_AFTER, waitSteps,
} from './model.js';
import { renderAppointment } from './appointment.js';
import { renderBoxes, renderCertificate, renderConfirm, renderDispute } from './forms.js';

/** @typedef {import('./state.js').RequestState} RequestState */
/** @typedef {import('../wire/enrolment.js').View} View */

const marks = { attention: '(!) ', done: '✓ ', '': '' };

/** @type {Record<string, (view: View, state: RequestState) => void>} */
const screens = {
  declared: renderDeclared,
  correct: (view) => hide(must('mobile-field'), !view.mobileNeeded),
  consent: renderConsent,
  capture: renderCapture,
  again: renderAgain,
  attempts: renderAttempts,
  wait: renderWait,
  confirm: renderConfirm,
  dispute: renderDispute,
  certificate: renderCertificate,
  issuing: renderIssuing,
  'in-person': renderInPerson,
  refused: renderRefused,
};

/** Shows a state. @param {RequestState} state @returns {boolean} whether the heading got the focus */
export function render(state) {
  const screen = screenOf(state);
  const kept = Boolean(document.activeElement?.closest('main, dialog'));
  showScreen(screen);
  renderHeading(state);
  renderRail(railOf(screen), photographed(screen, state.view));
  renderBanners(state);
  renderAddress(state);
  renderSingle(state);
  if (state.view) screens[screen]?.(state.view, state);
  renderFoot(state);
  renderOtherwise(state.view);
  setBusy(state.busy !== '');
  return keepFocus(kept);
}

/** @param {RequestState} state */
function renderHeading(state) {
  const { heading, lead, title, mark } = headings(state);
  setText(must('heading'), t(heading));
  const name = screenOf(state) === 'confirm' && state.view?.extracted ? fullName(state.view.extracted) : '';
  if (lead) setText(must('lead'), t(lead));
  else setValue(must('lead'), name);
  hide(must('lead'), !lead && !name);
  const tab = `${marks[mark]}${t(title)} – Visavis`;
  if (document.title !== tab) document.title = tab;
}

/**
 * @param {number} current from 0; past the last one when all is done; -1 where the way has ended
 * @param {boolean} photos whether some were taken
 */
function renderRail(current, photos) {
  const items = [...must('rail').children];
  items.forEach((item, index) => {
    item.toggleAttribute('data-done', index < current && (photos || index !== PHOTOS));
    if (index === current) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
  });
  hide(must('rail-short'), current < 0 || current >= items.length);
  const name = items[current]?.querySelector('.step-name')?.textContent ?? '';
  setText(must('rail-short'), t('request.rail.short', { n: current + 1, count: items.length, name }));
}

/** @param {RequestState} state */
function renderBanners({ lost, moved, problem, busy, busySince, now, since, view }) {
  const site = view?.site?.name ?? '';
  setLogo('site-logo', view?.site?.logo);
  setOptional('asked-by', site && t('request.site', { site }));
  hide(must('banner-elsewhere'), !view?.site?.elsewhereAt || Boolean(view.site.over));
  setText(must('elsewhere-text'), site && t('request.site.elsewhere', { site }));
  hide(must('banner-lost'), !lost || !view);
  hide(must('banner-moved'), !moved);
  hide(must('banner-busy'), !busy || now - busySince < SLOW_AFTER);
  hide(must('banner-error'), !problem);
  setText(must('error-text'), problem?.text ?? '');
  setOptional('error-reference', problem?.reference ? t('shell.reference', { reference: problem.reference }) : '');
  hide(must('slow'), now - since < SLOW_AFTER);
}

/** @param {RequestState} state */
function renderAddress({ view, reached, sentAgain }) {
  hide(must('form-address'), !asksAddress(view));
  setText(must('address-text'), t('request.address.text', { email: view?.declared?.email ?? '' }));
  hide(must('address-sent'), !sentAgain);
  hide(must('banner-address'), !reached);
  hide(must('banner-disowned'), !view?.disownedAt);
  hide(must('disowned-other'), !view || !may(view, 'correct'));
}

/** @param {RequestState} state */
function renderSingle(state) {
  const words = single(screenOf(state), state.view?.site);
  if (!words) return;
  const site = state.view?.site?.name ?? '';
  setText(must('single-text'), t(words.text, { name: state.me?.account.name ?? '', site }));
  const link = /** @type {HTMLAnchorElement} */ (must('single-link'));
  setOptional(link, words.link ? t(words.link.words, { site }) : '');
  if (words.link) link.setAttribute('href', words.link.href);
  const button = must('single-button');
  setOptional(button, words.button ? t(words.button.words) : '');
  button.dataset.action = words.button?.action ?? '';
  hide(must('single-home'), !words.home);
}

/** @param {RequestState} state */
function renderFoot({ view }) {
  setOptional('reference', view ? t('shell.reference', { reference: view.reference }) : '');
  hide(must('cancel'), !view || !may(view, 'cancel'));
}

/** @param {View} view */
function renderDeclared(view) {
  const declared = view.declared ?? { surname: '', givenNames: '', email: '' };
  renderFacts('declared-name', [
    ['request.surname', declared.surname],
    ['request.given-names', declared.givenNames],
    ['request.birth-date', documentDate(declared.birthDate), true],
  ]);
  const mobile = view.mobileNeeded ? telephone(declared.mobile) || t('request.mobile.none') : '';
  renderFacts('declared-reach', [['request.mobile', mobile, true], ['request.email', declared.email]]);
  hide(must('mobile-use'), !view.mobileNeeded);
}

/** Where the way in person can be chosen. @param {View | null} view */
function renderOtherwise(view) {
  const offered = Boolean(view && may(view, 'go-in-person') && !view.again);
  for (const button of document.querySelectorAll('[data-action="otherwise"]')) hide(/** @type {HTMLElement} */ (button), !offered);
  hide(must('attempts-else'), !offered);
}

/** @param {View} view @param {RequestState} state */
function renderConsent(view, { me }) {
  const alone = me?.review === 'none' ? '.alone' : '';
  setText(must('consent-2'), t(`request.consent.2${alone}`));
  setText(must('consent-3'), t(`request.consent.3${alone}`));
  renderBoxes(view.texts ?? [], may(view, 'go-in-person'));
}

/** Ends of an attempt that the person chose, and need no words. */
const chosen = new Set(['in-person', 'cancelled', 'cancelled-phone', 'cancelled-desktop', 'abandoned']);

/** @param {{reason: string} | undefined} failure */
function failureWords(failure) {
  if (!failure || chosen.has(failure.reason)) return '';
  const key = `request.failure.${failure.reason}`;
  return t(has(key) ? key : 'request.failure');
}

/** @param {View} view */
function renderCapture(view) {
  setText(must('failure-text'), failureWords(view.failure));
  hide(must('failure'), !failureWords(view.failure));
  renderSteps('capture-steps', captureSteps(view));
  const resumed = isResumed(view);
  setOptional('capture-open', resumed && view.expiresAt ? t('request.capture.open', { day: day(view.expiresAt) }) : '');
  const { left = 0, of = 0 } = view.attempts ?? {};
  setOptional('capture-left', view.state === 'consented' && left > 0 && left < of ? t('request.capture.left', { n: left, of }) : '');
  renderCaptureLink(view, resumed ? 'request.capture.resume' : 'request.capture.do');
}

/** @param {View} view @param {string} words */
function renderCaptureLink(view, words) {
  const link = must('capture-link');
  setText(link, t(words));
  link.setAttribute('href', `/capture?id=${encodeURIComponent(view.id)}`);
  hide(must('capture-correct'), !may(view, 'correct') || Boolean(view.again));
}

/** @param {View} view */
function renderAgain(view) {
  const { step = '', area, words = '' } = view.again ?? {};
  hide(must('failure'), true);
  setText(must('again-words'), words);
  const picture = (view.pictures ?? []).find((one) => one.step === step);
  const image = /** @type {HTMLImageElement} */ (must('again-picture'));
  hide(image, !picture);
  if (picture && image.getAttribute('src') !== picture.url) image.src = picture.url;
  const name = t(stepKey(step, view.document));
  image.alt = picture ? t('request.picture.alt', { step: name }) : '';
  const label = t(area ? 'request.again.area' : 'request.again.whole');
  must('again-mark').setAttribute('aria-label', label);
  for (const id of ['again-rect', 'again-under']) {
    hide(must(id), !area);
    for (const [side, value] of Object.entries(area ?? {})) must(id).setAttribute(side, String(value * 100));
  }
  hide(must('again-figure'), !picture && !area);
  setText(
    must('again-caption'),
    `${t('request.again.step', { step: name })}${area && !picture ? `. ${t('request.again.area.drawn')}` : ''}`,
  );
  renderCaptureLink(view, 'request.again.do');
}

/** @param {View} view @param {RequestState} state */
function renderAttempts(view, { now }) {
  setText(must('attempts-failure-text'), failureWords(view.failure));
  hide(must('attempts-failure'), !failureWords(view.failure));
  setText(must('attempts-text'), t('request.attempts.text', { of: view.attempts?.of ?? 0 }));
  const next = view.attempts?.next;
  setOptional('attempts-next', next ? t('request.attempts.next', { when: nearTime(next, now) }) : '');
}

/** @param {string} id @param {Array<{name: string, state: string, done: boolean, current?: boolean}>} steps */
function renderSteps(id, steps) {
  fillList(must(id), 'step-template', steps, (item, step) => {
    item.toggleAttribute('data-done', step.done);
    if (step.current) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
    setText(/** @type {HTMLElement} */ (item.children[0]), has(step.name) ? t(step.name) : step.name);
    setText(/** @type {HTMLElement} */ (item.children[1]), t(step.state));
  }, (step) => step.name);
}

/**
 * What closing the page means: a letter comes, unless the last one could not be sent or the address is not confirmed.
 * @param {View} view
 */
function closing(view) {
  if (view.undelivered) return 'request.wait.unreached';
  return view.address && !view.address.confirmed ? 'request.wait.unconfirmed' : 'request.wait.close';
}

/** @param {View} view @param {RequestState} state */
function renderWait(view, { now, me }) {
  const { key, words, more, when, queue } = expectation(view, now);
  setText(must('wait-range'), key ? t(key) : words);
  setOptional('wait-more', more && t(more, { when }));
  setOptional('wait-queue', queue === null ? '' : queue === 0 ? t('request.wait.first') : t('request.wait.queue', { n: queue }));
  renderSteps('wait-steps', waitSteps(view, me?.review !== 'none'));
  setText(must('wait-close'), t(closing(view), { email: view.declared?.email ?? '' }));
  setOptional('wait-since', view.wait?.since ? t('request.wait.since', { when: nearTime(view.wait.since, now) }) : '');
}

/** @param {View} view */
function renderIssuing(view) {
  setText(must('issuing-text'), t('request.issuing.text'));
  setText(must('issuing-close'), t(closing(view), { email: view.declared?.email ?? '' }));
}

/** @param {View} view @param {RequestState} state */
function renderInPerson(view, state) {
  setValue(must('in-person-reference'), view.reference);
  renderAppointment(view, state);
  const byAppointment = Boolean(view.appointment) || may(view, 'book-appointment');
  const facts = placeFacts(view).filter(([key]) => !byAppointment || key !== 'request.in-person.hours'); // they are the slots'
  renderFacts('in-person-facts', [...facts, ['request.in-person.until', view.appointment ? '' : day(view.expiresAt)]]);
  hide(must('remote'), !may(view, 'go-remote'));
}

/** Where the check in person is made, and what it takes. @param {View} view @returns {Array<[string, string | undefined]>} */
export function placeFacts(view) {
  const { place, hours, directions, bring } = view.inPerson ?? { place: undefined };
  return [
    ['request.in-person.place', place], ['request.in-person.directions', directions], ['request.in-person.hours', hours],
    ['request.in-person.bring', bring],
  ];
}

/** @param {View} view */
function renderRefused(view) {
  const refusal = view.refusal ?? { reason: '', at: '' };
  const { why, next } = refusalWords(view);
  setText(must('refused-why'), t(why));
  setText(must('refused-next'), t(next));
  hide(must('refused-automatic'), !refusal.automatic);
  setText(must('refused-words'), refusal.words ?? '');
  hide(must('refused-said'), !refusal.words);
  setWords(must('refused-by'), refusal.reason === 'issuer' ? 'request.refused.said.issuer' : 'request.refused.said');
  const contestable = Boolean(refusal.contestable);
  hide(must('refused-contest'), !contestable);
  setOptional('refused-once', contestable ? t('request.refused.contest.once') : refusal.contested ? t('request.refused.contest.done') : '');
  setOptional('refused-kept', view.deletedAt ? t('request.refused.kept', { day: day(view.deletedAt) }) : '');
}

/**
 * An update never takes the focus; but where the focused element has gone with
 * its screen, the heading takes it, so that the keyboard is not thrown back to
 * the top of the page.
 * @param {boolean} kept whether the focus was inside before
 * @returns {boolean} whether it took it
 */
function keepFocus(kept) {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  if (!kept || (active && active !== document.body && active.getClientRects().length > 0)) return false;
  must('heading').focus({ preventScroll: true });
  if (must('heading').getBoundingClientRect().top < 0) must('heading').scrollIntoView();
  return true;
}
