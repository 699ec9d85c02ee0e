// @ts-check
import { CLOSE, INCOMING, OUTGOING, SUBPROTOCOL, decodeMessage, retries } from './protocol.js';
import { Absence, Outflow, backoff } from './health.js';
import { Fallback } from './fallback.js';
import { browserEnvironment, watchPage } from '../lib/environment.js';

// One connection for the life of a page. States:
//
//   idle --start--> connecting --first message--> open
//                       |  ^                        |
//                  close|  |timer, online, visible  | close below 4500
//                       v  |                        v
//                       lost <----------------------+
//                       |
//    5 s without a socket and fetch works --> fallback --socket works again--> open
//
//   any --close 4500 and above, or the same by HTTP--> final
//   any --stop--> idle
//
// The hello goes first on every socket, and as the first message of the fallback.

/** The time without an open socket after which the page goes on over HTTP. */
const FALLBACK_AFTER = 5_000;
/** How often the socket is tried again while the page is on HTTP. */
const RETRY_SOCKET = 30_000;
/** A phone says every 4 s that it is there; the server waits for 9 s. */
const BEAT = 4_000;

/** @typedef {import('../lib/environment.js').ConnectionState} ConnectionState */

/**
 * Talks to the server for one page.
 *
 * Events: `message`, detail is the message; `state`, detail is
 * `{state, code}` where code is the close code of `final` and `lost`.
 */
export class Connection extends EventTarget {
  #role;
  #hello;
  #device;
  #sign;
  #query;
  #env;
  /** @type {any} */ #socket = null;
  /** @type {Fallback | null} */ #fallback = null;
  /** @type {ConnectionState} */ #state = 'idle';
  #attempts = 0;
  #rev = 0;
  #absence = new Absence();
  #outflow = new Outflow();
  /** @type {Record<string, any>} */ #timers = {};
  #unwatch = () => {};

  /**
   * @param {object} options
   * @param {'desktop'|'phone'} options.role
   * @param {() => object | Promise<object>} options.hello fields of the hello, without type and rev
   * @param {() => string} [options.device] the phone's device secret once it has one
   * @param {(text: string) => Promise<string>} [options.sign] the proof of a text that a phone posts, or ''
   * @param {string} [options.tab] a random id of this desktop tab
   * @param {() => Record<string, string>} [options.query] what a desktop without a socket asks for, if not for its session
   * @param {import('../lib/environment.js').Environment} [environment]
   */
  constructor(options, environment) {
    super();
    this.#role = options.role;
    this.#hello = options.hello;
    this.#device = options.device ?? (() => '');
    this.#sign = options.sign;
    this.#query = options.query ?? (() => ({}));
    this.#env = environment ?? browserEnvironment();
    this.tab = options.tab ?? '';
  }

  /** @returns {ConnectionState} */
  get state() {
    return this.#state;
  }

  /** Whether something that is sent now goes. */
  get ready() {
    return this.#state === 'open' || this.#state === 'fallback';
  }

  /** Bytes that wait in the browser; a page sends no preview while there are any. */
  get bufferedAmount() {
    return this.#fallback ? this.#fallback.waiting : (this.#socket?.bufferedAmount ?? 0);
  }

