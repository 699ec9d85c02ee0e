// @ts-check
// The sheet that comes up over the camera: what to do next, why a photo was not
// kept, a frozen picture, whether to stop. One at a time; it takes the focus and
// gives it back.

import { has, language, onLanguage, t } from '../lib/i18n.js';
import { button, must, putPicture, setText, show } from './view.js';

/**
 * @typedef {object} SheetContent
 * @property {string} name tells one sheet from another
 * @property {string} title
 * @property {string} text
 * @property {string} [picture] name of a drawing
 * @property {string} [image] URL of a photo
 * @property {boolean} [face] the photo is of a face: shown whole
 * @property {string} [left] a small line
 * @property {Array<{name: string, value: number, ok: boolean, min?: number, max?: number, unit?: string}>} [checks]
 * @property {string[]} actions the first one is the main one
 * @property {(action: string) => string} [label]
 */

/** Parts of the page that the sheet covers. */
const BEHIND = ['main', 'header', 'banners'];

/** The sheet of the page. Its actions bubble as clicks like every other. */
export class Sheet {
  #name = '';
  /** @type {(() => SheetContent) | null} */ #make = null;
  /** @type {Element | null} */ #before = null;

  constructor() {
    onLanguage(() => this.#translate());
    must('sheet').addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => keepFocus(event));
  }

  get name() {
    return this.#name;
  }

  /** @param {() => SheetContent} make called again when the language changes @returns {SheetContent} */
  open(make) {
    const content = make();
    const opened = this.#name === '';
    this.#name = content.name;
    this.#make = make;
    if (opened) this.#before = document.activeElement;
    must('sheet-details').open = false;
    fill(content);
    show(must('sheet'), true);
    show(must('sheet-back'), true);
    for (const id of BEHIND) must(id).setAttribute('aria-hidden', 'true');
    must('sheet-title').focus({ preventScroll: true });
    return content;
  }

  /** The same sheet in the language of now; the focus stays on its button. */
  #translate() {
    if (this.#name === '' || !this.#make) return;
    const at = [...must('sheet-actions').children].indexOf(/** @type {Element} */ (document.activeElement));
    fill(this.#make());
    if (at >= 0) /** @type {HTMLElement} */ (must('sheet-actions').children[at]).focus({ preventScroll: true });
  }

  close() {
    if (this.#name === '') return;
    this.#name = '';
    this.#make = null;
    show(must('sheet'), false);
    show(must('sheet-back'), false);
    for (const id of BEHIND) must(id).removeAttribute('aria-hidden');
    focusAgain(this.#before);
  }
}

/** What had the focus gets it back; the screen's heading where that is gone, or where nothing had it. @param {Element | null} before */
function focusAgain(before) {
  const there = before && before !== document.body && before.getClientRects().length > 0;
  const heading = document.querySelector('main > section:not([hidden]) h1');
  /** @type {HTMLElement | null} */ (there ? before : heading)?.focus({ preventScroll: true });
}

/** @param {SheetContent} content */
function fill(content) {
  setText(must('sheet-title'), content.title);
  setText(must('sheet-text'), content.text);
  setText(must('sheet-left'), content.left ?? '');
  putPicture(must('sheet').querySelector('[data-pictures]'), content.picture ?? '');
  const image = must('sheet-picture');
  if (!content.image) image.removeAttribute('src');
  else if (image.getAttribute('src') !== content.image) image.src = content.image;
  image.dataset.face = String(Boolean(content.face));
  show(image, Boolean(content.image));
  renderChecks(content.checks ?? []);
  const label = content.label ?? ((/** @type {string} */ action) => t(`phone.action.${action}`));
  must('sheet-actions').replaceChildren(...content.actions.map((action, i) =>
    button(action, label(action), `button wide ${i === 0 ? 'button-primary' : 'button-text'}`)));
}

/** @param {NonNullable<SheetContent['checks']>} checks */
function renderChecks(checks) {
  const failed = checks.filter((check) => !check.ok);
  show(must('sheet-details'), failed.length > 0);
  const rows = failed.map((check) => {
    const row = document.createElement('div');
    const name = document.createElement('dt');
    const value = document.createElement('dd');
    name.textContent = t(has(`check.${check.name}`) ? `check.${check.name}` : 'check.other');
    value.textContent = measured(check);
    row.append(name, value);
    return row;
  });
  must('sheet-checks').replaceChildren(...rows);
}

/** The value with its limits; the value alone where the check has none. @param {NonNullable<SheetContent['checks']>[number]} check */
function measured(check) {
  const unit = has(`unit.${check.unit}`) ? t(`unit.${check.unit}`) : '';
  if (check.min == null && check.max == null) return round(check.value) + unit;
  return t('phone.check', { value: round(check.value), unit, wanted: wanted(check) });
}

/** @param {{min?: number, max?: number}} check */
function wanted({ min, max }) {
  if (min != null && max != null) return t('phone.check.between', { min: round(min), max: round(max) });
  return min != null ? t('phone.check.min', { min: round(min) }) : t('phone.check.max', { max: round(max ?? 0) });
}

/** As the language writes it, with two digits after the comma at most. @param {number} value @returns {string} */
function round(value) {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 2 }).format(value);
}

/** Tab stays inside the sheet. @param {KeyboardEvent} event */
function keepFocus(event) {
  if (event.key !== 'Tab') return;
  const stops = /** @type {HTMLElement[]} */ ([...must('sheet').querySelectorAll('button, summary, a[href]')])
    .filter((element) => element.offsetParent !== null);
  if (stops.length === 0) return;
  const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const edge = event.shiftKey ? at <= 0 : at === stops.length - 1;
  if (!edge) return;
  event.preventDefault();
  stops[event.shiftKey ? stops.length - 1 : 0].focus();
}
