// @ts-check
// The key with which this phone signs what it sends: made by the browser for the claim, and kept so that no
// script can read it. Who steals the device secret does not have it. devicekey/devicekey.go says what is signed.

import { FLAG_SIGNED, HEADER_SIZE, NONCE_SIZE, isBound } from '../wire/protocol.js';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };
const COUNT = 'visavis-count';
/** A browser whose key store does not answer within this many ms goes on without a key. */
const PATIENCE = 1_500;

/** @typedef {{of: string, key: CryptoKey, text: string}} Kept of: the beginning of the device secret; text: the public key */
/** @typedef {{get: () => Promise<Kept | undefined>, put: (kept: Kept | null) => Promise<void>}} KeyStore put: null takes it out */

/** The browser's database, which keeps keys without showing them. @returns {KeyStore} */
export function browserKeys() {
  /** @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} ask @returns {Promise<any>} */
  const within = (mode, ask) => new Promise((resolve, reject) => {
    const opening = indexedDB.open('visavis', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const work = opening.result.transaction('keys', mode);
      const asked = ask(work.objectStore('keys'));
      work.oncomplete = () => { opening.result.close(); resolve(asked.result); };
      work.onabort = () => { opening.result.close(); reject(work.error); };
    };
  });
  return {
    get: () => within('readonly', (keys) => keys.get('phone')),
    put: (kept) => within('readwrite', (keys) => (kept ? keys.put(kept, 'phone') : keys.delete('phone'))),
  };
}

/** @param {ArrayBuffer | Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** @param {Promise<any>} work @returns {Promise<any>} undefined when it fails or takes too long */
function within(work) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE);
    work.catch(() => undefined).then((result) => { clearTimeout(timer); resolve(result); });
  });
}

/** Signs for one claim. Without a key, in a browser that has or keeps none, it signs nothing. */
export class Signer {
  #keys;
  #counts;
  #subtle;
  /** @type {Kept | undefined} */ #kept;
  /** The server has the key, and wants signatures. */
  on = false;

  /** @param {{keys: KeyStore, counts: import('./link.js').Store, subtle?: SubtleCrypto}} parts */
  constructor({ keys, counts, subtle }) {
    this.#keys = keys;
    this.#counts = counts;
    this.#subtle = subtle;
  }

  /**
   * The fields of a claim: the key of this device secret, made now unless it is there.
   * @param {string} device
   */
  async claim(device) {
    await this.load(device);
    if (!this.#kept) await this.make(device);
    const proof = await this.prove('claim');
    if (proof && this.#kept) return { signingKey: this.#kept.text, proof };
    this.#counts.removeItem(COUNT);
    return {};
  }

  /**
   * A hello with its proof, if it names a device secret.
   * @template {{deviceSecret?: string}} T
   * @param {T} hello
   */
  async hello(hello) {
    if (!hello.deviceSecret) return hello;
    // The server wants a proof once one was made, so a slow store is waited for.
    await this.load(hello.deviceSecret, this.#counts.getItem(COUNT) === null);
    const proof = await this.prove('hello');
    return proof ? { ...hello, proof } : hello;
  }

  /** The proof of a text that is posted: its count and signature; empty where none is wanted. @param {string} text */
  async post(text) {
    if (!this.on || !this.#kept) return '';
    const count = this.count();
    const signature = await this.sign('post', new TextEncoder().encode(`${count}\n${text}`));
    return signature ? `${count}.${base64url(signature)}` : '';
  }

  /** A binary frame with its signature. @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
  async frame(bytes) {
    bytes[3] |= FLAG_SIGNED;
    const signature = await this.sign('frame', bytes);
    if (!signature) {
      bytes[3] &= ~FLAG_SIGNED;
      return bytes;
    }
    const at = HEADER_SIZE + (isBound(bytes) ? NONCE_SIZE : 0);
    const signed = new Uint8Array(bytes.length + signature.length);
    signed.set(bytes.subarray(0, at));
    signed.set(signature, at);
    signed.set(bytes.subarray(at), at + signature.length);
    return signed;
  }

  /** The end: the key goes. */
  forget() {
    this.on = false;
    this.#kept = undefined;
    this.#counts.removeItem(COUNT);
    void within(this.#keys.put(null));
  }

  // The members below are private. Safari 14 has no private methods.

  /** @param {string} device @param {boolean} [hurried] goes on without the store's answer after a while */
  async load(device, hurried = true) {
    const of = device.slice(0, 12);
    if (this.#kept?.of === of || !this.#subtle) return;
    const kept = await (hurried ? within(this.#keys.get()) : this.#keys.get().catch(() => undefined));
    this.#kept = kept?.of === of ? kept : undefined;
  }

  /** @param {string} device */
  async make(device) {
    if (!this.#subtle) return;
    await within(this.made(this.#subtle, device.slice(0, 12)));
  }

  /**
   * A key that the browser cannot keep would be lost with the page, and the capture with it: it is not used.
   * @param {SubtleCrypto} subtle
   * @param {string} of
   */
  async made(subtle, of) {
    const pair = /** @type {CryptoKeyPair} */ (await subtle.generateKey(CURVE, false, ['sign']));
    const text = base64url(await subtle.exportKey('raw', pair.publicKey));
    await this.#keys.put({ of, key: pair.privateKey, text });
    const kept = await this.#keys.get();
    if (kept?.of === of && kept.text === text) this.#kept = kept;
  }

  /** The next count: each proof of a key has another one, greater than those before. */
  count() {
    const count = Math.max(Date.now(), Number(this.#counts.getItem(COUNT) ?? 0) + 1);
    this.#counts.setItem(COUNT, String(count));
    return count;
  }

  /** @param {string} use */
  async prove(use) {
    if (!this.#kept) return undefined;
    const count = this.count();
    const signature = await this.sign(use, new TextEncoder().encode(String(count)));
    return signature ? { count, signature: base64url(signature) } : undefined;
  }

  /**
   * A signature, which is waited for: a page that sleeps meanwhile would go on without and be refused for good.
   * @param {string} use
   * @param {Uint8Array} content
   * @returns {Promise<Uint8Array | undefined>}
   */
  async sign(use, content) {
    if (!this.#kept || !this.#subtle) return undefined;
    const start = new TextEncoder().encode(`visavis.v1 ${use}\n`);
    const whole = new Uint8Array(start.length + content.length);
    whole.set(start);
    whole.set(content, start.length);
    const made = await this.#subtle.sign(SIGNING, this.#kept.key, whole).catch(() => undefined);
    return made && new Uint8Array(made);
  }
}
