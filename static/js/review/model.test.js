// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alike, compare, fold } from '../frame/diff.js';
import { complete, decisionOf, figure, missing, readingRows, roundOf, screenOf, signalOf, standsOut, timeLeft, urgency, verdictsOf } from './model.js';
import { outcomeWords, problemWords, spoken } from './say.js';
import { initialReview, reduceReview } from './state.js';

/** @typedef {import('./state.js').ReviewState} ReviewState */

const now = Date.parse('2026-11-25T10:00:00Z');

/** @param {object} [more] @returns {any} */
const file = (more = {}) => ({
  id: 'e1', reference: '7QX4MN', round: 1, drawnUntil: '2026-11-25T10:30:00Z', document: 'identity-card',
  items: [
    { item: 'front', kind: 'still', step: 'front', url: '/f' }, { item: 'back', kind: 'still', step: 'back', url: '/b' },
    { item: 'seq', kind: 'sequence', step: 'front', url: '/s' }, { item: 'selfie', kind: 'still', step: 'selfie', url: '/v' },
  ],
  readings: [{ field: 'surname', declared: 'Specimen', mrz: 'SPECIMEN', printed: 'SPECIMEN' }, { field: 'givenNames', mrz: 'HELENE ALICE' }, { field: 'birth-date', printed: '1963-02-12' }],
  checklist: [{ id: 'ovi', words: 'Encre' }, { id: 'relief', words: 'Bord' }],
  ...more,
});

/** @param {any[]} events @param {ReviewState} [from] @returns {ReviewState} */
const after = (events, from = initialReview(now)) => events.reduce(reduceReview, from);
/** @param {object} [more] */
const holding = (more = {}) => after([{ type: 'overview', overview: { waiting: 1, drawn: file(more) } }]);
const form = (/** @type {object} */ change) => ({ type: 'form', change });

test('letters are compared as a machine readable zone writes them', () => {
  assert.deepEqual(['é', 'Œ', 'ß', 'ø', "'", '-', '<'].map(fold), ['E', 'OE', 'SS', 'O', ' ', ' ', ' ']);
  assert.ok(alike('Jean-Noël d’Œuf', 'JEAN NOEL D OEUF'));
  assert.ok(alike('He\u0301le\u0300ne', 'Hélène'));
  assert.ok(!alike('Malva', 'Maeva'));
});

test('letters that differ are marked in every source, and those alone', () => {
  const marked = (/** @type {string[]} */ ...values) =>
    compare(values).map((parts) => parts.map(({ text, differs }) => (differs ? `[${text}]` : text)).join(''));
  assert.deepEqual(marked('Maéva', 'MAEVA', ''), ['Maéva', 'MAEVA', '']);
  assert.deepEqual(marked('Hélène Alise', 'HELENE ALICE', 'Hélène, Alice'), ['Hélène Ali[s]e', 'HELENE ALI[C]E', 'Hélène, Ali[c]e']);
  assert.deepEqual(marked('Martin', 'MARTINS', 'MARTINS'), ['Martin', 'MARTIN[S]', 'MARTIN[S]']);
  assert.deepEqual(marked('12.02.1963', '21.02.1963'), ['[12].02.1963', '[21].02.1963']);
  assert.deepEqual(marked('Cœur', 'COUR'), ['C[œ]ur', 'COUR'], 'both letters of a ligature have to be there');
});

test('a row says in a word how its sources agree', () => {
  const rows = readingRows(file({
    readings: [
      { field: 'surname', declared: 'Specimen', mrz: 'SPECIMEN', printed: '' }, { field: 'givenNames', declared: 'A', mrz: 'B' },
      { field: 'nationality', mrz: 'FRA' }, { field: 'expiryDate' }, { field: 'usage-name' }, { field: 'number', mrz: 'X', printed: 'X', differs: true },
      { field: 'birthDate', declared: '1963-02-12', mrz: '630212', printed: '12 02 1963' }, { field: 'expiry', mrz: '320627', printed: '27 JUIN/JUN 32' },
      { field: 'issue-date', mrz: '320627', printed: '27 06 2033' },
    ],
  }));
  assert.deepEqual(rows.map(({ name, agreement }) => [name, agreement]), [
    ['surname', 'same'], ['given-names', 'differs'], ['nationality', 'single'], ['expiry-date', 'none'], ['number', 'differs'], ['birth-date', 'same'], ['expiry', 'same'],
    ['issue-date', 'differs'],
  ]);
  assert.deepEqual(rows[5].values, ['12/02/1963', '12/02/1963', '12/02/1963'], 'the zone’s two digits get the century of the others');
  assert.equal(rows[7].values[1], '27/06/32', 'and stay two where no other ends alike');
});

test('measured values are shortened, not rounded away', () => {
  assert.equal(figure(0.3628, 'en'), '0.363');
  assert.equal(figure(0.3628, 'fr'), '0,363');
  assert.equal(figure(412.7, 'en'), '413');
  assert.equal(figure([0.1, 0.9], 'en'), '0.1 – 0.9');
  assert.equal(figure('TD1', 'fr'), 'TD1');
  assert.equal(figure(null, 'fr'), '');
  assert.equal(figure(0, 'fr'), '0');
});

