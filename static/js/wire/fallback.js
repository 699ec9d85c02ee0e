// @ts-check
import { CLOSE, CODE, OUTGOING, decodeMessage, retries } from './protocol.js';

// The way around blocked WebSockets: the same messages over plain HTTP. The phone
// posts each of its messages; the desktop posts its commands and reads the state
// as server-sent events, or by asking every 2 s where a proxy holds those back.

/** The stream's time for its first event, in milliseconds. After it a proxy is taken to hold the stream back. */
const FIRST_EVENT = 5_000;
const POLL = 2_000;
/** How often a question checks, while events come, that none is held back. */
const SAFETY_POLL = 15_000;
const REQUEST_LIMIT = 20_000;
/** How long a farewell may hold back what is said after it, by a page that is back. */
const FAREWELL_LIMIT = 5_000;
/** What a phone says when its page goes out of sight. */
const FAREWELL = JSON.stringify({ type: OUTGOING.presence, state: 'asleep' });

/** Error codes that are final where the answer names no close code itself. */
const FINAL = /** @type {Record<string, number>} */ ({
  [CODE.invalidToken]: CLOSE.invalidToken,
  [CODE.noSession]: CLOSE.noSession,
  [CODE.noEnrolment]: CLOSE.noEnrolment,
});

/**
 * @typedef {object} FallbackOptions
 * @property {'desktop'|'phone'} role
 * @property {string} tab
 * @property {() => string} device
 * @property {() => number} rev
 * @property {(say: (text: string) => void) => void} hello
 * @property {(text: string) => Promise<string>} [sign] the proof of a text, or ''
 * @property {() => Record<string, string>} query of the address of the state
 * @property {(message: {type: string, [field: string]: any}) => void} receive
 * @property {() => void} ready the hello was answered
 * @property {() => void} failed the network or the server does not answer
 * @property {(code: number) => void} refused final, with the close code that says the same
 */

/** HTTP in place of a socket. One object per attempt; stop() ends it for good. */
export class Fallback {
  #env;
  #options;
  #stopped = false;
  #ready = false;
  #busy = false;
  /** @type {Array<string | Uint8Array>} */ #queue = [];
  /** @type {any} */ #source = null;
  /** @type {any} */ #pollTimer;
  /** @type {any} */ #firstTimer;
  /** The proof of the farewell, made beforehand. @type {{device: string, signature: string} | undefined} */ #farewell;
  /** The farewell under way. @type {Promise<boolean> | undefined} */ #leaving;

  /**
   * @param {import('../lib/environment.js').Environment} env
   * @param {FallbackOptions} options
   */
  constructor(env, options) {
    this.#env = env;
    this.#options = options;
  }

  /** Bytes that have not left yet. */
  get waiting() {
    return this.#queue.reduce((sum, data) => sum + data.length, this.#busy ? 1 : 0);
  }

  start() {
    this.#options.hello((text) => { if (!this.#stopped) this.send(text); });
  }

  stop() {
    this.#stopped = true;
    this.#queue = [];
    this.#source?.close();
    this.#env.clearTimeout(this.#pollTimer);
    this.#env.clearTimeout(this.#firstTimer);
  }

  /** Puts a message into the queue; they go out one after another. @param {string | Uint8Array} data */
  send(data) {
    this.#queue.push(data);
    this.pump();
  }

