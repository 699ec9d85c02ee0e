// @ts-check
/**
 * What the server says about an enrolment and a certificate, as its JSON has
 * it, and what follows from it. Pure.
 */

/**
 * @typedef {'declared' | 'consented' | 'capturing' | 'verifying' | 'review' | 'to-confirm' | 'confirmed' | 'requested'
 *   | 'issued' | 'in-person' | 'refused' | 'contested' | 'expired' | 'cancelled'} EnrolmentState
 *
 * @typedef {{surname: string, givenNames: string, birthDate?: string, mobile?: string, email: string}} Declared
 * @typedef {{surname: string, givenNames: string, usageName?: string, birthDate: string}} Extracted
 * @typedef {{x: number, y: number, width: number, height: number}} Area each 0..1 of the picture
 * @typedef {{kind: string, version: string, hash: string, title: string, url: string, required: boolean, language: string}} LegalText
 * @typedef {{item: string, step: string, url: string, box?: number[]}} Picture
 * @typedef {{from: number, to: number, queue: number, opensAt?: string, overdue: boolean, since: string}} Wait from, to: seconds
 * @typedef {{reason: string, words?: string, paper?: string, automatic?: boolean, at: string, contestable?: boolean,
 *   contested?: boolean}} Refusal
 *
 * @typedef {object} Certificate
 * @property {string} id
 * @property {string} enrolment
 * @property {string} subject
 * @property {string} issuer
 * @property {'test' | 'electronic' | 'qualified'} level
 * @property {string} badge words in the reader's language
 * @property {'requested' | 'valid' | 'expiring' | 'expired' | 'revoked' | 'refused'} state
 * @property {string} [from] RFC 3339
 * @property {string} [until]
 * @property {number} [daysLeft]
 * @property {string} [serial] hex
 * @property {string} [sha256] hex
 * @property {boolean} [published]
 * @property {string} [revokedAt]
 * @property {string} [reason] of a revocation or refusal
 * @property {{activation?: string, credential?: string}} [links] the issuer's pages for the person, https
 * @property {boolean} [signs] documents can be signed with it here
 *
 * @typedef {object} View one enrolment as its owner may see it
 * @property {string} id
 * @property {string} reference six characters
 * @property {number} rev
 * @property {EnrolmentState} state
 * @property {string} language
 * @property {string} createdAt
 * @property {string} [expiresAt]
 * @property {{reason: 'address' | 'refused' | 'utf8' | 'unavailable', at: string}} [undelivered] the last letter did not leave
 * @property {string} [disownedAt] when whoever reads the declared address disowned it, while there is no other
 * @property {{confirmed: boolean, askedAt?: string, digitsUntil?: string, left?: number, again?: string}} [address]
 *   whether letters may go to the declared address
 * @property {string} [deletedAt] when it is or will be deleted
 * @property {string[]} [allowed] actions
 * @property {Declared} [declared]
 * @property {boolean} [mobileNeeded]
 * @property {string} [document]
 * @property {string[]} [missing] steps that the next capture asks for
 * @property {string[]} [taken]
 * @property {{step: string, area?: Area, words: string}} [again]
 * @property {{field: string, words?: string}} [dispute]
 * @property {Extracted} [extracted]
 * @property {string} [certificateName]
 * @property {boolean} [nameChoice] the person chooses which name the certificate shows
 * @property {Picture[]} [pictures]
 * @property {{left: number, of: number, next?: string}} [attempts]
 * @property {Wait} [wait]
 * @property {Refusal} [refusal]
 * @property {{name: string, logo?: string, purpose: string, returnUrl?: string, over: boolean, elsewhereAt?: string}} [site] who asked for it
 * @property {{reason: string}} [failure] why the last attempt failed
 * @property {LegalText[]} [texts]
 * @property {{place: string, hours?: string, directions?: string, bring?: string}} [inPerson]
 * @property {{at: string, until: string, zone: string}} [appointment] that was booked there; zone: the desk's
 * @property {Certificate} [certificate]
 *
 * @typedef {{zone: string, slots: Array<{at: string, left: number}>}} Slots that may be booked, in their order
 * @typedef {{subject: string, name: string, givenNames?: string, surname?: string, email?: string, mobile?: string,
 *   roles: string[]}} Account
 * @typedef {object} Me
 * @property {Account} account
 * @property {boolean} demo
 * @property {{name?: string, role?: string, text?: string}} [operator]
 * @property {string} [price] empty where it costs nothing
 * @property {string} [review]
 * @property {{test?: boolean}} [issuer]
 * @property {boolean} [inPerson] there is a place where a registrar checks
 * @property {boolean} [sms] the capture's link can go to mobile numbers
 */

const open = new Set([
  'declared',
  'consented',
  'capturing',
  'verifying',
  'review',
  'to-confirm',
  'confirmed',
  'requested',
  'in-person',
  'contested',
]);

/** Whether an enrolment is under way. @param {View} view */
export function isOpen(view) {
  return open.has(view.state);
}

/**
 * The enrolment that a page is about when its address names none: the newest
 * that is under way.
 * @param {View[]} enrolments newest first
 * @returns {View | undefined}
 */
export function current(enrolments) {
  return enrolments.find(isOpen);
}

/** Whether the server lets the applicant do something now. @param {View} view @param {string} action */
export function may(view, action) {
  return (view.allowed ?? []).includes(action);
}

/**
 * The language that the letters of an enrolment should follow; '' where they do, or where
 * the page is in the browser's language or another device's, which nobody chose here.
 * @param {View} view
 * @param {string} shown the page's language
 * @param {string} chosen what the person chose in this browser
 */
export function otherLanguage(view, shown, chosen) {
  return chosen === shown && shown !== view.language && may(view, 'choose-language') ? shown : '';
}

/**
 * The name the server knows a step by, in the words of the pages.
 * @param {string} step such as "front"
 * @param {string} [document] a passport has a photo page, no front
 */
export function stepKey(step, document) {
  if (step === 'front' && document === 'passport') return 'common.step.passport';
  const known = { front: 'document-front', back: 'document-back' };
  return `common.step.${known[/** @type {'front'} */ (step)] ?? step}`;
}

/** Which kinds of text one box answers, in the order in which they are shown. */
const boxes = [['processing', 'terms'], ['privacy'], ['faces'], ['subscription', 'archive']];

/**
 * The texts of a state as boxes to tick: those that belong together share one,
 * and one that is newer than this page gets a box of its own. Publication is no
 * box: it has a yes and a no.
 * @param {LegalText[]} texts
 * @returns {Array<{id: string, texts: LegalText[], required: boolean}>}
 */
export function boxesOf(texts) {
  const known = new Set([...boxes.flat(), 'publication']);
  const groups = [...boxes, ...texts.filter((text) => !known.has(text.kind)).map((text) => [text.kind])];
  return groups
    .map((kinds) => ({ id: kinds[0], texts: texts.filter((text) => kinds.includes(text.kind)) }))
    .filter((box) => box.texts.length > 0)
    .map((box) => ({ ...box, required: box.texts.some((text) => text.required) }));
}

/**
 * The answer to a text as the server stores it: of the very text that was shown.
 * @param {LegalText} text
 * @param {boolean} yes
 */
export function answer({ kind, version, hash, language }, yes) {
  return { kind, version, hash, language, yes };
}

/** A full name as documents write it. @param {{givenNames?: string, surname?: string}} name */
export function fullName({ givenNames, surname }) {
  return [givenNames, surname].filter(Boolean).join(' ');
}
