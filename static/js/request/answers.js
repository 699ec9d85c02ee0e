// @ts-check
/**
 * What a person answered on the request's page, checked before it is sent: the
 * body of the call, or which answers need another look. Pure.
 */

import { plainDigits } from '../lib/digits.js';
import { isoDate } from '../lib/format.js';
import { answer, boxesOf } from '../wire/enrolment.js';

/** @typedef {import('../wire/enrolment.js').LegalText} LegalText */
/** @typedef {Record<string, string>} Wrong from the field to the key of the words that say what is wrong */

const letters = /^[\p{L}\p{M}\s'’.-]*\p{L}[\p{L}\p{M}\s'’.-]*$/u;
// Quoted parts hold blanks and further @; the server reads addresses.
const mail = /^.+@[^\s@]+\.[^\s@]+$/;
const mobile = /^\+[1-9][\d\s().\p{Pd}]{6,20}$/u;

/**
 * Corrected data. What needs the server's knowledge (mixed scripts, whether a
 * number exists) is the server's to refuse.
 * @param {Record<string, string>} typed by the names of the fields
 * @param {boolean} withMobile
 * @returns {{body: Record<string, string>, wrong: Wrong}}
 */
export function correction(typed, withMobile) {
  const value = (/** @type {string} */ name) => (typed[name] ?? '').trim().replace(/\s+/g, ' ');
  const body = {
    surname: value('surname'),
    givenNames: value('givenNames'),
    birthDate: isoDate(value('birthDate')),
    mobile: plainDigits(value('mobile')).replace('＋', '+').trim(),
    email: (typed.email ?? '').trim(),
  };
  /** @type {Wrong} */
  const wrong = {};
  const check = (/** @type {string} */ name, /** @type {boolean} */ right) => { if (!right) wrong[name] = `request.error.${name}`; };
  // A person may have one name only: one of the two may stay empty.
  check('surname', body.surname === '' ? body.givenNames !== '' : letters.test(body.surname));
  check('givenNames', body.givenNames === '' ? body.surname !== '' && letters.test(body.surname) : letters.test(body.givenNames));
  check('birthDate', body.birthDate !== '' && body.birthDate < new Date().toISOString());
  if (withMobile) check('mobile', mobile.test(body.mobile));
  check('email', mail.test(body.email));
  return { body, wrong };
}

/**
 * The answers to the texts before the capture.
 * @param {LegalText[]} texts
 * @param {(box: string) => boolean} ticked
 * @returns {{answers: ReturnType<typeof answer>[], missing: string[]}} missing: boxes that have to be ticked
 */
export function consents(texts, ticked) {
  const boxes = boxesOf(texts);
  return {
    answers: boxes.flatMap((box) => box.texts.map((text) => answer(text, ticked(box.id)))),
    missing: boxes.filter((box) => box.required && !ticked(box.id)).map((box) => box.id),
  };
}

/**
 * The answers of the certificate's request.
 * @param {LegalText[]} texts
 * @param {{publish: string, accept: boolean}} given publish: 'yes', 'no' or '' for no answer
 * @returns {{answers: ReturnType<typeof answer>[], wrong: Wrong}}
 */
export function certificateAnswers(texts, { publish, accept }) {
  /** @type {Wrong} */
  const wrong = {};
  if (publish === '') wrong.publish = 'request.certificate.publish.choose';
  if (!accept) wrong.accept = 'request.certificate.accept.error';
  const answers = texts.map((text) => answer(text, text.kind === 'publication' ? publish === 'yes' : accept));
  return { answers, wrong };
}

/**
 * @param {{field: string, then: string, words: string}} given '' where nothing was chosen
 * @returns {{body: {field: string, words: string, capture: boolean}, wrong: Wrong}}
 */
export function dispute({ field, then, words }) {
  /** @type {Wrong} */
  const wrong = {};
  if (!field) wrong['dispute-field'] = 'request.dispute.choose-field';
  if (!then) wrong['dispute-then'] = 'request.dispute.choose-then';
  return { body: { field, words: words.trim(), capture: then === 'capture' }, wrong };
}

/**
 * Where what the server says of a form is shown: beside the fields that are in
 * view, in the order in which they stand there.
 * @param {import('../lib/api.js').FieldFault[]} faults
 * @param {string[]} shown fields in view
 * @returns {{beside: Array<{field: string, text: string}>, rest: string[]}} rest: sentences of fields that are not in view
 */
export function placed(faults, shown) {
  const beside = shown.flatMap((field) => {
    const fault = faults.find((one) => one.field === field);
    return fault ? [{ field, text: fault.text || `request.error.${field}` }] : [];
  });
  return { beside, rest: faults.filter(({ field }) => !shown.includes(field)).map(({ text }) => text).filter(Boolean) };
}
