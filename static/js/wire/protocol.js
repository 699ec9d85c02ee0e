// @ts-check
// The wire of the live plane in the browser: names, close codes and binary
// frames. Pure, and the mirror of the Go package protocol; the vectors under
// protocol/testdata are read by the tests of both.

/** The version of the wire, asked for as WebSocket subprotocol. */
export const SUBPROTOCOL = 'visavis.v1';

/** Message types that a page may send. */
export const OUTGOING = Object.freeze({
  hello: 'hello',
  claim: 'claim',
  chooseCode: 'choose-code',
  chooseDocument: 'choose-document',
  start: 'start',
  retake: 'retake',
  useAnyway: 'use-anyway',
  skip: 'skip',
  beat: 'beat',
  presence: 'presence',
  cameraReport: 'camera-report',
  extend: 'extend',
  notMe: 'not-me',
  bye: 'bye',
  renew: 'renew',
  setLanguage: 'set-language',
  setAddress: 'set-address',
  sameDevice: 'same-device',
  notMyPhone: 'not-my-phone',
  cancel: 'cancel',
});

/** Message types that the server sends. */
export const INCOMING = Object.freeze({
  welcome: 'welcome',
  pairing: 'pairing',
  invitation: 'invitation',
  progress: 'progress',
  live: 'live',
  notice: 'notice',
  enrolment: 'enrolment',
  frameResult: 'frame-result',
  captureStill: 'capture-still',
  partAck: 'part-ack',
  stillResult: 'still-result',
  challenge: 'challenge',
  error: 'error',
});

/** Close codes. 4000 to 4499 come back after a while, 4500 to 4999 are final. */
export const CLOSE = Object.freeze({
  idle: 4000,
  slow: 4001,
  rateLimited: 4002,
  goingDown: 4003,
  invalidToken: 4500,
  ended: 4501,
  badMessage: 4504,
  unsupportedVersion: 4505,
  replaced: 4506,
  wrongCode: 4507,
  thrownOut: 4508,
  noSession: 4509,
  noEnrolment: 4510,
});

/** Codes of an error, a refused frame-result, a still-result or an HTTP answer. */
export const CODE = Object.freeze({
  badMessage: 'bad-message',
  unknownType: 'unknown-type',
  notAllowed: 'not-allowed',
  invalidToken: 'invalid-token',
  rateLimited: 'rate-limited',
  tooLarge: 'too-large',
  notJPEG: 'not-jpeg',
  truncated: 'truncated',
  badImage: 'bad-image',
  badSize: 'bad-size',
  empty: 'empty',
  badSignature: 'bad-signature',
  badHeader: 'bad-header',
  wrongVersion: 'wrong-version',
  wrongStep: 'wrong-step',
  samePicture: 'same-picture',
  otherPicture: 'other-picture',
  busy: 'busy',
  unavailable: 'unavailable',
  internal: 'internal',
  originRefused: 'origin-refused',
  noSession: 'no-session',
  noEnrolment: 'no-enrolment',
});

/** States of a session, as progress.state. */
export const STATE = Object.freeze({
  waiting: 'waiting',
  scanned: 'scanned',
  comparing: 'comparing',
  paired: 'paired',
  capturing: 'capturing',
  done: 'done',
  ended: 'ended',
});

/** Reasons, as progress.reason. */
export const REASON = Object.freeze({
  wrongCode: 'wrong-code',
  wrongCodeTwice: 'wrong-code-twice',
  notMe: 'not-me',
  notMyPhone: 'not-my-phone',
  cancelledPhone: 'cancelled-phone',
  cancelledDesktop: 'cancelled-desktop',
  idle: 'idle',
  expired: 'expired',
  codesOver: 'codes-over',
  codeShared: 'code-shared',
  tooManyStills: 'too-many-stills',
  unsafePictures: 'unsafe-pictures',
  enrolmentOver: 'enrolment-over',
});

/** Codes of a notice. */
export const NOTICE = Object.freeze({
  secondPhone: 'second-phone',
  phoneMoved: 'phone-moved',
  elsewhere: 'elsewhere',
  goingDown: 'going-down',
});

/** The capture steps in the order of the binary header's numbers, from 1. */
export const STEPS = Object.freeze(['document-front', 'document-back', 'selfie']);

/** Letters of a typed code: consonants that cannot be taken for another. */
export const TYPED_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

