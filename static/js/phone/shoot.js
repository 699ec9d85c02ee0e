// @ts-check
import { has, language, setWords, t } from '../lib/i18n.js';
import { closeness, hintKey, shownFor } from '../wire/hints.js';
import { activeStep } from '../wire/session.js';
import { Capture } from './capture.js';
import { Feedback } from './feedback.js';
import { Hints, Voice, clock, steady } from './guide.js';
import { Scene } from './scene.js';
import { ScreenLight } from './screen-light.js';
import { Sheet } from './sheet.js';
import { frozenSheet, introSheet, refusedSheet, stopSheet } from './sheets.js';
import { Taken } from './taken.js';
import { arrow } from './finder.js';
import { must, renderMarks, setText, show, subject } from './view.js';

// The capture screen: camera, frame, hint, shutter, and the sheets over it. It
// knows the state and tells the page what the person wants.

/** How long the tick stands. */
const TICK = 1_000;
/** A page of what to do next goes by itself; nothing is lost when it does. */
const INTRO = 3_000;
const INTRO_SPOKEN = 7_000;
/** « plus lentement » stands for this long at least. */
const SLOWER = 1_500;
/** Without progress for this long the shutter becomes the main button. */
const STUCK = 8_000;
/** A refused picture makes place by itself: the camera is what helps. What else the sheet offers stands in the menu too. */
const REFUSED = 4_000;
const REFUSED_CHOICE = 8_000;

/**
 * @typedef {object} ShootOptions
 * @property {import('./camera.js').Camera} camera
 * @property {(bytes: Uint8Array) => boolean} send
 * @property {() => number} waiting
 * @property {() => import('./state.js').PhoneState} state
 * @property {() => boolean} lights the screen may light the face with colours
 * @property {() => boolean} guided the person is guided by voice, without colours whatever they choose
 * @property {() => void} render shows the page's state again
 */

/** The capture screen. */
export class Shoot {
  #options;
  #sheet = new Sheet();
  #active = false;
  #step = '';
  #best = 0;
  #bestAt = 0;
  #ticking = false;
  #task = '';
  #told = false;
  #leftOut = false;
  #hurried = 0;
  #opening = false;
  #taken = new Taken();
  /** @type {any} */ #sheetTimer;

