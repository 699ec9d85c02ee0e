// @ts-check
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setLanguage, t } from '../lib/i18n.js';
import { catalogue, languages, useWords } from '../../test/words.js';
import { certificateAnswers, consents, correction, dispute, placed } from './answers.js';
import {
  asksAddress, captureSteps, expectation, headings, nameChoice, photographed, railOf, refusalWords, screenOf, single,
  waitSteps,
} from './model.js';
import { initialRequest, reduceRequest } from './state.js';
import { spoken } from './say.js';

/** @typedef {import('../wire/enrolment.js').View} View */

useWords('shell', 'request');
const requestFr = /** @type {Record<string, any>} */ (catalogue('fr', 'request'));
afterEach(() => setLanguage('fr'));

const now = Date.parse('2025-11-25T10:00:00Z');

/** @param {string} state @param {object} [more] @returns {View} */
const view = (state, more = {}) => /** @type {View} */ ({ id: 'e1', reference: '7QX4MN', rev: 1, state, language: 'fr', createdAt: '2025-11-25T09:00:00Z', allowed: [], ...more });

/** @param {View | null} one @param {string} [part] */
const at = (one, part = '') => {
  const start = initialRequest(now, part);
  return one ? { ...reduceRequest(start, { type: 'view', now, view: one }), part } : start;
};

test('each state has its screen, and a screen its words and its place on the rail', () => {
  /** @type {Array<[View, string, string]>} */
  const cases = [
    [view('declared'), '', 'declared'], [view('declared'), 'consent', 'consent'], [view('declared'), 'dispute', 'declared'],
    [view('consented'), '', 'capture'], [view('consented', { attempts: { left: 0, of: 3 } }), '', 'attempts'],
    [view('capturing', { attempts: { left: 0, of: 3 } }), '', 'capture'],
    [view('capturing', { again: { step: 'back', words: 'x' } }), '', 'again'], [view('consented'), 'correct', 'capture'],
    [view('consented', { allowed: ['correct'] }), 'correct', 'correct'],
    [view('verifying'), '', 'wait'], [view('review'), '', 'wait'], [view('contested'), '', 'wait'],
    [view('to-confirm'), '', 'confirm'], [view('to-confirm'), 'dispute', 'dispute'], [view('confirmed'), '', 'certificate'],
    [view('requested'), '', 'issuing'], [view('issued'), '', 'issued'], [view('in-person'), '', 'in-person'],
    [view('refused', { refusal: { reason: 'doubt', at: '' } }), 'contest', 'refused'],
    [view('refused', { refusal: { reason: 'doubt', at: '', contestable: true } }), 'contest', 'contest'],
    [view('expired'), '', 'expired'], [view('cancelled'), '', 'cancelled'], [view('newer-than-this-page'), '', 'wait'],
  ];
  for (const [one, part, screen] of cases) {
    const state = at(one, part);
    assert.equal(screenOf(state), screen, `${one.state} ${part}`);
    const { heading, lead, title } = headings(state);
    for (const key of [heading, title, lead].filter(Boolean)) assert.ok(t(key, { name: '' }));
  }
  assert.equal(railOf('declared'), 0);
  assert.equal(railOf('issued'), 6);
  assert.equal(railOf('refused'), -1);
});

test('a screen of one text says what to do, by a link or a button', () => {
  for (const screen of /** @type {const} */ (['failed', 'missing', 'foreign', 'none', 'expired', 'cancelled', 'issued'])) {
    const words = single(screen);
    assert.ok(words && Boolean(words.link) !== Boolean(words.button), screen);
  }
  assert.equal(single('wait'), null);
});

test('an older view is left, and a request that moved on leaves its part', () => {
  const first = at(view('declared', { rev: 3 }), 'consent');
  assert.equal(reduceRequest(first, { type: 'view', now, view: view('declared', { rev: 2 }) }).view?.rev, 3);
  const next = reduceRequest(first, { type: 'view', now, view: view('consented', { rev: 4 }) });
  assert.equal(next.part, '');
  assert.equal(screenOf(next), 'capture');
});

test('a new screen is spoken, a failure as an alert, a problem in its own words', () => {
  const waits = at(view('review'));
  const confirm = reduceRequest(waits, { type: 'view', now, view: view('to-confirm', { rev: 2 }) });
  assert.deepEqual(spoken(waits, confirm).status, ['request.heading.confirm']);
  const refused = reduceRequest(waits, { type: 'view', now, view: view('refused', { rev: 2 }) });
  assert.deepEqual(spoken(waits, refused).alert, ['request.heading.refused']);
  assert.equal(spoken(waits, reduceRequest(waits, { type: 'problem', now, text: 'Non.', reference: '' })).text, 'Non.');
  const late = reduceRequest(reduceRequest(waits, { type: 'acting', now, action: 'cancel' }), { type: 'late', now });
  assert.deepEqual(spoken(waits, late).status, ['shell.error.409']);
  assert.equal(late.busy, '');
});

