// @ts-check
// The papers beside the pictures: doubts, readings, checks, decisions before.

import { has, language, locale, t } from '../lib/i18n.js';
import { hide, must, setText } from '../lib/dom.js';
import { telephone } from '../lib/format.js';
import { checkMark, readDate, figure, readingRows, signalOf, wantsLook } from './model.js';
import { noted, rates } from './rates.js';
import { make, refill } from '../frame/staff.js';
import { isPage } from '../wire/documents.js';

/** @typedef {import('./state.js').File} File */
/** @typedef {import('./state.js').Item} Item */

/** What is shorter than this many letters is not broken into two lines. */
const FIGURE = 14;

/** What stands folded to one line until somebody opens it. */
const folds = ['notes-more', 'alike-more', 'held-more'];

/** @param {File} file */
export function renderPapers(file) {
  renderDoubts(file);
  renderReadings(file);
  renderChecks(file);
  renderPrevious(file);
}

/** Leaves nothing of a file in the page. */
export function clearPapers() {
  for (const id of ['doubts', 'notes', 'readings', 'alike', 'checks', 'held', 'previous']) refill(must(id), null, () => []);
  for (const id of ['round-words', 'dispute-field', 'dispute-words']) setText(must(id), '');
  for (const id of folds) must(id).removeAttribute('open'); // the next file begins folded
}

/** What an item is called: « Recto », « Verso, séquence ». @param {Item} item @param {string} document */
export function itemWords(item, document) {
  const key = isPage(document) && item.step === 'front' ? 'review.item.passport' : `review.item.${item.step}`;
  const name = has(key) ? t(key) : item.step;
  return item.kind === 'sequence' ? t('review.item.sequence', { name }) : name;
}

/** The words of a code, or the code where it is newer than this page. @param {string} kind @param {string} code */
function words(kind, code) {
  return has(`review.${kind}.${code}`) ? t(`review.${kind}.${code}`) : code;
}

/**
 * A doubt or note of the machine: a code, of a family (digit-birth-date), of one
 * picture (front: copy), or a sentence.
 * @param {'doubt' | 'note'} kind
 * @param {string} code
 * @param {string} document
 * @returns {string}
 */
function remark(kind, code, document) {
  const [, step, rest] = /^(front|back|selfie): (.+)$/.exec(code) ?? [];
  if (step)
    return t('review.note.of', {
      name: itemWords({ item: '', kind: 'still', step, url: '' }, document),
      note: remark(kind, rest, document),
    });
  const signal = signalOf(code);
  if (signal.score) return t('review.signal.measured', { doubt: remark(kind, signal.name, document), ...shown(signal) });
  const family = /^(digit|reader|name)-/.exec(code)?.[1];
  return !has(`review.${kind}.${code}`) && family ? words(kind, family) : words(kind, code);
}

/** Score and limit of a signal, as the language writes numbers. @param {{score: string, limit: string}} signal */
function shown({ score, limit }) {
  const written = (/** @type {string} */ figure) => Number(figure).toLocaleString(locale(), { maximumFractionDigits: 3 });
  return { score: written(score), limit: written(limit) };
}

/** What the signal of a doubt noticed and marked on the bench of attacks; '' where it was not measured. @param {string} code */
function ratesOf(code) {
  const known = rates[signalOf(code).name];
  return known ? t('review.signal.rates', {
    noticed: known.noticed.k, attacks: known.noticed.n, least: known.noticed.least, most: known.noticed.most,
    marked: known.marked.k, honest: known.marked.n, from: known.marked.least, to: known.marked.most,
  }) : '';
}

/** Of how many attacks and honest captures of the bench a note is true; '' where that was not measured. @param {string} code */
function ratesOfNote(code) {
  const known = noted[code.replace(/^(?:front|back|selfie): /, '')];
  return known ? t('review.note.rates', { attacks: known.attacks.k, ofAttacks: known.attacks.n, honest: known.honest.k, ofHonest: known.honest.n }) : '';
}

/** @param {File} file */
function renderDoubts(file) {
  const sentences = new Map((file.doubts ?? []).map((doubt) => [remark('doubt', doubt, file.document), ratesOf(doubt)]));
  const doubts = [...sentences];
  const notes = [
    ...(file.notes ?? []).map((note) => [remark('note', note, file.document), ratesOfNote(note)]),
    ...(file.items ?? []).flatMap((item) =>
      (item.notes ?? []).map((note) => [t('review.note.of', { name: itemWords(item, file.document), note: words('note', note) }), ratesOfNote(note)]),
    ),
  ];
  hide(must('doubts-card'), doubts.length + notes.length === 0);
  hide(must('doubts'), doubts.length === 0);
  hide(must('notes-more'), notes.length === 0);
  setText(must('notes-count'), t('review.notes.count', { n: notes.length }));
  const withRates = (/** @type {string[]} */ [text, known]) => make('li', { text }, ...(known ? [make('p', { class: 'small muted rates', text: known })] : []));
  refill(must('doubts'), [language(), doubts], () => doubts.map(withRates));
  refill(must('notes'), [language(), notes], () => notes.map(withRates));
}

/** How the person can be reached, and what of it nobody confirmed. @param {File} file */
function renderContacts({ contacts = [] }) {
  hide(must('contacts'), contacts.length === 0);
  refill(must('contacts'), [language(), contacts], () => contacts.map(({ kind, value, confirmed }) => make('div', { class: 'fact' },
    make('dt', { text: t(`review.contact.${kind}`) }), make('dd', {}, make('bdi', { text: kind === 'mobile' ? telephone(value) : value }),
      make('span', { class: 'agreement', text: ` (${t(confirmed ? 'review.contact.confirmed' : 'review.contact.unconfirmed')})` })))));
}

