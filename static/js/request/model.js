// @ts-check
/**
 * From what the request's page knows to what it shows: keys of words, numbers
 * and flags. Pure, and safe to call at every tick.
 */

import { may, stepKey } from '../wire/enrolment.js';
import { nearTime, quarter, range } from '../lib/format.js';
import { has } from '../lib/i18n.js';

/** @typedef {import('./state.js').RequestState} RequestState */
/** @typedef {import('../wire/enrolment.js').View} View */

/** Without an answer for this long the page says so. */
export const SLOW_AFTER = 2_000;

/**
 * @typedef {'loading' | 'failed' | 'missing' | 'foreign' | 'none' | 'declared' | 'correct' | 'consent' | 'capture' | 'again'
 *   | 'attempts' | 'wait' | 'confirm' | 'dispute' | 'certificate' | 'issuing' | 'issued' | 'in-person' | 'refused' | 'contest'
 *   | 'expired' | 'cancelled' | 'returned'} Screen
 */

/** @param {RequestState} state @returns {Screen} */
export function screenOf({ stage, view, part }) {
  if (stage !== 'ready' || !view) return stage === 'ready' ? 'loading' : stage;
  if (view.site?.over && (view.state === 'issued' || view.state === 'confirmed')) return 'returned';
  switch (view.state) {
    case 'declared':
      if (part === 'correct' || part === 'consent') return part;
      // A site may have told nothing of its person.
      return view.site && !view.declared?.surname && !view.declared?.givenNames ? 'correct' : 'declared';
    case 'consented':
    case 'capturing':
      if (part === 'correct' && may(view, 'correct')) return 'correct';
      return captureScreen(view);
    case 'verifying':
    case 'review':
    case 'contested':
      return 'wait';
    case 'to-confirm':
      return part === 'dispute' ? 'dispute' : 'confirm';
    case 'confirmed':
      return 'certificate';
    case 'requested':
      return 'issuing';
    case 'refused':
      return part === 'contest' && view.refusal?.contestable ? 'contest' : 'refused';
    case 'issued':
    case 'in-person':
    case 'expired':
    case 'cancelled':
      return view.state;
    default:
      return 'wait'; // a state that is newer than this page
  }
}

/** @param {View} view @returns {Screen} */
function captureScreen(view) {
  if (view.again) return 'again';
  return view.state === 'consented' && view.attempts?.left === 0 ? 'attempts' : 'capture';
}

/** Which of the rail's six steps is the current one; -1 where the way has ended, 6 at its end. @param {Screen} screen */
export function railOf(screen) {
  const steps = [
    ['loading', 'declared', 'correct'], ['consent'], ['capture', 'again', 'attempts'], ['wait', 'in-person'],
    ['confirm', 'dispute'], ['certificate', 'issuing'], ['issued', 'returned'],
  ];
  return steps.findIndex((screens) => screens.includes(screen));
}

/** The rail's step of the photos. */
export const PHOTOS = 2;

/** Whether there are photos behind a screen: who comes in person takes none. @param {Screen} screen @param {View | null} view */
export function photographed(screen, view) {
  return screen !== 'in-person' && !(screen === 'confirm' && !view?.pictures?.length);
}

const leads = new Set(['declared', 'correct', 'consent', 'capture', 'wait', 'dispute', 'certificate']);
/** What waiting is called, by whom one waits for. @type {Record<string, string>} */
const waits = { verifying: 'verifying', contested: 'contested' };
/** Screens on which the request waits for the person, who may be in another tab. */
const titles = new Set(['confirm', 'again', 'refused', 'certificate']);
const ends = new Set(['failed', 'missing', 'foreign', 'refused', 'attempts', 'expired']);

/**
 * The heading's and its lead's keys ('' for none), and the tab's title.
 * @param {RequestState} state
 * @returns {{heading: string, lead: string, title: string, mark: '' | 'attention' | 'done'}}
 */
export function headings(state) {
  const screen = screenOf(state);
  const kind = screen === 'wait' ? waits[state.view?.state ?? ''] ?? 'wait' : screen;
  const issuer = screen === 'refused' && state.view?.refusal?.reason === 'issuer';
  const heading = `request.heading.${kind === 'verifying' ? 'wait' : kind}${issuer ? '.issuer' : ''}`;
  const mark = screen === 'issued' || screen === 'returned' ? 'done' : titles.has(screen) || ends.has(screen) ? 'attention' : '';
  return {
    heading,
    lead: leads.has(screen) ? `request.lead.${kind}` : '',
    title: titles.has(screen) ? `request.title.${screen}` : heading,
    mark,
  };
}

/** Whether what a screen says is a failure, to be spoken at once. @param {Screen} screen */
export function isFailure(screen) {
  return ends.has(screen);
}

/**
 * What a screen of one text and one thing to do says, by keys. A link leads
 * there, a button does it.
 * @param {Screen} screen
 * @param {View['site']} [site] who asked
 * @returns {{text: string, link?: {words: string, href: string}, button?: {words: string, action: string}, home: boolean} | null}
 */
