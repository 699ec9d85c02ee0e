// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialPage, reducePage } from './state.js';
import {
  againOf, alarming, countdown, guidance, headings, isLost, minutesLeft, phoneOf, railOf, screenOf, single, stepList,
  wantsCode, wantsHelp, wantsRenewal,
} from './model.js';
import { spoken } from './say.js';
import { has, setLanguage, translate } from '../lib/i18n.js';
import { languages, useWords } from '../../test/words.js';

useWords('desktop');

const start = 1_000_000;
let rev = 1;

/** @param {string} state @param {object} [more] @returns {any} */
const progress = (state, more = {}) => ({ type: 'progress', rev: rev++, state, language: 'fr', reference: 'K7Q2MX', ...more });

/** @param {object} [more] @returns {any} */
const pairing = (more = {}) => ({
  type: 'pairing', url: 'https://192.168.1.20:8443/p#x', typedCode: 'KVDFRTMN', typedUrl: 'https://192.168.1.20:8443/p',
  expiresAt: start + 120_000, renewsEnd: start + 600_000, origin: 'https://192.168.1.20:8443', origins: [], qr: '<svg/>', ...more,
});

/** @param {...any} messages @returns {import('./state.js').PageState} */
function after(...messages) {
  return messages.reduce((state, message) => reducePage(state, { type: 'message', now: start, message }), open());
}

function open() {
  const opened = reducePage(initialPage(start), { type: 'opened', now: start, reference: 'K7Q2MX' });
  return reducePage(opened, { type: 'link', now: start, state: 'open' });
}

/** @param {import('./state.js').PageState} state @param {number} ms */
const later = (state, ms) => reducePage(state, { type: 'tick', now: state.now + ms });

/** @param {string} state @param {number} code */
const link = (state, code = 0) => /** @type {any} */ ({ type: 'link', now: start, state, code });

const steps = [
  { step: 'document-front', state: 'accepted', stillsLeft: 4, notes: ['manual'] },
  { step: 'document-back', state: 'active', phase: 'guiding', stillsLeft: 2 },
  { step: 'selfie', state: 'waiting', stillsLeft: 5 },
];
const phone = { state: 'present', name: 'iPhone, Safari', since: start - 125_000 };
const capturing = (more = {}) => progress('capturing', { document: 'identity-card', steps, phone, ...more });

/** Every screen with a way to get there. @type {Record<string, () => import('./state.js').PageState>} */
const screens = {
  loading: () => initialPage(start),
  failed: () => reducePage(initialPage(start), { type: 'failed', now: start, status: 0 }),
  limited: () => reducePage(initialPage(start), { type: 'failed', now: start, status: 429, retryAfter: 200 }),
  blocked: () => reducePage(after(capturing()), link('final', 4506)),
  pairing: () => after(progress('waiting'), pairing()),
  'codes-over': () => after(progress('waiting', { reason: 'codes-over' })),
  elsewhere: () => after(progress('waiting'), pairing(), { type: 'notice', code: 'elsewhere' }),
  scanned: () => after(progress('scanned')),
  comparing: () => after(progress('comparing', { code: '47', phone })),
  paired: () => after(progress('paired', { phone })),
  capturing: () => after(capturing()),
  done: () => after(progress('done', { steps: [], phone })),
  ended: () => after(progress('ended', { reason: 'idle' })),
};

for (const [name, reach] of Object.entries(screens)) {
  test(`screen ${name}: reached, named in both languages, never without one thing to do`, () => {
    const state = reach();
    assert.equal(screenOf(state), name);
    const { heading, lead, title } = headings(state);
    const words = single(state);
    for (const lang of /** @type {const} */ (['fr', 'en'])) {
      for (const key of [heading, lead, title, words?.text, words?.advice, words?.button]) {
        if (key) assert.ok(translate(lang, key, { n: 2 }));
      }
    }
    const own = ['loading', 'pairing', 'scanned', 'comparing', 'paired', 'capturing', 'done'].includes(name);
    assert.equal(words === null, own);
  });
}