test('screens: loading, failed, refused, waiting, file, lapsed', () => {
  assert.equal(screenOf(initialReview(now)), 'loading');
  const failed = (/** @type {number} */ status) =>
    screenOf(after([{ type: 'failed', problem: { status, code: '', text: '', field: '', reference: '' } }]));
  assert.deepEqual([503, 401, 403].map(failed), ['failed', 'refused', 'refused']);
  assert.equal(screenOf(after([{ type: 'overview', overview: { waiting: 0, drawn: null } }])), 'waiting');
  assert.equal(screenOf(holding()), 'file');
  const lapsed = after([{ type: 'tick', now: now + 31 * 60_000 }], holding());
  assert.equal(screenOf(lapsed), 'lapsed');
  assert.equal(lapsed.file, null, 'nothing of the file stays');
});

test('a queue that stops answering does not take the file away', () => {
  const state = after([{ type: 'failed', problem: { status: 0, code: '', text: '', field: '', reference: '' } }], holding());
  assert.equal(screenOf(state), 'file');
});

test('the countdown grows urgent at five minutes and at one', () => {
  const at = (/** @type {number} */ minutes) => after([{ type: 'tick', now: now + minutes * 60_000 }], holding());
  assert.deepEqual([0, 24.9, 25.1, 29.5].map((m) => urgency(at(m))), ['', '', 'short', 'last']);
  assert.equal(timeLeft(at(20)), 10 * 60_000);
});

test('a decision on its way is not cut off by the clock', () => {
  const state = after([{ type: 'busy', what: 'decide' }, { type: 'tick', now: now + 31 * 60_000 }], holding());
  assert.equal(screenOf(state), 'file');
});

test('a file opens on its first still; what was written is gone with it', () => {
  const state = holding();
  assert.equal(state.item, 'front');
  assert.deepEqual(state.form.extracted, { surname: 'SPECIMEN', givenNames: 'HELENE ALICE', usageName: '', birthDate: '1963-02-12' });
  const next = after([form({ words: 'secret' }), { type: 'settled', verdict: 'refuse', outcome: '' }], state);
  assert.equal(next.form.words, '');
  assert.equal(next.item, '');
});

test('the same file again, from a second answer, keeps the answers', () => {
  const state = after([{ type: 'answer', id: 'ovi', yes: true }, { type: 'overview', overview: { waiting: 0, drawn: file() } }], holding());
  assert.deepEqual(state.form.checklist, { ovi: true });
});

test('accepting asks for every point, each with yes, and for readable data', () => {
  const codes = (/** @type {any[]} */ events, /** @type {object} */ more = {}) =>
    missing(after([form({ verdict: 'accept' }), ...events], holding(more))).map(({ code, n }) => (n ? `${code} ${n}` : code));
  assert.deepEqual(codes([]), ['open 2']);
  assert.deepEqual(codes([{ type: 'answer', id: 'ovi', yes: true }, { type: 'answer', id: 'relief', yes: false }]), ['denied 1']);
  const yes = [{ type: 'answer', id: 'ovi', yes: true }, { type: 'answer', id: 'relief', yes: true }];
  assert.deepEqual(codes(yes), []);
  assert.deepEqual(codes(yes, { readings: [] }), ['extracted']);
  assert.deepEqual(codes([...yes, { type: 'extracted', field: 'surname', value: 'Specimen' }, { type: 'extracted', field: 'givenNames', value: 'Hélène' }, { type: 'extracted', field: 'birthDate', value: '1963-02-30' }], { readings: [] }), ['extracted']);
});

test('what is sent: extracted only where the reviewer wrote it', () => {
  const yes = [form({ verdict: 'accept' }), { type: 'answer', id: 'ovi', yes: true }];
  assert.deepEqual(decisionOf(after(yes, holding())), { verdict: 'accept', checklist: { ovi: true } });
  const written = after([...yes, { type: 'extracted', field: 'givenNames', value: ' Hélène Alice ' }], holding());
  assert.deepEqual(decisionOf(written).extracted, { surname: 'SPECIMEN', givenNames: 'Hélène Alice', birthDate: '1963-02-12' });
  const refuse = after([form({ verdict: 'refuse', reason: 'other', words: ' Non ' })], holding());
  assert.deepEqual(missing(refuse), []);
  assert.deepEqual(decisionOf(refuse), { verdict: 'refuse', checklist: {}, reason: 'other', words: 'Non' });
});