  /** The newest rev that was received. */
  get rev() { return this.#rev; }

  /** Opens the connection and keeps it until stop() or a final answer. */
  start() {
    if (this.#state !== 'idle' && this.#state !== 'final') return;
    this.#attempts = 0;
    this.#rev = 0;
    this.#unwatch();
    this.#unwatch = watchPage(this.#env, {
      online: (wasOffline) => (wasOffline ? this.renew() : this.#state !== 'open' && this.retry()),
      hide: () => this.hide(),
      show: () => this.show(),
    });
    this.enter('connecting');
    this.dial();
    this.timer('fallback', FALLBACK_AFTER, () => this.fallBack());
    if (this.#role === 'phone') this.timer('beat', BEAT, () => this.beat());
  }

  /** Closes and forgets everything; start() begins anew. */
  stop() {
    this.drop(1000, 'stop');
    this.enter('idle');
  }

  /**
   * Sends a text message. False when there is no connection: the caller keeps
   * what must not be lost.
   * @param {{type: string, [field: string]: any}} message
   * @returns {boolean}
   */
  send(message) {
    return this.sendRaw(JSON.stringify(message));
  }

  /** Sends a binary frame. @param {Uint8Array} bytes @returns {boolean} */
  sendBinary(bytes) {
    return this.sendRaw(bytes);
  }

  /** @param {string | Uint8Array} data @returns {boolean} */
  sendRaw(data) {
    if (this.#state === 'fallback' && this.#fallback) {
      this.#fallback.send(data);
      return true;
    }
    if (this.#state !== 'open') return false;
    this.#socket.send(data);
    this.#outflow.give(data.length);
    return true;
  }

  /** Tries the socket now, whatever the delay was. */
  retry() {
    if (this.#state === 'idle' || this.#state === 'final') return;
    this.#attempts = 0;
    this.dial();
  }

  // The members below are private. Safari 14 has no private methods.

  /** @param {string} name @param {number} ms @param {() => void} run */
  timer(name, ms, run) {
    this.#env.clearTimeout(this.#timers[name]);
    this.#timers[name] = this.#env.setTimeout(run, ms);
  }

  /** @param {ConnectionState} state @param {number} [code] */
  enter(state, code) {
    if (state === this.#state) return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent('state', { detail: { state, code } }));
  }

  dial() {
    const env = this.#env;
    env.clearTimeout(this.#timers.dial);
    this.dropSocket(1000, 'again');
    const scheme = env.location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new env.WebSocket(`${scheme}://${env.location.host}/ws/${this.#role}`, SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => this.helloText((text) => socket === this.#socket && socket.send(text));
    socket.onmessage = (/** @type {any} */ event) => {
      const message = typeof event.data === 'string' ? decodeMessage(event.data) : undefined;
      if (socket !== this.#socket || !message) return;
      this.adopt();
      this.take(message);
    };
    socket.onclose = (/** @type {any} */ event) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      if (retries(event.code)) this.lose(event.code);
      else this.finish(event.code);
    };
  }

  /** Makes the hello, which may take a moment. @param {(text: string) => void} say */
  helloText(say) {
    const tell = (/** @type {object} */ fields) => say(JSON.stringify({
      type: OUTGOING.hello, ...(this.#rev ? { rev: this.#rev } : {}), ...fields,
    }));
    const fields = this.#hello();
    if (fields instanceof Promise) fields.then(tell);
    else tell(fields);
  }

  /** The socket answered: it is the way from now on. */
  adopt() {
    this.#attempts = 0;
    if (this.#state === 'open') return;
    this.#env.clearTimeout(this.#timers.fallback);
    this.#fallback?.stop();
    this.#fallback = null;
    this.enter('open');
  }

  /** @param {number} code */
  lose(code) {
    if (code === CLOSE.rateLimited) this.#attempts = Math.max(this.#attempts, 4);
    if (this.#state === 'open') this.timer('fallback', FALLBACK_AFTER, () => this.fallBack());
    if (this.#state !== 'fallback') this.enter('lost', code);
    this.later();
  }

  later() {
    const delay = backoff(this.#attempts++, this.#env.random());
    this.timer('dial', this.#state === 'fallback' ? RETRY_SOCKET : delay, () => this.dial());
  }

  /** Five seconds without a socket: see whether HTTP works. */
  fallBack() {
    if (this.#fallback || this.#state === 'final' || this.#state === 'idle') return;
    const fallback = new Fallback(this.#env, {
      role: this.#role,
      tab: this.tab,
      device: this.#device,
      rev: () => this.#rev,
      hello: (say) => this.helloText(say),
      sign: this.#sign,
      query: this.#query,
      receive: (message) => this.take(message),
      ready: () => {
        if (this.#fallback !== fallback) return;
        // A socket that still hangs in its handshake gives way, and is tried again later.
        this.dropSocket(1000, 'fallback');
        this.enter('fallback');
        this.timer('dial', RETRY_SOCKET, () => this.dial());
      },
      failed: () => {
        if (this.#fallback !== fallback) return;
        fallback.stop();
        this.#fallback = null;
        this.timer('fallback', FALLBACK_AFTER, () => this.fallBack());
        const worked = this.#state === 'fallback';
        this.enter('lost');
        // The socket was tried rarely while HTTP worked. From now on it is tried as after a loss.
        if (worked) this.retry();
      },
      refused: (code) => {
        if (this.#fallback === fallback) this.finish(code);
      },
    });
    this.#fallback = fallback;
    fallback.start();
  }

  /** @param {{type: string, [field: string]: any}} message */
  take(message) {
    const rev = message.type === INCOMING.progress ? message.rev : (message.progress ?? message.view)?.rev;
    if (rev > this.#rev) this.#rev = rev;
    this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }

  /** @param {number} code */
  finish(code) {
    this.drop(1000, 'final');
    this.enter('final', code);
  }

  /** @param {number} code @param {string} reason */
  drop(code, reason) {
    for (const name of Object.keys(this.#timers)) this.#env.clearTimeout(this.#timers[name]);
    this.#timers = {};
    this.#unwatch();
    this.#fallback?.stop();
    this.#fallback = null;
    this.dropSocket(code, reason);
  }

  /** @param {number} code @param {string} reason */
  dropSocket(code, reason) {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(code, reason);
  }

  beat() {
    this.timer('beat', BEAT, () => this.beat());
    if (this.#env.document.visibilityState === 'hidden' || this.#device() === '') return;
    if (this.#outflow.stuck(this.#state === 'open' ? this.#socket.bufferedAmount : 0)) this.renew();
    this.send({ type: OUTGOING.beat });
  }

  /** Replaces a socket that is open in name only. */
  renew() {
    if (this.#state !== 'open') return this.retry();
    this.timer('fallback', FALLBACK_AFTER, () => this.fallBack());
    this.enter('lost');
    this.dial();
  }

  hide() {
    if (this.#absence.leave(this.#env.now())) this.presence('asleep');
  }

  show() {
    const stale = this.#absence.back(this.#env.now());
    if (this.#state === 'open' && stale && this.#role === 'phone') this.renew();
    else if (this.#state === 'connecting' || this.#state === 'lost') this.retry();
    this.presence('awake');
  }

  /** @param {'asleep'|'awake'} state @param {'denied'} [camera] refused to the page */
  presence(state, camera) {
    if (this.#role !== 'phone' || this.#device() === '') return;
    if (state === 'asleep' && this.#state === 'fallback') this.#fallback?.leave();
    else this.send({ type: OUTGOING.presence, state, ...(camera ? { camera } : {}) });
  }
}