for (const reason of ['wrong-code-twice', 'not-me', 'cancelled-phone', 'cancelled-desktop', 'idle', 'expired', 'too-many-stills', 'unsafe-pictures', 'enrolment-over']) {
  test(`ended by ${reason}: own words, a new start and the reference`, () => {
    const state = after(progress('ended', { reason }));
    const words = single(state);
    assert.equal(headings(state).heading, `desktop.heading.ended.${reason}`);
    assert.equal(words?.text, `desktop.ended.${reason}`);
    assert.equal(words?.action, 'restart');
    assert.equal(words?.reference, 'K7Q2MX');
    if (words?.advice) assert.ok(translate('fr', words.advice));
  });
}

test('an end for a reason that is newer than this page still has words', () => {
  const state = after(progress('ended', { reason: 'something-new' }));
  assert.equal(single(state)?.text, 'desktop.ended');
  assert.equal(headings(state).heading, 'desktop.heading.ended');
});

test('a state that is newer than this page is followed', () => {
  assert.equal(screenOf(after(progress('reviewing', { steps }))), 'capturing');
});

test('loading gives way to help when nothing answers', () => {
  assert.equal(screenOf(later(open(), 8_900)), 'loading');
  assert.equal(screenOf(later(open(), 9_100)), 'failed');
});

test('a connection that answers late is taken all the same', () => {
  const late = reducePage(later(open(), 20_000), { type: 'message', now: start + 20_000, message: progress('waiting') });
  const shown = reducePage(late, { type: 'message', now: start + 20_000, message: pairing() });
  assert.equal(screenOf(shown), 'pairing');
});

test('too many codes: the wait is rounded up to minutes', () => {
  assert.equal(single(screens.limited())?.n, 4);
});

test('the end stays the end when the server then closes', () => {
  assert.equal(screenOf(reducePage(after(progress('ended', { reason: 'not-me' })), link('final', 4501))), 'ended');
  assert.equal(screenOf(reducePage(screens.done(), link('final', 4501))), 'done');
  assert.equal(screenOf(reducePage(screens.pairing(), link('final', 4501))), 'ended');
});

test('a code that ran out is renewed until the ten minutes are over', () => {
  const shown = screens.pairing();
  assert.deepEqual(countdown(shown), { seconds: 120, share: 1 });
  assert.deepEqual(countdown(later(shown, 90_000)), { seconds: 30, share: 0.25 });
  assert.equal(wantsRenewal(later(shown, 119_000)), false);
  assert.equal(wantsRenewal(later(shown, 120_000)), true);
  const over = later(after(progress('waiting'), pairing({ renewsEnd: start + 100_000 })), 120_000);
  assert.equal(wantsRenewal(over), false);
  assert.equal(screenOf(over), 'codes-over');
});

test('the countdown goes by the server’s clock', () => {
  const state = after(
    { type: 'welcome', role: 'desktop', site: 'Visavis', serverTime: start + 60_000, progress: progress('waiting') },
    pairing(),
  );
  assert.equal(countdown(state).seconds, 60);
});

test('a code that is due and does not come is asked for, then offered by a button', () => {
  const fallen = after(progress('comparing', { code: '47', phone }), progress('waiting', { reason: 'wrong-code' }));
  assert.equal(wantsCode(fallen), false);
  assert.equal(wantsCode(later(fallen, 2_000)), true);
  assert.equal(screenOf(later(fallen, 9_000)), 'codes-over');
});

test('a wrong choice explains the new code, until a phone comes', () => {
  const fallen = after(progress('comparing', { code: '47', phone }), progress('waiting', { reason: 'wrong-code' }), pairing());
  assert.equal(againOf(fallen), 'desktop.lead.wrong-code');
  assert.equal(againOf(after(progress('waiting', { reason: 'not-my-phone' }), pairing())), 'desktop.lead.not-my-phone');
  const scanned = reducePage(fallen, { type: 'message', now: start, message: progress('scanned') });
  assert.equal(againOf(scanned), '');
});

