// @ts-check
// The colours of the screen that light the face, one after the other as the server draws
// them. Each stands for half a second at least, whatever the network does to the messages:
// at most two changes a second. A preview belongs to a colour once the camera has had the
// time to see it.

/** A colour stands for this long at least, in milliseconds. */
export const STAND = 500;
/** The camera shows what the screen did this long ago, at most. */
const SETTLE = 180;

/** Shows colours, and says which one pictures are taken under. */
export class ScreenLight {
  #options;
  #nonce = '';
  #shown = false;
  #changed = -Infinity;
  /** @type {any} */ #timer;

  /**
   * @param {object} options
   * @param {{now: () => number, setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} options.clock
   * @param {(colour: string) => void} options.paint '' ends it
   * @param {(nonce: string) => void} options.lit pictures from now on are taken under the colour of this nonce; '' under none
   */
  constructor(options) {
    this.#options = options;
  }

  /** The colour that is asked for; once more changes nothing. @param {any} challenge */
  ask({ colour, nonce }) {
    if (nonce === this.#nonce) return;
    this.#nonce = nonce;
    this.#options.lit('');
    this.#after(this.#left(), () => {
      this.#paint(colour);
      this.#after(SETTLE, () => this.#options.lit(nonce));
    });
  }

  end() {
    if (!this.#nonce && !this.#shown) return;
    this.#nonce = '';
    this.#options.lit('');
    if (this.#shown) this.#after(this.#left(), () => this.#paint(''));
    else this.#options.clock.clearTimeout(this.#timer);
  }

  /** How long the colour has still to stand. */
  #left() {
    return Math.max(0, this.#changed + STAND - this.#options.clock.now());
  }

  /** @param {string} colour */
  #paint(colour) {
    this.#shown = colour !== '';
    this.#changed = this.#options.clock.now();
    this.#options.paint(colour);
  }

  /** @param {number} ms @param {() => void} run */
  #after(ms, run) {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = this.#options.clock.setTimeout(run, ms);
  }
}
