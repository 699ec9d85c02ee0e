// @ts-check
// From what the console knows to what it shows, without the page: which screen,
// how much time, what is missing for a decision, what is sent. Pure.

import { isoDate } from '../lib/format.js';
import { alike, compare } from '../frame/diff.js';
import { fieldName } from './state.js';

/** @typedef {import('./state.js').ReviewState} ReviewState */
/** @typedef {import('./state.js').File} File */
/** @typedef {import('./state.js').Extracted} Extracted */

/** Why a reviewer refuses, in the order of the list. */
export const reasons = /** @type {const} */ ([
  'kind-not-accepted', 'document-expired', 'under-age', 'document-altered', 'not-original', 'not-readable',
  'wrong-name', 'wrong-birth-date', 'other-person', 'presence', 'other',
]);

/** Time is short from here on, milliseconds. */
const SHORT = 5 * 60_000;
/** The last warning. */
const LAST = 60_000;

/** @param {ReviewState} state @returns {'loading' | 'failed' | 'refused' | 'lapsed' | 'waiting' | 'file'} */
export function screenOf(state) {
  if (state.phase === 'loading') return 'loading';
  if (state.phase === 'failed') return state.failure?.status === 401 || state.failure?.status === 403 ? 'refused' : 'failed';
  if (state.file) return 'file';
  return state.lapsed ? 'lapsed' : 'waiting';
}

/** Milliseconds that the file stays with the reviewer. @param {ReviewState} state */
export function timeLeft(state) {
  const until = Date.parse(state.file?.drawnUntil ?? '');
  return Number.isNaN(until) ? 0 : Math.max(0, until - state.now);
}

/** How urgent the countdown is: '', 'short' or 'last'. @param {ReviewState} state */
export function urgency(state) {
  const left = timeLeft(state);
  if (!state.file || left > SHORT) return '';
  return left > LAST ? 'short' : 'last';
}

/** Where the file stands in review. @param {File} file @returns {'first' | 'second' | 'blind' | 'contest'} */
export function roundOf(file) {
  if (file.blind) return 'blind';
  if (file.round === 'contest') return 'contest';
  return file.round === 2 || file.round === '2' ? 'second' : 'first';
}

/**
 * The table of readings: every value in parts, with a word on how they agree.
 * @param {File} file
 */
export function readingRows(file) {
  return (file.readings ?? []).flatMap((reading) => {
    const name = fieldName(reading.field);
    const values = shownValues(name, [reading.declared, reading.mrz, reading.printed].map((value) => value ?? ''));
    if (name === 'usage-name' && !values.some(Boolean)) return []; // most documents have none
    const there = values.filter(Boolean);
    // A date in another form than ours is the server's to compare.
    const ours = !isDateField(name) || there.every((value) => ownDate.test(value));
    const differs = Boolean(reading.differs) || (ours && there.some((value) => !alike(value, there[0])));
    const agreement = differs ? 'differs' : there.length > 1 ? 'same' : there.length === 1 ? 'single' : 'none';
    return [{ name, values, parts: differs ? compare(values) : values.map(whole), agreement, class: reading.class ?? '' }];
  });
}

/** Whether a reading stands first: its sources differ, or nobody could read it. @param {{agreement: string}} row */
export function wantsLook({ agreement }) {
  return agreement === 'differs' || agreement === 'none';
}

/** A value of one part. @param {string} text @returns {import('../frame/diff.js').Part[]} */
function whole(text) {
  return text ? [{ text, differs: false }] : [];
}

/** @param {string} name */
function isDateField(name) {
  return /date|expiry/.test(name);
}

/** A date as we show it; with two digits where the century is not known. */
const ownDate = /^\d{2}\/\d{2}\/(\d{4}|\d{2})$/;

/**
 * The values of a field as we show them: dates as 13/07/1990. The zone holds two
 * digits of a year; it gets the century of another source that ends alike.
 * @param {string} name
 * @param {string[]} values
 */
function shownValues(name, values) {
  if (!isDateField(name)) return values;
  const dates = values.map(readDate);
  const years = dates.map((date) => /^\d{2}\/\d{2}\/(\d{4})$/.exec(date)?.[1]).filter((year) => year !== undefined);
  return dates.map((date) => {
    const [, day, short] = /^(\d{2}\/\d{2}\/)(\d{2})$/.exec(date) ?? [];
    const year = years.find((full) => full.endsWith(short));
    return short && year ? day + year : date;
  });
}

/** A date as it is stored, printed with spaces, or in a zone; anything else as it is. @param {string} value */
export function readDate(value) {
  const zone = /^(\d{2})(\d{2})(\d{2})$/.exec(value);
  if (zone) return `${zone[3]}/${zone[2]}/${zone[1]}`;
  return value.replace(/^(\d{4})-(\d{2})-(\d{2})$/, '$3/$2/$1').replace(/^(\d{2})[ ./-](\d{2})[ ./-](\d{4})$/, '$1/$2/$3');
}