test('what the focus reads is not said once more, and a long wait is told', () => {
  const waits = at(view('review'));
  const confirm = reduceRequest(waits, { type: 'view', now, view: view('to-confirm', { rev: 2 }) });
  assert.deepEqual(spoken(waits, confirm, true), { status: [], alert: [], text: '' });
  const late = { ...confirm, moved: true };
  assert.deepEqual(spoken(waits, late, true).status, ['shell.error.409']);
  const acting = reduceRequest(confirm, { type: 'acting', now, action: 'confirm' });
  const slow = reduceRequest(acting, { type: 'tick', now: now + 2_000 });
  assert.deepEqual(spoken(acting, slow).status, ['request.busy']);
  assert.deepEqual(spoken(slow, reduceRequest(slow, { type: 'tick', now: now + 3_000 })).status, []);
});

test('the address is asked for until it is confirmed, and that is said once', () => {
  const asked = { confirmed: false, askedAt: '2025-11-25T09:59:00Z', left: 5 };
  assert.equal(asksAddress(null), false);
  assert.equal(asksAddress(view('declared', { address: { confirmed: false } })), false, 'no letter was written');
  assert.equal(asksAddress(view('cancelled', { address: asked })), false);
  assert.equal(asksAddress(view('review', { address: asked })), true);
  const before = at(view('review', { address: asked }));
  assert.equal(before.reached, false);
  const after = reduceRequest(before, { type: 'view', now, view: view('review', { rev: 2, address: { confirmed: true } }) });
  assert.equal(after.reached, true);
  assert.deepEqual(spoken(before, after).status, ['request.address.confirmed']);
  assert.deepEqual(spoken(after, after).status, []);
  const corrected = reduceRequest(after, { type: 'view', now, view: view('consented', { rev: 3, address: asked }) });
  assert.equal(corrected.reached, false, 'another address is not confirmed yet');
  assert.equal(at(view('review', { address: { confirmed: true } })).reached, false, 'confirmed before the page was opened');
  assert.deepEqual(spoken(before, reduceRequest(before, { type: 'sent-again', now })).status, ['request.address.sent']);
});

test('the answer is expected as a range, after the hours, or later than usual', () => {
  const wait = { from: 170, to: 350, queue: 2, overdue: false, since: '2025-11-25T09:58:00Z' };
  assert.equal(expectation(view('review', { wait }), now).words, 'entre 2 et 6\u202fminutes');
  assert.equal(expectation(view('verifying', { wait: { ...wait, to: 20 } }), now).key, 'request.wait.soon');
  assert.equal(expectation(view('review'), now).key, 'request.wait.soon');
  assert.equal(expectation(view('review', { wait: { ...wait, overdue: true } }), now).key, 'request.wait.overdue');
  const closed = expectation(view('review', { wait: { ...wait, overdue: true, opensAt: '2025-11-26T08:00:00Z' } }), now, 'Europe/Paris');
  assert.equal(closed.words, 'demain avant 09:15');
  assert.equal(closed.when, 'demain à 09:00');
  setLanguage('en');
  assert.equal(expectation(view('review', { wait: { ...wait, from: 3_600, to: 10_000 } }), now).words, 'between 1 and 3 hours');
});

test('the steps of the capture follow the document, and of the wait whether a person looks', () => {
  assert.deepEqual(
    captureSteps(view('consented', { missing: ['front', 'back', 'selfie'] })).map((step) => step.name),
    ['request.capture.document', 'common.step.selfie'],
  );
  const steps = captureSteps(view('capturing', { document: 'passport', taken: ['front'], missing: ['selfie'] }));
  assert.deepEqual(steps.map((step) => [step.name, step.done]), [['common.step.passport', true], ['common.step.selfie', false]], 'a passport has a photo page, no front');
  assert.equal(waitSteps(view('review'), true).find((step) => step.current)?.name, 'request.wait.now.review');
  assert.equal(waitSteps(view('verifying'), false).length, 3);
});

test('the name is asked only where the document prints another and the server takes the answer', () => {
  const extracted = { surname: 'Specimen', givenNames: 'Maéva', usageName: 'Exemple', birthDate: '1990-07-13' };
  assert.equal(nameChoice(view('to-confirm', { extracted })), null);
  assert.deepEqual(nameChoice(view('to-confirm', { extracted, nameChoice: true })), { birth: 'Maéva Specimen', usage: 'Maéva Exemple' });
  assert.equal(nameChoice(view('to-confirm', { extracted: { ...extracted, usageName: 'Specimen' }, nameChoice: true })), null);
});

