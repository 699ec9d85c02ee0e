// @ts-check
// Words of a capture on the very device that asked for it: there, nothing is on
// another computer.

import { has, t } from '../lib/i18n.js';

let here = false;

/** Says whether page and request are on one device. @param {boolean} on */
export function setHere(on) {
  here = on;
}

/** Whether page and request are on one device. */
export function isHere() {
  return here;
}

/** The text of a key, in its words for one device where it has some. @param {string} key */
export function said(key) {
  return t(here && has(`${key}.here`) ? `${key}.here` : key);
}

/** Writes the words that differ into the page. @param {ParentNode} root */
export function applyHere(root) {
  for (const element of root.querySelectorAll('[data-t]')) {
    const key = /** @type {string} */ (element.getAttribute('data-t'));
    if (has(`${key}.here`) && element.textContent !== said(key)) element.textContent = said(key);
  }
}

/** How many screens of this page the browser's Back goes through. @returns {number} */
export function depth() {
  return history.state?.depth ?? 0;
}

/** Gives each screen of the capture an entry of its own, so that Back goes one screen back. @param {number} to of the screen shown */
export function deepen(to) {
  for (let at = depth(); at < to; at++) history.pushState({ depth: at + 1 }, '');
}

/** Back to the page that asked: the one before this one's screens. */
export function goBack() {
  const steps = depth() + (history.state?.layer ? 2 : 1);
  if (history.length > steps) history.go(-steps);
  else location.assign('/');
}

/** A screen that lies over another gets an entry of its own: the browser's Back leaves it alone. */
export function enterLayer() {
  if (!history.state?.layer) history.pushState({ layer: true, depth: depth() }, '');
}

/** Leaves such a screen by its own button. */
export function leaveLayer() {
  if (history.state?.layer) history.back();
}
