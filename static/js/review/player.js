// @ts-check
// Goes through the frames of a sequence: by hand, or in the time in which they
// were taken. Fires `frame` when another frame is due. It moves only when told
// to, so it also runs with reduced motion.

/** A pause longer than this in the recording is not waited for, milliseconds. */
const LONGEST = 1_000;

export class Player extends EventTarget {
  /** @param {{setTimeout?: (fn: () => void, ms: number) => any, clearTimeout?: (timer: any) => void}} [clock] for tests */
  constructor(clock = {}) {
    super();
    this.clock = {
      setTimeout: clock.setTimeout ?? ((fn, ms) => setTimeout(fn, ms)),
      clearTimeout: clock.clearTimeout ?? ((timer) => clearTimeout(timer)),
    };
    /** @type {number[]} */
    this.ms = [];
    this.at = 0;
    this.timer = undefined;
  }

  get playing() { return this.timer !== undefined; }

  /** Another sequence, from its start. @param {number[]} ms when each frame was taken */
  load(ms) {
    this.pause();
    this.ms = ms;
    this.at = 0;
    this.tell();
  }

  /** @param {number} at clamped to the sequence */
  seek(at) {
    this.at = Math.max(0, Math.min(this.ms.length - 1, at));
    this.tell();
  }

  /** One frame on or back; stops playing. @param {1 | -1} way */
  step(way) {
    this.pause();
    this.seek(this.at + way);
  }

  toggle() {
    if (this.playing) this.pause();
    else if (this.ms.length > 1) {
      if (this.at >= this.ms.length - 1) this.at = 0;
      this.wait();
    }
    this.tell();
  }

  pause() {
    if (!this.playing) return;
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.tell();
  }

  wait() {
    const gap = Math.max(0, Math.min(LONGEST, this.ms[this.at + 1] - this.ms[this.at]));
    this.timer = this.clock.setTimeout(() => {
      this.at++;
      if (this.at < this.ms.length - 1) this.wait();
      else this.timer = undefined;
      this.tell();
    }, gap);
  }

  tell() { this.dispatchEvent(new Event('frame')); }
}