export function single(screen, site) {
  const space = { words: 'request.to-signature', href: '/signature' };
  const back = site?.returnUrl ? { words: 'request.site.back', href: site.returnUrl } : undefined;
  if (site && (screen === 'expired' || screen === 'cancelled')) return { text: `request.${screen}.text`, link: back, home: false };
  switch (screen) {
    case 'failed':
      return { text: 'request.failed', button: { words: 'common.retry', action: 'retry' }, home: true };
    case 'missing':
      return { text: 'request.missing', button: { words: 'request.foreign.do', action: 'change-account' }, home: true };
    case 'foreign':
      return { text: 'request.foreign', button: { words: 'request.foreign.do', action: 'change-account' }, home: true };
    case 'none':
      return { text: 'request.none', link: space, home: false };
    case 'expired':
      return { text: 'request.expired.text', button: { words: 'request.cancelled.do', action: 'again-new' }, home: true };
    case 'cancelled':
      return { text: 'request.cancelled.text', button: { words: 'request.cancelled.do', action: 'again-new' }, home: true };
    case 'returned':
      return { text: 'request.site.over', link: back, home: false };
    case 'issued':
      return { text: 'request.issued.text', link: { words: 'request.issued.do', href: '/signature#certificates' }, home: false };
    default:
      return null;
  }
}

/**
 * The steps of the capture, those that are done first.
 * @param {View} view
 * @returns {Array<{name: string, state: string, done: boolean}>}
 */
export function captureSteps(view) {
  const done = (view.taken ?? []).map((step) => ({ name: stepKey(step, view.document), state: 'request.capture.done', done: true }));
  const todo = (view.missing ?? []).map((step) => ({ name: stepKey(step, view.document), state: 'request.capture.waiting', done: false }));
  if (view.document || done.length > 0) return [...done, ...todo];
  // Nothing is chosen yet: whether there is a back depends on the document.
  return [
    { name: 'request.capture.document', state: 'request.capture.document.more', done: false },
    { name: 'common.step.selfie', state: 'request.capture.waiting', done: false },
  ];
}

/** Whether the page asks for the code that was sent to the declared address. @param {View | null} view */
export function asksAddress(view) {
  return Boolean(view?.address?.askedAt && !view.address.confirmed && !['cancelled', 'expired'].includes(view.state));
}

/** Whether the capture has begun and goes on. @param {View} view */
export function isResumed(view) {
  return (view.taken ?? []).length > 0 || (view.state === 'capturing' && Boolean(view.document));
}

/**
 * When the answer may be expected, in words that stay true.
 * @param {View} view
 * @param {number} now
 * @param {string} [zone] for tests
 * @returns {{key: string, words: string, more: string, when: string, queue: number | null}} key or words; more: a key
 *   that `when` belongs to
 */
export function expectation(view, now, zone) {
  const wait = view.wait;
  const nothing = { key: '', words: '', more: '', when: '', queue: null };
  if (!wait || (view.state === 'verifying' && !wait.overdue && wait.to < 60)) return { ...nothing, key: 'request.wait.soon' };
  const opens = wait.opensAt && Date.parse(wait.opensAt) > now ? wait.opensAt : '';
  if (wait.overdue && !opens) return { ...nothing, key: 'request.wait.overdue', more: 'request.wait.overdue.more' };
  const queue = view.state === 'verifying' ? null : wait.queue;
  if (opens) {
    const by = quarter(Date.parse(opens) + wait.to * 1000);
    return {
      ...nothing,
      words: nearTime(by, now, { zone, before: true }),
      more: 'request.wait.opens.more',
      when: nearTime(opens, now, { zone }),
      queue,
    };
  }
  return wait.to < 60 ? { ...nothing, key: 'request.wait.soon', queue } : { ...nothing, words: range(wait.from, wait.to), queue };
}

/** What happens while the person waits. @param {View} view @param {boolean} reviewed whether a person looks */
export function waitSteps(view, reviewed) {
  const reading = view.state === 'verifying';
  const steps = [
    { name: 'request.wait.done', at: 0 }, { name: 'request.wait.now.verifying', at: 1 },
    ...(reviewed ? [{ name: 'request.wait.now.review', at: 2 }] : []), { name: 'request.wait.after', at: 3 },
  ];
  const now = reading ? 1 : 2;
  return steps.map(({ name, at }) => ({
    name,
    done: at < now,
    current: at === now,
    state: `request.wait.state.${at < now ? 'done' : at === now ? 'now' : 'next'}`,
  }));
}

/**
 * Why a request was refused and what can be done then, by keys. The way in person
 * is named only where somebody checks there.
 * @param {View} view
 * @returns {{why: string, next: string}}
 */
export function refusalWords({ refusal, inPerson }) {
  const own = `request.reason.${refusal?.reason}`;
  const key = has(own) ? own : 'request.reason';
  const paper = `request.paper.${refusal?.paper}`;
  const remote = `${key}.do.remote`;
  return { why: has(paper) ? paper : key, next: !inPerson && has(remote) ? remote : `${key}.do` };
}

/**
 * The names that a person whose document prints a nom d'usage may choose from,
 * where the server leaves the choice to them.
 * @param {View | null} view
 * @returns {{birth: string, usage: string} | null} null where there is nothing to choose
 */
export function nameChoice(view) {
  const extracted = view?.extracted;
  if (!view?.nameChoice || !extracted?.usageName || extracted.usageName === extracted.surname) return null;
  return { birth: `${extracted.givenNames} ${extracted.surname}`, usage: `${extracted.givenNames} ${extracted.usageName}` };
}
