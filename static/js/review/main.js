// @ts-check
// The reviewer's console: draws a file, shows it, records what was decided.
// Wires calls → state → view, and the reviewer's actions back.

import { ApiError, get, post } from '../lib/api.js';
import { language, loadAll, loadWords, onLanguage, t } from '../lib/i18n.js';
import { must, setText } from '../lib/dom.js';
import { closeDialog, listenActions, openDialog } from '../lib/page.js';
import { startShell } from '../frame/shell.js';
import { actionOf, isWriting, keysOn, list as keyList, setKeys } from './keys.js';
import { decisionOf, missing, screenOf } from './model.js';
import { initialReview, reduceReview } from './state.js';
import { clearForm, focusMissing, listenForm, renderForm } from './form.js';
import { clearPapers, renderPapers } from './papers.js';
import { spoken } from './say.js';
import { renderPage } from './view.js';
import { Viewer } from './viewer.js';
import { make, refill } from '../frame/staff.js';

/** How often the queue is asked for while no file is in hand. */
const POLL = 5_000;
const TICK = 1_000;

let state = initialReview(Date.now());
let asked = 0;
/** @type {Viewer} */
let viewer;

/** @param {import('./state.js').ReviewEvent} event */
function dispatch(event) {
  const before = state;
  state = reduceReview(state, event);
  if (state === before) return;
  render();
  speak(before);
  follow(before);
}

function render() {
  renderPage(state);
  viewer.render(state);
  if (state.file) {
    renderPapers(state.file);
    renderForm(state, state.file);
  } else {
    clearPapers();
    clearForm();
  }
}

/** @param {import('./state.js').ReviewState} before */
function speak(before) {
  const said = spoken(before, state);
  if (said.status) setText(must('status'), t(said.status.key, said.status.params));
  if (said.alert) setText(must('alert'), t(said.alert.key, said.alert.params));
}

/** A new screen takes the focus to its heading. @param {import('./state.js').ReviewState} before */
function follow(before) {
  if (before.phase === 'loading' || (screenOf(before) === screenOf(state) && before.file?.id === state.file?.id)) return;
  closeDialog('put-back');
  scrollTo({ top: 0 });
  must('heading').focus({ preventScroll: true });
}

/** @param {unknown} error @returns {import('./state.js').Problem} */
function problemOf(error) {
  const { status, code, text, field, reference } = error instanceof ApiError ? error : new ApiError(0);
  return { status, code, text, field, reference };
}

/** Asks for the queue, and for the file that is in hand already. */
async function look() {
  asked = Date.now();
  try {
    const overview = await get('/api/review');
    if (!state.busy) dispatch({ type: 'overview', overview });
    must('draw').removeAttribute('disabled'); // a click before this would draw from a queue that nobody knows yet
  } catch (error) {
    dispatch({ type: 'failed', problem: problemOf(error) });
  }
}

async function draw() {
  if (state.busy || state.file) return;
  dispatch({ type: 'busy', what: 'draw' });
  try {
    const { drawn } = await post('/api/review/draw');
    dispatch({ type: 'drawn', file: drawn });
  } catch (error) {
    dispatch({ type: 'refused', problem: problemOf(error) });
  }
  if (!state.file) void look();
}

async function decide() {
  if (state.busy || !state.file) return;
  const open = missing(state);
  if (open.length > 0) {
    dispatch({ type: 'tried' });
    focusMissing(open[0].field);
    setText(must('alert'), must('missing-list').innerText);
    return;
  }
  const { id, blind } = state.file;
  const verdict = state.form.verdict;
  const body = decisionOf(state);
  dispatch({ type: 'busy', what: 'decide' });
  try {
    const { outcome } = await post(`/api/review/${encodeURIComponent(id)}/decide`, body);
    dispatch({ type: 'settled', verdict, outcome: blind ? 'blind' : outcome ?? '' });
  } catch (error) {
    refused(error);
  }
  void look();
}

async function putBack() {
  closeDialog('put-back');
  if (state.busy || !state.file) return;
  const { id } = state.file;
  dispatch({ type: 'busy', what: 'put-back' });
  try {
    await post(`/api/review/${encodeURIComponent(id)}/put-back`);
    dispatch({ type: 'settled', verdict: 'put-back', outcome: '' });
  } catch (error) {
    refused(error);
  }
  void look();
}

/** Asks for more time; what was answered and written stays. */
async function extend() {
  if (state.busy || !state.file?.extendable) return;
  dispatch({ type: 'busy', what: 'extend' });
  try {
    const { drawn } = await post(`/api/review/${encodeURIComponent(state.file.id)}/extend`);
    dispatch({ type: 'extended', file: drawn });
  } catch (error) {
    refused(error);
  }
}

/** What the server refused is said; a file that is gone leaves the screen. @param {unknown} error */
function refused(error) {
  const problem = problemOf(error);
  dispatch({ type: [404, 409].includes(problem.status) ? 'lost' : 'refused', problem });
}

