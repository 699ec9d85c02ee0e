// The wire visavis.v1: binary frames and close codes. Pure; mirrors protocol/ in Go.

export const SUBPROTOCOL = 'visavis.v1';
export const STEPS = ['document-front', 'document-back', 'selfie'] as const;
export type StepName = (typeof STEPS)[number];
export const PREVIEW = 1;
export const STILL = 2;
const HEADER = 20;

/** Close codes that a client comes back after, beside 4000 to 4499. 0: it broke without one. */
const RETRY = new Set([0, 1001, 1005, 1006, 1011, 1012, 1013]);
/** Errors over HTTP after which nothing follows, and the close code that says the same. */
export const FINAL: Record<string, number> = { 'invalid-token': 4500, 'no-session': 4509, 'no-enrolment': 4510 };

/** Whether nothing follows this close code. */
export const final = (code: number): boolean => !RETRY.has(code) && !(code >= 4000 && code < 4500);

/** A preview, or one part of a still. capturedAt in milliseconds since 1970. */
export interface Frame {
  kind: number;
  step: StepName;
  seq: number;
  capturedAt: number;
  data: Uint8Array;
  part?: number;
  parts?: number;
  manual?: boolean;
  nonce?: string;
  /** 64 bytes, of the claim's signing key. */
  signature?: Uint8Array;
}

/** Writes header, nonce, signature and data. */
export function packFrame(f: Frame): Uint8Array {
  const step = STEPS.indexOf(f.step) + 1;
  const { part = 0, parts = 1, nonce = '', signature = new Uint8Array(0) } = f;
  if (step === 0) throw new RangeError(`step ${f.step}`);
  if (part < 0 || part >= parts || parts > 0xffff) throw new RangeError(`part ${part} of ${parts}`);
  if (nonce && (!/^[0-9a-f]{32}$/.test(nonce) || f.kind !== PREVIEW)) throw new RangeError(`nonce ${nonce}`);
  if (signature.length !== 0 && signature.length !== 64) throw new RangeError(`signature of ${signature.length} bytes`);
  const at = HEADER + nonce.length / 2 + signature.length;
  const bytes = new Uint8Array(at + f.data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([1, f.kind, step, (f.manual ? 1 : 0) | (nonce ? 2 : 0) | (signature.length ? 4 : 0)]);
  view.setUint32(4, f.seq);
  view.setUint32(8, Math.floor(f.capturedAt / 2 ** 32));
  view.setUint32(12, f.capturedAt % 2 ** 32);
  view.setUint16(16, part);
  view.setUint16(18, parts);
  for (let i = 0; i < nonce.length / 2; i++) bytes[HEADER + i] = parseInt(nonce.slice(2 * i, 2 * i + 2), 16);
  bytes.set(signature, at - signature.length);
  bytes.set(f.data, at);
  return bytes;
}
