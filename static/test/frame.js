// @ts-check
// Reads the binary messages that the phone's page writes: the page itself never does.
import {
  CODE, FLAG_MANUAL, FLAG_NONCE, FLAG_SIGNED, FRAME_VERSION, FrameError, HEADER_SIZE, NONCE_SIZE, SIGNATURE_SIZE, PREVIEW, STEPS, STILL,
} from '../js/wire/protocol.js';

/**
 * Reads a binary message; data shares the memory of bytes.
 * @param {Uint8Array} bytes
 * @returns {import('../js/wire/protocol.js').Frame}
 */
export function unpackFrame(bytes) {
  if (bytes.length < HEADER_SIZE) {
    throw new FrameError(CODE.badHeader, `${bytes.length} bytes`, `a header of ${HEADER_SIZE} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== FRAME_VERSION) {
    throw new FrameError(CODE.wrongVersion, `version ${view.getUint8(0)}`, `version ${FRAME_VERSION}`);
  }
  const kind = view.getUint8(1);
  const step = STEPS[view.getUint8(2) - 1];
  const flags = view.getUint8(3);
  const capturedAt = view.getUint32(8) * 2 ** 32 + view.getUint32(12);
  const part = view.getUint16(16);
  const parts = view.getUint16(18);
  if (kind !== PREVIEW && kind !== STILL) {
    throw new FrameError(CODE.badHeader, `kind ${kind}`, '1 (preview) or 2 (still)');
  }
  if (step === undefined) {
    throw new FrameError(CODE.badHeader, `step ${view.getUint8(2)}`, '1, 2 or 3');
  }
  const bound = (flags & FLAG_NONCE) !== 0;
  if ((flags & ~(FLAG_MANUAL | FLAG_NONCE | FLAG_SIGNED)) !== 0 || (bound && kind !== PREVIEW)) {
    throw new FrameError(CODE.badHeader, `flags ${flags}`, 'bits 0 and 2, or bit 1 of a preview');
  }
  if (capturedAt > 253_402_300_799_999) { // the last of the year 9999
    throw new FrameError(CODE.badHeader, `capture time ${capturedAt}`, 'milliseconds since 1970, before the year 10000');
  }
  if (parts < 1 || part >= parts || (kind === PREVIEW && parts !== 1)) {
    throw new FrameError(CODE.badHeader, `part ${part} of ${parts}`, 'part below parts; a preview has one');
  }
  const bare = HEADER_SIZE + (bound ? NONCE_SIZE : 0);
  if (bytes.length < bare) {
    throw new FrameError(CODE.badHeader, `${bytes.length - HEADER_SIZE} bytes of nonce`, `${NONCE_SIZE}`);
  }
  const start = bare + (flags & FLAG_SIGNED ? SIGNATURE_SIZE : 0);
  if (bytes.length < start) {
    throw new FrameError(CODE.badHeader, `${bytes.length - bare} bytes of signature`, `${SIGNATURE_SIZE}`);
  }
  if (bytes.length === start) {
    throw new FrameError(CODE.empty, '0 bytes of image', 'a JPEG');
  }
  const nonce = Array.from(bytes.subarray(HEADER_SIZE, bare), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    kind, step, manual: (flags & FLAG_MANUAL) !== 0, seq: view.getUint32(4), capturedAt, part, parts,
    ...(bound ? { nonce } : {}), ...(start > bare ? { signature: bytes.subarray(bare, start) } : {}), data: bytes.subarray(start),
  };
}
