// @ts-check
/**
 * Follows one enrolment: over the desktop's socket, over HTTP where sockets are
 * blocked, and by asking while neither is there. Fires `view` (detail: the View)
 * for the first answer and every newer one, `link` (detail: 'open' | 'lost') when
 * the server cannot be reached and can again, and `refused` (detail: an ApiError)
 * once, when there is nothing to follow.
 */

import { ApiError, get } from '../lib/api.js';
import { Connection } from './connection.js';
import { browserEnvironment } from '../lib/environment.js';
import { language } from '../lib/i18n.js';
import { INCOMING } from './protocol.js';

/** How often the server is asked while there is no connection, in milliseconds. */
export const POLL = 4_000;
/** How often it is asked while there is one, which may be open in name only. */
export const SAFETY = 60_000;
/** The number of unanswered questions in a row that make a lost connection. */
const LOST_AFTER = 2;

/** @typedef {import('./enrolment.js').View} View */

/**
 * @typedef {object} Parts what tests replace
 * @property {(path: string) => Promise<any>} [get]
 * @property {import('../lib/environment.js').Environment} [environment]
 */

export class Follower extends EventTarget {
  /** @param {string} id of the enrolment @param {Parts} [parts] */
  constructor(id, parts = {}) {
    super();
    this.path = `/api/enrolments/${encodeURIComponent(id)}`;
    this.get = parts.get ?? get;
    const environment = parts.environment ?? browserEnvironment();
    this.clock = environment;
    this.rev = -1;
    this.failures = 0;
    this.lost = false;
    this.stopped = true;
    /** @type {any} */
    this.timer = undefined;
    const of = () => ({ enrolment: id, language: language() });
    this.connection = new Connection({
      role: 'desktop', hello: () => ({ ...of(), ...(this.rev > 0 ? { rev: this.rev } : {}) }), query: of,
    }, environment);
    this.connection.addEventListener('message', (event) => this.hear(/** @type {CustomEvent} */ (event).detail));
    this.connection.addEventListener('state', () => this.turn());
  }

  start() {
    if (!this.stopped) return;
    this.stopped = false;
    this.connection.start();
    void this.ask();
  }

  stop() {
    this.stopped = true;
    this.clock.clearTimeout(this.timer);
    this.connection.stop();
  }

  /** Goes on in the page's language, which is another one now. */
  restart() {
    if (this.stopped) return;
    this.stop();
    this.start();
  }

  /** Asks now: after an action, or when the page is looked at again. */
  async ask() {
    this.clock.clearTimeout(this.timer);
    try {
      const view = await this.get(this.path);
      if (this.stopped) return;
      // News that the connection did not bring: it is dead, and nobody said so.
      if (this.connected && this.rev >= 0 && view.rev > this.rev) this.connection.retry();
      this.take(view);
      this.reached();
    } catch (error) {
      if (this.stopped) return;
      if (error instanceof ApiError && [401, 403, 404].includes(error.status)) {
        this.stop();
        this.dispatchEvent(new CustomEvent('refused', { detail: error }));
        return;
      }
      this.failures++;
      if (!this.connected && (this.failures >= LOST_AFTER || this.rev < 0)) this.tell(true);
    }
    this.later();
  }

  /** Takes a View from wherever it came; one that is older is left. @param {View} view */
  take(view) {
    if (view.rev < this.rev) return;
    this.rev = view.rev;
    if (view.state === 'cancelled') this.stop(); // the request is deleted: the next answer would be 404
    this.dispatchEvent(new CustomEvent('view', { detail: view }));
  }

  // The members below are private. Safari 14 has no private methods.

  /** Whether the connection brings what is new. */
  get connected() {
    return ['open', 'fallback'].includes(this.connection.state);
  }

  /** @param {{type: string, [field: string]: any}} message */
  hear(message) {
    if (this.stopped || message.type !== INCOMING.enrolment) return;
    this.reached();
    this.take(message.view);
  }

  /** The connection came or went. The answer to a question says why it was refused for good. */
  turn() {
    if (this.stopped) return;
    if (this.connected) this.reached();
    if (this.connection.state === 'final') void this.ask();
    else this.later();
  }

  reached() {
    this.failures = 0;
    this.tell(false);
  }

  later() {
    if (this.stopped) return;
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(() => void this.ask(), this.connected ? SAFETY : POLL);
  }

  /** @param {boolean} lost */
  tell(lost) {
    if (lost === this.lost) return;
    this.lost = lost;
    this.dispatchEvent(new CustomEvent('link', { detail: lost ? 'lost' : 'open' }));
  }
}
