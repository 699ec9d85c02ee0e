// @ts-check
// What the registrar's page knows, as one value: (state, event) → state. Pure.

import { alike } from '../frame/diff.js';
import { digitsOf } from '../lib/digits.js';
import { documentDate, isoDate } from '../lib/format.js';

/** @typedef {{surname: string, givenNames: string, usageName?: string, birthDate: string}} Extracted */
/** @typedef {{at: string, until: string, zone: string}} Appointment zone: the desk's */
/**
 * @typedef {{id: string, reference: string, state: string, declared: Record<string, string>, appointment?: Appointment,
 *   checklist?: {id: string, words: string}[], visit?: {own: boolean, extracted: Extracted}}} Enrolment visit: a check
 *   that waits for a second person
 */
/** @typedef {{status: number, code: string, text: string, fields?: import('../lib/api.js').FieldFault[], reference: string}} Problem */
/**
 * @typedef {{verdict: '' | 'accept' | 'refuse', surname: string, givenNames: string, usageName: string, birthDate:
 *   string, reason: string, checklist: Record<string, boolean>}} Form birthDate as typed
 */

/**
 * @typedef {object} RegistrarState
 * @property {boolean} refused the account is not a registrar's
 * @property {number} refusedStatus 401 or 403
 * @property {'' | 'find' | 'save'} busy
 * @property {Enrolment | null} file
 * @property {(Appointment & {reference: string})[] | null} expected who comes today and later; null without
 *   appointments, or before they are known
 * @property {Form} form
 * @property {Record<string, string>} errors by field: a key of words, or words of the server
 * @property {Problem | null} problem of the last call, where no field is wrong
 * @property {{accept: boolean, reference: string, second: boolean} | null} outcome of the last check; second: somebody
 *   else has to see the same
 */

/** Why a registrar refuses, in the order of the list. */
export const reasons = /** @type {const} */ ([
  'no-document',
  'kind-not-accepted',
  'document-expired',
  'under-age',
  'document-altered',
  'other-person',
  'wrong-name',
  'wrong-birth-date',
  'other',
]);

/** @type {Form} */
const emptyForm = { verdict: '', surname: '', givenNames: '', usageName: '', birthDate: '', reason: '', checklist: {} };

/** @returns {RegistrarState} */
export function initialRegistrar() {
  return {
    refused: false,
    refusedStatus: 0,
    busy: '',
    file: null,
    expected: null,
    form: { ...emptyForm },
    errors: {},
    problem: null,
    outcome: null,
  };
}

/**
 * @typedef {{type: 'busy', what: 'find' | 'save'}
 *   | {type: 'found', file: Enrolment}
 *   | {type: 'expected', expected: (Appointment & {reference: string})[] | null}
 *   | {type: 'form', change: Partial<Form>}
 *   | {type: 'copy'}
 *   | {type: 'wrong', errors: Record<string, string>}
 *   | {type: 'failed', problem: Problem}
 *   | {type: 'saved', accept: boolean, second?: boolean}
 *   | {type: 'answer', id: string, yes: boolean}
 *   | {type: 'leave'}} RegistrarEvent
 */

/** @param {RegistrarState} state @param {RegistrarEvent} event @returns {RegistrarState} */
export function reduceRegistrar(state, event) {
  switch (event.type) {
    case 'busy':
      return { ...state, busy: event.what, errors: {}, problem: null, outcome: null };
    case 'found':
      return { ...initialRegistrar(), expected: state.expected, file: event.file };
    case 'expected':
      return { ...state, expected: event.expected };
    case 'form':
      return {
        ...state,
        form: { ...state.form, ...event.change },
        errors: without(state.errors, Object.keys(event.change)),
        problem: null,
      };
    case 'copy': {
      const { surname = '', givenNames = '', birthDate = '' } = state.file?.declared ?? {};
      return {
        ...state,
        form: { ...state.form, surname, givenNames, birthDate: documentDate(birthDate) },
        errors: {},
      };
    }
    case 'wrong':
      return { ...state, busy: '', errors: event.errors };
    case 'failed':
      return failed({ ...state, busy: '' }, event.problem);
    case 'saved':
      return {
        ...initialRegistrar(),
        expected: state.expected,
        outcome: { accept: event.accept, reference: state.file?.reference ?? '', second: event.second ?? false },
      };
    case 'answer':
      return reduceRegistrar(state, { type: 'form', change: { checklist: { ...state.form.checklist, [event.id]: event.yes } } });
    case 'leave':
      return { ...initialRegistrar(), expected: state.expected };
  }
}