test('help comes after a minute without a phone, not before, and not once one came', () => {
  const shown = screens.pairing();
  assert.equal(wantsHelp(later(shown, 59_000)), false);
  assert.equal(wantsHelp(later(shown, 60_000)), true);
  const renewed = reducePage(later(shown, 50_000), { type: 'message', now: start + 50_000, message: pairing() });
  assert.equal(wantsHelp(later(renewed, 10_000)), true);
  const came = reducePage(later(shown, 61_000), { type: 'message', now: start + 61_000, message: progress('scanned') });
  assert.equal(wantsHelp(came), false);
});

test('hints stay long enough, then the newest is shown', () => {
  const first = after(capturing(), { type: 'live', step: 'document-back', hint: 'move-closer' });
  assert.deepEqual(guidance(first), { key: '', code: 'move-closer', more: '', tone: 'advice' });
  const second = reducePage(first, {
    type: 'message',
    now: start + 400,
    message: { type: 'live', step: 'document-back', hint: 'hold-still' },
  });
  assert.equal(guidance(second).code, 'move-closer');
  assert.equal(guidance(later(second, 700)).code, 'hold-still');
});

test('a new step begins without the hint of the one before', () => {
  const hinted = after(capturing(), { type: 'live', step: 'document-back', hint: 'glare', thumbnail: 'QUJD' });
  const next = steps.map((step, index) => ({ ...step, state: index < 2 ? 'accepted' : 'active' }));
  const moved = reducePage(hinted, { type: 'message', now: start, message: capturing({ steps: next }) });
  assert.equal(guidance(moved).key, 'desktop.hint.look');
  assert.equal(guidance(later(moved, 5_000)).key, 'desktop.hint.look');
});

test('what to do follows from state, phase and presence', () => {
  /** @param {object} step @param {object} [more] */
  const at = (step, more = {}) =>
    guidance(after(capturing({ steps: [{ step: 'selfie', state: 'active', stillsLeft: 5, ...step }], ...more }))).key;
  assert.equal(guidance(screens.paired()).key, 'desktop.hint.choose');
  assert.equal(guidance(after(progress('paired', { phone, document: 'passport', steps }))).key, 'desktop.hint.start');
  assert.equal(at({ phase: 'still' }), 'desktop.hint.still');
  assert.equal(at({ phase: 'tilt' }), 'desktop.hint.tilt');
  assert.equal(at({ phase: 'gesture' }), 'desktop.hint.gesture');
  assert.equal(at({ phase: 'guiding', offerAnyway: true }), 'desktop.hint.anyway');
  assert.equal(at({ phase: 'guiding' }, { phone: { ...phone, state: 'absent' } }), 'desktop.hint.absent');
  assert.equal(at({ phase: 'guiding' }, { phone: { ...phone, state: 'asleep' } }), 'desktop.hint.asleep');
  assert.equal(at({ phase: 'guiding' }, { phone: { ...phone, camera: 'denied' } }), 'desktop.hint.denied');
  assert.equal(
    at({ phase: 'guiding' }, { phone: { ...phone, state: 'asleep', camera: 'denied' } }),
    'desktop.hint.asleep',
    'first the phone',
  );
  assert.equal(at({ phase: 'guiding' }, { phone: { ...phone, camera: 'a-new-one' } }), at({ phase: 'guiding' }));
});

test('a refused camera is said once, with what to do, and goes without a word', () => {
  const before = after(progress('paired', { phone, document: 'passport', steps }));
  const next = (/** @type {import('./state.js').PageState} */ state, /** @type {object} */ more) =>
    reducePage(state, {
      type: 'message',
      now: start,
      message: progress('paired', { phone: { ...phone, ...more }, document: 'passport', steps }),
    });
  const denied = next(before, { camera: 'denied' });
  assert.deepEqual(spoken(before, denied).status.map(({ key }) => key), ['desktop.hint.denied', 'desktop.hint.denied.more']);
  assert.deepEqual(spoken(denied, next(denied, { camera: 'denied' })).status, []);
  assert.deepEqual(spoken(denied, next(denied, {})).status, []);
  assert.equal(guidance(denied).key, 'desktop.hint.denied');
  for (const { tag } of languages) {
    setLanguage(tag);
    for (const key of ['desktop.title.denied', 'desktop.hint.denied', 'desktop.hint.denied.more', 'desktop.veil.denied'])
      assert.ok(has(key), `${tag}: ${key}`);
  }
  setLanguage('fr');
});

