// @ts-check
// How fast a movement is made. A turn that takes less than two seconds leaves too few
// pictures of it to be judged, and the person is told. Pure.

/** A movement slower than this is slow enough, in milliseconds. */
const SLOW_ENOUGH = 2_000;
/** Below this share the movement has not begun: a head is never quite still. */
const REST = 0.08;
/** Before this share nothing is said: the first measurement is the least sure. */
const SURE = 0.35;

/** Watches the progress of one movement. */
export class Tempo {
  #restedAt = 0;

  /** A new movement. @param {number} now */
  begin(now) {
    this.#restedAt = now;
  }

  /**
   * @param {number} progress 0 to 1
   * @param {number} now milliseconds
   * @returns {boolean} whether it goes too fast
   */
  see(progress, now) {
    if (progress <= REST) {
      this.#restedAt = now; // the movement begins later than this, so what is measured is the longest that it may take
      return false;
    }
    return progress >= SURE && now - this.#restedAt < progress * SLOW_ENOUGH;
  }
}
