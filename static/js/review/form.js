// @ts-check
// The checklist and the decision: writes the form from the state, and tells what
// the reviewer does in it.

import { fallback, has, hasIn, language, t, translate } from '../lib/i18n.js';
import { hide, must, setText } from '../lib/dom.js';
import { complete, missing, reasons, stepsOf, verdictsOf } from './model.js';
import { itemWords } from './papers.js';
import { make, refill } from '../frame/staff.js';

/** @typedef {import('./state.js').ReviewState} ReviewState */
/** @typedef {import('./state.js').ReviewEvent} ReviewEvent */
/** @typedef {import('./state.js').File} File */

/** How many ready-made sentences a step has. */
const SENTENCES = [1, 2, 3];

/** @param {ReviewState} state @param {File} file */
export function renderForm(state, file) {
  renderChecklist(state, file);
  renderVerdict(state, file);
  renderReason(state);
  renderAgain(state, file);
  renderExtracted(state);
  renderMissing(state);
  const key = state.form.verdict ? `review.decide.${state.form.verdict}` : 'review.decide';
  setText(must('decide'), t(key));
  for (const place of document.querySelectorAll('[data-written-in]')) {
    setText(/** @type {HTMLElement} */ (place), t(`review.written-in.${languageOf(file)}`));
  }
  for (const id of ['words', 'again-words']) must(id).lang = languageOf(file);
}

/** Leaves nothing of a decision in the page. */
export function clearForm() {
  for (const id of ['checklist', 'steps', 'suggestions', 'missing-list']) refill(must(id), null, () => []);
  for (const field of must('decision').querySelectorAll('input:not([type=radio]), textarea'))
    setValue(/** @type {HTMLElement} */ (field), '');
  must('extracted').removeAttribute('open');
}

/**
 * The applicant's language, in which words to them are written; the fallback where this console has no words in it.
 * @param {File} file
 * @returns {string}
 */
function languageOf({ language: tag = '' }) {
  return hasIn(tag, 'review.title') ? tag : fallback();
}

/** @param {ReviewState} state @param {File} file */
function renderChecklist({ form }, file) {
  const points = file.checklist ?? [];
  hide(must('checklist-card'), points.length === 0);
  refill(must('checklist'), [language(), file.id, points], () =>
    points.map(({ id, words }) =>
      make(
        'fieldset',
        { class: 'point' },
        make('legend', { text: words }),
        make(
          'div',
          { class: 'point-answers' },
          ...['yes', 'no'].map((answer) =>
            make(
              'label',
              { class: 'choice' },
              make('input', { type: 'radio', name: `point-${id}`, value: answer, 'data-point': id }),
              make('span', { text: t(`review.${answer}`) }),
            ),
          ),
        ),
      ),
    ),
  );
  for (const input of inputs(must('checklist'))) {
    input.checked = form.checklist[input.dataset.point ?? ''] === (input.value === 'yes');
    input.closest('fieldset')?.toggleAttribute('data-denied', form.checklist[input.dataset.point ?? ''] === false);
  }
}

/** @param {Element} root @returns {HTMLInputElement[]} */
function inputs(root) {
  return [...root.querySelectorAll('input')];
}

/** @param {ReviewState} state @param {File} file */
function renderVerdict({ form }, file) {
  const open = /** @type {string[]} */ (verdictsOf(file));
  for (const input of inputs(must('verdict'))) {
    input.checked = form.verdict === input.value;
    const label = input.closest('label');
    if (label) hide(label, !open.includes(input.value));
  }
  for (const part of document.querySelectorAll('#decision > .part')) {
    hide(/** @type {HTMLElement} */ (part), part.getAttribute('data-verdict') !== form.verdict);
  }
}

/** @param {ReviewState} state */
function renderReason({ form }) {
  const select = /** @type {HTMLSelectElement} */ (must('reason'));
  refill(select, language(), () => [
    new Option(t('review.reason.choose'), ''),
    ...reasons.map((reason) => new Option(t(`review.reason.${reason}`), reason)),
  ]);
  setValue(select, form.reason);
  setValue(must('words'), form.words);
}

/** @param {ReviewState} state @param {File} file */
function renderAgain({ form }, file) {
  const steps = stepsOf(file);
  refill(must('steps'), [language(), file.id, steps], () => steps.map((step) => make('label', { class: 'choice' },
    make('input', { type: 'radio', name: 'step', value: step }),
    make('span', { text: itemWords({ item: '', kind: 'still', step, url: '' }, file.document) }))));
  for (const input of inputs(must('steps'))) input.checked = form.step === input.value;
  hide(must('area-part'), !form.step);
  const draw = must('draw-area');
  draw.setAttribute('aria-pressed', String(form.drawing));
  hide(must('clear-area'), !form.area);
  hide(must('area-fields'), !form.area);
  for (const input of inputs(must('area-fields'))) {
    const side = /** @type {'x' | 'y' | 'width' | 'height'} */ (input.dataset.area);
    if (form.area && document.activeElement !== input) setValue(input, String(Math.round(form.area[side] * 100)));
  }
  setValue(must('again-words'), form.againWords);
  const given = SENTENCES.map((n) => `review.suggest.again.${form.step}.${n}`).filter(has);
  hide(must('suggest'), given.length === 0);
  refill(must('suggestions'), [language(), given, languageOf(file)], () =>
    given.map((key) =>
      make(
        'li',
        {},
        make('button', {
          type: 'button',
          class: 'suggestion',
          lang: languageOf(file),
          'data-sentence': key,
          text: translate(languageOf(file), key),
        }),
      ),
    ),
  );
}

