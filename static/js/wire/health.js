// @ts-check
// When a lost connection is tried again, and when one that looks open is dead.

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
/** Beats without anything leaving until a socket counts as dead: 12 s. */
const STUCK_BEATS = 3;

/**
 * The delay before a try, growing and wholly random, so that a thousand pages do
 * not come back at once.
 * @param {number} attempts tries before this one
 * @param {number} random from 0 to 1
 * @returns {number} milliseconds
 */
export function backoff(attempts, random) {
  return random * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempts);
}

/** A page that was hidden this long distrusts its socket: phones kill them silently. */
const STALE = 8_000;

/** How long the page has been out of sight. */
export class Absence {
  #since = 0;

  /** @param {number} now @returns {boolean} false: it was away already */
  leave(now) {
    if (this.#since) return false;
    this.#since = now;
    return true;
  }

  /** @param {number} now @returns {boolean} it was away so long that a socket may be dead */
  back(now) {
    const away = this.#since ? now - this.#since : 0;
    this.#since = 0;
    return away >= STALE;
  }
}

/** Watches whether bytes that were given to a socket leave it. */
export class Outflow {
  #given = 0;
  #left = 0;
  #beats = 0;

  /** @param {number} bytes */
  give(bytes) {
    this.#given += bytes;
  }

  /**
   * Asked at each beat. True when bytes wait and none has left for three beats:
   * the network is gone and nobody said so.
   * @param {number} waiting bytes
   * @returns {boolean}
   */
  stuck(waiting) {
    const left = this.#given - waiting;
    this.#beats = waiting > 0 && left === this.#left ? this.#beats + 1 : 0;
    this.#left = left;
    if (this.#beats < STUCK_BEATS) return false;
    this.#beats = 0;
    return true;
  }
}
