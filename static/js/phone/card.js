// @ts-check
// The outline of the document that the server found, drawn over the camera's picture. It
// glides from one verdict to the next, since verdicts come six times a second at most. The
// geometry is pure; Outline alone touches the page.

/** How long the outline takes for most of its way to a new place, in milliseconds. */
const GLIDE = 90;
/** Without a newer verdict for this long nothing is known to be there any more. */
export const STALE = 900;
/** Nearer than this the outline has arrived, in pixels of the stage. */
const ARRIVED = 0.4;

/** @typedef {[number, number]} Point */
/** @typedef {{x: number, y: number, width: number, height: number}} Rect */

/**
 * Corners of a preview as points of the stage.
 * @param {number[][] | undefined} corners 0..1 of the preview: top left, top right, bottom right, bottom left
 * @param {Rect} shown where the preview's picture lies in the stage
 * @param {boolean} mirrored
 * @returns {Point[]} empty where no document was found
 */
export function onStage(corners, shown, mirrored) {
  if (corners?.length !== 4) return [];
  return corners.map(([x, y]) => [shown.x + (mirrored ? 1 - x : x) * shown.width, shown.y + y * shown.height]);
}

/**
 * Where the outline is after some time on its way.
 * @param {Point[]} from @param {Point[]} to
 * @param {number} ms since it was at from
 * @returns {Point[]}
 */
export function glide(from, to, ms) {
  if (from.length !== to.length) return to;
  const share = 1 - Math.exp(-Math.max(0, ms) / GLIDE);
  return from.map(([x, y], i) => [x + (to[i][0] - x) * share, y + (to[i][1] - y) * share]);
}

/**
 * The side of an outline that a tilt is to lift: the one that is nearest to that edge of
 * the picture, whichever way the document lies.
 * @param {Point[]} outline four points
 * @param {string} edge left, right, up or down
 * @returns {[Point, Point] | null}
 */
export function sideToward(outline, edge) {
  if (outline.length !== 4) return null;
  const [axis, sign] = { left: [0, -1], right: [0, 1], up: [1, -1], down: [1, 1] }[edge] ?? [0, 0];
  if (sign === 0) return null;
  const sides = outline.map((point, i) => /** @type {[Point, Point]} */ ([point, outline[(i + 1) % 4]]));
  const reach = (/** @type {[Point, Point]} */ [a, b]) => sign * (a[axis] + b[axis]);
  return sides.reduce((best, side) => (reach(side) > reach(best) ? side : best));
}

/** @param {Point[]} points @param {boolean} closed @returns {string} an SVG path */
export function pathOf(points, closed) {
  if (points.length === 0) return '';
  const at = ([x, y] = /** @type {Point} */ ([0, 0])) => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
  return `M${points.map(at).join('L')}${closed ? 'z' : ''}`;
}

/** The outline on the page. */
export class Outline {
  #card;
  #side;
  /** @type {Point[]} */ #at = [];
  /** @type {Point[]} */ #to = [];
  #seen = 0;
  #last = 0;
  #frame = 0;
  /** @type {any} */ #leaving;
  #edge = '';
  /** @type {Point[]} */ #place = [];
  #still;

  /**
   * @param {Element} card the path of the outline
   * @param {Element} side the path of the side to lift
   * @param {() => boolean} [still] whether the person wants no motion
   */
  constructor(card, side, still = () => matchMedia('(prefers-reduced-motion: reduce)').matches) {
    this.#card = card;
    this.#side = side;
    this.#still = still;
  }

  /** A verdict. @param {Point[]} points of the stage; empty where nothing was found @param {boolean} good @param {number} now */
  see(points, good, now) {
    if (points.length === 0) return; // the outline stays for one miss, and goes when it is stale
    this.#seen = now;
    this.#to = points;
    if (this.#at.length === 0 || this.#still()) this.#at = points;
    this.#card.setAttribute('data-good', String(good));
    if (!this.#frame) this.next(now);
  }

  /** Marks the side to lift. @param {string} edge '' for none */
  lift(edge) {
    this.#edge = edge;
    this.draw();
  }

  /** The frame, which stands for a document that is not found. @param {Rect} frame */
  within({ x, y, width, height }) {
    this.#place = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
    this.draw();
  }

  clear() {
    clearTimeout(this.#leaving);
    this.#at = this.#to = [];
    this.draw();
  }

  // The members below are private.

  /** @param {number} now */
  next(now) {
    this.#last = now;
    this.#frame = requestAnimationFrame(() => this.move(Date.now()));
    this.draw();
  }

  /** @param {number} now */
  move(now) {
    this.#frame = 0;
    if (this.#to.length === 0) return;
    if (now - this.#seen > STALE) return this.clear();
    this.#at = glide(this.#at, this.#to, now - this.#last);
    const far = this.#at.some(([x, y], i) => Math.hypot(x - this.#to[i][0], y - this.#to[i][1]) > ARRIVED);
    if (far) return this.next(now);
    this.draw();
    // The outline rests here. The next look only removes it, if nothing has confirmed it by then.
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => { if (!this.#frame && Date.now() - this.#seen > STALE) this.clear(); }, STALE + 50);
  }

  draw() {
    this.#card.setAttribute('d', pathOf(this.#at, true));
    this.#side.setAttribute('d', pathOf(sideToward(this.#at.length ? this.#at : this.#place, this.#edge) ?? [], false));
  }
}
