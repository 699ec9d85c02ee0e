// @ts-check
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setLanguage } from '../lib/i18n.js';
import { catalogue, useWords } from '../../test/words.js';
import { ApiError, errorWords, get, loginFor, post, safePath } from '../lib/api.js';
import { clock, day, documentDate, grouped, initials, isoDate, languageName, nearTime, quarter, range, sentenced, telephone, weekHours } from '../lib/format.js';
import { boxesOf, current, isOpen, otherLanguage } from '../wire/enrolment.js';
import { homeOf, operatorWords } from './shell.js';
import { renewable, revocable, standing, tone } from '../wire/certificate.js';

useWords('shell');
const signatureFr = /** @type {Record<string, any>} */ (catalogue('fr', 'signature'));
const realFetch = globalThis.fetch;
afterEach(() => {
  setLanguage('fr');
  globalThis.fetch = realFetch;
});

test('a language is named in the page’s own', async () => {
  assert.equal(languageName('en'), 'anglais');
  await setLanguage('en');
  assert.equal(languageName('fr'), 'French');
});

test('dates as documents print them, and as people type them', () => {
  assert.equal(documentDate('1990-07-13'), '13/07/1990');
  assert.equal(documentDate('1990-02-31'), '1990-02-31');
  assert.equal(documentDate(''), '');
  for (const typed of ['13.07.1990', '13/7/1990', ' 13-07-1990 ', '13 07 1990', '1990-07-13', '13071990', '13/7/90', '13.07.90', '13 juillet 1990', '13 Juil. 1990', '1990/07/13', '13\u202f07\u202f1990', '13\u200e/07/1990', '١٣/٠٧/١٩٩٠', '13,07,1990', '१३.०७.१९९०', '１３／０７／１９９０', '13–07–1990', '1990–07–13', '13, 07, 90'])
    assert.equal(isoDate(typed), '1990-07-13', typed);
  for (const typed of ['12021963', '12/2/63', '12 février 1963', '12 FEVRIER 1963', '12 fév. 1963'])
    assert.equal(isoDate(typed), '1963-02-12', typed);
  assert.equal(isoDate('1er mars 1963'), '1963-03-01');
  assert.equal(isoDate(`1/1/${String(new Date().getUTCFullYear() + 1).slice(2)}`).slice(0, 2), '19');
  for (const typed of ['31.02.1990', '1990', 'hier', '', '13/13/1990', '130719', '1307199', '12 juin juillet 1963', '12 ju 1963', '12 jui 1963', '12 foo 1963', '0/0/1963', '1,307,1990', '13,07', '13;07;1990']) assert.equal(isoDate(typed), '', typed);
});

test('times near now, ranges and long numbers', () => {
  const now = Date.parse('2025-11-25T10:00:00Z');
  assert.equal(day('2025-11-25T10:00:00Z', 'UTC'), '25\u202fnovembre 2025');
  assert.equal(clock('2025-11-25T10:05:00Z', 'UTC'), '10:05');
  assert.equal(day('2025-12-01T10:00:00Z', 'UTC'), '1er\u202fdécembre 2025');
  assert.equal(day('nonsense'), '');
  assert.equal(nearTime('2025-11-25T18:30:00Z', now, { zone: 'UTC' }), 'aujourd’hui à 18:30');
  assert.equal(nearTime('2025-11-26T09:00:00Z', now, { zone: 'UTC', before: true }), 'demain avant 09:00');
  setLanguage('en');
  assert.equal(nearTime('2025-11-28T09:00:00Z', now, { zone: 'UTC' }), 'on Friday 28\u202fNovember at 09:00');
  assert.equal(quarter(Date.parse('2025-11-25T10:01:00Z')), '2025-11-25T10:15:00.000Z');
  assert.equal(range(30, 50), 'about one minute');
  assert.equal(range(180, 360), 'between 3 and 6 minutes');
  assert.equal(range(3_600, 7_200), 'between 1 and 2 hours');
  assert.equal(grouped('ab:cd:ef01'), 'ABCD EF01');
  assert.equal(initials('Maéva Claire Specimen'), 'MS');
  assert.equal(initials('Élouan'), 'É');
  assert.equal(initials(''), '');
});

