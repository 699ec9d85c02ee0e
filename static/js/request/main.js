// @ts-check
// The request's page: one enrolment from the declared data to the certificate.
// Wires follower → state → view, and the person's answers back.

import { ApiError, errorWords, get, loginFor, post } from '../lib/api.js';
import { has, language, loadWords, onLanguage, remembered, t } from '../lib/i18n.js';
import { Follower } from '../wire/follow.js';
import { focusAnew, hide, must, setText } from '../lib/dom.js';
import { closeDialog, listenActions, openDialog, renderFacts, setFieldError } from '../lib/page.js';
import { documentDate, sentenced, telephone, timeZone } from '../lib/format.js';
import { current, may, otherLanguage, stepKey } from '../wire/enrolment.js';
import { certificateAnswers, consents, correction, dispute, placed } from './answers.js';
import { choosing, renderTimes } from './appointment.js';
import { initialRequest, reduceRequest } from './state.js';
import { nameChoice, screenOf } from './model.js';
import { spoken } from './say.js';
import { placeFacts, render } from './view.js';
import { playBeside } from '../frame/beside.js';
import { logOut, startShell } from '../frame/shell.js';

/** @typedef {import('./state.js').RequestEvent} RequestEvent */
/** @typedef {import('../wire/enrolment.js').View} View */

const TICK = 1_000;
/** What was issued is looked at for this long before the list of certificates opens. */
const ISSUED_SHOWN = 2_500;
/** Slots that could not be had are asked for again after this long. */
const SLOTS_AGAIN = 5_000;

const part = () => location.hash.slice(1);
let state = initialRequest(Date.now(), part());
/** @type {Follower | null} */
let follower = null;

/** @param {RequestEvent} event */
function dispatch(event) {
  const before = state;
  state = reduceRequest(state, event);
  const screen = screenOf(state);
  if (screen === 'correct' && screenOf(before) !== 'correct') fillCorrection();
  if (before.problem && !state.problem) setText(must('alert'), ''); // the same once more is spoken again
  const read = render(state);
  say(spoken(before, state, read), read);
  if (screen === 'in-person' && !state.slots && state.view && choosing(state.view, state.part)) void loadSlots(state.view.id);
  if (screen === 'issued' && screenOf(before) === 'issuing') setTimeout(() => location.replace('/signature#certificates'), ISSUED_SHOWN);
  const back = state.view?.site?.returnUrl;
  if (screen === 'returned' && back && ['issuing', 'confirm'].includes(screenOf(before)))
    setTimeout(() => location.replace(back), ISSUED_SHOWN);
  if (!before.view && state.view && state.part === 'otherwise') otherwise();
  if (before.view && screen !== screenOf(before)) for (const id of ['otherwise', 'confirm-cancel', 'enlarged']) closeDialog(id);
}

/** @param {ReturnType<typeof spoken>} said @param {boolean} [read] the focus reads the heading: what was said before is over */
function say({ status, alert, text }, read = false) {
  if (status.length + alert.length === 0 && !text && !read) return;
  setText(must('status'), sentenced(status.map((key) => t(key))));
  setText(must('alert'), text || sentenced(alert.map((key) => t(key))));
}

/** Finds the enrolment that the address names, or the newest under way, and follows it. */
async function open() {
  dispatch({ type: 'stage', now: Date.now(), stage: 'loading' });
  try {
    const id = new URLSearchParams(location.search).get('id') ?? current((await get('/api/enrolments')).enrolments)?.id;
    if (id) follow(id);
    else dispatch({ type: 'stage', now: Date.now(), stage: 'none' });
  } catch (error) {
    await refused(/** @type {ApiError} */ (error));
  }
}

/** Whether the slots are being asked for. */
let asking = false;

/** @param {string} id */
async function loadSlots(id) {
  if (asking) return;
  asking = true;
  try {
    dispatch({ type: 'slots', now: Date.now(), slots: await get(`/api/enrolments/${encodeURIComponent(id)}/slots`) });
  } catch (error) {
    if (/** @type {ApiError} */ (error).status === 401) location.assign(loginFor(location));
    setTimeout(() => { asking = false; }, SLOTS_AGAIN); // the next tick asks again
    return;
  }
  asking = false;
}

