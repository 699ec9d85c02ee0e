// @ts-check
import { INCOMING, PREVIEW, packFrame } from '../wire/protocol.js';
import { ANSWER_LIMIT, firstPace, gapOf, nextPace, sideOf } from './pace.js';
import { Upload } from './upload.js';

// The pictures' way to the server: one preview in flight, and stills in parts.
//
//   off --run--> previews --capture-still or shutter--> taking --> sending
//                   ^                                                |
//                   +-------------------- still-result --------------+
//
// pause() stops previews (a sheet is open, the page is hidden, the network is
// gone); a still under way goes on.

const RETRY_GAP = 250;
/** Without any confirmation for this long the open parts go again. */
const ACK_LIMIT = 8_000;
/** A whole still without an answer for this long is given up: previews go on. */
const RESULT_LIMIT = 20_000;

const MANUAL = { longSide: 2560, maxBytes: 1_000_000, partSize: 65_536 };

/**
 * @typedef {object} CaptureOptions
 * @property {{state: string, grab: (side: number, quality: number) => Promise<any>, still: (side: number, bytes:
 *   number) => Promise<any>}} camera
 * @property {(bytes: Uint8Array) => boolean} send
 * @property {() => number} waiting bytes that have not left yet
 * @property {{now: () => number, setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} clock
 */

/**
 * Events: `taken` with the still's Blob; `sending` with its progress 0 to 1;
 * `result` with the still-result; `given-up` when a still got no answer.
 */
export class Capture extends EventTarget {
  #options;
  #step = '';
  #paused = false;
  #pace = firstPace();
  #seq;
  /** @type {{seq: number, at: number, bytes: number} | null} */ #flight = null;
  #busy = false;
  /** Of the newest challenge: a preview taken after it was heard carries it. */
  #nonce = '';
  /** @type {Upload | null} */ #upload = null;
  /** @type {any} */ #request = null;
  /** @type {Record<string, any>} */ #timers = {};

