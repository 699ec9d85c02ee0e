// @ts-check
// The frame over the camera picture: where it lies, and its drawing. The geometry
// is pure; draw() alone touches the page.

import { isPage, proportion } from '../wire/documents.js';

/** Width over height of the frame for a face. */
const OVAL = 0.74;
/** Previews in a row that must see the document turned before the frame turns. */
const TURN_AFTER = 3;

/**
 * @typedef {{x: number, y: number, width: number, height: number}} Rect
 * @typedef {Rect & {kind: 'card'|'page'|'oval', radius: number}} Frame
 */

/**
 * Where the video's picture lies in the stage. It fills it where both stand the
 * same way, else it is shown whole: cropping a wide picture to a tall screen
 * would hide what is judged.
 * @param {{width: number, height: number}} stage
 * @param {{width: number, height: number}} video
 * @returns {Rect & {fill: 'cover'|'contain'}}
 */
export function pictureRect(stage, video) {
  if (!video.width || !video.height) return { x: 0, y: 0, ...stage, fill: 'cover' };
  const sameWay = (stage.width > stage.height) === (video.width > video.height);
  const pick = sameWay ? Math.max : Math.min;
  const scale = pick(stage.width / video.width, stage.height / video.height);
  const width = video.width * scale;
  const height = video.height * scale;
  return {
    x: (stage.width - width) / 2, y: (stage.height - height) / 2, width, height,
    fill: sameWay ? 'cover' : 'contain',
  };
}

/**
 * The part of the video that the stage shows, as shares of the video. What is judged and
 * kept is cut to it: a document that reaches out of the screen is cut off, as it looks.
 * @param {{width: number, height: number}} stage
 * @param {{width: number, height: number}} video
 * @returns {Rect}
 */
export function visiblePart(stage, video) {
  const picture = pictureRect(stage, video);
  const width = Math.min(1, stage.width / picture.width);
  const height = Math.min(1, stage.height / picture.height);
  return { x: (1 - width) / 2, y: (1 - height) / 2, width, height };
}

/**
 * Where that part lies in the stage.
 * @param {{width: number, height: number}} stage
 * @param {{width: number, height: number}} video
 * @returns {Rect}
 */
export function shownRect(stage, video) {
  const { x, y, width, height } = pictureRect(stage, video);
  return {
    x: Math.max(0, x), y: Math.max(0, y), width: Math.min(width, stage.width), height: Math.min(height, stage.height),
  };
}

/**
 * The frame to fill: as large as the free part of the picture allows.
 * @param {object} about
 * @param {{width: number, height: number}} about.stage
 * @param {{width: number, height: number}} about.video
 * @param {{top: number, bottom: number}} about.bars pixels that controls take
 * @param {string} about.step
 * @param {string} about.document
 * @param {boolean} about.upright the document lies along the tall side
 * @returns {Frame}
 */
export function frameRect({ stage, video, bars, step, document, upright }) {
  const picture = pictureRect(stage, video);
  const left = Math.max(0, picture.x);
  const top = Math.max(bars.top, picture.y);
  const right = Math.min(stage.width, picture.x + picture.width);
  const bottom = Math.min(stage.height - bars.bottom, picture.y + picture.height);
  const free = { width: Math.max(80, right - left), height: Math.max(80, bottom - top) };
  const kind = step === 'selfie' ? 'oval' : isPage(document) ? 'page' : 'card';
  let ratio = kind === 'oval' ? OVAL : proportion(document);
  if (kind !== 'oval' && upright) ratio = 1 / ratio;
  const share = kind === 'oval' ? 0.8 : 0.9;
  let width = free.width * share;
  let height = width / ratio;
  if (height > free.height * 0.94) {
    height = free.height * 0.94;
    width = height * ratio;
  }
  return {
    kind, width, height,
    x: left + (free.width - width) / 2,
    y: top + (free.height - height) / 2,
    radius: kind === 'card' ? Math.min(width, height) * 0.06 : 6,
  };
}

/**
 * Whether the document lies along the tall side, from its corners in the frame.
 * @param {number[][] | undefined} corners 0..1, clockwise from the top left
 * @param {{width: number, height: number}} video
 * @returns {boolean | undefined} undefined: not to be told
 */
export function liesUpright(corners, video) {
  if (corners?.length !== 4) return undefined;
  const side = (/** @type {number} */ from, /** @type {number} */ to) => Math.hypot(
    (corners[to][0] - corners[from][0]) * video.width,
    (corners[to][1] - corners[from][1]) * video.height,
  );
  const across = side(0, 1) + side(3, 2);
  const along = side(0, 3) + side(1, 2);
  if (Math.min(across, along) === 0) return undefined;
  const ratio = along / across;
  if (ratio > 1.15) return true;
  return ratio < 1 / 1.15 ? false : undefined;
}

/** Turns the frame the way the document is held, once that is sure. */
export class Turn {
  #upright = false;
  #against = 0;

  get upright() {
    return this.#upright;
  }

  reset() {
    this.#upright = false;
    this.#against = 0;
  }

  /** @param {boolean | undefined} seen @returns {boolean} whether the frame turned */
  see(seen) {
    if (seen === undefined || seen === this.#upright) {
      if (seen !== undefined) this.#against = 0;
      return false;
    }
    if (++this.#against < TURN_AFTER) return false;
    this.#upright = seen;
    this.#against = 0;
    return true;
  }
}

/** The outline of a frame as an SVG path. @param {Frame} frame @returns {string} */
export function outline(frame) {
  const { x, y, width, height, radius } = frame;
  if (frame.kind === 'oval') {
    const rx = width / 2;
    const ry = height / 2;
    return `M${n(x)} ${n(y + ry)}a${n(rx)} ${n(ry)} 0 1 1 ${n(width)} 0a${n(rx)} ${n(ry)} 0 1 1 ${n(-width)} 0z`;
  }
  const r = radius;
  return `M${n(x + r)} ${n(y)}h${n(width - 2 * r)}a${n(r)} ${n(r)} 0 0 1 ${n(r)} ${n(r)}v${n(height - 2 * r)}` +
    `a${n(r)} ${n(r)} 0 0 1 ${n(-r)} ${n(r)}h${n(2 * r - width)}a${n(r)} ${n(r)} 0 0 1 ${n(-r)} ${n(-r)}` +
    `v${n(2 * r - height)}a${n(r)} ${n(r)} 0 0 1 ${n(r)} ${n(-r)}z`;
}

/** @param {number} value */
function n(value) {
  return Math.round(value * 10) / 10;
}

/**
 * Draws the frame into the overlay.
 * @param {SVGElement} overlay with the paths overlay-dim, overlay-line, overlay-ring, overlay-tick
 * @param {{width: number, height: number}} stage
 * @param {Frame} frame
 */
export function draw(overlay, stage, frame) {
  overlay.setAttribute('viewBox', `0 0 ${n(stage.width)} ${n(stage.height)}`);
  const [dim, line, ring, tick] = ['dim', 'line', 'ring', 'tick'].map(
    (name) => /** @type {Element} */ (overlay.querySelector(`#overlay-${name}`)),
  );
  const path = outline(frame);
  dim.setAttribute('d', `M0 0h${n(stage.width)}v${n(stage.height)}h${n(-stage.width)}z${path}`);
  line.setAttribute('d', path);
  ring.setAttribute('d', path);
  const x = frame.x + frame.width / 2;
  const y = frame.y + frame.height / 2;
  tick.setAttribute('d', `M${n(x - 26)} ${n(y + 2)}l18 19l36 -40`);
}