/**
 * A measured value or a limit, for people: figures with three significant
 * digits, lists and ranges as they come.
 * @param {any} value
 * @param {string} language
 * @returns {string} '' where there is none
 */
export function figure(value, language) {
  if (value === undefined || value === null || value === '') return '';
  if (typeof value !== 'number') return Array.isArray(value) ? value.map((one) => figure(one, language)).join(' – ') : String(value);
  return new Intl.NumberFormat(language, Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 }).format(
    value,
  );
}

/** Whether a certificate could be asked for with these data. @param {Extracted} extracted */
export function complete({ surname, givenNames, birthDate }) {
  return Boolean(surname.trim() && givenNames.trim() && birthDate) && isoDate(birthDate) === birthDate;
}

/** The steps that may be asked again: those that have a picture. @param {File} file */
export function stepsOf(file) {
  return [...new Set((file.items ?? []).map((item) => item.step))];
}

/**
 * The verdicts open for a file: a blind look asks nobody for anything.
 * @param {File} file
 * @returns {('accept' | 'refuse' | 'ask-again')[]}
 */
export function verdictsOf(file) {
  return file.blind ? ['accept', 'refuse'] : ['accept', 'refuse', 'ask-again'];
}

/**
 * What keeps the decision from being sent, in the order of the page.
 * @param {ReviewState} state
 * @returns {{code: string, field: string, n?: number}[]} field: the form's part to go to
 */
export function missing(state) {
  const { form, file } = state;
  if (!file) return [];
  if (!form.verdict) return [{ code: 'verdict', field: 'verdict' }];
  const out = [];
  if (form.verdict === 'accept') {
    const open = (file.checklist ?? []).filter(({ id }) => form.checklist[id] === undefined).length;
    const denied = (file.checklist ?? []).filter(({ id }) => form.checklist[id] === false).length;
    if (open) out.push({ code: 'open', field: 'checklist', n: open });
    if (denied) out.push({ code: 'denied', field: 'checklist', n: denied });
    if (!complete(form.extracted)) out.push({ code: 'extracted', field: 'extracted' });
  }
  if (form.verdict === 'refuse') {
    if (!form.reason) out.push({ code: 'reason', field: 'reason' });
    if (!form.words.trim()) out.push({ code: 'words', field: 'words' });
  }
  if (form.verdict === 'ask-again') {
    if (!form.step) out.push({ code: 'step', field: 'step' });
    if (!form.againWords.trim()) out.push({ code: 'words', field: 'again-words' });
  }
  return out;
}

/**
 * The body of the decision.
 * @param {ReviewState} state without anything missing
 */
export function decisionOf({ form }) {
  /** @type {Record<string, any>} */
  const body = { verdict: form.verdict, checklist: form.checklist };
  if (form.verdict === 'accept' && form.rewritten) body.extracted = trimmed(form.extracted);
  if (form.verdict === 'refuse') Object.assign(body, { reason: form.reason, words: form.words.trim() });
  if (form.verdict === 'ask-again') {
    body.again = { step: form.step, words: form.againWords.trim(), ...(form.area ? { area: form.area } : {}) };
  }
  return body;
}

/** @param {Extracted} extracted */
function trimmed({ surname, givenNames, usageName, birthDate }) {
  const usage = usageName?.trim();
  return { surname: surname.trim(), givenNames: givenNames.trim(), ...(usage ? { usageName: usage } : {}), birthDate };
}

/**
 * The parts of a doubt: « front: screen-trace 0.700 < 0.850 » is the signal screen-trace with its score and limit.
 * @param {string} code
 * @returns {{name: string, score: string, limit: string}} score and limit are '' where nothing was measured
 */
export function signalOf(code) {
  const [, name, score, limit] = /^(?:(?:front|back|selfie): )?([a-z-]+)(?: (-?[\d.]+) < (-?[\d.]+))?$/.exec(code) ?? [];
  return { name: name ?? '', score: score ?? '', limit: limit ?? '' };
}

/** How a check came out; 'none' where nothing was measured. @param {boolean | null | undefined} ok @returns {'ok' | 'doubt' | 'none'} */
export function checkMark(ok) {
  if (ok === undefined || ok === null) return 'none';
  return ok ? 'ok' : 'doubt';
}

/**
 * What stands out of how somebody decides, as keys of words.
 * @param {import('./state.js').ReviewerStats} one
 * @returns {string[]}
 */
export function standsOut({ hasty, neverDisagrees }) {
  return [...(hasty > 0 ? ['review.reviewers.quick'] : []), ...(neverDisagrees ? ['review.reviewers.never'] : [])];
}
