// @ts-check
// What lets this phone in: the token of the link, a typed code, or the device
// secret that the claim gave. Kept where a reload finds it and a log never does.

import { secretIn } from '../lib/secret.js';
import { TYPED_LENGTH, TYPED_LETTERS } from '../wire/protocol.js';

const TOKEN = 'visavis-token';
const CODE = 'visavis-code';
const DEVICE = 'visavis-device';
/** The beginning of the ticket that the device secret belongs to: enough to know it again, too little to use it. */
const DEVICE_OF = 'visavis-device-of';
const KNOWN = 12;
/** Left by the desktop page of the same browser: the proof that it is one device. */
const SAME_DEVICE = 'visavis-same-device';

/** @typedef {{getItem(key: string): string | null, setItem(key: string, value: string): void, removeItem(key: string): void}} Store */

/**
 * A store that keeps in memory what the browser refuses to keep.
 * @param {() => Store} open
 * @returns {Store}
 */
export function safeStore(open) {
  const memory = new Map();
  /** @type {Store | null} */
  let store = null;
  try {
    store = open();
  } catch {
    // The browser refuses storage (private mode, policy). Memory keeps it until a reload.
  }
  return {
    getItem(key) {
      try {
        return memory.get(key) ?? store?.getItem(key) ?? null;
      } catch {
        return memory.get(key) ?? null;
      }
    },
    setItem(key, value) {
      try {
        if (!store) throw new Error('no store');
        store.setItem(key, value);
        memory.delete(key);
      } catch {
        memory.set(key, value);
      }
    },
    removeItem(key) {
      memory.delete(key);
      try {
        store?.removeItem(key);
      } catch {
        // Nothing was kept.
      }
    },
  };
}

/**
 * The token of a fragment, whatever mailers, trackers and scanners put around it:
 * the one run of exactly 43 letters. Empty when there is none.
 * @param {string} hash
 * @returns {string}
 */
export function tokenOf(hash) {
  return secretIn(hash, /(?:^|[^\w-])([\w-]{43})(?![\w-])/);
}

/**
 * What was typed as a code, forgiving: case, spaces, dashes and a pasted
 * sentence around it do not matter.
 * @param {string} text
 * @returns {{letters: string, complete: boolean, foreign: string}} foreign: the
 *   first letter that no code contains
 */
export function readTypedCode(text) {
  const groups = text.normalize('NFKC').replace(/\p{Cf}/gu, '').toUpperCase().match(/[A-Z0-9]+/g) ?? [];
  const valid = (/** @type {string} */ word) => [...word].every((letter) => TYPED_LETTERS.includes(letter));
  const whole = groups.find((word) => word.length === TYPED_LENGTH && valid(word));
  const joined = whole ?? groups.join('');
  const foreign = [...joined].find((letter) => !TYPED_LETTERS.includes(letter)) ?? '';
  const letters = [...joined].filter((letter) => TYPED_LETTERS.includes(letter)).join('').slice(0, TYPED_LENGTH);
  return { letters, complete: letters.length === TYPED_LENGTH, foreign };
}

/** The secrets of this phone, over the browser's two stores. */
export class Link {
  #session;
  #local;
  #tryDevice = false;
  /** The device secret of this very ticket was refused: its claim never arrived. */
  #tryTicket = false;

  /** @param {{session: Store, local: Store}} stores */
  constructor({ session, local }) {
    this.#session = session;
    this.#local = local;
  }

  get token() {
    return this.#session.getItem(TOKEN) ?? '';
  }

  get code() {
    return this.#session.getItem(CODE) ?? '';
  }

  get device() {
    return this.#local.getItem(DEVICE) ?? '';
  }

  get sameDevice() {
    return this.#local.getItem(SAME_DEVICE) ?? '';
  }

  /** A fresh scan wins over whatever was there. @param {string} token */
  scanned(token) {
    this.#session.setItem(TOKEN, token);
    this.#session.removeItem(CODE);
    this.#tryDevice = this.#tryTicket = false;
  }

  /** @param {string} code */
  typed(code) {
    this.#session.setItem(CODE, code);
    this.#session.removeItem(TOKEN);
    this.#tryDevice = this.#tryTicket = false;
  }

  /** The claim succeeded: the token is dead from now on. @param {string} device */
  claimed(device) {
    if (this.#ticket) this.#local.setItem(DEVICE_OF, this.#ticket.slice(0, KNOWN));
    this.#local.setItem(DEVICE, device);
    this.#session.removeItem(TOKEN);
    this.#session.removeItem(CODE);
    this.#local.removeItem(SAME_DEVICE);
  }

  /**
   * The ticket was refused. True when this phone holds a device secret that may
   * still be good: the link of a running capture was opened again.
   */
  refused() {
    if (this.ours && !this.#tryTicket) {
      this.#tryTicket = true;
      return true;
    }
    const ticket = Boolean(this.token || this.code);
    this.#session.removeItem(TOKEN);
    this.#session.removeItem(CODE);
    if (ticket && this.device) {
      this.#tryDevice = true;
      return true;
    }
    this.#local.removeItem(DEVICE);
    this.#local.removeItem(DEVICE_OF);
    return false;
  }

  /** Forgets everything: the end. */
  forget() {
    for (const key of [TOKEN, CODE]) this.#session.removeItem(key);
    for (const key of [DEVICE, DEVICE_OF, SAME_DEVICE]) this.#local.removeItem(key);
  }

  /** Whether there is anything to say hello with. */
  get any() {
    return Boolean(this.token || this.code || this.device);
  }

  /** @returns {string} */
  get #ticket() {
    return this.token || this.code;
  }

  /** Whether this phone has claimed, or tried to claim, with the very ticket that it holds. */
  get ours() {
    return Boolean(this.#ticket && this.device) && this.#local.getItem(DEVICE_OF) === this.#ticket.slice(0, KNOWN);
  }

  /** Exactly one of token, code and device secret. @returns {{token?: string, code?: string, deviceSecret?: string}} */
  hello() {
    if (this.ours && !this.#tryTicket) return { deviceSecret: this.device };
    if (this.token && !this.#tryDevice) return { token: this.token };
    if (this.code && !this.#tryDevice) return { code: this.code };
    return { deviceSecret: this.device };
  }

  /** The device secret, once this session is claimed; empty while a ticket is open. */
  secret() {
    return this.token || this.code ? '' : this.device;
  }

  /**
   * The fields of a claim. The ticket is repeated for the way without a socket. The
   * key becomes the device secret: a claim whose answer was lost is repeated with it.
   */
  claim() {
    if (!this.ours) {
      this.#local.setItem(DEVICE, newKey());
      this.#local.setItem(DEVICE_OF, this.#ticket.slice(0, KNOWN));
    }
    this.#tryTicket = false;
    return {
      key: this.device,
      ...(this.token ? { token: this.token } : {}),
      ...(this.code ? { code: this.code } : {}),
      ...(this.sameDevice ? { sameDevice: this.sameDevice } : {}),
    };
  }
}

/** 32 random bytes in base64url. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