/** Number of letters of a typed code. */
export const TYPED_LENGTH = 8;

/** Tells whether a client comes back by itself after this close code. */
export function retries(/** @type {number} */ code) {
  return code < 4500;
}

/** First byte of every binary frame. */
export const FRAME_VERSION = 1;
/** Size of the binary header in bytes; its layout stands in protocol/frame.go. */
export const HEADER_SIZE = 20;
/** Kinds of frame. */
export const PREVIEW = 1;
export const STILL = 2;
/** Flag of a still that was taken with the shutter. */
export const FLAG_MANUAL = 1;
/** Flag of a preview that carries a challenge's nonce before the image. */
export const FLAG_NONCE = 2;
/** Flag of a frame that carries a signature directly before the image. */
export const FLAG_SIGNED = 4;
/** Size of a nonce in bytes. */
export const NONCE_SIZE = 16;
/** Size of a signature in bytes. */
export const SIGNATURE_SIZE = 64;

/** Whether a packed frame carries a nonce. @param {Uint8Array} bytes */
export const isBound = (bytes) => (bytes[3] & FLAG_NONCE) !== 0;

/**
 * A binary message: a preview, or one part of a still.
 * @typedef {object} Frame
 * @property {number} kind PREVIEW or STILL
 * @property {string} step
 * @property {boolean} [manual]
 * @property {number} seq
 * @property {number} capturedAt milliseconds since 1970
 * @property {number} [part] from 0
 * @property {number} [parts] at least 1
 * @property {string} [nonce] of the challenge that a preview answers, 32 hex digits
 * @property {Uint8Array} [signature] of the claim's key, 64 bytes
 * @property {Uint8Array} data
 */

/** Why bytes are no frame; code is bad-header, wrong-version or empty. */
export class FrameError extends Error {
  /** @param {string} code @param {string} measured @param {string} wanted */
  constructor(code, measured, wanted) {
    super(`binary frame: ${code}: have ${measured}, want ${wanted}`);
    this.code = code;
    this.measured = measured;
    this.wanted = wanted;
  }
}

/**
 * Writes header and data into one new array.
 * @param {Frame} frame
 * @returns {Uint8Array}
 */
export function packFrame(frame) {
  const step = STEPS.indexOf(frame.step) + 1;
  if (step === 0) {
    throw new FrameError(CODE.badHeader, `step ${frame.step}`, STEPS.join(', '));
  }
  const nonce = nonceBytes(frame);
  const signature = frame.signature ?? new Uint8Array(0);
  const bytes = new Uint8Array(HEADER_SIZE + nonce.length + signature.length + frame.data.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, FRAME_VERSION);
  view.setUint8(1, frame.kind);
  view.setUint8(2, step);
  view.setUint8(3, (frame.manual ? FLAG_MANUAL : 0) | (nonce.length > 0 ? FLAG_NONCE : 0) | (signature.length > 0 ? FLAG_SIGNED : 0));
  view.setUint32(4, frame.seq);
  const at = Math.max(0, Math.floor(frame.capturedAt));
  // Two halves: setBigUint64 is missing in Safari 14.
  view.setUint32(8, Math.floor(at / 2 ** 32));
  view.setUint32(12, at % 2 ** 32);
  view.setUint16(16, frame.part ?? 0);
  view.setUint16(18, frame.parts ?? 1);
  bytes.set(nonce, HEADER_SIZE);
  bytes.set(signature, HEADER_SIZE + nonce.length);
  bytes.set(frame.data, HEADER_SIZE + nonce.length + signature.length);
  return bytes;
}

/** @param {Frame} frame @returns {Uint8Array} empty without a nonce */
function nonceBytes(frame) {
  const text = frame.nonce ?? '';
  if (text === '') return new Uint8Array(0);
  if (frame.kind !== PREVIEW || !/^[0-9a-f]{32}$/.test(text)) {
    throw new FrameError(CODE.badHeader, `nonce ${text}`, `${NONCE_SIZE} bytes of hex, with a preview`);
  }
  return Uint8Array.from({ length: NONCE_SIZE }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/**
 * Reads a text message. Undefined when it is none: not JSON, or without a type.
 * @param {string} text
 * @returns {{type: string, [field: string]: any} | undefined}
 */
export function decodeMessage(text) {
  try {
    const message = JSON.parse(text);
    return typeof message?.type === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
