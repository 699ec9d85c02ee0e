// @ts-check
// Puts frame, arrow and hint where they belong over the camera picture.

import { draw, frameRect, pictureRect, shownRect, visiblePart } from './stage.js';
import { must, show } from './view.js';

/** @typedef {import('./stage.js').Rect} Rect */

/**
 * @param {{width: number, height: number}} video pixels of the camera picture
 * @param {string} step
 * @param {string} document
 * @param {boolean} upright the document lies along the tall side
 * @returns {{frame: Rect, visible: Rect, shown: Rect} | null} the frame; which part of the video is seen, in shares
 *   of it, and where in the stage; null before the stage has a size
 */
export function layOut(video, step, document, upright) {
  const stage = must('stage');
  const size = { width: stage.clientWidth, height: stage.clientHeight };
  if (!size.width || !size.height) return null;
  const taken = bars(size);
  const frame = frameRect({ stage: size, video, step, document, upright, bars: taken });
  stage.dataset.fill = pictureRect(size, video).fill;
  draw(must('overlay'), size, frame);
  // The style sheet puts the arrow on the side of the frame that it points to.
  for (const side of /** @type {const} */ (['x', 'y', 'width', 'height'])) stage.style.setProperty(`--frame-${side}`, `${frame[side]}px`);
  // The hint is under the frame of a standing phone. The style sheet places it on a lying one.
  const below = Math.min(frame.y + frame.height + 16, size.height - taken.bottom + 8);
  must('plate').style.top = size.width > size.height ? '' : `${below}px`;
  endHint();
  return { frame, visible: visiblePart(size, video), shown: shownRect(size, video) };
}

/** How far a movement is, as a ring around the frame. @param {number} share 0 to 1; below 0 for no ring */
export function ring(share) {
  must('stage').dataset.ring = String(share >= 0);
  must('stage').style.setProperty('--ring', String(Math.round(100 * (1 - Math.min(1, Math.max(0, share)))) / 100));
}

/**
 * Ends the hint's place above the control that is shown there, so that large type
 * grows upward, over the frame, and never under the shutter.
 */
function endHint() {
  const { clientWidth, clientHeight } = must('stage');
  const tops = ['shutter', 'skip', 'task-picture'].map((id) => must(id)).filter((control) => !control.hidden)
    .map((control) => control.getBoundingClientRect().top).filter((top) => top > 0);
  const standing = clientHeight > clientWidth && tops.length > 0;
  must('plate').style.bottom = standing ? `${clientHeight - Math.min(...tops) + 8}px` : '';
}

/** Points somewhere, or nowhere. @param {string} toward */
export function arrow(toward) {
  show(must('arrow'), Boolean(toward));
  must('arrow').dataset.toward = toward;
}

/** Pixels that the controls take of the stage. @param {{width: number, height: number}} size */
function bars(size) {
  return size.width > size.height ? { top: 64, bottom: 24 } : { top: 84, bottom: 204 };
}
