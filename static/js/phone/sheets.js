// @ts-check
// What stands on each sheet over the camera.

import { has, t } from '../lib/i18n.js';
import { hintKey } from '../wire/hints.js';
import { PICTURES } from './view.js';

/** @typedef {import('./sheet.js').SheetContent} SheetContent */

/**
 * What to do before a step.
 * @param {string} about a subject
 * @param {boolean} [moves] movements will be asked for
 * @param {boolean} [lights] the camera's light may come on with those of a document, and the screen shows colours after
 *   those of the head
 * @returns {SheetContent}
 */
export function introSheet(about, moves = false, lights = false) {
  const selfie = about === 'selfie';
  const after = [];
  if (moves && !selfie) after.push(t('phone.ready.tilt'));
  if (moves && lights) after.push(t(selfie ? 'phone.ready.light' : 'phone.ready.lamp'));
  return {
    name: 'intro',
    title: t(`phone.ready.title.${about}`),
    text: t(`phone.ready.text.${about}`),
    picture: PICTURES[about],
    left: after.join(' '),
    actions: ['intro-go', 'redo'],
    label: (action) => t(action === 'redo' ? 'phone.ready.redo' : 'phone.ready.go'),
  };
}

/**
 * A photo that was not kept: the photo, the cause, the gesture, and what else
 * may be done.
 * @param {any} result a still-result
 * @param {string} step
 * @param {string | undefined} document
 * @param {string} image URL of the photo
 * @returns {SheetContent}
 */
export function refusedSheet(result, step, document, image) {
  const refused = (/** @type {string} */ key) => key.replace(/^hint/, 'refused');
  const key = hintKey(result.hint ?? '', { step, document, toward: result.toward }, (name) => has(refused(name)));
  return {
    name: 'refused',
    title: t('phone.refused.title'),
    text: t(refused(key)),
    image,
    face: step === 'selfie',
    checks: result.checks,
    left: t('phone.refused.left', { n: result.stillsLeft }),
    actions: [
      'again', ...(result.offerAnyway ? ['use-anyway'] : []), ...(result.changeDocument ? ['change-document'] : []),
    ],
  };
}

/** The camera gives no new picture. @returns {SheetContent} */
export function frozenSheet() {
  return {
    name: 'frozen', title: t('phone.frozen.title'), text: t('phone.frozen.text'), actions: ['restart-camera', 'reload'],
  };
}

/** Asks before the person ends it. @returns {SheetContent} */
export function stopSheet() {
  return { name: 'stop', title: t('phone.stop.title'), text: t('phone.stop.text'), actions: ['go-on', 'bye-now'] };
}
