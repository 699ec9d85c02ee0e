// @ts-check
// What the reviewer's console knows, as one value: (state, event) → state. Pure:
// no DOM, no clock, no network; the time comes with the event.

import { inside } from './geometry.js';

/** @typedef {import('./geometry.js').Area} Area */

/**
 * @typedef {object} Item
 * @property {string} item id
 * @property {'still' | 'sequence'} kind
 * @property {string} step front, back or selfie
 * @property {string} url
 * @property {string[]} [notes]
 */
/** @typedef {{field: string, declared?: string, mrz?: string, printed?: string, differs?: boolean, class?: string}} Reading */
/** @typedef {{name: string, value?: any, limit?: any, unit?: string, ok?: boolean | null, source?: string, words?: string}} Check */
/** @typedef {{surname: string, givenNames: string, usageName?: string, birthDate: string}} Extracted */
/** @typedef {{verdict: string, reason?: string, words?: string, round?: number}} Previous */

/**
 * @typedef {object} File
 * @property {string} id
 * @property {string} reference
 * @property {string} [language] the applicant's
 * @property {number | string} [round] 1, 2 or contest
 * @property {boolean} [blind]
 * @property {boolean} [second]
 * @property {string} drawnUntil RFC 3339
 * @property {boolean} [extendable] the time can be extended
 * @property {string} document
 * @property {Record<string, string>} [declared]
 * @property {{kind: string, value: string, confirmed: boolean}[]} [contacts]
 * @property {Reading[]} [readings]
 * @property {Check[]} [checks]
 * @property {Item[]} [items]
 * @property {{item: string, area?: Area} | null} [portrait]
 * @property {{item: string, area?: Area} | null} [selfie]
 * @property {{id: string, words: string}[]} [checklist]
 * @property {string[]} [doubts]
 * @property {string[]} [notes]
 * @property {Previous[]} [previous]
 * @property {string} [contest] why the person contests a refusal
 * @property {{field: string, words?: string} | null} [dispute]
 * @property {Extracted | null} [extracted]
 */

/** @typedef {{waiting: number, blind?: number, hours?: import('../lib/format.js').Week, stats?: Stats, own?: Own}} Overview */
/**
 * @typedef {{reference: string, at: string, verdict: string, reason?: string, blind?: boolean, took: number}}
 *   OwnDecision took in seconds
 */
/**
 * @typedef {{decisions: number, accepted: number, refused: number, askedAgain: number, median: number, last:
 *   OwnDecision[]}} Own the reviewer's, over the files that are kept
 */
/**
 * @typedef {{reviewer: string, decisions: number, accepted: number, hasty: number, neverDisagrees: boolean}}
 *   ReviewerStats over the files that are kept
 */
/**
 * @typedef {{median?: number, blind?: number, rate?: number, hasty?: number, neverDisagrees?: number, reviewers?:
 *   ReviewerStats[]}} Stats
 */
/** @typedef {{status: number, code: string, text: string, field: string, reference: string}} Problem */
/** @typedef {'' | 'accept' | 'refuse' | 'ask-again'} Verdict */

/**
 * @typedef {object} Form
 * @property {Verdict} verdict
 * @property {Record<string, boolean>} checklist answers so far
 * @property {string} reason code of a refusal
 * @property {string} words of a refusal, to the person
 * @property {string} step to take again
 * @property {string} againWords to the person
 * @property {Area | null} area on the picture of that step
 * @property {boolean} drawing the pointer draws an area now
 * @property {Extracted} extracted what the reviewer reads
 * @property {boolean} rewritten the reviewer changed it
 */

/**
 * @typedef {object} ReviewState
 * @property {'loading' | 'failed' | 'ready'} phase
 * @property {Problem | null} failure of the loading
 * @property {Overview | null} overview
 * @property {File | null} file in the reviewer's hands
 * @property {boolean} lapsed the time of the file ran out
 * @property {'' | 'draw' | 'decide' | 'put-back' | 'extend'} busy
 * @property {Problem | null} problem of the last action
 * @property {{verdict: Verdict | 'put-back', reference: string, outcome: string} | null} outcome of the last file
 * @property {boolean} none the last draw gave nothing
 * @property {string} item shown on the stage
 * @property {boolean} tried a decision was tried: what is missing is said
 * @property {Form} form
 * @property {number} now milliseconds since 1970
 */

/** @returns {Form} */
function emptyForm() {
  return {
    verdict: '', checklist: {}, reason: '', words: '', step: '', againWords: '', area: null, drawing: false,
    extracted: { surname: '', givenNames: '', usageName: '', birthDate: '' }, rewritten: false,
  };
}

/** @param {number} now @returns {ReviewState} */
export function initialReview(now) {
  return {
    phase: 'loading', failure: null, overview: null, file: null, lapsed: false, busy: '', problem: null, outcome: null,
    none: false, item: '', tried: false, form: emptyForm(), now,
  };
}