  /** @param {ShootOptions} options */
  constructor(options) {
    this.#options = options;
    this.hints = new Hints((key, line) => {
      setWords(must('hint'), key);
      must('stage').dataset.line = line;
      if (!this.#sheet.name) this.voice.say(t(key)); // what a sheet hides would be said in place of its words
    }, clock);
    this.voice = new Voice(must('speech'), language, clock);
    this.feedback = new Feedback();
    this.scene = new Scene(options.camera);
    this.capture = new Capture({ camera: options.camera, send: options.send, waiting: options.waiting, clock });
    this.light = new ScreenLight({ clock: steady, paint: (colour) => this.scene.colour(colour), lit: (nonce) => this.capture.stamp(nonce) });
    this.capture.addEventListener('taken', (event) => this.taken(/** @type {CustomEvent} */ (event).detail));
    this.capture.addEventListener('sending', (event) => this.#taken.sending(/** @type {CustomEvent} */ (event).detail));
    this.capture.addEventListener('result', (event) => this.judged(/** @type {CustomEvent} */ (event).detail));
    this.capture.addEventListener('given-up', () => this.failed('other'));
    addEventListener('resize', () => { if (this.#active) this.scene.layout(); });
    // A person who touches a sheet is reading it, so it stays until it is closed.
    for (const touch of ['pointerdown', 'keydown']) must('sheet').addEventListener(touch, () => clearTimeout(this.#sheetTimer));
    setInterval(() => this.watchShutter(), 1_000);
  }

  /** The tick of an accepted photo is on the screen. */
  get ticking() {
    return this.#ticking;
  }

  /** Shows the state. @param {boolean} active the capture screen is the one shown */
  render(active) {
    if (this.#ticking) return; // the tick is shown for its whole second
    const state = this.#options.state();
    const step = activeStep(state.progress);
    const camera = this.#options.camera;
    if (!active || !step || !state.progress) return this.leave();
    const fresh = !this.#active || step.step !== this.#step;
    const first = !this.#active;
    this.#active = true;
    if (fresh) this.begin(step.step, first);
    renderMarks(state.progress);
    const facing = step.step === 'selfie' ? 'user' : 'environment';
    if (camera.state !== 'failed' && camera.facing !== facing) camera.start(facing);
    must('stage').dataset.mirrored = String(camera.facing === 'user');
    must('stage').dataset.live = String(camera.state === 'live');
    this.renderTask(step, state.task);
    this.renderFrozen(camera.state);
    this.tools();
    this.scene.layout(); // after the controls, since the hint ends above them
    this.capture.pause(this.#sheet.name !== '' || this.#ticking);
    this.opening(camera.state === 'starting' || camera.state === 'idle');
  }

  /** Says that the camera opens, and afterwards again what was said before. @param {boolean} opening */
  opening(opening) {
    if (opening === this.#opening) return;
    this.#opening = opening;
    if (opening) this.hints.set('phone.capture.opening', 0, true);
    else if (this.#task) this.sayTask(this.#options.state().task);
    else this.hints.set(this.isSmall() ? 'phone.ready.small' : this.startHint(), this.isSmall() ? 4_000 : 1_000, true);
  }

  /** Whether the camera shows too little detail to read by. */
  isSmall() {
    const { state, size } = this.#options.camera;
    return state === 'live' && Math.min(size.width, size.height) < 720;
  }

  startHint() {
    return `hint.start.${subject(this.#step, this.#options.state().progress?.document)}`;
  }

  leave() {
    if (!this.#active) return;
    this.#active = false;
    this.#step = '';
    this.light.end();
    this.scene.begin('');
    this.capture.run('');
    this.closeSheet();
    this.clearTaken();
  }

  /** A new step. @param {string} step @param {boolean} first the screen just opened */
  begin(step, first) {
    const progress = this.#options.state().progress;
    const about = subject(step, progress?.document);
    const again = this.#step !== '';
    this.#step = step;
    this.clearTaken();
    this.scene.begin(step, progress?.document);
    this.progressed(0);
    setWords(must('capture-title'), `phone.capture.title.${about}`);
    document.title = `${t(`phone.capture.title.${about}`)} – Visavis`;
    this.hints.set(this.startHint(), 1_000);
    this.capture.run(step);
    if (first || !again) return;
    clearTimeout(this.#sheetTimer);
    const { title, text } = this.#sheet.open(() => introSheet(about, this.#options.state().challenge, this.#options.lights()));
    this.voice.say(this.voice.on ? `${title}. ${text}` : text); // the focus reads the title
    this.#sheetTimer = setTimeout(() => this.closeSheet('intro'), this.voice.on ? INTRO_SPOKEN : INTRO);
  }

  /** @param {{type: string, [field: string]: any}} message after the state took it */
  receive(message) {
    this.capture.receive(message);
    if (message.type !== 'frame-result' || message.status !== 'judged' || !this.#active) return;
    if (message.step !== this.#step || this.capture.sending || this.#ticking) return;
    const about = closeness(/** @type {any} */ (message));
    if (about > this.#best) this.progressed(about);
    this.voice.tone(about);
    this.scene.see(message);
    if (this.#task) return this.suspected(message);
    arrow(message.hint === 'move' ? message.toward : '');
    this.hint(message);
  }

  /** What was shown was seen before: it is said while the gestures pause, then they are asked again. @param {any} result */
  suspected(result) {
    const told = result.hint === 'shown-again';
    if (told) this.hint(result);
    else if (this.#told) this.sayTask(this.#options.state().task);
    this.#told = told;
  }

  /** @param {any} result */
  hint(result) {
    const document = this.#options.state().progress?.document;
    const code = result.hint || (result.good ? 'good' : 'hold-still');
    const key = this.darkness(code) ?? hintKey(code, { step: this.#step, document, toward: result.toward }, has);
    this.hints.set(key, shownFor(code), false, code === 'good' ? 'hold' : '');
  }

  /** What helps in the dark: the phone's own lamp, or its screen for a face; null where neither does. @param {string} code */
  darkness(code) {
    const dark = code === 'too-dark';
    const lamp = must('torch');
    const unlit = dark && this.#options.camera.hasTorch && !this.#options.camera.lit;
    lamp.dataset.prominent = String(unlit);
    if (unlit) return 'phone.capture.torch.dark';
    return dark && this.scene.light ? 'phone.capture.light' : null;
  }

  /** @param {number} value */
  progressed(value) {
    this.#best = value;
    this.#bestAt = Date.now();
    must('shutter').dataset.prominent = 'false';
  }

  watchShutter() {
    if (!this.#active || this.#sheet.name || this.capture.sending || this.#task) {
      this.#bestAt = Date.now();
      return;
    }
    if (Date.now() - this.#bestAt > STUCK) must('shutter').dataset.prominent = 'true';
  }

  /** A movement is asked for. @param {import('../wire/session.js').Step} step @param {any} task */
  renderTask(step, task) {
    const asked = this.asked(step, task);
    const light = asked?.kind === 'light' && !asked.done;
    const name = light ? 'light' : asked ? `${asked.kind}.${asked.gesture}.${asked.index}.${asked.done}` : '';
    if (light) this.light.ask(asked);
    else this.light.end();
    setWords(must('skip'), light ? 'phone.capture.skip.light' : 'phone.capture.skip');
    show(must('skip'), Boolean(asked?.maySkip && !asked.done));
    show(must('shutter'), !asked);
    must('stage').dataset.task = String(Boolean(asked));
    const fast = this.scene.progress(asked);
    if (name === this.#task) return this.hurry(fast);
    this.#task = name;
    this.#hurried = 0;
    this.scene.ask(asked);
    if (asked?.done) this.feedback.seen();
    this.sayTask(asked);
  }

  /** What is asked now; nothing where colours ended because the person wants none: nothing was seen then. @param {import('../wire/session.js').Step} step @param {any} task */
  asked(step, task) {
    if (step.phase !== 'light') this.#leftOut = false;
    if (!['tilt', 'gesture', 'light'].includes(step.phase ?? '') || (step.phase === 'light') !== (task?.kind === 'light')) return null;
    return task?.kind === 'light' && task.done && (this.#leftOut || !this.#options.lights()) ? null : task;
  }

  /** The person leaves out the colours that are asked for. */
  leaveOut() {
    this.#leftOut = true;
  }

  /** A movement that goes too fast is told so; after a moment the movement is said again. @param {boolean} fast */
  hurry(fast) {
    const now = Date.now();
    if (fast && !this.#hurried) {
      this.#hurried = now;
      this.hints.set('task.slower', 0, true);
    } else if (this.#hurried && !fast && now - this.#hurried > SLOWER) {
      this.#hurried = 0;
      this.sayTask(this.#options.state().task);
    }
  }

  /** @param {any} task */
  sayTask(task) {
    if (!task) return;
    const key = task.kind === 'light' ? 'task.light' : `task.${task.kind}.${task.gesture}`;
    this.hints.set(task.done ? 'task.seen' : key, 1_000, true, task.done ? 'taken' : '');
  }

  /** @param {Blob} blob */
  taken(blob) {
    this.#taken.show(blob);
    this.scene.hold();
    this.hints.set('phone.capture.taken', 600, true, 'hold');
    // No preview is looked at until the photo is judged and the tick or the refusal has been read. Who wants no lights has none.
    if (this.#options.state().challenge && this.#options.lights()) void this.#options.camera.pulse();
  }

  clearTaken(keep = false) {
    this.#taken.clear(keep);
    must('stage').dataset.line = '';
  }

  /** @param {any} result */
  judged(result) {
    this.progressed(0);
    if (result.accepted) return this.accepted();
    if (result.code) {
      this.clearTaken();
      return this.failed(result.code);
    }
    this.refused(result);
  }

  accepted() {
    this.#taken.arrived();
    this.hints.set('phone.capture.accepted', TICK, true, 'taken');
    this.feedback.kept();
    this.#ticking = true;
    this.capture.pause(true);
    setTimeout(() => {
      this.#ticking = false;
      this.clearTaken();
      this.#options.render();
    }, TICK);
  }

  /** @param {string} code */
  failed(code) {
    this.clearTaken();
    const key = `failed.${code}`;
    this.hints.set(has(key) ? key : 'failed.other', 1_500, true);
  }

  /** @param {any} result */
  refused(result) {
    this.clearTaken(true);
    this.feedback.refused();
    const step = this.#step;
    const { document } = this.#options.state().progress ?? {};
    const { url } = this.#taken;
    const content = this.#sheet.open(() => refusedSheet(result, step, document, url));
    this.voice.say(content.text);
    this.capture.pause(true);
    clearTimeout(this.#sheetTimer);
    if (result.offerAnyway || this.voice.on) return;
    this.#sheetTimer = setTimeout(() => this.closeSheet('refused'), result.changeDocument ? REFUSED_CHOICE : REFUSED);
  }

  /** @param {string} state of the camera */
  renderFrozen(state) {
    if (state === 'frozen' && this.#sheet.name !== 'frozen') {
      clearTimeout(this.#sheetTimer);
      this.voice.say(this.#sheet.open(frozenSheet).text);
    } else if (state === 'live') this.closeSheet('frozen');
  }

  askStop() {
    clearTimeout(this.#sheetTimer);
    this.#sheet.open(stopSheet);
    this.capture.pause(true);
  }

  /** Says what happens around the capture; then what to do once more, where it was said before. @param {string} text @param {boolean} [hint] */
  tell(text, hint = false) {
    this.voice.say([text, hint && this.#active && !this.#sheet.name ? must('hint').textContent : ''].filter(Boolean).join(' '));
  }

  /** @param {string} [name] only when this one is open */
  closeSheet(name) {
    if (this.#sheet.name === '' || (name && this.#sheet.name !== name)) return;
    clearTimeout(this.#sheetTimer);
    const was = this.#sheet.name;
    this.#sheet.close();
    if (this.#active) this.voice.say(must('hint').textContent ?? '');
    if (was === 'refused') this.clearTaken();
    this.progressed(this.#best);
    this.capture.pause(this.#ticking);
  }

  /** Torch and camera choice, where the device has them. */
  async tools() {
    const camera = this.#options.camera;
    const lamp = must('torch');
    show(lamp, camera.hasTorch);
    lamp.dataset.lit = String(camera.lit);
    lamp.setAttribute('aria-label', t(camera.lit ? 'phone.capture.torch.off' : 'phone.capture.torch.on'));
    const cameras = camera.state === 'live' ? await camera.cameras() : [];
    show(must('switch'), cameras.length > 1 && this.#step !== 'selfie');
    setText(must('menu-voice'), t(this.voice.on ? 'phone.capture.voice.off' : 'phone.capture.voice.on'));
    show(must('menu-lights'), this.#options.state().challenge && !this.#options.guided());
    setText(must('menu-lights'), t(this.#options.lights() ? 'phone.capture.lights.off' : 'phone.capture.lights.on'));
    setText(must('menu-feedback'), t(this.feedback.on ? 'phone.capture.feedback.off' : 'phone.capture.feedback.on'));
  }
}