/** @param {string} id */
function follow(id) {
  follower?.stop();
  follower = new Follower(id);
  follower.addEventListener('view', (event) => {
    const view = /** @type {CustomEvent} */ (event).detail;
    dispatch({ type: 'view', now: Date.now(), view });
    tellLanguage(view);
  });
  follower.addEventListener('link', (event) => {
    const link = /** @type {CustomEvent} */ (event).detail;
    dispatch({ type: 'link', now: Date.now(), link });
    if (link === 'lost' && !state.view) dispatch({ type: 'stage', now: Date.now(), stage: 'failed' });
  });
  follower.addEventListener('refused', (event) => {
    // An action may end what it acts on; its own answer says so.
    if (!state.busy) void refused(/** @type {CustomEvent} */ (event).detail);
  });
  follower.start();
}

/** The language told last: two open pages of different languages do not take turns. */
let told = '';

/** Tells the server which language its person chose, since its letters follow it. @param {View} view */
function tellLanguage(view) {
  const chosen = otherLanguage(view, language(), remembered(document));
  if (!chosen || chosen === told) return;
  told = chosen;
  // An answer that is lost is no harm: the next page tells again.
  post(`/api/enrolments/${encodeURIComponent(view.id)}/language`, { language: chosen }).then((now) => follower?.take(now), () => {});
}

/** @param {ApiError} error of a question, not of an action */
async function refused(error) {
  if (error.status === 401) {
    location.replace(loginFor(location));
    return;
  }
  // Another tab may have logged in as somebody else: whose page is this now?
  const me = await get('/api/me').catch(() => null);
  if (me) dispatch({ type: 'me', now: Date.now(), me });
  dispatch({ type: 'stage', now: Date.now(), stage: error.status === 403 ? 'foreign' : error.status === 404 ? 'missing' : 'failed' });
}

/**
 * Does something to the enrolment. One action at a time; one that comes too
 * late shows where the enrolment stands now.
 * @param {string} action last part of the path
 * @param {object} [body]
 * @returns {Promise<View | null>} null where it was not done
 */
async function act(action, body = {}) {
  if (state.busy || !state.view) return null;
  dispatch({ type: 'acting', now: Date.now(), action });
  try {
    /** @type {View} */
    const view = await post(`/api/enrolments/${encodeURIComponent(state.view.id)}/${action}`, body);
    dispatch({ type: 'acted', now: Date.now() });
    follower?.take(view);
    return view;
  } catch (error) {
    await failed(/** @type {ApiError} */ (error));
    return null;
  }
}

/** @param {ApiError} error of an action */
async function failed(error) {
  if (error.status === 401) {
    location.assign(loginFor(location));
  } else if (error.status === 409) {
    dispatch({ type: 'late', now: Date.now() });
    await follower?.ask();
  } else if (error.code === 'address') {
    wrongDigits(t(`request.address.error.${error.problem}`, { n: error.left }));
  } else if (error.field === 'letters') {
    wrongDigits(error.next ? errorWords(error) : t('request.address.many'));
  } else if (!showFaults(error.fields)) {
    problem(errorWords(error), error.reference);
  }
}

/** Says above the form what went wrong. @param {string} text @param {string} [reference] */
function problem(text, reference) {
  dispatch({ type: 'problem', now: Date.now(), text, reference: reference || state.view?.reference || '' });
  must('banner-error').scrollIntoView({ block: 'nearest' });
}

/**
 * Says beside each field what the server found, and goes to the first. Declared
 * data that cannot be used are corrected on their own screen.
 * @param {import('../lib/api.js').FieldFault[]} faults
 * @returns {boolean} whether any is said beside its field
 */
function showFaults(faults) {
  const declared = faults.some(({ field: name }) => correctable.includes(name));
  if (declared && screenOf(state) !== 'correct' && state.view && may(state.view, 'correct')) goTo('correct');
  const inView = [...document.querySelectorAll('main [aria-describedby]')]
    .filter((one) => one.getClientRects().length > 0)
    .map((one) => one.id);
  const { beside, rest } = placed(faults, inView);
  if (beside.length === 0) return false;
  dispatch({ type: 'acted', now: Date.now() });
  if (rest.length > 0) problem(rest.join(' '));
  for (const { field: name, text } of beside) setFieldError(name, has(text) ? t(text) : text);
  focusAnew(field(beside[0].field));
  return true;
}

