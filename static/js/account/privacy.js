// @ts-check
// « Vos données »: what is kept, why, until when; a copy of it, and its deletion.

import { get, loginFor, post } from '../lib/api.js';
import { loadWords, onLanguage, setWords, t } from '../lib/i18n.js';
import { hide, must, setText } from '../lib/dom.js';
import { closeDialog, fillList, listenActions, openDialog, part, saveFile, setBusy, setOptional, showProblem, showScreen } from '../lib/page.js';
import { day } from '../lib/format.js';
import { startShell } from '../frame/shell.js';

/**
 * @typedef {import('../lib/api.js').ApiError} ApiError
 * @typedef {{what: string[], why: string, until: string, days: number, rule: string}} Row
 * @typedef {{id: string, reference: string, state: string, deletedAt?: string}} Kept deletedAt: when it is or will be deleted
 */

/** @type {{rows: Row[], enrolments: Kept[]} | null} */
let privacy = null;
/** @type {Kept | null} the request whose deletion is asked once more */
let deleting = null;
/** @type {{name: string, receipt: object} | null} */
let receipt = null;

async function load() {
  try {
    privacy = await get('/api/privacy');
  } catch (error) {
    failed(/** @type {ApiError} */ (error));
  }
  render();
}

function render() {
  if (!privacy) return;
  showScreen('ready');
  fillList(must('rows'), 'row-template', privacy.rows, (element, row, index) => {
    renderWhat(part(element, 'what'), privacy?.rows ?? [], index);
    for (const name of /** @type {const} */ (['why', 'until'])) {
      const cell = part(element, name);
      cell.dataset.label = t(`privacy.${name}`);
      setText(part(cell, `${name}-text`), sentence(row[name]));
    }
  });
  hide(must('no-requests'), privacy.enrolments.length > 0);
  fillList(must('requests'), 'request-template', privacy.enrolments, renderRequest, ({ id }) => id);
  hide(must('receipt'), !receipt);
}

/**
 * What a row is about: said once for the rows, one under the other, that are
 * about the same.
 * @param {HTMLElement} cell
 * @param {Row[]} rows
 * @param {number} index
 */
function renderWhat(cell, rows, index) {
  const what = rows[index].what.join(', ');
  const same = (/** @type {Row | undefined} */ row) => row?.what.join(', ') === what;
  setText(cell, sentence(what));
  hide(cell, same(rows[index - 1]));
  let span = 1;
  while (same(rows[index + span])) span++;
  /** @type {HTMLTableCellElement} */ (cell).rowSpan = span;
}

/** A capital at the start. @param {string} text */
function sentence(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** @param {HTMLElement} element @param {Kept} one */
function renderRequest(element, one) {
  const { id, reference, state, deletedAt } = one;
  setText(part(element, 'name'), t('privacy.request', { reference }));
  const gone = deletedAt !== undefined && Date.parse(deletedAt) <= Date.now();
  const due = deletedAt ? t(gone ? 'privacy.deleted' : 'privacy.due', { day: day(deletedAt) }) : '';
  setText(part(element, 'state'), [gone ? '' : t('privacy.state', { state: t(`shell.state.${state}`) }), due].filter(Boolean).join(' '));
  hide(part(element, 'actions'), gone);
  const link = /** @type {HTMLAnchorElement} */ (part(element, 'export'));
  link.href = `/api/enrolments/${encodeURIComponent(id)}/export`;
  setText(link, t('privacy.export'));
  link.setAttribute('aria-label', t('privacy.export.of', { reference }));
  const button = part(element, 'delete');
  setText(button, t('privacy.delete'));
  button.setAttribute('aria-label', t('privacy.delete.of', { reference }));
  button.dataset.id = id;
}

/** @param {ApiError} error */
function failed(error) {
  if (error.status === 401) {
    location.replace(loginFor(location));
    return;
  }
  if (!privacy) showScreen('failed');
  showProblem(error, error.status === 409 ? error.text || t('privacy.owed') : undefined);
}

/** @param {string} id */
function ask(id) {
  deleting = privacy?.enrolments.find((one) => one.id === id) ?? null;
  if (!deleting) return;
  setWords(must('delete-title'), 'privacy.delete.title', { reference: deleting.reference });
  openDialog('delete');
  must('delete-no').focus();
}

async function remove() {
  if (!deleting || document.body.hasAttribute('data-busy')) return;
  const { id, reference } = deleting;
  setBusy(true);
  showProblem(null);
  try {
    const answer = await post(`/api/enrolments/${encodeURIComponent(id)}/delete`);
    receipt = { name: `visavis-${reference}.json`, receipt: answer.receipt };
    closeDialog('delete');
    await load();
    must('receipt-title').focus();
  } catch (error) {
    closeDialog('delete');
    failed(/** @type {ApiError} */ (error));
  } finally {
    setBusy(false);
  }
}

function startPage() {
  onLanguage(() => void load());
  listenActions({
    delete: (button) => ask(button.dataset.id ?? ''),
    'delete-yes': () => void remove(),
    close: (button) => closeDialog(button.closest('dialog')?.id ?? ''),
    receipt: () => { if (receipt) saveFile(receipt.name, JSON.stringify(receipt.receipt, null, 2), 'application/json'); },
    retry: () => location.reload(),
  });
  void startShell();
  void load();
}

void loadWords('shell', 'privacy').then(startPage);