/** What the way in person is called. @type {Record<string, string>} */
const inPersonStems = {
  fr: 'en personne', en: 'in person', de: 'vor Ort', es: 'presencial', it: 'di persona', nl: 'ter plaatse', pl: 'weryfikację osobistą', pt: 'presencial',
  ro: 'față în față', tr: 'yüz yüze', uk: 'особист', ar: 'الحضوري',
};

test('a refusal names the way in person where it is offered, and nowhere else', () => {
  const inPerson = { place: '1 place de l’Exemple' };
  const refused = (/** @type {string} */ reason, /** @type {object} */ more = {}) =>
    view('refused', { refusal: { reason, at: '2025-11-25T09:00:00Z' }, ...more });
  assert.deepEqual(refusalWords(refused('presence', { inPerson })), { why: 'request.reason.presence', next: 'request.reason.presence.do' });
  assert.deepEqual(refusalWords(refused('presence')), { why: 'request.reason.presence', next: 'request.reason.presence.do.remote' });
  assert.equal(refusalWords(refused('under-age')).next, 'request.reason.under-age.do', 'a sentence that names no way is the same');
  assert.deepEqual(refusalWords(refused('a-new-one')), { why: 'request.reason', next: 'request.reason.do.remote' });
  assert.equal(
    refusalWords(view('refused', { refusal: { reason: 'kind-not-accepted', paper: 'licence', at: '' } })).why,
    'request.paper.licence',
  );
  const reasons = Object.keys(requestFr).flatMap((key) => /^request\.reason\.([a-z-]+)\.do$/.exec(key)?.[1] ?? []);
  assert.ok(reasons.length > 10);
  for (const { tag } of languages) {
    setLanguage(tag);
    const stem = inPersonStems[tag];
    assert.ok(stem, `${tag}: what is the way in person called?`);
    let named = 0;
    for (const reason of [...reasons, '']) {
      const { why, next } = refusalWords(refused(reason));
      for (const key of [why, next]) assert.ok(!t(key).includes(stem), `${tag}: ${key} offers what is not offered`);
      if (t(refusalWords(refused(reason, { inPerson })).next).includes(stem)) named++;
    }
    assert.equal(named, 5, `${tag}: sentences that name the way in person`);
  }
});

test('corrected data: what is sent, and what needs another look', () => {
  const typed = {
    surname: '  Specimen ',
    givenNames: 'Maéva  Claire',
    birthDate: '13.07.1990',
    mobile: '+33 6 39 98 00 12',
    email: 'maeva@example.org',
  };
  const right = correction(typed, true);
  assert.deepEqual(right.wrong, {});
  assert.deepEqual(right.body, {
    surname: 'Specimen',
    givenNames: 'Maéva Claire',
    birthDate: '1990-07-13',
    mobile: '+33 6 39 98 00 12',
    email: 'maeva@example.org',
  });
  for (const mobile of [
    '\u2066+33 6 39 98 00 12\u2069', '+33\u202f6\u202f39\u202f98\u202f00\u202f12', '+33 6\u201139\u201198\u201100\u201112', '+٣٣٦٣٩٩٨٠٠١٢', '＋３３６３９９８００１２', '+३३ ६३९९८००१२',
  ]) {
    const read = correction({ ...typed, mobile }, true);
    assert.deepEqual([read.body.mobile.replace(/[\s\u2011]/g, ''), read.wrong], ['+33639980012', {}], mobile);
  }
  for (const mobile of ['+³³639980012', '33639980012', '+33 call me', '+33'])
    assert.ok(correction({ ...typed, mobile }, true).wrong.mobile, mobile);
  for (const email of ['maeva@müller.example', '"a..b"@example.org', '"a  b"@example.org', '"a@b"@example.org', 'möhlmann@example.org']) {
    const kept = correction({ ...typed, email: ` ${email} ` }, true);
    assert.deepEqual([kept.body.email, kept.wrong], [email, {}], 'an address stays as it was typed');
  }
  for (const email of ['', 'maeva', '@example.org', 'root@localhost', 'a@b c.org'])
    assert.ok(correction({ ...typed, email }, true).wrong.email, email);
  const wrong = correction(
    { surname: 'Spec1men', givenNames: '', birthDate: '31.02.1990', mobile: '0639980012', email: 'maeva' },
    true,
  ).wrong;
  assert.deepEqual(Object.keys(wrong).sort(), ['birthDate', 'email', 'givenNames', 'mobile', 'surname']);
  for (const key of Object.values(wrong)) assert.ok(t(key));
  assert.deepEqual(correction({ ...typed, surname: 'D’Été-Łuczak', mobile: '' }, false).wrong, {});
  assert.deepEqual(correction({ ...typed, givenNames: '' }, true).wrong, {}, 'a person may have one name only');
  assert.ok('birthDate' in correction({ ...typed, birthDate: '13.07.2990' }, true).wrong);
});

