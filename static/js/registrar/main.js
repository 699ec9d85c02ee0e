// @ts-check
// The registrar's page: finds a request by its reference and records a check
// made in person.

import { ApiError, get, post } from '../lib/api.js';
import { loadWords, has, language, onLanguage, t } from '../lib/i18n.js';
import { hide, must, setText } from '../lib/dom.js';
import { clock, dayName, documentDate } from '../lib/format.js';
import { listenActions, setBusy, setFieldError, setOptional, showScreen } from '../lib/page.js';
import { startShell } from '../frame/shell.js';
import {
  differing,
  errorsOf,
  initialRegistrar,
  recordOf,
  reasons,
  reduceRegistrar,
  referenceError,
  referenceOf,
  screenOf,
} from './state.js';
import { make, refill } from '../frame/staff.js';

/** @typedef {import('./state.js').RegistrarState} RegistrarState */

const texts = /** @type {const} */ (['surname', 'givenNames', 'usageName', 'birthDate']);

let state = initialRegistrar();

/** @param {string} id */
const field = (id) => /** @type {HTMLInputElement} */ (must(id));

/** @param {import('./state.js').RegistrarEvent} event */
function dispatch(event) {
  const before = state;
  state = reduceRegistrar(state, event);
  render();
  follow(before);
}

function render() {
  const screen = screenOf(state);
  showScreen(screen);
  setBusy(Boolean(state.busy));
  if (screen === 'refused') setText(must('refused-text'), t(`registrar.refused.${state.refusedStatus}`));
  if (state.file) renderFile(state.file);
  renderForm(state);
  renderExpected(state.expected);
  for (const id of ['reference', 'verdict', 'surname', 'givenNames', 'usageName', 'birthDate', 'checklist', 'reason'])
    setFieldError(id, wordsOf(state.errors[id] ?? ''));
  setOptional('problem-text', state.problem ? problemWords(state.problem) : '');
  hide(must('problem'), !state.problem);
  hide(must('outcome'), !state.outcome);
  if (state.outcome) setText(must('outcome-text'), outcomeWords(state.outcome));
  for (const place of document.querySelectorAll('[data-keys]')) setText(/** @type {HTMLElement} */ (place), t('registrar.keys.save'));
  document.title = `${state.file ? t('registrar.title.file', { reference: state.file.reference }) : t('registrar.title')} – Visavis`;
}

/** @param {string} words a key, or words of the server */
function wordsOf(words) {
  return has(words) ? t(words) : words;
}

/** @param {NonNullable<RegistrarState['outcome']>} outcome */
function outcomeWords({ accept, reference, second }) {
  if (second) return t('registrar.outcome.second', { reference });
  return t(accept ? 'registrar.outcome.accept' : 'registrar.outcome.refuse', { reference });
}

/** @param {import('./state.js').Problem} problem */
function problemWords({ status, code, text, reference }) {
  if (code === 'review' && text) return text;
  if (status === 409) return t('registrar.problem.409');
  if (status === 429) return t('registrar.problem.429');
  return status >= 500 && reference ? t('registrar.problem.server', { reference }) : t('registrar.problem');
}

/** @param {import('./state.js').Enrolment} file */
function renderFile(file) {
  const name = t('registrar.file', { reference: file.reference });
  setText(must('declared-title'), name);
  setText(must('closed-title'), name);
  setText(must('closed-text'), t(has(`registrar.closed.${file.state}`) ? `registrar.closed.${file.state}` : 'registrar.closed'));
  const facts = [
    ['registrar.surname', file.declared.surname],
    ['registrar.given', file.declared.givenNames],
    ['registrar.birth-date', documentDate(file.declared.birthDate)],
    [
      'registrar.expected.at',
      file.appointment
        ? t('shell.at', {
            day: dayName(file.appointment.at, file.appointment.zone),
            time: clock(file.appointment.at, file.appointment.zone),
          })
        : '',
    ],
  ].filter(([, value]) => value);
  refill(must('declared'), [language(), facts], () =>
    facts.map(([key, value]) => make('div', { class: 'fact' }, make('dt', { text: t(key) }), make('dd', { text: value }))),
  );
}

/** Who comes when, a list for each day: the reference opens the file. @param {RegistrarState['expected']} expected */
function renderExpected(expected) {
  hide(must('expected'), !expected || screenOf(state) !== 'find');
  hide(must('expected-none'), !expected || expected.length > 0);
  refill(must('expected-list'), [language(), expected], () => {
    /** @type {Map<string, NonNullable<RegistrarState['expected']>>} */
    const days = new Map();
    for (const entry of expected ?? []) {
      const day = dayName(entry.at, entry.zone);
      days.set(day, [...(days.get(day) ?? []), entry]);
    }
    return [...days].map(([day, entries]) =>
      make(
        'section',
        { class: 'stack-tight' },
        make('h3', { text: day }),
        make(
          'ul',
          {},
          ...entries.map(({ at, until, zone, reference }) =>
            make(
              'li',
              {},
              make('span', { class: 'expected-time', text: `${clock(at, zone)} – ${clock(until, zone)}` }),
              make('button', {
                type: 'button',
                class: 'button button-text reference',
                'data-action': 'open',
                'data-reference': reference,
                text: reference,
              }),
            ),
          ),
        ),
      ),
    );
  });
}

async function loadExpected() {
  try {
    const { offered, appointments } = await get('/api/registrar/appointments');
    dispatch({ type: 'expected', expected: offered ? appointments : null });
  } catch {
    // The list is a help; the search below works without it, and says what fails.
  }
}