  /**
   * Says that the page goes out of sight. It may be gone in the next moment, so this waits for nothing: neither for
   * what is in the queue nor for a proof, which was made beforehand.
   */
  leave() {
    const ready = this.#farewell;
    if (this.#stopped || ready?.device !== this.#options.device()) return this.send(FAREWELL);
    this.#farewell = undefined; // a proof is good once
    const leaving = this.put(FAREWELL, ready.signature, FAREWELL_LIMIT);
    this.#leaving = leaving;
    leaving.finally(() => { if (this.#leaving === leaving) this.#leaving = undefined; });
  }

  // The members below are private. Safari 14 has no private methods.

  async pump() {
    if (this.#busy || this.#stopped) return;
    const data = this.#queue.shift();
    if (data === undefined) return;
    this.#busy = true;
    if (this.#leaving) await this.#leaving; // a page that is back says so after it has left
    const ok = !this.#stopped && await this.post(data);
    if (ok && typeof data === 'string') await this.prepare();
    this.#busy = false;
    if (this.#stopped) return;
    if (!ok) return this.#options.failed();
    this.begin();
    this.pump();
  }

  /**
   * Proves the farewell of a phone beforehand: anew after each text, since the server takes no proof whose count is
   * older than those of the eight newest texts.
   */
  async prepare() {
    const { role, device, sign } = this.#options;
    const of = device();
    if (role !== 'phone' || !of) return;
    this.#farewell = { device: of, signature: sign ? await sign(FAREWELL) : '' };
  }

  /** The first answer came: this way works. */
  begin() {
    if (this.#ready) return;
    this.#ready = true;
    this.#options.ready();
    if (this.#options.role === 'desktop') this.subscribe();
  }

  /** @param {string | Uint8Array} data @returns {Promise<boolean>} */
  async post(data) {
    const { sign } = this.#options;
    return this.put(data, typeof data === 'string' && sign ? await sign(data) : '');
  }

  /** @param {string | Uint8Array} data @param {string} signature @param {number} [limit] ms @returns {Promise<boolean>} */
  put(data, signature, limit) {
    const { role, tab } = this.#options;
    const text = typeof data === 'string';
    const url = role === 'phone' ? '/api/phone' : `/api/desktop?tab=${encodeURIComponent(tab)}`;
    return this.request(url, {
      method: 'POST',
      body: data,
      headers: {
        'Content-Type': text ? 'application/json' : 'application/octet-stream',
        ...(signature && { 'Visavis-Signature': signature }),
      },
      // A message sent while the page goes away still arrives; browsers allow 64 kB of it.
      keepalive: text && data.length < 1000,
    }, limit);
  }

  /** @param {string} url @param {any} init @param {number} [limit] ms @returns {Promise<boolean>} false: lost */
  async request(url, init, limit = REQUEST_LIMIT) {
    const device = this.#options.device();
    const headers = { ...init.headers, 'Visavis-Rev': String(this.#options.rev()) };
    if (device) headers['Visavis-Device'] = device;
    const abort = new AbortController();
    const timer = this.#env.setTimeout(() => abort.abort(), limit);
    try {
      const answer = await this.#env.fetch(url, {
        ...init, headers, credentials: 'same-origin', cache: 'no-store', signal: abort.signal,
      });
      const body = await answer.json().catch(() => null);
      return this.take(answer, body);
    } catch {
      return false;
    } finally {
      this.#env.clearTimeout(timer);
    }
  }

  /** @param {{ok: boolean, status: number}} answer @param {any} body @returns {boolean} */
  take(answer, body) {
    if (this.#stopped) return true;
    for (const message of body?.messages ?? []) {
      this.#options.receive(message);
      if (this.#stopped) return true;
    }
    if (answer.ok) return Array.isArray(body?.messages);
    const error = body?.error;
    if (typeof error?.code !== 'string') return false;
    // As on the socket: the error first, then the end where nothing can follow.
    this.#options.receive({ type: 'error', ...error });
    if (this.#stopped) return true;
    const close = body.close ?? FINAL[error.code];
    if (close !== undefined && !retries(close)) {
      this.#options.refused(close);
      return true;
    }
    return answer.status < 500;
  }

  stateURL() {
    const { rev, tab, query } = this.#options;
    return `/api/desktop/state?${new URLSearchParams({ since: String(rev()), tab, ...query() })}`;
  }

  subscribe() {
    if (!this.#env.EventSource) return this.poll(POLL);
    const source = new this.#env.EventSource(this.stateURL());
    this.#source = source;
    this.#firstTimer = this.#env.setTimeout(() => this.pollOnly(), FIRST_EVENT);
    source.onmessage = (/** @type {any} */ event) => {
      if (this.#stopped || source !== this.#source) return;
      this.#env.clearTimeout(this.#firstTimer);
      const message = decodeMessage(event.data);
      if (message) this.#options.receive(message);
    };
    source.onerror = () => {
      // 2 is CLOSED: the browser will not come back by itself.
      if (source === this.#source && source.readyState === 2) this.pollOnly();
    };
    this.#pollTimer = this.#env.setTimeout(() => this.poll(SAFETY_POLL), SAFETY_POLL);
  }

  pollOnly() {
    if (this.#stopped) return;
    this.#env.clearTimeout(this.#firstTimer);
    this.#source?.close();
    this.#source = null;
    this.poll(POLL);
  }

  /** Asks for what is new, and again after this long. @param {number} every */
  async poll(every) {
    if (this.#stopped) return;
    this.#env.clearTimeout(this.#pollTimer);
    const before = this.#options.rev();
    const ok = await this.request(this.stateURL(), { headers: { Accept: 'application/json' } });
    if (this.#stopped) return;
    if (!ok) return this.#options.failed();
    // The question brought what the stream did not: the stream is held back.
    if (this.#source && this.#options.rev() > before) return this.pollOnly();
    this.#pollTimer = this.#env.setTimeout(() => this.poll(every), every);
  }
}
