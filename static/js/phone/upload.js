// @ts-check
import { STILL, packFrame } from '../wire/protocol.js';

/** Parts under way at a time: enough to fill a slow line, few enough to stop soon. */
const WINDOW = 4;

/**
 * A still on its way, in parts. What is not confirmed goes again after a lost
 * connection; what the server has does not.
 */
export class Upload {
  #data;
  #options;
  /** @type {Set<number>} */ #acked = new Set();
  /** @type {Set<number>} */ #sent = new Set();

  /**
   * @param {object} options
   * @param {string} options.step
   * @param {number} options.seq
   * @param {boolean} options.manual
   * @param {number} options.capturedAt
   * @param {number} options.partSize bytes
   * @param {Uint8Array} options.data the whole JPEG
   * @param {(bytes: Uint8Array) => boolean} options.send false: not now
   */
  constructor(options) {
    this.#options = options;
    this.#data = options.data;
    this.parts = Math.max(1, Math.ceil(options.data.length / options.partSize));
  }

  get step() {
    return this.#options.step;
  }

  get seq() {
    return this.#options.seq;
  }

  /** Every part is confirmed. */
  get complete() {
    return this.#acked.size === this.parts;
  }

  /** Share that is confirmed, 0 to 1. */
  get progress() {
    return this.#acked.size / this.parts;
  }

  /** Sends what may be under way now. */
  pump() {
    for (let part = 0; part < this.parts; part++) {
      if (this.#sent.size - this.#acked.size >= WINDOW) return;
      if (this.#sent.has(part)) continue;
      if (!this.sendPart(part)) return;
      this.#sent.add(part);
    }
  }

  /** The server has this part. @param {{seq: number, part: number}} ack */
  ack(ack) {
    if (ack.seq !== this.seq || ack.part >= this.parts) return;
    this.#sent.add(ack.part);
    this.#acked.add(ack.part);
    this.pump();
  }

  /**
   * A new connection: begins again with what the server says it has.
   * @param {{step: string, seq: number, parts: number, received: number[]} | null} still
   */
  resume(still) {
    const same = still && still.seq === this.seq && still.step === this.step && still.parts === this.parts;
    this.#acked = new Set(same ? still.received : []);
    this.#sent = new Set(this.#acked);
    this.pump();
  }

  /** No confirmation came for a while: what is open goes again. */
  again() {
    this.#sent = new Set(this.#acked);
    this.pump();
  }

  /** @param {number} part @returns {boolean} */
  sendPart(part) {
    const { step, seq, manual, capturedAt, partSize, send } = this.#options;
    const data = this.#data.subarray(part * partSize, (part + 1) * partSize);
    return send(packFrame({ kind: STILL, step, manual, seq, capturedAt, part, parts: this.parts, data }));
  }
}