/** A check that waits for a second person. @param {NonNullable<import('./state.js').Enrolment['visit']>} visit */
function visitWords({ own, extracted: { surname, givenNames, usageName = '', birthDate } }) {
  const values = [surname, givenNames, usageName, documentDate(birthDate)].filter(Boolean).join(', ');
  return t(own ? 'registrar.visit.own' : 'registrar.visit', { values });
}

/** @param {RegistrarState} state */
function renderForm({ form, file }) {
  const points = file?.checklist ?? [];
  refill(must('checklist'), [language(), file?.id, points], () => points.map(({ id, words }) => make('label', { class: 'choice' },
    make('input', { type: 'checkbox', 'data-point': id }), make('span', { text: words }))));
  for (const input of must('checklist').querySelectorAll('input')) input.checked = form.checklist[input.dataset.point ?? ''] === true;
  setOptional('visit-text', file?.visit ? visitWords(file.visit) : '');
  hide(must('visit'), !file?.visit);
  for (const input of must('verdict').querySelectorAll('input')) input.checked = input.value === form.verdict;
  hide(must('accept-part'), form.verdict !== 'accept');
  hide(must('refuse-part'), form.verdict !== 'refuse');
  for (const name of texts) if (field(name).value !== form[name]) field(name).value = form[name];
  const unlike = file ? differing(form, file.declared) : {};
  for (const name of ['surname', 'givenNames', 'birthDate'])
    setOptional(
      `${name}-differs`,
      unlike[name] ? t('registrar.differs', { value: name === 'birthDate' ? documentDate(unlike[name]) : unlike[name] }) : '',
    );
  refill(must('reason'), language(), () => [
    new Option(t('registrar.reason.choose'), ''),
    ...reasons.map((reason) => new Option(t(`registrar.reason.${reason}`), reason)),
  ]);
  if (field('reason').value !== form.reason) field('reason').value = form.reason;
  setText(must('save'), t(form.verdict ? `registrar.save.${form.verdict}` : 'registrar.save'));
}

/** What changed is spoken, and takes the focus where the screen is another one. @param {RegistrarState} before */
function follow(before) {
  const wrong = Object.keys(state.errors)[0];
  if (wrong && state.errors !== before.errors) {
    const target =
      wrong === 'verdict' || wrong === 'checklist' ? (must(wrong).querySelector('input:not(:checked)') ?? must(wrong)) : must(wrong);
    /** @type {HTMLElement} */ (target).focus();
    setText(must('alert'), Object.values(state.errors).map(wordsOf).join(' '));
  }
  if (state.problem && state.problem !== before.problem) setText(must('alert'), problemWords(state.problem));
  if (state.outcome && state.outcome !== before.outcome) setText(must('status'), outcomeWords(state.outcome));
  if (screenOf(before) === screenOf(state)) return;
  if (screenOf(state) === 'find') field('reference').value = '';
  must({ found: 'declared-title', closed: 'closed-title', find: 'reference', refused: 'heading' }[screenOf(state)]).focus();
}

/** @param {unknown} error */
function fail(error) {
  const { status, code, text, fields, reference } = error instanceof ApiError ? error : new ApiError(0);
  dispatch({ type: 'failed', problem: { status, code, text, fields, reference } });
}

async function find() {
  const reference = field('reference').value;
  if (state.busy) return;
  const wrong = referenceError(reference);
  if (wrong) {
    dispatch({ type: 'wrong', errors: { reference: wrong } });
    return;
  }
  dispatch({ type: 'busy', what: 'find' });
  try {
    const { file } = await get(`/api/registrar?reference=${encodeURIComponent(referenceOf(reference))}`);
    dispatch({ type: 'found', file });
  } catch (error) {
    fail(error);
  }
}

async function save() {
  if (state.busy || !state.file) return;
  const errors = errorsOf(state.form, state.file.checklist);
  if (Object.keys(errors).length > 0) {
    dispatch({ type: 'wrong', errors });
    return;
  }
  const accept = state.form.verdict === 'accept';
  dispatch({ type: 'busy', what: 'save' });
  try {
    const { second = false } = await post(`/api/registrar/${encodeURIComponent(state.file.id)}`, recordOf(state.form));
    dispatch({ type: 'saved', accept, second });
    void loadExpected();
  } catch (error) {
    fail(error);
  }
}

function listen() {
  listenActions({
    copy: () => {
      dispatch({ type: 'copy' });
      field('surname').focus();
    },
    leave: () => {
      dispatch({ type: 'leave' });
      void loadExpected();
    },
    open: (button) => {
      field('reference').value = button.dataset.reference ?? '';
      void find();
    },
  });
  must('find').addEventListener('submit', (event) => {
    event.preventDefault();
    void find();
  });
  must('record').addEventListener('submit', (event) => {
    event.preventDefault();
    void save();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || screenOf(state) !== 'found') return;
    event.preventDefault();
    void save();
  });
  must('verdict').addEventListener('change', (event) =>
    dispatch({ type: 'form', change: { verdict: /** @type {any} */ (event.target).value } }),
  );
  must('checklist').addEventListener('change', (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.dataset.point) dispatch({ type: 'answer', id: input.dataset.point, yes: input.checked });
  });
  for (const name of [...texts, 'reason'])
    must(name).addEventListener('input', () => dispatch({ type: 'form', change: { [name]: field(name).value } }));
  must('search').removeAttribute('disabled'); // a click before this would be lost
  // Nothing of a person stays in a page that was left, not even for the back button.
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
}

function startPage() {
  listen();
  onLanguage(render);
  render();
  // Who is no registrar is told so at once, not after a search.
  void startShell().then(({ me, error }) => {
    if (!error && !me?.account.roles.includes('registrar')) fail(new ApiError(me ? 403 : 401));
    else if (!error) void loadExpected();
  });
}

void loadWords('shell', 'registrar').then(startPage);