  /** @param {CaptureOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    // The numbers grow over reloads too, so that no picture looks older than one before it.
    this.#seq = Math.floor(options.clock.now() / 100) % 2 ** 31;
  }

  /** A still is being taken or sent. */
  get sending() {
    return Boolean(this.#request || this.#upload);
  }

  /** Captures this step from now on; '' stops. @param {string} step */
  run(step) {
    if (step === this.#step) return;
    this.#step = step;
    this.#flight = null;
    this.dropStill();
    this.next(0);
  }

  /** @param {boolean} paused */
  pause(paused) {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (!paused) this.next(0);
  }

  /** Previews carry this nonce from now on; '' none. @param {string} nonce */
  stamp(nonce) {
    this.#nonce = nonce;
    if (nonce) this.next(0);
  }

  /** The shutter. */
  manual() {
    if (!this.#step || this.sending) return;
    this.take({ ...MANUAL, step: this.#step, seq: ++this.#seq, manual: true });
  }

  /** @param {{type: string, [field: string]: any}} message */
  receive(message) {
    switch (message.type) {
      case INCOMING.frameResult:
        this.answered(message);
        break;
      case INCOMING.captureStill:
        if (message.step === this.#step) this.take(message);
        break;
      case INCOMING.challenge:
        if (message.kind !== 'light') this.#nonce = message.nonce ?? ''; // that of a light counts once its colour is seen
        break;
      case INCOMING.partAck:
        this.acked(message);
        break;
      case INCOMING.stillResult:
        this.judged(message);
        break;
      case INCOMING.welcome:
        this.#flight = null;
        this.#upload?.resume(message.still ?? null);
        this.next(0);
        break;
    }
  }

  // The members below are private.

  /** @param {string} name @param {number} ms @param {() => void} run */
  timer(name, ms, run) {
    this.#options.clock.clearTimeout(this.#timers[name]);
    this.#timers[name] = this.#options.clock.setTimeout(run, ms);
  }

  /** @param {number} ms */
  next(ms) {
    this.timer('next', ms, () => this.preview());
  }

  async preview() {
    const { camera, clock, send, waiting } = this.#options;
    if (!this.#step || this.#paused || this.#busy || this.#flight || this.sending) return;
    if (camera.state !== 'live' || waiting() > 0) return this.next(RETRY_GAP);
    const step = this.#step;
    const nonce = this.#nonce;
    this.#busy = true;
    const picture = await camera.grab(sideOf(this.#pace), this.#pace.quality);
    const data = picture && new Uint8Array(await picture.blob.arrayBuffer());
    this.#busy = false;
    if (step !== this.#step || this.#paused || this.sending) return this.next(0);
    const seq = ++this.#seq;
    if (!data || !send(packFrame({ kind: PREVIEW, step, seq, capturedAt: picture.at, nonce, data }))) {
      return this.next(RETRY_GAP);
    }
    this.#flight = { seq, at: clock.now(), bytes: data.length };
    this.timer('answer', ANSWER_LIMIT, () => this.overdue());
  }

  /** @param {any} result */
  answered(result) {
    const flight = this.#flight;
    if (!flight || result.seq !== flight.seq) return;
    const trip = this.#options.clock.now() - flight.at;
    this.settle({ bytes: flight.bytes, trip, previewSide: result.previewSide });
    this.next(Math.max(0, gapOf(this.#pace) - trip));
  }

  overdue() {
    if (!this.#flight) return;
    this.settle({ bytes: this.#flight.bytes, trip: ANSWER_LIMIT });
    this.next(0);
  }

  /** @param {{bytes: number, trip: number, previewSide?: number}} seen */
  settle(seen) {
    this.#options.clock.clearTimeout(this.#timers.answer);
    this.#flight = null;
    this.#pace = nextPace(this.#pace, seen);
  }

  /** Takes the still that was asked for, or that the person wants. @param {any} request */
  async take(request) {
    if (this.#upload?.seq === request.seq || this.#request?.seq === request.seq) return;
    this.dropStill();
    this.#request = request;
    const picture = await this.#options.camera.still(request.longSide, request.maxBytes);
    if (this.#request !== request) return;
    if (!picture) {
      // The camera is starting or was lost; the page shows which, and this waits.
      this.#request = null;
      this.timer('take', RETRY_GAP, () => this.take(request));
      return;
    }
    const data = new Uint8Array(await picture.blob.arrayBuffer());
    if (this.#request !== request) return;
    this.#request = null;
    this.#flight = null;
    this.#upload = new Upload({
      step: request.step, seq: request.seq, manual: Boolean(request.manual), capturedAt: picture.at,
      partSize: request.partSize, data, send: (bytes) => this.#options.send(bytes),
    });
    this.tell('taken', picture.blob);
    this.#upload.pump();
    this.watchUpload();
  }

  watchUpload() {
    this.timer('ack', ACK_LIMIT, () => {
      this.#upload?.again();
      this.watchUpload();
    });
    this.timer('result', RESULT_LIMIT, () => this.giveUp());
  }

  giveUp() {
    // Only a still that arrived whole and got no answer is given up. A slow or lost line is no reason.
    if (!this.#upload) return;
    if (!this.#upload.complete) return this.timer('result', RESULT_LIMIT, () => this.giveUp());
    this.dropStill();
    this.tell('given-up', null);
    this.next(0);
  }

  /** @param {any} ack */
  acked(ack) {
    if (!this.#upload || ack.seq !== this.#upload.seq) return;
    this.#upload.ack(ack);
    this.tell('sending', this.#upload.progress);
    this.watchUpload();
  }

  /** @param {any} result */
  judged(result) {
    if (this.#upload && result.seq !== this.#upload.seq) return;
    this.dropStill();
    this.tell('result', result);
    this.next(0);
  }

  dropStill() {
    const { clock } = this.#options;
    for (const name of ['ack', 'result', 'take']) clock.clearTimeout(this.#timers[name]);
    this.#upload = null;
    this.#request = null;
  }

  /** @param {string} type @param {any} detail */
  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