/**
 * @typedef {{type: 'overview', overview: Overview & {drawn?: File | null}}
 *   | {type: 'failed', problem: Problem}
 *   | {type: 'busy', what: 'draw' | 'decide' | 'put-back' | 'extend'}
 *   | {type: 'drawn', file: File | null}
 *   | {type: 'extended', file: File | null}
 *   | {type: 'refused', problem: Problem}
 *   | {type: 'lost', problem: Problem}
 *   | {type: 'settled', verdict: Verdict | 'put-back', outcome: string}
 *   | {type: 'show', item: string}
 *   | {type: 'answer', id: string, yes: boolean}
 *   | {type: 'form', change: Partial<Form>}
 *   | {type: 'area', area: Area}
 *   | {type: 'extracted', field: keyof Extracted, value: string}
 *   | {type: 'tried'}
 *   | {type: 'tick', now: number}} ReviewEvent
 */

/**
 * @param {ReviewState} state
 * @param {ReviewEvent} event
 * @returns {ReviewState}
 */
export function reduceReview(state, event) {
  switch (event.type) {
    case 'overview':
      return {
        ...withFile(state, event.overview.drawn ?? null),
        phase: 'ready',
        failure: null,
        overview: event.overview,
        none: state.none && !moreThan(event.overview, state.overview),
      };
    case 'failed':
      return state.phase === 'ready' ? state : { ...state, phase: 'failed', failure: event.problem };
    case 'busy':
      return { ...state, busy: event.what, problem: null };
    case 'drawn':
      return { ...withFile(state, event.file), busy: '', none: !event.file, outcome: event.file ? null : state.outcome };
    case 'extended':
      return { ...withFile(state, event.file), busy: '', problem: null };
    case 'refused':
      return { ...state, busy: '', problem: event.problem };
    case 'lost': // the file is no longer in these hands
      return { ...withFile(state, null), busy: '', problem: event.problem };
    case 'settled':
      return {
        ...withFile(state, null), busy: '', problem: null,
        outcome: { verdict: event.verdict, reference: state.file?.reference ?? '', outcome: event.outcome },
      };
    case 'show':
      return { ...state, item: event.item, form: { ...state.form, drawing: false } };
    case 'answer':
      return withForm(state, { checklist: { ...state.form.checklist, [event.id]: event.yes } });
    case 'form':
      return reduceForm(state, event.change);
    case 'area':
      return withForm(state, { area: inside(event.area) });
    case 'extracted':
      return withForm(state, { extracted: { ...state.form.extracted, [event.field]: event.value }, rewritten: true });
    case 'tried':
      return { ...state, tried: true };
    case 'tick':
      return tick(state, event.now);
  }
}

/** Whether the queue grew, so that a draw is worth another try. @param {Overview} fresh @param {Overview | null} old */
function moreThan(fresh, old) {
  return fresh.waiting + (fresh.blind ?? 0) > (old?.waiting ?? 0) + (old?.blind ?? 0);
}

/** @param {ReviewState} state @param {Partial<Form>} change */
function withForm(state, change) {
  return { ...state, form: { ...state.form, ...change }, problem: null };
}

/**
 * Takes a file into the hands, or lets go of it: then nothing of it stays here.
 * @param {ReviewState} state
 * @param {File | null} file
 * @returns {ReviewState}
 */
function withFile(state, file) {
  if (file && file.id === state.file?.id && file.round === state.file.round) return { ...state, file };
  const fresh = { ...state, file, lapsed: false, item: '', tried: false, form: emptyForm() };
  if (!file) return fresh;
  fresh.item = (stills(file)[0] ?? file.items?.[0])?.item ?? '';
  fresh.form.extracted = extractedOf(file);
  fresh.outcome = null;
  fresh.problem = null;
  return fresh;
}

/** @param {ReviewState} state @param {Partial<Form>} change @returns {ReviewState} */
function reduceForm(state, change) {
  const next = withForm(state, change);
  if (change.verdict !== undefined && change.verdict !== state.form.verdict) next.tried = false;
  if (change.step !== undefined && change.step !== state.form.step) {
    next.form.area = null; // it was on another picture
    next.form.drawing = false;
  }
  if (change.drawing || change.step) next.item = stillOf(next.file, next.form.step)?.item ?? next.item;
  return next;
}

/** @param {ReviewState} state @param {number} now @returns {ReviewState} */
function tick(state, now) {
  const until = Date.parse(state.file?.drawnUntil ?? '');
  if (Number.isNaN(until) || now < until || state.busy) return { ...state, now };
  return { ...withFile(state, null), now, lapsed: true, problem: null };
}

/** @param {File | null} file @returns {Item[]} */
export function stills(file) {
  return (file?.items ?? []).filter((item) => item.kind === 'still');
}

/** The picture of a step. @param {File | null} file @param {string} step */
function stillOf(file, step) {
  return stills(file).find((item) => item.step === step) ?? null;
}

/** @param {string} field a name of a field, as Go or as JSON writes it @returns {string} with hyphens */
export function fieldName(field) {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What the document says, as far as it was read: print before zone. @param {File} file @returns {Extracted} */
function extractedOf(file) {
  if (file.extracted) return { usageName: '', ...file.extracted };
  const read = (/** @type {string} */ name) => {
    const reading = (file.readings ?? []).find((r) => fieldName(r.field) === name);
    return reading?.printed || reading?.mrz || '';
  };
  return { surname: read('surname'), givenNames: read('given-names'), usageName: read('usage-name'), birthDate: read('birth-date') };
}