test('only paths of this site are followed after login', () => {
  assert.equal(safePath('/request?id=1#consent'), '/request?id=1#consent');
  for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:1', '/a b', '', null])
    assert.equal(safePath(bad), '/signature', String(bad));
  assert.equal(
    loginFor(/** @type {any} */ ({ pathname: '/request', search: '?id=1', hash: '#consent' })),
    '/login?next=%2Frequest%3Fid%3D1%23consent',
  );
});

test('a call answers JSON or fails with what the server said', async () => {
  /** @type {Array<[string, any]>} */
  const calls = [];
  globalThis.fetch = /** @type {any} */ (async (/** @type {string} */ url, /** @type {any} */ options) => {
    calls.push([url, options]);
    return new Response(JSON.stringify({ ok: true }));
  });
  assert.deepEqual(await post('/api/x?q=1', { a: 1 }), { ok: true });
  assert.equal(calls[0][0], '/api/x?q=1&lang=fr');
  assert.equal(calls[0][1].body, '{"a":1}');
  globalThis.fetch = /** @type {any} */ (
    async () =>
      new Response(JSON.stringify({ error: { code: 'value', text: 'Non.', field: 'mobile', reference: '7QX4MN' } }), { status: 422 })
  );
  await assert.rejects(
    get('/api/x'),
    (/** @type {any} */ error) =>
      error instanceof ApiError && error.status === 422 && error.field === 'mobile' && errorWords(error) === 'Non.',
  );
  await assert.rejects(
    get('/api/x'),
    (/** @type {any} */ error) => assert.deepEqual(error.fields, [{ field: 'mobile', code: '', text: 'Non.' }]) === undefined,
  );
  const faults = [{ field: 'surname', code: 'name.digits', text: 'Nom.' }, { field: 'email', code: 'email.shape', text: 'Adresse.' }];
  globalThis.fetch = /** @type {any} */ (
    async () => new Response(JSON.stringify({ error: { code: 'value', text: 'Nom.', field: 'surname', fields: faults } }), { status: 422 })
  );
  await assert.rejects(
    get('/api/x'),
    (/** @type {any} */ error) => assert.deepEqual(error.fields, faults) === undefined && error.field === 'surname',
  );
  globalThis.fetch = /** @type {any} */ (async () => new Response('<html>', { status: 502 }));
  await assert.rejects(get('/api/x'), (/** @type {any} */ error) => error.status === 502 && /indisponible/.test(errorWords(error)));
  globalThis.fetch = /** @type {any} */ (async () => { throw new TypeError('network'); });
  await assert.rejects(get('/api/x'), (/** @type {any} */ error) => error.status === 0 && /ne répond pas/.test(errorWords(error)));
});

test('who looks, and who operates', () => {
  assert.equal(homeOf(['applicant']), '/signature');
  assert.equal(homeOf(['reviewer']), '/review');
  assert.equal(homeOf(['registrar']), '/registrar');
  const me = /** @type {any} */ ({ account: {}, demo: false, operator: { name: 'Exemple', role: 'émetteur' } });
  const visitor = { me, login: {}, error: null };
  assert.equal(operatorWords(visitor), 'Opéré par Exemple, émetteur.');
  assert.equal(operatorWords({ ...visitor, me: { ...me, demo: true } }), 'Démonstration, aucun prestataire.');
  assert.equal(
    operatorWords({ me: null, login: { demo: [{ id: 'a', name: '', roles: [] }] }, error: null }),
    'Démonstration, aucun prestataire.',
  );
  assert.equal(operatorWords({ me: null, login: { oidc: true }, error: null }), '');
});

