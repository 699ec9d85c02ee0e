// @ts-check
// What guides the person: one hint at a time, long enough to be read, spoken at
// most every 2.5 s and only on change, and tones that rise as the picture gets
// better.

import { Tones } from './feedback.js';

/** Between two spoken hints, in milliseconds. */
const SPEAK_EVERY = 2_500;
const TONE_EVERY = 700;
const LOWEST_TONE = 330;
const HIGHEST_TONE = 880;

/** The browser's own clock, for whoever is tested with another one. */
export const clock = {
  now: () => Date.now(),
  setTimeout: (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms),
  clearTimeout: (/** @type {any} */ timer) => clearTimeout(timer),
};

/** A clock that nobody sets while the page runs, for what must not come sooner. */
export const steady = { ...clock, now: () => performance.now() };

/**
 * Shows the newest hint. Each stays for a least time.
 */
export class Hints {
  #show;
  #clock;
  #shown = '';
  #until = 0;
  /** @type {{key: string, ms: number, line: string} | null} */ #next = null;
  /** @type {any} */ #timer;

  /**
   * @param {(key: string, line: string) => void} show
   * @param {{now: () => number, setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} clock
   */
  constructor(show, clock) {
    this.#show = show;
    this.#clock = clock;
  }

  /**
   * @param {string} key of its words
   * @param {number} ms how long it stays at least
   * @param {boolean} [urgent] at once
   * @param {string} [line] how the frame's line looks while it stands: '', 'hold', 'taken'. Both change together.
   */
  set(key, ms, urgent = false, line = '') {
    if (key === this.#shown) {
      this.#next = null;
      return;
    }
    this.#next = { key, ms, line };
    this.#clock.clearTimeout(this.#timer);
    const wait = urgent ? 0 : this.#until - this.#clock.now();
    if (wait <= 0) this.turn();
    else this.#timer = this.#clock.setTimeout(() => this.turn(), wait);
  }

  turn() {
    const next = this.#next;
    if (!next) return;
    this.#next = null;
    this.#shown = next.key;
    this.#until = this.#clock.now() + next.ms;
    this.#show(next.key, next.line);
  }
}

/** Speaks: through the live region, or with the device's own voice when asked for. */
export class Voice {
  #region;
  #clock;
  #language;
  #on = false;
  #said = '';
  #at = -Infinity;
  /** @type {any} */ #timer;
  #tones = new Tones();
  #toneAt = 0;

  /**
   * @param {HTMLElement} region a polite live region
   * @param {() => string} language
   * @param {{now: () => number, setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} clock
   */
  constructor(region, language, clock) {
    this.#region = region;
    this.#language = language;
    this.#clock = clock;
  }

  get on() {
    return this.#on;
  }

  /** Called from a tap: browsers give sound only then. @param {boolean} on */
  turn(on) {
    this.#on = on;
    if (on) return this.#tones.open();
    this.#tones.close();
    globalThis.speechSynthesis?.cancel();
  }

  /** @param {string} text */
  say(text) {
    this.#clock.clearTimeout(this.#timer);
    if (text === this.#said || text === '') return;
    const wait = this.#at + SPEAK_EVERY - this.#clock.now();
    if (wait > 0) {
      this.#timer = this.#clock.setTimeout(() => this.say(text), wait);
      return;
    }
    this.#said = text;
    this.#at = this.#clock.now();
    this.speak(text);
  }

  /**
   * With the guide on, the device's voice speaks; the live region then keeps
   * silent, else a screen reader would say everything twice.
   * @param {string} text
   */
  speak(text) {
    const synthesis = this.#on ? globalThis.speechSynthesis : undefined;
    const language = this.#language();
    const voices = synthesis?.getVoices() ?? [];
    const voice = voices.find((one) => one.lang.toLowerCase().split(/[-_]/)[0] === language.toLowerCase().split('-')[0]);
    if (!synthesis || !voice) {
      this.#region.textContent = text;
      return;
    }
    const words = new SpeechSynthesisUtterance(text.replace(/[\u2066-\u2069]/g, '')); // marks of direction are not read
    words.lang = voice.lang;
    words.voice = voice;
    synthesis.cancel();
    synthesis.speak(words);
  }

  /** A short tone, the higher the better the picture. @param {number} closeness 0 to 1 */
  tone(closeness) {
    if (!this.#on || closeness <= 0) return;
    if (this.#clock.now() - this.#toneAt < TONE_EVERY) return;
    this.#toneAt = this.#clock.now();
    this.#tones.beep(LOWEST_TONE * (HIGHEST_TONE / LOWEST_TONE) ** closeness, 0.12);
  }
}