test('one step again: the picture of the step is shown, an area belongs to its picture', () => {
  let state = after([form({ verdict: 'ask-again' }), form({ step: 'back' }), form({ againWords: 'Reflet' }), { type: 'area', area: { x: 0.9, y: 0.5, width: 0.3, height: 0.2 } }], holding());
  assert.equal(state.item, 'back');
  assert.ok(Math.abs((state.form.area?.x ?? 0) - 0.7) < 1e-9, 'the area stays inside the picture');
  assert.deepEqual(decisionOf(state).again, { step: 'back', words: 'Reflet', area: state.form.area });
  state = after([form({ step: 'selfie' })], state);
  assert.equal(state.form.area, null);
  assert.equal('area' in decisionOf(state).again, false);
  assert.deepEqual(missing(after([form({ verdict: 'ask-again' })], holding())).map(({ code }) => code), ['step', 'words']);
});

test('drawing an area goes back to the picture of the step', () => {
  const state = after(
    [form({ verdict: 'ask-again' }), form({ step: 'front' }), { type: 'show', item: 'seq' }, form({ drawing: true })],
    holding(),
  );
  assert.equal(state.item, 'front');
});

test('a blind look may not ask for anything; rounds are told apart', () => {
  assert.deepEqual(verdictsOf(file({ blind: true })), ['accept', 'refuse']);
  assert.deepEqual(
    [{}, { round: 2 }, { blind: true, round: 2 }, { round: 'contest' }].map((more) => roundOf(file(more))),
    ['first', 'second', 'blind', 'contest'],
  );
});

test('a file that is gone leaves the screen, and the reason stays', () => {
  const problem = { status: 409, code: 'drawn-by-another', text: '', field: '', reference: '' };
  const state = after([{ type: 'lost', problem }, { type: 'overview', overview: { waiting: 2, drawn: null } }], holding());
  assert.equal(screenOf(state), 'waiting');
  assert.equal(problemWords(/** @type {any} */ (state.problem)).key, 'review.problem.drawn-by-another');
  assert.equal(state.none, false);
});

test('a draw that gave nothing says so until the queue grows', () => {
  let state = after([
    { type: 'overview', overview: { waiting: 1, drawn: null } },
    { type: 'drawn', file: null },
    { type: 'overview', overview: { waiting: 1, drawn: null } },
  ]);
  assert.equal(state.none, true);
  state = after([{ type: 'overview', overview: { waiting: 2, drawn: null } }], state);
  assert.equal(state.none, false);
});

test('problems in words: conflicts by their code, a newer code by its status', () => {
  const words = (/** @type {number} */ status, code = '') => problemWords({ status, code, text: '', field: '', reference: 'K4WZ2T' });
  assert.equal(words(0).key, 'review.problem.0');
  assert.equal(words(409, 'not-drawn').key, 'review.problem.not-drawn');
  assert.equal(words(409, 'newer').key, 'review.problem.out-of-order');
  assert.deepEqual(words(500), { key: 'review.problem.server', params: { reference: 'K4WZ2T' } });
  assert.equal(words(422, 'value').key, 'review.problem.other');
});

test('outcomes and warnings are spoken once', () => {
  const before = holding();
  const settled = after([{ type: 'settled', verdict: 'accept', outcome: 'review' }], before);
  assert.deepEqual(spoken(before, settled).status, { key: 'review.outcome.accept.second', params: { reference: '7QX4MN' } });
  assert.deepEqual(spoken(settled, after([{ type: 'tick', now }], settled)), { status: null, alert: null });
  const short = after([{ type: 'tick', now: now + 26 * 60_000 }], before);
  assert.equal(spoken(before, short).alert?.key, 'review.clock.short');
  assert.equal(spoken(short, after([{ type: 'tick', now: now + 27 * 60_000 }], short)).alert, null);
  assert.equal(outcomeWords({ verdict: 'refuse', reference: 'A', outcome: 'blind' }).key, 'review.outcome.blind');
});

test('data are complete with two names and a day of the calendar', () => {
  const born = (/** @type {string} */ birthDate) => complete({ surname: 'A', givenNames: 'B', birthDate });
  assert.deepEqual(['1990-07-13', '1990-02-30', '13.07.1990', ''].map(born), [true, false, false, false]);
  assert.equal(complete({ surname: ' ', givenNames: 'A', birthDate: '1990-07-13' }), false);
});

test('who accepts without looking, or never refused, stands out', () => {
  const one = { reviewer: 'demo:reviewer-1', decisions: 30, accepted: 29, hasty: 0, neverDisagrees: false };
  assert.deepEqual(standsOut(one), []);
  assert.deepEqual(standsOut({ ...one, hasty: 2 }), ['review.reviewers.quick']);
  assert.deepEqual(standsOut({ ...one, hasty: 2, neverDisagrees: true }), ['review.reviewers.quick', 'review.reviewers.never']);
});

test('a doubt is a signal with its score and limit', () => {
  assert.deepEqual(signalOf('front: screen-trace 0.700 < 0.850'), { name: 'screen-trace', score: '0.700', limit: '0.850' });
  assert.deepEqual(signalOf('still-differs -0.120 < 0.500'), { name: 'still-differs', score: '-0.120', limit: '0.500' });
  assert.deepEqual(signalOf('selfie: copy'), { name: 'copy', score: '', limit: '' });
  assert.equal(signalOf('a sentence of words').name, '');
});
