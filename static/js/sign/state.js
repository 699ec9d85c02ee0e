// @ts-check
/** What the pages of « Signer un PDF » show, from what the server says. Pure. */

/**
 * A request to sign.
 * @typedef {object} Signing
 * @property {string} id
 * @property {string} name of the document
 * @property {string} sha256
 * @property {'waiting' | 'confirmed' | 'running' | 'refused' | 'signed'} state
 * @property {boolean} over
 * @property {string} [expiresAt] RFC 3339
 * @property {string} [digits]
 * @property {string} [link]
 * @property {string} [qr]
 */

/** The screen of the desktop. @param {Signing | null} signing @param {boolean} signed the signed file is there */
export function desktopScreen(signing, signed) {
  if (signed) return 'done';
  if (!signing) return 'choose';
  if (signing.over) return 'over';
  return signing.state === 'waiting' ? 'phone' : 'working';
}

/** The screen of the phone. @param {Signing | null} signing null: the link is unknown */
export function phoneScreen(signing) {
  if (!signing) return 'over';
  if (signing.state === 'refused') return 'refused';
  if (signing.state !== 'waiting') return 'done';
  return signing.over ? 'over' : 'ask';
}

/** What is compared of a fingerprint: its first 16 digits in groups of four. @param {string} sha256 */
export function short(sha256) {
  return `${(sha256.slice(0, 16).match(/.{4}/g) ?? []).join(' ').toUpperCase()} …`;
}

/** The name of the signed file. @param {string} name */
export function signedName(name) {
  return `${name.replace(/\.pdf$/i, '')}-signed.pdf`;
}

/** Whether a file can be one that is signed: larger ones are not sent. @param {{size: number} | undefined} file */
export function sendable(file) {
  return file !== undefined && file.size > 0 && file.size <= 10 * 1024 * 1024;
}