/** Says what is wrong with the digits, beside them: the focus reads it. @param {string} words */
function wrongDigits(words) {
  dispatch({ type: 'acted', now: Date.now() });
  setFieldError('digits', words);
  field('digits').select();
  focusAnew(field('digits'));
}

/** @param {string} wanted */
function goTo(wanted) {
  if (wanted) location.hash = wanted;
  else history.pushState(null, '', location.pathname + location.search);
  dispatch({ type: 'part', now: Date.now(), part: wanted });
  must('heading').focus();
  scrollTo(0, 0);
}

/** @param {string} name of radio buttons @returns {string} the value chosen, '' for none */
function chosen(name) {
  return /** @type {HTMLInputElement | null} */ (document.querySelector(`input[name="${name}"]:checked`))?.value ?? '';
}

/**
 * Shows what needs another look and goes to the first of it.
 * @param {string[]} fields all that were checked
 * @param {Record<string, string>} wrong
 * @returns {boolean} whether all is right
 */
function checked(fields, wrong) {
  for (const field of fields) setFieldError(field, wrong[field] ? t(wrong[field]) : '');
  const first = fields.find((field) => wrong[field]);
  if (!first) return true;
  const at = must(first);
  focusAnew(at.matches('input') ? at : /** @type {HTMLElement} */ (at.querySelector('input')));
  return false;
}

const correctable = ['surname', 'givenNames', 'birthDate', 'mobile', 'email'];
/** How a field shows what the server has. @type {Record<string, (value: string | undefined) => string>} */
const shownIn = { birthDate: documentDate, mobile: telephone };
const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (must(id));

function fillCorrection() {
  const declared = /** @type {Record<string, string>} */ ({ ...state.view?.declared });
  for (const id of correctable) {
    field(id).value = shownIn[id]?.(declared[id]) ?? declared[id] ?? '';
    setFieldError(id, '');
  }
}

/** What each form does when it is sent. @type {Record<string, () => unknown>} */
const forms = {
  'form-declared'() {
    const exact = chosen('exact');
    if (!checked(['declared-answer'], exact ? {} : { 'declared-answer': 'request.declared.choose' })) return;
    const unreachable = (state.view?.mobileNeeded && !state.view.declared?.mobile) || !state.view?.declared?.email;
    goTo(exact === 'no' || unreachable ? 'correct' : 'consent');
  },
  async 'form-correct'() {
    const typed = Object.fromEntries(correctable.map((id) => [id, field(id).value]));
    const { body, wrong } = correction(typed, Boolean(state.view?.mobileNeeded));
    if (!checked(correctable, wrong) || !await act('correct', body)) return;
    // The corrected data are a new question: the answer to the old one is gone.
    /** @type {HTMLFormElement} */ (must('form-declared')).reset();
    goTo('');
  },
  async 'form-address'() {
    const typed = field('digits').value;
    if (!checked(['digits'], typed.trim() ? {} : { digits: 'request.address.error.form' })) return;
    if (await act('address', { digits: typed })) field('digits').value = '';
  },
  async 'form-consent'() {
    const box = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (must(`box-${id}`));
    const { answers, missing } = consents(state.view?.texts ?? [], (id) => box(id).checked);
    const boxes = [...document.querySelectorAll('#boxes input')].map((input) => input.id);
    const wrong = state.view && may(state.view, 'go-in-person') ? 'request.box.error' : 'request.box.error.remote';
    if (!checked(boxes, Object.fromEntries(missing.map((id) => [`box-${id}`, wrong])))) return;
    const view = await act('consent', { answers });
    if (view) location.assign(`/capture?id=${encodeURIComponent(view.id)}`);
  },
  async 'form-confirm'() {
    const choice = nameChoice(state.view);
    const name = chosen('name');
    if (choice && !checked(['usage'], name ? {} : { usage: 'request.confirm.name.choose' })) return;
    await act('confirm', choice ? { name } : {});
  },
  async 'form-dispute'() {
    const { body, wrong } = dispute({ field: chosen('field'), then: chosen('then'), words: field('dispute-words').value });
    if (checked(['dispute-field', 'dispute-then'], wrong)) await act('dispute', body);
  },
  async 'form-certificate'() {
    const { answers, wrong } = certificateAnswers(state.view?.texts ?? [], { publish: chosen('publish'), accept: field('accept').checked });
    if (checked(['publish', 'accept'], wrong)) await act('request', { answers });
  },
  async 'form-appointment'() {
    const view = await act('appointment', { at: field('at').value });
    dispatch({ type: 'slots', now: Date.now(), slots: null }); // what was free a moment ago may be so no more
    if (view) goTo('');
  },
  'form-contest': () => act('contest', { words: field('contest-words').value.trim() }),
};

