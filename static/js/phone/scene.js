// @ts-check
// What lives over the camera's picture: the outline of the document, the ring of a
// movement and its drawing, the light of the screen. The hint and the shutter are
// shoot.js's.

import { Outline, onStage } from './card.js';
import { arrow, layOut, ring } from './finder.js';
import { Turn, liesUpright } from './stage.js';
import { Tempo } from './tempo.js';
import { must, putPicture, show } from './view.js';

/** So many dark previews in a row make the screen a lamp. */
const DARK = 2;

/** The picture over the camera. */
export class Scene {
  #camera;
  #turn = new Turn();
  #tempo = new Tempo();
  #outline = new Outline(must('overlay-card'), must('overlay-side'));
  /** @type {import('./stage.js').Rect | null} */ #shown = null;
  #step = '';
  #document = '';
  #dark = 0;
  #lamp = false;
  #colour = '';

  /** @param {import('./camera.js').Camera} camera */
  constructor(camera) {
    this.#camera = camera;
  }

  /** Whether the screen lights the face. */
  get light() {
    return this.#lamp;
  }

  /** A new step, or none. @param {string} step @param {string} [document] */
  begin(step, document = '') {
    this.#step = step;
    this.#document = document;
    this.#turn.reset();
    this.#outline.clear();
    this.lighten(false);
    this.layout();
  }

  layout() {
    const places = layOut(this.#camera.size, this.#step, this.#document, this.#turn.upright);
    if (!places) return;
    this.#camera.visible = places.visible;
    this.#shown = places.shown;
    this.#outline.within(places.frame);
  }

  /** @param {any} result a judged frame-result of this step */
  see(result) {
    if (this.#turn.see(liesUpright(result.corners, this.#camera.part()))) this.layout();
    if (this.#shown)
      this.#outline.see(onStage(result.corners, this.#shown, this.#camera.facing === 'user'), Boolean(result.good), Date.now());
    if (this.#step !== 'selfie') return;
    this.#dark = result.hint === 'too-dark' ? this.#dark + 1 : 0;
    if (this.#dark >= DARK) this.lighten(true); // the light stays on: without it the next picture would be dark again
  }

  /** A movement that is asked for, or none. @param {any} task */
  ask(task) {
    const asked = task && !task.done ? task : null;
    const tilt = asked?.kind === 'tilt' ? asked.gesture : '';
    this.#outline.lift(tilt);
    arrow(asked?.kind === 'gesture' ? directionOf(asked) : '');
    putPicture(must('task-picture'), tilt ? 'tilt' : '');
    must('task-picture').dataset.toward = tilt;
    show(must('task-picture'), Boolean(tilt));
    this.#tempo.begin(Date.now());
  }

  /** How far it is. @param {any} task @returns {boolean} whether it goes too fast */
  progress(task) {
    ring(task ? (task.done ? 1 : task.progress ?? 0) : -1);
    return Boolean(task) && !task.done && task.kind !== 'light' && this.#tempo.see(task.progress ?? 0, Date.now());
  }

  /** The photo stands still: nothing moves over it. */
  hold() {
    this.#outline.clear();
    arrow('');
  }

  /** @param {boolean} on */
  lighten(on) {
    if (!on) this.#dark = 0;
    this.#lamp = on;
    this.#shine();
  }

  /** The colour that a challenge lights the face with; '' none. @param {string} colour */
  colour(colour) {
    this.#colour = colour;
    this.#shine();
  }

  #shine() {
    document.body.style.setProperty('--screen-light', this.#colour || '#fff');
    document.body.dataset.light = String(this.#lamp || this.#colour !== '');
  }
}

/** Where the arrow points. The user camera is mirrored on the screen, so the person's left is left. @param {any} task */
function directionOf(task) {
  return task.gesture === 'come-closer' ? 'closer' : task.gesture.replace('turn-', '');
}