test('no hint means all is well, once the phone has said so', () => {
  const good = after(capturing(), { type: 'live', step: 'document-back', hint: 'blurred' });
  const well = reducePage(good, { type: 'message', now: start + 2_000, message: { type: 'live', step: 'document-back' } });
  assert.equal(guidance(after(capturing(), { type: 'live', step: 'document-back' })).key, 'desktop.hint.good');
  assert.deepEqual(guidance(well), { key: 'desktop.hint.good', more: '', code: '', tone: 'good' });
});

test('steps carry state, tries left, notes and the picture of what was accepted', () => {
  const state = after(capturing(), { type: 'live', step: 'document-front', thumbnail: 'QUJD', accepted: true });
  const [front, back, selfie] = stepList(state);
  assert.deepEqual([front.done, front.notes, front.picture], [true, ['manual'], 'QUJD']);
  assert.deepEqual([back.current, back.left], [true, 2]);
  assert.deepEqual([selfie.current, selfie.done, selfie.left], [false, false, 0]);
  const again = steps.map((step) => ({ ...step, state: 'waiting' }));
  const retaken = reducePage(state, { type: 'message', now: start, message: capturing({ steps: again }) });
  assert.equal(retaken.pictures['document-front'], undefined);
});

test('before the capture is started no step is under way', () => {
  const chosen = after(
    progress('paired', { phone, document: 'identity-card', steps: [{ step: 'document-front', state: 'active', stillsLeft: 5 }] }),
  );
  const [front] = stepList(chosen);
  assert.deepEqual([front.current, front.state], [false, 'desktop.step.waiting']);
  assert.equal(front.name, 'common.step.document-front');
  const booklet = after(
    progress('paired', { phone, document: 'passport', steps: [{ step: 'document-front', state: 'active', stillsLeft: 5 }] }),
  );
  assert.equal(stepList(booklet)[0].name, 'common.step.passport');
});

test('the phone is named with the time since it came', () => {
  assert.deepEqual(phoneOf(screens.capturing()), { name: 'iPhone, Safari', minutes: 2 });
  assert.equal(phoneOf(screens.pairing()), null);
});

test('the end that nears is told in whole minutes, never zero', () => {
  assert.equal(minutesLeft(after(capturing({ warn: true, expiresAt: start + 110_000 }))), 2);
  assert.equal(minutesLeft(after(capturing({ warn: true, expiresAt: start }))), 1);
});

test('a refused action is told and can be put away; so can a notice', () => {
  const refused = after(capturing(), { type: 'error', code: 'not-allowed', text: '' });
  assert.equal(refused.problem, true);
  assert.equal(reducePage(refused, { type: 'dismiss', now: start }).problem, false);
  const noticed = after(capturing(), { type: 'notice', code: 'second-phone' });
  assert.equal(reducePage(noticed, { type: 'dismiss', now: start }).wire.notice, '');
});

test('who else may be about is told, on the page and aloud', () => {
  for (const code of ['second-phone', 'phone-moved']) {
    const noticed = after(capturing(), { type: 'notice', code });
    assert.equal(noticed.wire.notice, code);
    assert.deepEqual(spoken(after(capturing()), noticed).alert, [{ key: `desktop.notice.${code}` }]);
    assert.ok(alarming.has(code));
  }
  assert.ok(!alarming.has('going-down'));
});

test('the end that nears, a refused action and a slow opening are told aloud, once', () => {
  const warned = after(capturing(), capturing({ warn: true, expiresAt: start + 110_000 }));
  assert.deepEqual(spoken(screens.capturing(), warned).alert, [{ key: 'desktop.warn', params: { n: 2 } }]);
  assert.deepEqual(spoken(warned, reducePage(warned, { type: 'tick', now: start + 500 })), { status: [], alert: [] });
  const refused = after(capturing(), { type: 'error', code: 'not-allowed', text: '' });
  assert.deepEqual(spoken(screens.capturing(), refused).alert, [{ key: 'desktop.notice.error' }]);
  const restarting = after(capturing(), { type: 'notice', code: 'going-down' });
  assert.deepEqual(spoken(screens.capturing(), restarting).status, [{ key: 'desktop.notice.going-down' }]);
  const opening = initialPage(start);
  const late = reducePage(opening, { type: 'tick', now: start + 5_000 });
  assert.deepEqual(spoken(opening, late).status, [{ key: 'desktop.slow' }]);
});

