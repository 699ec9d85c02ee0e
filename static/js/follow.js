// @ts-check
/**
 * Follows one enrolment: server-sent events, and asking again and again where
 * they do not come through. Fires `view` (detail: the View) for the first
 * answer and every newer one, `link` (detail: 'open' | 'lost') when the
 * connection comes and goes, and `refused` (detail: an ApiError) once, when
 * there is nothing to follow.
 *
 *   start ─► asking ─► open ⇄ lost          refused ends it
 */

import { ApiError, get } from './api.js';

/** Asked again after this long where events do not come. */
export const POLL = 4_000;
/** And even where they do: an event may get lost on the way. */
export const SAFETY = 15_000;
/** So many unanswered questions, one after the other, are a lost connection. */
const LOST_AFTER = 2;

/**
 * @typedef {object} Parts what tests replace
 * @property {(path: string) => Promise<any>} [get]
 * @property {(url: string) => EventSource} [source]
 * @property {{setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} [clock]
 */

export class Follower extends EventTarget {
  /** @param {string} id of the enrolment @param {Parts} [parts] */
  constructor(id, parts = {}) {
    super();
    this.path = `/api/enrolments/${encodeURIComponent(id)}`;
    this.get = parts.get ?? get;
    /** @type {(url: string) => EventSource | null} */
    this.makeSource = parts.source ?? ((url) => (typeof EventSource === 'undefined' ? null : new EventSource(url)));
    this.clock = parts.clock ?? { setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: (timer) => clearTimeout(timer) };
    this.rev = -1;
    this.failures = 0;
    this.stopped = true;
    /** @type {EventSource | null} */
    this.source = null;
    /** @type {any} */
    this.timer = undefined;
  }

  start() {
    if (!this.stopped) return;
    this.stopped = false;
    this.listen();
    void this.ask();
  }

  stop() {
    this.stopped = true;
    this.clock.clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  /** Asks now: after an action, or when the page is looked at again. */
  async ask() {
    this.clock.clearTimeout(this.timer);
    try {
      this.take(await this.get(this.path));
      this.answered();
    } catch (error) {
      if (this.stopped) return;
      if (error instanceof ApiError && [401, 403, 404].includes(error.status)) {
        this.stop();
        this.dispatchEvent(new CustomEvent('refused', { detail: error }));
        return;
      }
      this.failures++;
      if (this.failures === LOST_AFTER || this.rev < 0) this.tell('lost');
    }
    this.later();
  }

  /** Takes a View from wherever it came; one that is older is left. @param {import('./record.js').View} view */
  take(view) {
    if (this.stopped || view.rev < this.rev) return;
    this.rev = view.rev;
    this.dispatchEvent(new CustomEvent('view', { detail: view }));
  }

  listen() {
    this.source = this.makeSource(`${this.path}/events`);
    this.source?.addEventListener('enrolment', (event) => {
      this.answered();
      this.take(JSON.parse(/** @type {MessageEvent} */ (event).data));
    });
  }

  answered() {
    if (this.failures >= LOST_AFTER || this.rev < 0) this.tell('open');
    this.failures = 0;
  }

  later() {
    if (this.stopped) return;
    this.clock.clearTimeout(this.timer);
    const streaming = this.source?.readyState === 1 && this.failures === 0;
    this.timer = this.clock.setTimeout(() => void this.ask(), streaming ? SAFETY : POLL);
  }

  /** @param {'open' | 'lost'} link */
  tell(link) {
    this.dispatchEvent(new CustomEvent('link', { detail: link }));
  }
}