/** @type {Record<string, (element?: HTMLElement) => void>} */
const actions = {
  draw: () => void draw(),
  reload: () => void look(),
  extend: () => void extend(),
  'put-back': () => { openDialog('put-back'); must('put-back-no').focus(); },
  'put-back-yes': () => void putBack(),
  'put-back-no': () => closeDialog('put-back'),
  keys: () => { openDialog('keys'); },
  'keys-close': () => closeDialog('keys'),
  'draw-area': drawArea,
  'clear-area': () => {
    dispatch({ type: 'form', change: { area: null, drawing: false } });
    must('draw-area').focus();
  },
  send: () => void decide(),
};

/** Starts or ends the drawing; the keyboard begins with an area in the middle. */
function drawArea() {
  const { form } = state;
  if (form.drawing) {
    viewer.endDrawing();
    return;
  }
  dispatch({ type: 'form', change: { drawing: true } });
  const byKey = must('draw-area').matches(':focus-visible');
  if (!form.area && byKey) dispatch({ type: 'area', area: viewer.stage.startArea() });
  if (byKey) must('area').focus({ preventScroll: true });
  must('viewer').scrollIntoView({ block: 'nearest' });
}

/** @param {string} id of a card, or of the form */
function goTo(id) {
  const target = must(id);
  if (target.hidden) return;
  target.scrollIntoView({ block: 'start' });
  target.focus({ preventScroll: true });
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const action = actionOf(event);
  if (!action || document.querySelector('dialog[open]')) return;
  if (action !== 'send' && (!keysOn() || isWriting(/** @type {HTMLElement} */ (event.target)))) return;
  if (!state.file && action !== 'draw' && action !== 'keys') return;
  event.preventDefault();
  const item = action.startsWith('item-') ? state.file?.items?.[Number(action.slice(5)) - 1] : undefined;
  if (item) dispatch({ type: 'show', item: item.item });
  else if (action.startsWith('go-')) goTo(places[action] ?? 'heading');
  else actions[action]?.();
}

/** @type {Record<string, string>} */
const places = {
  'go-viewer': 'stage',
  'go-readings': 'readings-card',
  'go-checks': 'checks-card',
  'go-checklist': 'checklist-card',
  'go-decision': 'decision',
};

/** The list of keys, and whether they are on. */
function renderKeys() {
  refill(must('keys-list'), language(), () =>
    keyList.map(([keys, what]) =>
      make(
        'div',
        {},
        make(
          'dt',
          {},
          ...keys.flatMap((key, i) => [
            ...(i > 0 ? [what === 'items' ? '–' : ' '] : []),
            ...(key === '+' ? [key] : key.split('+'))
              .map(keyName)
              .map((name, j, all) => make('span', {}, make('kbd', { text: name }), ...(j < all.length - 1 ? [' + '] : []))),
          ]),
        ),
        make('dd', { text: t(`review.key.${what}`) }),
      ),
    ),
  );
  for (const shown of document.querySelectorAll('[data-key-name]'))
    setText(/** @type {HTMLElement} */ (shown), (shown.getAttribute('data-key-name') ?? '').split('+').map(keyName).join(' + '));
  const on = keysOn();
  /** @type {HTMLInputElement} */ (must('keys-on')).checked = on;
  document.body.toggleAttribute('data-keys', on);
}

/** @param {string} key */
function keyName(key) {
  const named = ['shift', 'ctrl', 'enter', 'arrows'];
  return named.includes(key) ? t(`review.key.${key}`) : key;
}

function listen() {
  listenActions(actions);
  listenForm(dispatch, () => state);
  must('decision').addEventListener('submit', (event) => {
    event.preventDefault();
    void decide();
  });
  must('keys-on').addEventListener('change', (event) => {
    setKeys(/** @type {HTMLInputElement} */ (event.target).checked);
    renderKeys();
  });
  document.addEventListener('keydown', onKey);
  // Nothing of a file stays in a page that was left, not even for the back button.
  addEventListener('pagehide', () => viewer.begin(null));
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) beat(); });
  setInterval(beat, TICK);
}

/** Time passes: the countdown, and the queue while no file is in hand. */
function beat() {
  dispatch({ type: 'tick', now: Date.now() });
  const idle = ['waiting', 'lapsed', 'failed'].includes(screenOf(state)) && !state.busy;
  if (idle && !document.hidden && Date.now() - asked >= POLL) void look();
}

function startPage() {
  viewer = new Viewer(dispatch);
  Object.assign(actions, viewer.actions());
  listen();
  renderKeys();
  onLanguage(() => {
    renderKeys();
    render();
  });
  void loadAll(); // words to an applicant are written in the applicant's language
  void startShell();
  void look();
}

void loadWords('shell', 'review').then(startPage);