test('the request under way, and what its card asks', () => {
  const view = (/** @type {string} */ state, more = {}) => /** @type {any} */ ({ id: state, state, ...more });
  assert.equal(current([view('cancelled'), view('review'), view('declared')])?.id, 'review');
  assert.equal(current([view('issued')]), undefined);
  assert.equal(isOpen(view('contested')), true);
  for (const state of ['declared', 'consented', 'capturing', 'verifying', 'review', 'contested', 'to-confirm', 'confirmed', 'requested', 'in-person']) {
    const { text, button } = standing(view(state));
    assert.ok(text in signatureFr && button in signatureFr, state);
  }
  assert.deepEqual(standing(view('capturing', { again: {} })).button, 'signature.do.again');
  assert.equal(standing(view('review')).waits, true);
});

test('letters follow the language that the person chose in this browser', () => {
  const view = (/** @type {string} */ language, allowed = ['choose-language']) => /** @type {any} */ ({ language, allowed });
  assert.equal(otherLanguage(view('fr'), 'de', 'de'), 'de');
  assert.equal(otherLanguage(view('de'), 'de', 'de'), '', 'they do');
  assert.equal(otherLanguage(view('fr'), 'de', ''), '', 'nobody chose: it is the browser’s');
  assert.equal(otherLanguage(view('fr'), 'de', 'fr'), '', 'the other device chose');
  assert.equal(otherLanguage(view('fr', []), 'de', 'de'), '', 'it is over');
});

test('a certificate’s state has words, a tone and what can be done', () => {
  for (const state of /** @type {const} */ (['requested', 'valid', 'expiring', 'expired', 'revoked', 'refused']))
    assert.ok(`signature.state.${state}` in signatureFr);
  const of = (/** @type {any} */ state) => /** @type {any} */ ({ state });
  assert.deepEqual(['valid', 'expiring', 'expired', 'revoked', 'requested'].filter((state) => revocable(of(state))), ['valid', 'expiring']);
  assert.deepEqual(['valid', 'expired', 'refused', 'requested'].filter((state) => renewable(of(state))), ['valid', 'expired']);
  assert.equal(tone('valid'), 'ok');
  assert.equal(tone('expired'), '');
});

test('texts become boxes by what they are about', () => {
  const text = (/** @type {string} */ kind) => ({ kind, version: '1', hash: '', title: '', url: '', required: kind !== 'publication', language: 'fr' });
  const boxes = boxesOf(['publication', 'terms', 'faces', 'processing'].map(text));
  assert.deepEqual(boxes.map((box) => [box.id, box.texts.length]), [['processing', 2], ['faces', 1]]);
});

test('sentences that are read aloud do not run into each other', () => {
  assert.equal(sentenced(['Code scanné', 'Rien à installer.', 'Un instant, c’est en cours…', 'Capture terminée']), 'Code scanné. Rien à installer. Un instant, c’est en cours… Capture terminée');
  assert.equal(sentenced([]), '');
});

test('a French telephone number is read in pairs, any other as it is', () => {
  assert.equal(telephone('+33639980012'), '+33\u00a06\u00a039\u00a098\u00a000\u00a012');
  for (const other of ['+4915123456789', '+3363998001', '']) assert.equal(telephone(other), other);
});

test('the hours of a week are named in the language, by the clock of their place', () => {
  const week = { first: 1, last: 5, opens: '09:00', closes: '18:30', zone: 'America/Fort_Nelson' };
  assert.equal(weekHours(week), 'lundi – vendredi, 09:00 – 18:30 (Fort Nelson)');
  assert.equal(weekHours({ ...week, first: 0, last: 0, closes: '24:00', zone: 'UTC' }), 'dimanche, 09:00 – 00:00 (UTC)');
  setLanguage('en');
  assert.equal(weekHours(week), 'Monday – Friday, 09:00 – 18:30 (Fort Nelson)');
});