/** What the document says; it stands open where the machine could not read it. @param {ReviewState} state */
function renderExtracted({ form }) {
  for (const input of inputs(must('extracted'))) {
    const field = /** @type {keyof typeof form.extracted} */ (input.dataset.extracted);
    setValue(input, form.extracted[field] ?? '');
  }
  if (form.verdict === 'accept' && !complete(form.extracted)) must('extracted').setAttribute('open', '');
}

/** @param {ReviewState} state */
function renderMissing(state) {
  const said = state.tried ? missing(state) : [];
  hide(must('missing'), said.length === 0);
  refill(must('missing-list'), [language(), said], () =>
    said.map(({ code, n }) => make('li', { text: t(`review.missing.${code}`, n === undefined ? {} : { n }) })),
  );
  const wrong = new Set(said.map(({ field }) => field));
  for (const [id, field] of [['reason', 'reason'], ['words', 'words'], ['again-words', 'again-words']]) {
    if (wrong.has(field)) {
      must(id).setAttribute('aria-invalid', 'true');
      must(id).setAttribute('aria-describedby', 'missing');
    } else {
      must(id).removeAttribute('aria-invalid');
      must(id).removeAttribute('aria-describedby');
    }
  }
}

/** @param {HTMLElement} element @param {string} value */
function setValue(element, value) {
  const field = /** @type {HTMLInputElement} */ (element);
  if (field.value !== value) field.value = value;
}

/** Moves the focus to what is missing first. @param {string} field as missing() names it */
export function focusMissing(field) {
  const within = { verdict: '#verdict', checklist: '#checklist', step: '#steps', extracted: '#extracted' }[field] ?? `#${field}`;
  const root = document.querySelector(within);
  const open =
    field === 'checklist' ? [...(root?.querySelectorAll('fieldset') ?? [])].find((f) => !f.querySelector('input:checked')) : root;
  const target = /** @type {HTMLElement | null} */ (
    (open ?? root)?.matches('input, select, textarea') ? (open ?? root) : (open ?? root)?.querySelector('input, summary')
  );
  target?.focus();
}

/**
 * Tells what the reviewer does in the form.
 * @param {(event: ReviewEvent) => void} dispatch
 * @param {() => ReviewState} state
 */
export function listenForm(dispatch, state) {
  must('checklist').addEventListener('change', (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (input.dataset.point) dispatch({ type: 'answer', id: input.dataset.point, yes: input.value === 'yes' });
  });
  must('verdict').addEventListener('change', (event) => {
    dispatch({ type: 'form', change: { verdict: /** @type {any} */ (event.target).value, drawing: false } });
  });
  must('steps').addEventListener('change', (event) =>
    dispatch({ type: 'form', change: { step: /** @type {any} */ (event.target).value } }),
  );
  must('reason').addEventListener('change', (event) =>
    dispatch({ type: 'form', change: withSentence(state(), /** @type {any} */ (event.target).value) }),
  );
  for (const [id, field] of [['words', 'words'], ['again-words', 'againWords']]) {
    must(id).addEventListener('input', (event) => dispatch({ type: 'form', change: { [field]: /** @type {any} */ (event.target).value } }));
  }
  must('extracted').addEventListener('input', (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    dispatch({ type: 'extracted', field: /** @type {any} */ (input.dataset.extracted), value: input.value });
  });
  must('suggestions').addEventListener('click', (event) => {
    const key = /** @type {HTMLElement} */ (event.target).dataset?.sentence;
    if (!key) return;
    dispatch({ type: 'form', change: { againWords: translate(languageOf(/** @type {File} */ (state().file)), key) } });
    must('again-words').focus();
  });
  must('area-fields').addEventListener('input', (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const { area } = state().form;
    if (area && input.validity.valid && input.value !== '')
      dispatch({ type: 'area', area: { ...area, [input.dataset.area ?? '']: Number(input.value) / 100 } });
  });
}

/**
 * A reason brings its sentence, unless the reviewer wrote one of their own.
 * @param {ReviewState} state
 * @param {string} reason
 */
function withSentence({ form, file }, reason) {
  const language = languageOf(/** @type {File} */ (file));
  const sentence = (/** @type {string} */ of) =>
    has(`review.suggest.refuse.${of}`) ? translate(language, `review.suggest.refuse.${of}`) : '';
  const own = form.words.trim() && form.words !== sentence(form.reason);
  return own ? { reason } : { reason, words: sentence(reason) };
}
