// @ts-check
/**
 * What the request's page knows, as one value: (state, event) → state. Pure;
 * the time comes with the event. Which screen follows from it is
 * request-model.js's.
 */

/** @typedef {import('../wire/enrolment.js').View} View */
/** @typedef {import('../wire/enrolment.js').Me} Me */

/**
 * @typedef {'loading' | 'ready' | 'none' | 'failed' | 'missing' | 'foreign'} Stage
 *
 * @typedef {object} RequestState
 * @property {Stage} stage how far the first answer got
 * @property {View | null} view
 * @property {Me | null} me
 * @property {string} part the part of a state's screens that the address asks for: '', 'correct', 'consent', 'dispute', 'contest'
 * @property {boolean} lost the connection
 * @property {boolean} reached the address was confirmed while this page was open
 * @property {boolean} sentAgain another code was sent, as asked for here
 * @property {boolean} moved an action came too late: this is where the request stands now
 * @property {{text: string, reference: string} | null} problem the last action was refused
 * @property {import('../wire/enrolment.js').Slots | null} slots that may be booked; null before they were asked for
 * @property {string} busy the action that the server works on
 * @property {number} busySince
 * @property {number} since when the page began to wait for its first answer
 * @property {number} now the time of the newest event, milliseconds since 1970
 *
 * @typedef {{type: 'me', now: number, me: Me}
 *   | {type: 'view', now: number, view: View}
 *   | {type: 'stage', now: number, stage: Stage}
 *   | {type: 'part', now: number, part: string}
 *   | {type: 'link', now: number, link: 'open' | 'lost'}
 *   | {type: 'acting', now: number, action: string}
 *   | {type: 'acted', now: number}
 *   | {type: 'slots', now: number, slots: import('../wire/enrolment.js').Slots | null}
 *   | {type: 'sent-again', now: number}
 *   | {type: 'late', now: number}
 *   | {type: 'problem', now: number, text: string, reference: string}
 *   | {type: 'tick', now: number}} RequestEvent
 */

/** @param {number} now @param {string} part @returns {RequestState} */
export function initialRequest(now, part) {
  return {
    stage: 'loading',
    view: null,
    me: null,
    part,
    lost: false,
    reached: false,
    sentAgain: false,
    moved: false,
    problem: null,
    slots: null,
    busy: '',
    busySince: 0,
    since: now,
    now,
  };
}

/** @param {RequestState} state @param {RequestEvent} event @returns {RequestState} */
export function reduceRequest(state, event) {
  const next = { ...state, now: event.now };
  switch (event.type) {
    case 'me':
      return { ...next, me: event.me };
    case 'view':
      return takeView(next, event.view);
    case 'stage':
      return { ...next, stage: event.stage, since: event.stage === 'loading' ? event.now : state.since };
    case 'part':
      return { ...next, part: event.part, problem: null };
    case 'link':
      return { ...next, lost: event.link === 'lost' };
    case 'acting':
      return { ...next, busy: event.action, busySince: event.now, problem: null, moved: false, sentAgain: false };
    case 'acted':
      return { ...next, busy: '' };
    case 'slots':
      return { ...next, slots: event.slots };
    case 'sent-again':
      return { ...next, sentAgain: true };
    case 'late':
      return { ...next, busy: '', moved: true };
    case 'problem':
      return { ...next, busy: '', problem: { text: event.text, reference: event.reference } };
    case 'tick':
      return next;
  }
}

/** A request that moved on leaves the parts of its former state behind. @param {RequestState} state @param {View} view */
function takeView(state, view) {
  if (state.view && state.view.id === view.id && view.rev < state.view.rev) return state;
  const moved = state.view !== null && state.view.state !== view.state;
  const reached =
    Boolean(state.view?.address && !state.view.address.confirmed && view.address?.confirmed) ||
    (state.reached && Boolean(view.address?.confirmed));
  return {
    ...state,
    stage: /** @type {Stage} */ ('ready'),
    view,
    reached,
    part: moved ? '' : state.part,
    problem: moved ? null : state.problem,
  };
}
