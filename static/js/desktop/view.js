// @ts-check
// Writes what the model says into the page. Every function may be called twice
// with the same state: it touches only what changed.

import { has, t } from '../lib/i18n.js';
import {
  alarming, againOf, awayOf, countdown, guidance, headings, isLost, minutesLeft, phoneOf, railOf, screenOf, single, slow, stepList,
  wantsHelp, warns,
} from './model.js';
import { hintKey } from '../wire/hints.js';
import { renderCode, wayBack } from './code.js';
import { hide, must, setPicture, setText } from '../lib/dom.js';
import { isJourney, said } from './journey.js';

/** @typedef {import('./state.js').PageState} PageState */

const marks = { attention: '(!) ', done: '✓ ', '': '' };

/**
 * Shows a state.
 * @param {PageState} state
 * @returns {boolean} whether the heading got the focus
 */
export function render(state) {
  const screen = screenOf(state);
  const kept = focusInside();
  document.body.dataset.state = screen;
  renderHeading(state);
  renderRail(railOf(screen));
  renderBanners(state);
  renderSingle(state);
  if (screen === 'pairing') renderCode(state, countdown(state), wantsHelp(state));
  if (screen === 'comparing') renderCompare(state);
  if (screen === 'paired' || screen === 'capturing') renderFollow(state);
  renderSteps(must(screen === 'done' ? 'steps-done' : 'steps'), state);
  renderPhoneName(state);
  const reference = state.wire.progress?.reference ?? '';
  setText(must('done-reference'), reference && t('desktop.reference', { reference }));
  hide(must('slow'), !slow(state));
  hide(must('fallback'), state.link !== 'fallback');
  return keepFocus(kept);
}

/** @param {PageState} state */
function renderHeading(state) {
  const { heading, lead, title, mark } = headings(state);
  setText(must('heading'), said(heading));
  setText(must('lead'), lead && said(lead));
  hide(must('lead'), !lead);
  const name = `${marks[mark]}${said(title)} – Visavis`;
  if (document.title !== name) document.title = name;
}

/** @param {number} current from 0; past the last one when all is done */
function renderRail(current) {
  if (isJourney()) return; // the journey's own rail stands still here
  const items = [...must('rail').children];
  items.forEach((item, index) => {
    item.toggleAttribute('data-done', index < current);
    if (index === current) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
  });
  const at = Math.max(0, Math.min(current, items.length - 1));
  hide(must('rail-short'), current < 0);
  const name = items[at].querySelector('.step-name')?.textContent ?? '';
  setText(must('rail-short'), t('desktop.rail.short', { n: at + 1, count: items.length, name }));
}

/** @param {PageState} state */
function renderBanners(state) {
  const { progress, notice } = state.wire;
  const over = progress?.state === 'ended' || progress?.state === 'done';
  hide(must('banner-lost'), !isLost(state) || over);
  hide(must('banner-warn'), !warns(state));
  if (warns(state)) setText(must('warn-text'), t('desktop.warn', { n: minutesLeft(state) }));
  const again = againOf(state);
  hide(must('banner-again'), !again);
  if (again) setText(must('again-text'), t(again));
  const key = notice && has(`desktop.notice.${notice}`) ? `desktop.notice.${notice}` : state.problem ? 'desktop.notice.error' : '';
  hide(must('banner-notice'), !key || over);
  must('banner-notice').classList.toggle('notice-warn', alarming.has(notice));
  if (key) setText(must('notice-text'), t(key));
}

/** @param {PageState} state */
function renderSingle(state) {
  const words = single(state);
  if (!words) return;
  setText(must('single-text'), said(words.text, { n: words.n }));
  setText(must('single-advice'), words.advice && said(words.advice));
  hide(must('single-advice'), !words.advice);
  const button = must('single-button');
  setText(button, said(words.button));
  button.dataset.action = words.action;
  hide(must('single-home'), !words.home);
  setText(must('single-reference'), words.reference && t('desktop.reference', { reference: words.reference }));
  hide(must('single-reference'), !words.reference);
}

