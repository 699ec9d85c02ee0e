// @ts-check
// Small functions that write the state into the page. Each may be called again
// with the same state and then changes nothing.

import { has, isOneDevice, t, language } from '../lib/i18n.js';
import { messageOf } from './model.js';
import { isPage } from '../wire/documents.js';
import { setLogo } from '../lib/dom.js';

/** An element that the page's HTML has. @param {string} id @returns {any} */
export function must(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element ${id}`);
  return element;
}

/** Sets a text only when it changes: a live region speaks on every change. @param {HTMLElement} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Works on drawings too: they have no property of that name. @param {Element} element @param {boolean} shown */
export function show(element, shown) {
  element.toggleAttribute('hidden', !shown);
}

/**
 * A button. The first of a screen is the main one.
 * @param {string} action @param {string} label @param {string} look class names
 * @returns {HTMLButtonElement}
 */
export function button(action, label, look) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = look;
  element.dataset.action = action;
  element.textContent = label;
  return element;
}

/**
 * Shows one screen. The focus moves to its heading, so that a screen reader
 * begins there and the keyboard goes on from there. Another language is no new screen:
 * who goes through the list of languages stays in it.
 * @param {string} name
 * @param {string} key changes when the same screen shows something new
 */
export function showScreen(name, key) {
  const changed = document.body.dataset.screen !== name || document.body.dataset.key !== key;
  const heading = /** @type {HTMLElement | null} */ (document.querySelector(`section[data-screen="${name}"] h1`));
  const title = heading?.textContent ? `${heading.textContent} – Visavis` : t('phone.name');
  if (document.title !== title) document.title = title;
  if (!changed) return;
  document.body.dataset.screen = name;
  document.body.dataset.key = key;
  for (const section of document.querySelectorAll('main > section')) {
    const element = /** @type {HTMLElement} */ (section);
    show(element, element.dataset.screen === name);
  }
  window.scrollTo(0, 0);
  heading?.focus({ preventScroll: true });
}

/** @param {any} invitation @param {number} now */
export function renderInvitation(invitation, now) {
  if (!invitation) return;
  setLogo('invitation-logo', invitation.logo);
  setText(must('invitation-site'), invitation.site);
  setText(must('invitation-desktop'), invitation.desktop);
  setText(must('invitation-place'), invitation.place ?? '');
  must('invitation-where').hidden = !invitation.place;
  setText(must('invitation-time'), whenText(invitation.openedAt, now));
}

/** The time of day. @param {number} at milliseconds since 1970 */
export function timeText(at) {
  return new Intl.DateTimeFormat(language(), { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
}

/** @param {number} at milliseconds since 1970 @param {number} now */
function whenText(at, now) {
  const date = new Date(at);
  const time = timeText(at);
  if (date.toDateString() === new Date(now).toDateString()) return t('phone.invitation.at', { time });
  const day = new Intl.DateTimeFormat(language(), { day: 'numeric', month: 'long' }).format(date);
  return t('phone.invitation.day', { day, time });
}

/** @param {boolean} waiting the digits were sent */
export function renderCompare(waiting) {
  must('compare-code').readOnly = waiting;
  must('compare-send').disabled = waiting;
}

/**
 * How many photos there will be, before the first: later it would be untrue, as when a face alone is asked for again.
 * @param {import('../wire/session.js').Progress | null} progress
 */
export function renderNotice(progress) {
  const two = isPage(progress?.document);
  show(must('notice-steps'), !progress?.steps?.some(({ state }) => state === 'accepted'));
  setText(must('notice-steps'), t(two ? 'phone.notice.steps.two' : 'phone.notice.steps.three'));
}

/**
 * The name of a step for this document: a page has no front. The words of a page are those of a passport's.
 * @param {string} step
 * @param {string | undefined} document
 */
export function subject(step, document) {
  return step === 'document-front' && isPage(document) ? 'passport' : step;
}

/** Puts the picture of what to do into a container. @param {Element | null} container @param {string} name '' for none */
export function putPicture(container, name) {
  const holder = /** @type {HTMLElement | null} */ (container);
  if (!holder || holder.dataset.shown === name) return;
  holder.dataset.shown = name;
  const template = /** @type {HTMLTemplateElement} */ (must('pictures'));
  const picture = name ? template.content.querySelector(`[data-picture="${name}"]`) : null;
  holder.replaceChildren(...(picture ? [picture.cloneNode(true)] : []));
}

/** @type {Record<string, string>} */
export const PICTURES = { 'document-front': 'front', passport: 'passport', 'document-back': 'back', selfie: 'face' };

/**
 * @param {string} about a subject
 * @param {boolean} moves a document will be tilted after its photo, a head turned before it
 * @param {boolean} lights and the camera's light may come on, or the screen show colours
 */
export function renderReady(about, moves, lights) {
  const tilt = moves && about !== 'selfie';
  show(must('ready-tilt'), tilt);
  show(must('ready-lamp'), lights);
  putPicture(must('ready-tilt').querySelector('.announce-picture'), tilt ? 'tilt' : '');
  show(must('ready-light'), moves && lights && about === 'selfie');
  setText(must('ready-title'), t(`phone.ready.title.${about}`));
  setText(must('ready-text'), t(`phone.ready.text.${about}`));
  putPicture(document.querySelector('section[data-screen="ready"] [data-pictures]'), PICTURES[about]);
}

/**
 * @param {string} name of the message
 * @param {{list: string[], reference: string, media: boolean, again: string}} about list: keys of the steps of the
 *   way out; again: when it was tried again in vain
 */
export function renderMessage(name, about) {
  const { tone, actions } = messageOf(name, isOneDevice());
  const box = must('message');
  const key = `${name} ${language()} ${isOneDevice()} ${about.reference} ${about.list.join()} ${about.media} ${about.again}`;
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.dataset.tone = tone;
  const known = has(`phone.message.${name}.title`) ? name : 'gone';
  putPicture(must('message-mark'), name === 'done' && !isOneDevice() ? 'done' : ''); // it shows a computer
  setText(must('message-title'), t(`phone.message.${known}.title`));
  setText(must('message-text'), t(`phone.message.${known}.text`));
  setText(must('message-again'), about.again);
  show(must('message-again'), about.again !== '');
  must('message-list').replaceChildren(...about.list.map((line) => {
    const item = document.createElement('li');
    item.textContent = t(line);
    return item;
  }));
  show(must('message-list'), about.list.length > 0);
  setText(must('message-reference'), about.reference ? t('phone.reference', { reference: about.reference }) : '');
  const offered = actions.filter((action) => action !== 'go-on-here' || about.media);
  must('message-actions').replaceChildren(...offered.map((action, i) =>
    button(action, t(`phone.action.${action}`), `button wide ${i === 0 ? 'button-primary' : 'button-text'}`)));
}

/**
 * @param {import('./state.js').PhoneState} state
 * @param {string} connection
 * @param {boolean} trust show how to make the phone trust the site
 * @param {number} now
 */
export function renderBanners(state, connection, trust, now) {
  show(must('banner-lost'), connection === 'lost');
  show(must('banner-fallback'), connection === 'fallback');
  show(must('trust-link'), trust);
  const progress = state.progress;
  const running = progress && !['done', 'ended'].includes(progress.state);
  for (const id of ['banner-warn', 'sheet-warn']) show(must(id), Boolean(running && progress.warn)); // a sheet hides what is behind it
  if (!running || !progress.warn) return;
  const left = ((progress.expiresAt ?? 0) - (now + state.clock)) / 60_000;
  for (const id of ['warn-text', 'sheet-warn-text']) setText(must(id), t('phone.banner.warn', { n: Math.max(1, Math.ceil(left)) }));
}

/** The marks of the steps on top of the camera. @param {import('../wire/session.js').Progress} progress */
export function renderMarks(progress) {
  const list = must('marks');
  const steps = progress.steps ?? [];
  while (list.childElementCount > steps.length) list.lastElementChild.remove();
  while (list.childElementCount < steps.length) list.append(mark());
  steps.forEach((step, i) => {
    const item = list.children[i];
    const about = subject(step.step, progress.document);
    item.dataset.state = step.state;
    if (step.state === 'active') item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
    const name = t(`phone.capture.short.${about}`);
    const [seen, read] = item.children;
    setText(seen, name);
    setText(read, step.state === 'accepted' ? t('phone.capture.done', { step: name }) : name);
  });
}

/** A step as it is seen, and as it is read: a list's entry has no other name than its text. */
function mark() {
  const item = document.createElement('li');
  const seen = document.createElement('span');
  const read = document.createElement('span');
  seen.setAttribute('aria-hidden', 'true');
  read.className = 'visually-hidden';
  item.append(seen, read);
  return item;
}
