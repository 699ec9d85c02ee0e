// @ts-check
/** How the pages of the journey write into their HTML, beside dom.js. Each function is idempotent. */

import { errorWords } from './api.js';
import { hide, must, setText, setValue } from './dom.js';
import { t } from './i18n.js';

/**
 * Shows the parts of the page that belong to a screen (`data-screen="a b"`).
 * @param {string} screen
 */
export function showScreen(screen) {
  document.body.dataset.state = screen;
  for (const part of document.querySelectorAll('[data-screen]')) {
    const mine = /** @type {string} */ (part.getAttribute('data-screen')).split(' ').includes(screen);
    hide(/** @type {HTMLElement} */ (part), !mine);
  }
}

/** Whether this device is a phone, which can make the photos itself. */
export function onPhone() {
  return Boolean(
    globalThis.matchMedia?.('(pointer: coarse) and (max-width: 639.98px), (pointer: coarse) and (max-height: 479.98px)').matches,
  );
}

/** Sets a text and hides the element where there is none. @param {string | HTMLElement} element or its id @param {string} text */
export function setOptional(element, text) {
  const at = typeof element === 'string' ? must(element) : element;
  setText(at, text);
  hide(at, !text);
}

/**
 * Shows what the server refused in the page's problem.html, or hides it.
 * @param {import('./api.js').ApiError | null} error
 * @param {string} [words] said instead of the error's own
 */
export function showProblem(error, words = error ? errorWords(error) : '') {
  hide(must('problem'), !error);
  setText(must('problem-text'), words);
  setOptional('problem-reference', error?.reference ? t('shell.reference', { reference: error.reference }) : '');
}

/** What each list shows now. @type {WeakMap<Element, string>} */
const filled = new WeakMap();

/**
 * Fills a list from a template, one clone an entry. The clones stay where the
 * entries are the same, so that what a person typed or ticked stays too.
 * @template T
 * @param {HTMLElement} list
 * @param {string} template id of a <template> with one element
 * @param {T[]} entries
 * @param {(element: HTMLElement, entry: T, index: number) => void} write writes an entry into its element
 * @param {(entry: T) => string} [keyOf] what makes two entries the same
 */
export function fillList(list, template, entries, write, keyOf = (entry) => JSON.stringify(entry)) {
  const key = entries.map(keyOf).join('\n');
  if (filled.get(list) !== key || list.childElementCount !== entries.length) {
    const source = /** @type {HTMLTemplateElement} */ (must(template));
    list.replaceChildren(...entries.map(() => /** @type {Element} */ (source.content.firstElementChild).cloneNode(true)));
    filled.set(list, key);
  }
  entries.forEach((entry, index) => write(/** @type {HTMLElement} */ (list.children[index]), entry, index));
}

/**
 * A list of names and what they are; those without a value are left out.
 * @param {string | HTMLElement} list or its id
 * @param {Array<[key: string, value: string | undefined, figures?: boolean]>} facts
 */
export function renderFacts(list, facts) {
  const shown = facts.filter(([, value]) => value);
  fillList(typeof list === 'string' ? must(list) : list, 'fact-template', shown, (element, [key, value, figures]) => {
    setText(/** @type {HTMLElement} */ (element.children[0]), t(key));
    const at = /** @type {HTMLElement} */ (element.children[1]);
    setValue(at, value ?? '');
    at.toggleAttribute('data-figures', Boolean(figures));
  }, ([key]) => key);
}

/**
 * A part of an element by its `data-part`.
 * @template {HTMLElement} [E=HTMLElement]
 * @param {ParentNode} root
 * @param {string} name
 * @returns {E}
 */
export function part(root, name) {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (!found) throw new Error(`no part ${name}`);
  return /** @type {E} */ (found);
}

/**
 * Opens a dialog; in a browser without modal ones it stands in the page.
 * @param {string} id
 * @returns {HTMLDialogElement}
 */
export function openDialog(id) {
  const dialog = /** @type {HTMLDialogElement} */ (must(id));
  if (dialog.open) return dialog;
  if (typeof dialog.showModal === 'function') dialog.showModal();
  else dialog.setAttribute('open', '');
  return dialog;
}

/** @param {string} id */
export function closeDialog(id) {
  const dialog = /** @type {HTMLDialogElement} */ (must(id));
  if (!dialog.open) return;
  if (typeof dialog.close === 'function') dialog.close();
  else dialog.removeAttribute('open');
}

/**
 * Calls what an element with `data-action` asks for, for the whole page; a
 * button that waits (aria-disabled) asks for nothing.
 * @param {Record<string, (element: HTMLElement) => void>} actions
 */
export function listenActions(actions) {
  document.addEventListener('click', (event) => {
    const element = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.('[data-action]'));
    if (!element || element.getAttribute('aria-disabled') === 'true') return;
    actions[element.dataset.action ?? '']?.(element);
  });
}

/**
 * Shows or clears a field's error: `ID-error` holds the words, the field says
 * that it is wrong and by what.
 * @param {string} id of the input, or of the fieldset of several
 * @param {string} words empty where it is right
 */
export function setFieldError(id, words) {
  const field = must(id);
  setOptional(`${id}-error`, words);
  if (words) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
}

/** Makes buttons wait while the server works. @param {boolean} busy */
export function setBusy(busy) {
  document.body.toggleAttribute('data-busy', busy);
  for (const button of document.querySelectorAll('button[data-waits]')) {
    if (busy) button.setAttribute('aria-disabled', 'true');
    else button.removeAttribute('aria-disabled');
  }
}

/** Saves something made in the page as a file. @param {string} name @param {string} text @param {string} type */
export function saveFile(name, text, type) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
