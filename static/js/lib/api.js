// @ts-check
/**
 * Calls to the server: JSON in, JSON out, an ApiError for everything else. No
 * call waits for ever.
 */

import { has, language, t } from './i18n.js';
import { dayAndClock } from './format.js';

/**
 * What is wrong with one field of a form; text is in the reader's language.
 * @typedef {{field: string, code: string, text: string}} FieldFault
 */
/** How one may log in. @typedef {{demo?: Array<{id: string, name: string, roles: string[]}>, oidc?: boolean}} LoginChoices */

/** A call is given up after this long. */
const DEADLINE = 15_000;

/** What the server refused, or that it could not be reached (status 0). */
export class ApiError extends Error {
  /** @param {number} status of HTTP; 0 without an answer @param {any} [body] */
  constructor(status, body) {
    const error = body?.error ?? {};
    super(error.text || `status ${status}`);
    this.status = status;
    /** @type {string} */
    this.code = error.code ?? '';
    /** Words of the server in the reader's language; may be empty. @type {string} */
    this.text = error.text ?? '';
    /** @type {string} */
    this.reference = error.reference ?? '';
    /** @type {string} */
    this.field = error.field ?? '';
    /** All fields that are wrong, in the order of the form; field is the first. @type {FieldFault[]} */
    this.fields = error.fields ?? (error.field ? [{ field: error.field, code: '', text: this.text }] : []);
    /** What is wrong, by its code. @type {string} */
    this.problem = error.problem ?? '';
    /** Tries that are left. @type {number} */
    this.left = error.left ?? 0;
    /** When it may be tried again, RFC 3339. @type {string} */
    this.next = error.next ?? '';
    /** How one may log in, beside 401. @type {LoginChoices | undefined} */
    this.login = body?.login;
  }
}

/** @param {string} path @returns {Promise<any>} */
export function get(path) {
  return call('GET', path);
}

/** @param {string} path @param {object} [body] @returns {Promise<any>} */
export function post(path, body = {}) {
  return call('POST', path, body);
}

/** A file goes up and another comes back: on a slow line that takes minutes. */
const FILE_DEADLINE = 120_000;

/** Sends a PDF file; the answer is JSON. @param {string} path @param {Blob} file @returns {Promise<any>} */
export function sendFile(path, file) {
  return call('POST', path, undefined, file);
}

/**
 * Sends a PDF file; the answer is one too.
 * @param {string} path
 * @param {Blob} file
 * @returns {Promise<{file: Blob, header: (name: string) => string}>}
 */
export function exchangeFile(path, file) {
  return ask('POST', path, undefined, file, async (response) => {
    const headers = response.headers;
    return { file: await response.blob(), header: (/** @type {string} */ name) => headers.get(name) ?? '' };
  });
}

/** @param {string} method @param {string} path @param {object} [body] @param {Blob} [file] */
function call(method, path, body, file) {
  return ask(method, path, body, file, (response) => response.json());
}

/**
 * @template T
 * @param {string} method
 * @param {string} path
 * @param {object | undefined} body
 * @param {Blob | undefined} file
 * @param {(response: Response) => Promise<T>} read
 * @returns {Promise<T>}
 */
async function ask(method, path, body, file, read) {
  const stop = new AbortController();
  const deadline = setTimeout(() => stop.abort(), file ? FILE_DEADLINE : DEADLINE);
  /** @type {Record<string, string>} */
  const headers = {};
  if (body) headers['Content-Type'] = 'application/json';
  if (file) headers['Content-Type'] = 'application/pdf';
  try {
    const response = await fetch(withLanguage(path), {
      method,
      headers,
      body: file ?? (body && JSON.stringify(body)),
      signal: stop.signal,
      cache: 'no-store',
    }).catch(() => { throw new ApiError(0); });
    if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => undefined));
    const answer = await read(response).catch(() => undefined); // no JSON: a proxy's page, or nothing
    if (answer === undefined) throw new ApiError(stop.signal.aborted ? 0 : 502);
    return answer;
  } finally {
    clearTimeout(deadline);
  }
}

/** @param {string} path */
function withLanguage(path) {
  return `${path}${path.includes('?') ? '&' : '?'}lang=${language()}`;
}

/**
 * What to tell a person about a failed call.
 * @param {ApiError} error
 * @returns {string}
 */
export function errorWords(error) {
  if (error.status === 429 && error.next) return t('shell.error.429.next', { time: dayAndClock(error.next) });
  if ([400, 422].includes(error.status) && error.text) return error.text;
  const key = `shell.error.${error.status}`;
  return t(has(key) ? key : 'shell.error');
}

/** Where to log in and come back to this very page. @param {Location} location */
export function loginFor(location) {
  return `/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`;
}

/**
 * A path of this site that may be followed after login; anything else is
 * answered by the fallback, so that a link cannot lead elsewhere.
 * @param {string | null | undefined} wanted
 * @param {string} [fallback]
 */
export function safePath(wanted, fallback = '/signature') {
  return wanted && /^\/(?![/\\])[^\s\\]*$/.test(wanted) ? wanted : fallback;
}