/** @param {Record<string, string>} errors @param {string[]} names */
function without(errors, names) {
  return Object.fromEntries(Object.entries(errors).filter(([name]) => !names.includes(name)));
}

/** The fields of the form that the server may name. */
const fields = ['surname', 'givenNames', 'usageName', 'birthDate', 'reason', 'checklist'];

/** @param {RegistrarState} state @param {Problem} problem @returns {RegistrarState} */
function failed(state, problem) {
  if (problem.status === 401 || problem.status === 403) return { ...initialRegistrar(), refused: true, refusedStatus: problem.status };
  if (problem.status === 404 && !state.file) return { ...state, errors: { reference: 'registrar.error.unknown' } };
  /** @type {Record<string, string>} */
  const errors = {};
  for (const { field: path, text } of problem.fields ?? []) {
    const field = path.replace(/^extracted\./, '');
    if (fields.includes(field)) errors[field] ||= text || `registrar.error.${field}`;
  }
  return problem.status === 422 && Object.keys(errors).length > 0 ? { ...state, errors } : { ...state, problem };
}

/** @param {RegistrarState} state @returns {'refused' | 'find' | 'found' | 'closed'} */
export function screenOf(state) {
  if (state.refused) return 'refused';
  if (!state.file) return 'find';
  return state.file.state === 'in-person' ? 'found' : 'closed';
}

/** A reference as people type it, as the server knows it. @param {string} typed */
export function referenceOf(typed) {
  return digitsOf(typed.normalize('NFKC')).toUpperCase();
}

/** What is wrong with a typed reference: a key of words, or ''. @param {string} typed */
export function referenceError(typed) {
  return /^[A-Z0-9]{6}$/.test(referenceOf(typed)) ? '' : 'registrar.error.reference';
}

/**
 * What is missing or wrong in the form, by field.
 * @param {Form} form
 * @param {{id: string}[]} [points] of the checklist
 * @returns {Record<string, string>} keys of words
 */
export function errorsOf(form, points = []) {
  if (!form.verdict) return { verdict: 'registrar.error.verdict' };
  if (form.verdict === 'refuse') return form.reason ? {} : { reason: 'registrar.error.reason' };
  /** @type {Record<string, string>} */
  const errors = {};
  if (!form.surname.trim()) errors.surname = 'registrar.error.surname';
  if (!form.givenNames.trim()) errors.givenNames = 'registrar.error.givenNames';
  if (!isoDate(form.birthDate)) errors.birthDate = 'registrar.error.birthDate';
  if (points.some(({ id }) => !form.checklist[id])) errors.checklist = 'registrar.error.checklist';
  return errors;
}

/**
 * What was typed and differs from what the person declared: accents, capitals and
 * hyphens do not count, nor does what is not typed yet.
 * @param {Form} form
 * @param {Record<string, string>} declared
 * @returns {Record<string, string>} the declared value, by field
 */
export function differing(form, declared) {
  /** @type {Record<string, string>} */
  const out = {};
  for (const field of /** @type {const} */ (['surname', 'givenNames'])) {
    if (form[field].trim() && declared[field] && !alike(form[field], declared[field])) out[field] = declared[field];
  }
  const date = isoDate(form.birthDate);
  if (date && declared.birthDate && date !== declared.birthDate) out.birthDate = declared.birthDate;
  return out;
}

/** The body that records the check. @param {Form} form without anything wrong */
export function recordOf(form) {
  if (form.verdict === 'refuse') return { accept: false, reason: form.reason };
  const usage = form.usageName.trim();
  return {
    accept: true,
    checklist: form.checklist,
    extracted: {
      surname: form.surname.trim(),
      givenNames: form.givenNames.trim(),
      birthDate: isoDate(form.birthDate),
      ...(usage ? { usageName: usage } : {}),
    },
  };
}