/** @param {File} file */
function renderReadings(file) {
  renderContacts(file);
  const rows = readingRows(file);
  const [first, alike] = [rows.filter(wantsLook), rows.filter((row) => !wantsLook(row))];
  const once = alike.filter(({ agreement }) => agreement === 'single').length;
  hide(must('readings-table'), first.length === 0);
  hide(must('readings-how'), !rows.some(({ agreement }) => agreement === 'differs'));
  hide(must('alike-more'), alike.length === 0);
  const same = alike.length - once;
  setText(
    must('alike-count'),
    [same > 0 ? t('review.alike', { n: same }) : '', once > 0 ? t('review.alike.once', { n: once }) : '']
      .filter(Boolean)
      .join(t('review.comma')),
  );
  refill(must('readings'), [language(), first], () => rowsOf(first));
  refill(must('alike'), [language(), alike], () => rowsOf(alike));
}

/** @param {ReturnType<typeof readingRows>} rows */
function rowsOf(rows) {
  return rows.map((row) => {
    const name = has(`review.field.${row.name}`) ? t(`review.field.${row.name}`) : row.name;
    const said = t(`review.reading.${row.agreement}`);
    const about =
      row.class && row.agreement !== 'same' && has(`review.class.${row.class}`)
        ? `${said}${t('review.comma')}${t(`review.class.${row.class}`)}`
        : said;
    const columns = ['declared', 'mrz', 'printed'];
    return make('tr', { role: 'row', 'data-agreement': row.agreement },
      make('th', { role: 'rowheader', scope: 'row' }, make('span', { text: name }), make('span', { class: 'agreement', text: about })),
      ...row.parts.map((parts, index) => make('td', { role: 'cell', 'data-label': t(`review.${columns[index]}`) },
        make('span', { class: 'letters' }, ...lettersOf(parts)))));
  });
}

/** @param {import('../frame/diff.js').Part[]} parts */
function lettersOf(parts) {
  if (parts.length === 0)
    return [
      make('span', { 'aria-hidden': 'true', text: '–' }),
      make('span', { class: 'visually-hidden', text: t('review.reading.empty') }),
    ];
  return parts.map(({ text, differs }) => (differs ? make('mark', { text }) : document.createTextNode(text)));
}

/** @param {File} file */
function renderChecks(file) {
  const checks = file.checks ?? [];
  const off = checks.filter(({ ok }) => ok === false).length;
  const key = checks.length === 0 ? 'review.checks.none' : off === 0 ? 'review.checks.all' : 'review.checks.some';
  setText(must('checks-sum'), t(key, { n: off || checks.length, count: checks.length }));
  const [outside, held] = [checks.filter(({ ok }) => ok === false), checks.filter(({ ok }) => ok !== false)];
  const unmeasured = held.filter(({ ok }) => checkMark(ok) === 'none').length;
  hide(must('checks-table'), outside.length === 0);
  hide(must('held-more'), held.length === 0);
  const within = held.length - unmeasured;
  setText(
    must('held-count'),
    [within > 0 ? t('review.held', { n: within }) : '', unmeasured > 0 ? t('review.held.unmeasured', { n: unmeasured }) : '']
      .filter(Boolean)
      .join(t('review.comma')),
  );
  refill(must('checks'), [language(), outside], () => checksOf(outside));
  refill(must('held'), [language(), held], () => checksOf(held));
}

/** @param {import('./state.js').Check[]} checks */
function checksOf(checks) {
  return checks.map((check) => {
    const mark = checkMark(check.ok);
    const own = words('check.name', check.name);
    const name = own === check.name ? check.words || own : own;
    return make('tr', { role: 'row', 'data-mark': mark },
      make('th', { role: 'rowheader', scope: 'row' }, make('span', { text: name }),
        ...(check.source ? [make('span', { class: 'source', text: t('review.check.source', { source: inWords(check.source) }) })] : [])),
      ...[['value', check.value], ['limit', check.limit]].map(([column, value]) => {
        const text = measured(value, check.unit);
        return make('td', { role: 'cell', class: text.length > FIGURE ? '' : 'figures', 'data-label': t(`review.${column}`), text });
      }),
      make('td', { role: 'cell', 'data-label': t('review.result') }, make('span', { class: 'mark', text: t(`review.check.${mark}`) })));
  });
}

/** @param {any} value @param {string} [unit] */
function measured(value, unit) {
  const text = typeof value === 'string' ? inWords(readDate(value)) : figure(value, language());
  return text && unit && typeof value === 'number' ? [text, words('unit', unit)].filter(Boolean).join(' ') : text || '–';
}

/** A value that is a code, or several: « exact, subset-first », « expired: expiry-unread ». @param {string} text */
function inWords(text) {
  return text.split(/(, |: )/).map((part) => (part === ': ' ? t('review.comma') : words('value', part))).join('');
}

/** @param {File} file */
function renderPrevious(file) {
  const previous = file.blind ? [] : file.previous ?? [];
  hide(must('previous-card'), previous.length === 0);
  refill(must('previous'), [language(), previous], () => previous.map(({ verdict, reason, words: said, round }) => make('li', {},
    make('p', { class: 'verdict', text: [
      round ? t('review.previous.round', { round }) : '', words('previous', verdict), reason ? words('reason', reason) : '',
    ].filter(Boolean).join(' · ') }),
    ...(said ? [make('blockquote', { text: said })] : []))));
}