test('what the focus reads is not said once more', () => {
  const ended = reducePage(screens.capturing(), { type: 'message', now: start, message: progress('ended', { reason: 'expired' }) });
  assert.deepEqual(spoken(screens.capturing(), ended, true).alert.map(({ key }) => key), ['desktop.ended.expired']);
  assert.deepEqual(spoken(screens.pairing(), screens.scanned(), true), { status: [], alert: [] });
  assert.deepEqual(spoken(screens.scanned(), screens.comparing(), true).status, [{ key: 'desktop.say.code', params: { code: '47' } }]);
});

test('a lost connection is told only where there was one', () => {
  assert.equal(isLost(reducePage(screens.capturing(), link('lost'))), true);
  assert.equal(isLost(reducePage(initialPage(start), link('lost'))), false);
});

test('the tab’s title asks for attention where something is to do', () => {
  /** @param {import('./state.js').PageState} state */
  const mark = (state) => headings(state).mark;
  assert.equal(mark(screens.comparing()), 'attention');
  assert.equal(mark(screens.capturing()), '');
  assert.equal(mark(after(capturing({ phone: { ...phone, state: 'absent' } }))), 'attention');
  assert.equal(mark(after(capturing({ warn: true }))), 'attention');
  assert.equal(mark(reducePage(screens.capturing(), link('lost'))), 'attention');
  assert.equal(mark(screens.ended()), 'attention');
  assert.equal(mark(screens.done()), 'done');
});

test('the rail', () => {
  assert.deepEqual(/** @type {const} */ (['pairing', 'comparing', 'capturing', 'done', 'ended']).map(railOf), [0, 1, 2, 4, -1]);
});

test('starting again forgets everything', () => {
  assert.deepEqual(reducePage(screens.ended(), { type: 'opening', now: start }), initialPage(start));
});

test('an older progress does not bring back what is past', () => {
  const old = progress('comparing', { code: '47', phone });
  assert.equal(screenOf(after(capturing(), old)), 'capturing');
});

test('spoken: failures as alerts, steps as status, nothing for a hint', () => {
  const before = screens.capturing();
  const ended = reducePage(before, { type: 'message', now: start, message: progress('ended', { reason: 'expired' }) });
  assert.deepEqual(spoken(before, ended).alert.map((sentence) => sentence.key), ['desktop.heading.ended.expired', 'desktop.ended.expired']);
  const own = reducePage(before, { type: 'message', now: start, message: progress('ended', { reason: 'cancelled-desktop' }) });
  assert.deepEqual(spoken(before, own).alert, []);
  const hinted = reducePage(before, { type: 'message', now: start, message: { type: 'live', step: 'document-back', hint: 'glare' } });
  assert.deepEqual(spoken(before, hinted), { status: [], alert: [] });
  const next = steps.map((step, index) => ({ ...step, state: index < 2 ? 'accepted' : 'active' }));
  const moved = reducePage(before, { type: 'message', now: start, message: capturing({ steps: next }) });
  assert.deepEqual(spoken(before, moved).status.map((sentence) => sentence.stateKey), ['desktop.step.accepted', 'desktop.step.active']);
  const away = reducePage(before, { type: 'message', now: start, message: capturing({ phone: { ...phone, state: 'absent' } }) });
  assert.equal(spoken(before, away).status[0].key, 'desktop.hint.absent');
  const lost = reducePage(before, link('lost'));
  assert.equal(spoken(before, lost).alert[0].key, 'desktop.lost');
  assert.equal(spoken(lost, before).status[0].key, 'desktop.back');
  const comparing = screens.comparing();
  assert.deepEqual(spoken(screens.scanned(), comparing).status[0], { key: 'desktop.say.code', params: { code: '47' } });
});
