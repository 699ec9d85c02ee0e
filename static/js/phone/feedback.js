// @ts-check
// What a phone says without words: a short vibration, and two tones when a photo is taken.
// Both can be put off.

/** The tones of a photo that was kept: hertz, seconds, and milliseconds after the first. */
const CHIME = [[660, 0.1, 0], [990, 0.18, 130]];

/**
 * A short tone.
 * @param {AudioContext} audio @param {number} frequency hertz @param {number} seconds
 */
export function beep(audio, frequency, seconds) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0.15, audio.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + seconds);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start();
  oscillator.stop(audio.currentTime + seconds);
}

/** Sounds and vibrations of the capture. */
export class Feedback {
  #on = true;
  /** @type {AudioContext | null} */ #audio = null;

  get on() {
    return this.#on;
  }

  /** Called from a tap: browsers give sound only then. @param {boolean} on */
  turn(on) {
    this.#on = on;
    if (!on) {
      this.#audio?.close().catch(() => {});
      this.#audio = null;
      return;
    }
    const Audio = /** @type {any} */ (globalThis).AudioContext ?? /** @type {any} */ (globalThis).webkitAudioContext;
    if (Audio && !this.#audio) this.#audio = new Audio();
    this.#audio?.resume().catch(() => {});
  }

  /** The photo was kept. */
  kept() {
    this.vibrate(100);
    const audio = this.#audio;
    if (!this.#on || !audio) return;
    for (const [frequency, seconds, after] of CHIME) setTimeout(() => beep(audio, frequency, seconds), after);
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