const text = (/** @type {string} */ kind) => ({ kind, version: '1', hash: 'a'.repeat(64), title: kind, url: '', required: kind !== 'publication', language: 'fr' });

test('what the server found is said beside each field in view, the first of the form first', () => {
  const fault = (/** @type {string} */ field, text = `${field}.`) => ({ field, code: 'value', text });
  const shown = ['surname', 'givenNames', 'birthDate', 'email'];
  assert.deepEqual(placed([fault('email'), fault('surname'), fault('birthDate', '')], shown), {
    beside: [
      { field: 'surname', text: 'surname.' },
      { field: 'birthDate', text: 'request.error.birthDate' },
      { field: 'email', text: 'email.' },
    ],
    rest: [],
  });
  assert.ok(t('request.error.birthDate') !== 'request.error.birthDate');
  assert.deepEqual(
    placed([fault('mobile'), fault('email')], shown),
    { beside: [{ field: 'email', text: 'email.' }], rest: ['mobile.'] },
    'a field that is not asked for',
  );
  assert.deepEqual(placed([], shown), { beside: [], rest: [] });
});

test('one box answers the texts that belong together; each answer is of the text that was shown', () => {
  const texts = ['processing', 'terms', 'privacy', 'faces', 'newer'].map(text);
  const { answers, missing } = consents(texts, (box) => box !== 'faces');
  assert.deepEqual(missing, ['faces']);
  assert.deepEqual(answers.map(({ kind, yes }) => [kind, yes]), [['processing', true], ['terms', true], ['privacy', true], ['faces', false], ['newer', true]]);
  assert.ok(answers.every(({ hash, version, language }) => hash.length === 64 && version === '1' && language === 'fr'));
});

test('the certificate is asked for with either answer to publication, and never without the box', () => {
  const texts = ['subscription', 'archive', 'publication'].map(text);
  const given = certificateAnswers(texts, { publish: 'no', accept: true });
  assert.deepEqual(given.wrong, {});
  assert.deepEqual(given.answers.map(({ yes }) => yes), [true, true, false]);
  assert.deepEqual(Object.keys(certificateAnswers(texts, { publish: '', accept: false }).wrong), ['publish', 'accept']);
});

test('a dispute names the field and what follows', () => {
  assert.deepEqual(Object.keys(dispute({ field: '', then: '', words: '' }).wrong), ['dispute-field', 'dispute-then']);
  assert.deepEqual(dispute({ field: 'surname', then: 'capture', words: ' X ' }).body, { field: 'surname', words: 'X', capture: true });
});

test('who came from a site goes back there at its end, and to nothing else', () => {
  const site = { name: 'Exemple', purpose: 'identity', over: true, returnUrl: 'https://www.example.org/?verification=ver_1' };
  const at = (/** @type {any} */ state, /** @type {any} */ more) =>
    screenOf(/** @type {any} */ ({ stage: 'ready', part: '', view: { state, site, ...more } }));
  assert.equal(at('confirmed', {}), 'returned');
  assert.equal(at('issued', {}), 'returned');
  assert.equal(at('confirmed', { site: { ...site, over: false } }), 'certificate');
  assert.equal(at('declared', { declared: { surname: '', givenNames: '', email: '' } }), 'correct');
  assert.equal(at('declared', { declared: { surname: 'Specimen', givenNames: '', email: '' } }), 'declared');
  for (const screen of /** @type {const} */ (['returned', 'cancelled', 'expired'])) {
    assert.equal(single(screen, site)?.link?.href, site.returnUrl);
    assert.equal(single(screen, { ...site, returnUrl: undefined })?.link, undefined);
    assert.equal(single(screen, site)?.home, false);
  }
});

test('the photos are behind nobody who comes in person', () => {
  const pictures = [{ id: '1', step: 'front', url: '/x' }];
  const of = (/** @type {object} */ fields) => /** @type {any} */ (fields);
  assert.equal(photographed('in-person', of({})), false);
  assert.equal(photographed('confirm', of({ pictures: [] })), false);
  assert.equal(photographed('confirm', of({ pictures })), true);
  assert.equal(photographed('wait', of({})), true);
});
