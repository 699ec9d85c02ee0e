// @ts-check
// Signals without words: a short vibration, and two tones when a photo is taken.
// Both can be switched off.

/** The tones of a photo that was kept: hertz, seconds, and milliseconds after the first. */
const CHIME = [[660, 0.1, 0], [990, 0.18, 130]];

/** What makes tones. */
export class Tones {
  /** @type {AudioContext | null} */ #audio = null;

  /** Called from a tap: browsers give sound only then. */
  open() {
    const Audio = /** @type {any} */ (globalThis).AudioContext ?? /** @type {any} */ (globalThis).webkitAudioContext;
    if (Audio && !this.#audio) this.#audio = new Audio();
    this.#audio?.resume().catch(() => {});
  }

  close() {
    this.#audio?.close().catch(() => {});
    this.#audio = null;
  }

  /** A short tone; none while closed. @param {number} frequency hertz @param {number} seconds */
  beep(frequency, seconds) {
    const audio = this.#audio;
    if (!audio) return;
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0.15, audio.currentTime);
    gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + seconds);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start();
    oscillator.stop(audio.currentTime + seconds);
  }
}

/** Sounds and vibrations of the capture. */
export class Feedback {
  #on = true;
  #tones = new Tones();

  get on() {
    return this.#on;
  }

  /** Called from a tap: browsers give sound only then. @param {boolean} on */
  turn(on) {
    this.#on = on;
    if (on) this.#tones.open();
    else this.#tones.close();
  }

  /** The photo was kept. */
  kept() {
    this.vibrate(100);
    for (const [frequency, seconds, after] of CHIME) setTimeout(() => this.#tones.beep(frequency, seconds), after);
  }

  /** The photo was not kept. */
  refused() {
    this.vibrate([60, 80, 60]);
  }

  /** A movement was seen. */
  seen() {
    this.vibrate(40);
  }

  /** @param {number | number[]} pattern milliseconds */
  vibrate(pattern) {
    if (this.#on) navigator.vibrate?.(pattern);
  }
}
