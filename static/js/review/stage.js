// @ts-check
// The viewer's stage: one picture that is zoomed, turned, shifted and lit by
// pointer and keyboard, and an area drawn on it. Fires `pose` when the picture
// lies otherwise, `area` (detail: the area) when the person draws or moves it,
// and `end` when they are done.

import {
  areaBetween, atRest, held, inside, lookAt, nudged, quarter, reset, scaleOf, shifted, toPicture, toStage, zoomed, ZOOM_STEP,
} from './geometry.js';

/** @typedef {import('./geometry.js').Area} Area */
/** @typedef {{x: number, y: number}} Point */

/** One press of an arrow shifts the picture by so many CSS pixels. */
const SHIFT = 60;
/** And the area by this share of the picture. */
const NUDGE = 0.01;
/** An area drawn smaller than this was a click, CSS pixels. */
const CLICK = 6;
/** Where an area begins that is drawn by keyboard. */
const MIDDLE = { x: 0.35, y: 0.4, width: 0.3, height: 0.2 };

/** @type {Record<string, [number, number]>} */
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Stage extends EventTarget {
  /** @param {{stage: HTMLElement, plane: HTMLElement, picture: HTMLImageElement, area: HTMLElement}} parts */
  constructor(parts) {
    super();
    this.parts = parts;
    this.pose = atRest();
    this.light = 100;
    this.contrast = 100;
    /** @type {Area | null} */
    this.area = null;
    this.drawing = false;
    /** Pointers that are down, by their id. @type {Map<number, Point>} */
    this.down = new Map();
    /** Where a drawn area began, 0..1 of the picture. @type {Point | null} */
    this.from = null;
    /** An area to look at once the picture is there. @type {Area | null} */
    this.wanted = null;
    this.listen();
  }

  /**
   * Shows a picture; another one begins as a whole and unlit.
   * @param {string} url '' for none
   * @param {string} alt
   * @param {{keep?: boolean}} [o] keep: the next frame of a sequence
   */
  show(url, alt, { keep = false } = {}) {
    const { picture } = this.parts;
    if (picture.alt !== alt) picture.alt = alt;
    if (url === (picture.getAttribute('src') ?? '')) return;
    if (!keep) this.reset();
    picture.hidden = !url;
    if (url) picture.src = url;
    else picture.removeAttribute('src');
  }

  /** Looks at an area of the picture, now or once it is there. @param {Area} area */
  look(area) {
    if (!this.pose.width) this.wanted = area;
    else this.move(lookAt(this.pose, area));
  }

  /** @param {Area | null} area @param {boolean} drawing */
  mark(area, drawing) {
    if (area === this.area && drawing === this.drawing) return;
    this.area = area;
    this.drawing = drawing;
    this.parts.stage.toggleAttribute('data-drawing', drawing);
    this.draw();
  }

  /** @param {number} factor @param {Point} [at] */
  zoom(factor, at) { this.move(zoomed(this.pose, factor, at)); }

  /** @param {1 | -1} way */
  turn(way) { this.move(quarter(this.pose, way)); }

  reset() {
    this.light = 100;
    this.contrast = 100;
    this.move(reset(this.pose));
  }

  /** @param {{light?: number, contrast?: number}} change percent */
  lit({ light = this.light, contrast = this.contrast }) {
    Object.assign(this, { light, contrast });
    this.draw();
  }

  /** @param {import('./geometry.js').Pose} pose */
  move(pose) {
    this.pose = pose;
    this.draw();
    this.dispatchEvent(new Event('pose'));
  }

  draw() {
    const { stage, plane, picture, area } = this.parts;
    const { width, height, turn, x, y, zoom } = this.pose;
    plane.style.width = `${width}px`;
    plane.style.height = `${height}px`;
    plane.style.transform = `translate(-50%, -50%) translate(${x}px, ${y}px) rotate(${turn}deg) scale(${scaleOf(this.pose)})`;
    picture.style.filter = this.light === 100 && this.contrast === 100 ? '' : `brightness(${this.light}%) contrast(${this.contrast}%)`;
    stage.toggleAttribute('data-zoomed', zoom > 1);
    area.hidden = !this.area;
    if (!this.area) return;
    area.style.left = `${this.area.x * 100}%`;
    area.style.top = `${this.area.y * 100}%`;
    area.style.width = `${this.area.width * 100}%`;
    area.style.height = `${this.area.height * 100}%`;
    area.style.setProperty('--line', `${2 / scaleOf(this.pose)}px`);
  }

  listen() {
    const { stage, picture, area } = this.parts;
    picture.addEventListener('load', () => this.measure());
    new ResizeObserver(() => this.measure()).observe(stage);
    stage.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    stage.addEventListener('pointerdown', (event) => this.pointerDown(event));
    stage.addEventListener('pointermove', (event) => this.pointerMove(event));
    for (const up of ['pointerup', 'pointercancel'])
      stage.addEventListener(up, (event) => this.pointerUp(/** @type {PointerEvent} */ (event)));
    stage.addEventListener('dblclick', (event) => { if (!this.drawing) this.zoom(this.pose.zoom > 1 ? 0 : 3, this.at(event)); });
    stage.addEventListener('keydown', (event) => { if (event.target === stage) this.stageKey(event); });
    area.addEventListener('keydown', (event) => this.areaKey(event));
  }

  measure() {
    const { stage, picture } = this.parts;
    const size = {
      width: picture.naturalWidth,
      height: picture.naturalHeight,
      stageWidth: stage.clientWidth,
      stageHeight: stage.clientHeight,
    };
    this.move(held({ ...this.pose, ...size }));
    if (this.wanted && size.width) {
      this.move(lookAt(this.pose, this.wanted));
      this.wanted = null;
    }
  }

  /** A point of the stage, from its centre. @param {MouseEvent} event @returns {Point} */
  at(event) {
    const box = this.parts.stage.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  }

  /** Zooms; where nothing is left to zoom out of, the page scrolls. @param {WheelEvent} event */
  wheel(event) {
    if (event.deltaY > 0 && this.pose.zoom <= 1) return;
    event.preventDefault();
    this.zoom(Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) / (event.ctrlKey ? 60 : 300)), this.at(event));
  }

  /** @param {PointerEvent} event */
  pointerDown(event) {
    if (event.button !== 0) return;
    this.down.set(event.pointerId, this.at(event));
    if (this.drawing && this.down.size === 1) {
      this.from = toPicture(this.pose, this.at(event));
      event.preventDefault();
    } else this.from = null;
    this.parts.stage.setPointerCapture(event.pointerId);
  }

  /** One pointer shifts or draws, two zoom. @param {PointerEvent} event */
  pointerMove(event) {
    const before = this.down.get(event.pointerId);
    if (!before) return;
    const now = this.at(event);
    const other = [...this.down].find(([id]) => id !== event.pointerId)?.[1];
    this.down.set(event.pointerId, now);
    if (this.from) {
      const start = toStage(this.pose, this.from);
      if (Math.hypot(now.x - start.x, now.y - start.y) >= CLICK) this.tell(areaBetween(this.from, toPicture(this.pose, now)));
    } else if (other) {
      const spread = (/** @type {Point} */ a) => Math.hypot(a.x - other.x, a.y - other.y) || 1;
      this.zoom(spread(now) / spread(before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else this.move(shifted(this.pose, now.x - before.x, now.y - before.y));
  }

  /** @param {PointerEvent} event */
  pointerUp(event) {
    this.down.delete(event.pointerId);
    if (this.from && this.area) this.dispatchEvent(new Event('end'));
    this.from = null;
  }

  /** @param {KeyboardEvent} event */
  stageKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const arrow = arrows[event.key];
    if (arrow) this.move(shifted(this.pose, -arrow[0] * SHIFT, -arrow[1] * SHIFT));
    else if (event.key === '+' || event.key === '=') this.zoom(ZOOM_STEP);
    else if (event.key === '-') this.zoom(1 / ZOOM_STEP);
    else if (event.key === '0') this.reset();
    else return;
    event.preventDefault(); // handled here, whether the page's shortcuts are on or not
  }

  /** @param {KeyboardEvent} event */
  areaKey(event) {
    if (!this.area || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Escape' || event.key === 'Enter') {
      event.preventDefault();
      this.dispatchEvent(new Event('end'));
      return;
    }
    const arrow = arrows[event.key];
    if (!arrow) return;
    event.preventDefault();
    this.tell(nudged(this.area, arrow[0], arrow[1], { grow: event.shiftKey, turn: this.pose.turn, by: NUDGE }));
  }

  /** The area that the keyboard begins with: what is in sight, in the middle. @returns {Area} */
  startArea() {
    if (this.pose.zoom <= 1) return MIDDLE;
    const { stageWidth, stageHeight } = this.pose;
    const corner = (/** @type {number} */ way) => toPicture(this.pose, { x: (way * stageWidth) / 6, y: (way * stageHeight) / 6 });
    return inside(areaBetween(corner(-1), corner(1)));
  }

  /** @param {Area} area */
  tell(area) {
    this.dispatchEvent(new CustomEvent('area', { detail: area }));
  }
}