/** @param {PageState} state */
function renderCompare(state) {
  const away = awayOf(state);
  setText(must('code'), state.wire.progress?.code ?? '');
  setText(must('compare-away'), away && `${t(`desktop.hint.${away}`)}. ${t(`desktop.hint.${away}.more`)}`);
  hide(must('compare-away-notice'), !away);
}

/** @param {PageState} state */
function renderFollow(state) {
  const { key, code, more, tone } = guidance(state);
  const about = { step: state.wire.live?.step, document: state.wire.progress?.document };
  const hint = must('hint');
  setText(hint, t(code ? hintKey(code, about, has) : key));
  hint.dataset.tone = tone;
  setText(must('hint-more'), more && t(more));
  hide(must('hint-more'), !more);
  const away = awayOf(state);
  const phone = must('phone');
  phone.dataset.presence = away || 'present';
  phone.dataset.step = state.wire.live?.step ?? state.wire.progress?.steps?.find((step) => step.state === 'active')?.step ?? '';
  setText(must('phone-veil'), away && t(`desktop.veil.${away}`));
  hide(must('phone-veil'), !away);
  const gone = away === 'absent' || away === 'asleep';
  hide(must('way-back'), !gone);
  if (gone) setText(must('way-address'), wayBack());
  else setText(must('way-copied'), '');
  setPicture(/** @type {HTMLImageElement} */ (must('thumbnail')), state.wire.live?.thumbnail ?? '', t('desktop.picture'));
}

/** @param {HTMLElement} list @param {PageState} state */
function renderSteps(list, state) {
  const steps = stepList(state);
  const template = /** @type {HTMLTemplateElement} */ (must('step-template'));
  while (list.children.length < steps.length) list.append(template.content.cloneNode(true));
  while (list.children.length > steps.length) list.lastElementChild?.remove();
  steps.forEach((step, index) => renderStep(/** @type {HTMLElement} */ (list.children[index]), step));
}

/** @param {HTMLElement} item @param {ReturnType<typeof stepList>[number]} step */
function renderStep(item, step) {
  item.toggleAttribute('data-done', step.done);
  if (step.current) item.setAttribute('aria-current', 'step');
  else item.removeAttribute('aria-current');
  const name = has(step.name) ? t(step.name) : step.step;
  setText(/** @type {HTMLElement} */ (item.querySelector('.step-name')), name);
  const notes = step.notes.filter((note) => has(`desktop.note.${note}`)).map((note) => t(`desktop.note.${note}`));
  const words = step.left ? t('desktop.step.left', { n: step.left }) : has(step.state) ? t(step.state) : '';
  setText(/** @type {HTMLElement} */ (item.querySelector('.step-state')), [words, ...notes].join(', '));
  setPicture(/** @type {HTMLImageElement} */ (item.querySelector('.step-picture')), step.picture, t('desktop.step.picture', { name }));
}

/** @param {PageState} state */
function renderPhoneName(state) {
  const phone = phoneOf(state);
  const when = phone && (phone.minutes ? t('desktop.phone.minutes', { n: phone.minutes }) : t('desktop.phone.now'));
  const words = phone ? t('desktop.phone.named', { name: phone.name || t('desktop.phone.unnamed'), when: when ?? '' }) : '';
  for (const place of document.querySelectorAll('[data-phone-name]')) setText(/** @type {HTMLElement} */ (place), words);
}

/** Whether the focus is on something inside the shown screen. */
function focusInside() {
  return Boolean(document.activeElement?.closest('.screen, .banners'));
}

/**
 * An update never takes the focus; but where the focused button has gone with
 * its screen, the heading takes it, so that the keyboard is not thrown back to
 * the top of the page.
 * @param {boolean} kept
 * @returns {boolean} whether it took it
 */
function keepFocus(kept) {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  if (!kept || (active && active !== document.body && active.getClientRects().length > 0)) return false;
  must('heading').focus({ preventScroll: true });
  return true;
}