/** @type {Record<string, (element: HTMLElement) => void>} */
const actions = {
  back: () => goTo(''),
  go: (element) => goTo(element.dataset.go ?? ''),
  retry: () => void open(),
  close: (element) => closeDialog(element.closest('dialog')?.id ?? ''),
  cancel: () => ask('confirm-cancel'),
  'cancel-yes': () => void act('cancel').then(() => closeDialog('confirm-cancel')),
  otherwise,
  'in-person': () => void act('in-person').then(() => closeDialog('otherwise')),
  'address-letter': () =>
    void act('address/letter').then((view) => {
      if (!view) return;
      setFieldError('digits', '');
      dispatch({ type: 'sent-again', now: Date.now() });
      field('digits').focus();
    }),
  remote: () => void act('remote'),
  'give-back': () =>
    void act('appointment/give-back').then((view) => {
      if (view) dispatch({ type: 'slots', now: Date.now(), slots: null });
    }),
  enlarge: (element) => enlarge(element.dataset.url ?? '', element.dataset.step ?? ''),
  'again-new': () => void startNew(),
  play: () => void playBeside('reviewer-1', '/review').catch(failed),
  'change-account': () => void logOut(loginFor(location)),
};

/** @param {string} id of a dialog */
function ask(id) {
  const dialog = openDialog(id);
  /** @type {HTMLElement | null} */ (dialog.querySelector('[data-first]'))?.focus();
}

/** Offers the check in person, where the request can still go there. */
function otherwise() {
  if (!state.view || !may(state.view, 'go-in-person')) return;
  renderFacts('otherwise-facts', placeFacts(state.view));
  ask('otherwise');
}

/** @param {string} url @param {string} step */
function enlarge(url, step) {
  const image = /** @type {HTMLImageElement} */ (must('enlarged-picture'));
  image.src = url;
  image.alt = t('request.picture.alt', { step: t(stepKey(step, state.view?.document)) });
  setText(must('enlarged-title'), t(stepKey(step, state.view?.document)));
  ask('enlarged');
}

/** Begins another enrolment; the server gives back the one that is open where there is one. */
async function startNew() {
  if (state.busy) return;
  dispatch({ type: 'acting', now: Date.now(), action: 'new' });
  try {
    const view = await post('/api/enrolments', { language: document.documentElement.lang, zone: timeZone() });
    location.assign(`/request?id=${encodeURIComponent(view.id)}`);
  } catch (error) {
    await failed(/** @type {ApiError} */ (error));
  }
}

function listen() {
  listenActions(actions);
  document.addEventListener('submit', (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    event.preventDefault();
    if (!state.busy) void forms[form.id]?.();
  });
  // What was wrong is no longer said once it is being changed.
  document.addEventListener('input', (event) => {
    const at = /** @type {Element} */ (event.target).closest('[aria-invalid="true"]');
    if (at) setFieldError(at.id, '');
  });
  must('slot-day').addEventListener('change', () => { if (state.slots) renderTimes(state.slots); });
  addEventListener('hashchange', () => { if (part() !== state.part) dispatch({ type: 'part', now: Date.now(), part: part() }); });
  addEventListener('popstate', () => { if (part() !== state.part) dispatch({ type: 'part', now: Date.now(), part: part() }); });
  // A page that the back button brought out of the browser's memory is out of date.
  addEventListener('pageshow', (event) => { if (event.persisted) void follower?.ask(); });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') void follower?.ask(); });
  setInterval(() => dispatch({ type: 'tick', now: Date.now() }), TICK);
}

function startPage() {
  listen();
  onLanguage(() => { render(state); follower?.restart(); });
  void startShell().then(({ me }) => { if (me) dispatch({ type: 'me', now: Date.now(), me }); });
  void open();
}

void loadWords('shell', 'request').then(startPage);
