import test from 'node:test';
import assert from 'node:assert/strict';
import { digitsOf } from '../lib/digits.js';
import { Link, readTypedCode, safeStore, tokenOf } from './link.js';
import { allowCameraKey, obstacle, readDevice } from './device.js';
import { firstPace, gapOf, nextPace, sideOf } from './pace.js';
import { Upload } from './upload.js';
import { Turn, frameRect, liesUpright, outline, pictureRect } from './stage.js';
import { Hints } from './guide.js';
import { Capture } from './capture.js';
import { closeness } from '../wire/hints.js';
import { unpackFrame } from '../../test/frame.js';
import { FakeClock, settle } from '../../test/fakes.js';

globalThis.CustomEvent ??= class extends Event {
  constructor(type, init) {
    super(type);
    this.detail = init?.detail;
  }
};

const TOKEN = 'A'.repeat(42) + '_';
const memory = () => {
  const map = new Map();
  return { getItem: (k) => map.get(k) ?? null, setItem: (k, v) => map.set(k, v), removeItem: (k) => map.delete(k) };
};
const newLink = () => new Link({ session: memory(), local: memory() });

test('only a whole token of a fragment counts', () => {
  assert.equal(tokenOf(`#${TOKEN}`), TOKEN);
  for (const hash of ['', '#', '#abc', `#${TOKEN}x`, `#${TOKEN.slice(1)}/`]) assert.equal(tokenOf(hash), '', hash);
});

test('what mailers, trackers and scanners put around a link does not matter', () => {
  for (const [before, after] of [['', '&utm=1'], ['', '?fbclid=IwAR0abc_def'], ['', '%20'], ['', ' '], ['', '.'], ['', ','], ['', ')'], ['', '>'], ['<', '>'],
    ['', '"'], ['', '%22'], ['', '\u00bb'], ['', '\u2019'], ['', '\u200b'], ['\u200b', ''], ['', '%E2%80%8B'], ['%23', ''], ['#', ''], ['%2523', ''], ['/', '/'],
    ['', '%0A'], ['', '%0D%0A'], ['', '%'], ['', '%E2'], ['', '#'], ['', ':~:text=code'], ['?utm_source=mail&', ''], ['', '<'], ['', '%3C/a%3E']]) {
    assert.equal(tokenOf(`#${before}${TOKEN}${after}`), TOKEN, `${before}…${after}`);
  }
  assert.equal(tokenOf(`#${TOKEN.slice(0, 20)}\u200b${TOKEN.slice(20)}`), TOKEN);
  for (const near of [`#${TOKEN}a.`, `#${TOKEN.slice(1)}&utm=1`, `#a${TOKEN}%20`, `#${TOKEN.slice(0, 20)} ${TOKEN.slice(20)}`, '#utm_source=mail', `#${TOKEN}%41`]) assert.equal(tokenOf(near), '', near);
});

test('a typed code is read forgivingly', () => {
  for (const text of ['BCDFGHJK', 'bcdf ghjk', 'bcdf-ghjk', ' B C D F G H J K ', 'code: BCDFGHJK.', 'ＢＣＤＦ－ＧＨＪＫ', 'bcdf\u200bghjk', '\u2066BCDF\u2011GHJK\u2069']) {
    assert.deepEqual(readTypedCode(text), { letters: 'BCDFGHJK', complete: true, foreign: '' }, text);
  }
  assert.equal(readTypedCode('BCDF').complete, false);
  assert.equal(readTypedCode('BCDFGHJ1').foreign, '1');
});

test('digits are typed in any script', () => {
  for (const typed of ['42', ' 4 2', '٤٢', '۴۲', '४२', '４２', '๔๒', '4\u200b2', '4-2', '4٢', '𝟜𝟚', '\u202d42\u202c', '4\u034f2\ufe0f']) assert.equal(digitsOf(typed), '42', typed);
  for (const near of ['', '²4', '④②', '四二', '4.2', '+42', '4e2', 'IV', '4\x002', '\u202e42', '4\u20e32']) assert.doesNotMatch(digitsOf(near), /^\d\d$/, near);
});

test('a phone says hello with exactly one thing', () => {
  const link = newLink();
  assert.equal(link.any, false);
  link.scanned(TOKEN);
  assert.deepEqual(link.hello(), { token: TOKEN });
  assert.equal(link.secret(), '');
  link.claimed('secret');
  assert.deepEqual(link.hello(), { deviceSecret: 'secret' });
  assert.equal(link.token, '');
  link.typed('BCDFGHJK');
  assert.deepEqual(link.hello(), { code: 'BCDFGHJK' });
});

test('the used link of a running capture goes on with the device secret', () => {
  const link = newLink();
  link.claimed('secret');
  link.scanned(TOKEN);
  assert.equal(link.refused(), true);
  assert.deepEqual(link.hello(), { deviceSecret: 'secret' });
  assert.equal(link.refused(), false);
  assert.equal(link.any, false);
});

test('a claim carries a key, and its lost answer is resumed with it', () => {
  const stores = { session: memory(), local: memory() };
  const link = new Link(stores);
  link.scanned(TOKEN);
  const { key, token } = link.claim();
  assert.match(key, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(token, TOKEN);
  assert.equal(link.claim().key, key, 'a second tap repeats the same claim');
  assert.deepEqual(link.hello(), { deviceSecret: key });
  assert.deepEqual(new Link(stores).hello(), { deviceSecret: key }, 'after a reload too');
  assert.equal(link.secret(), '', 'on the way without a socket the ticket still speaks');
  assert.equal(link.refused(), true, 'the claim never arrived');
  assert.deepEqual(link.hello(), { token: TOKEN });
});

test('the phone that has claimed opens its link again as itself, another link as a stranger', () => {
  const link = newLink();
  link.scanned(TOKEN);
  link.claimed(link.claim().key);
  const { deviceSecret } = link.hello();
  link.scanned(TOKEN);
  assert.deepEqual(link.hello(), { deviceSecret });
  const other = 'B'.repeat(43);
  link.scanned(other);
  assert.deepEqual(link.hello(), { token: other });
  assert.notEqual(link.claim().key, deviceSecret);
});

test('a refused store keeps in memory', () => {
  const store = safeStore(() => { throw new Error('denied'); });
  store.setItem('a', '1');
  assert.equal(store.getItem('a'), '1');
  store.removeItem('a');
  assert.equal(store.getItem('a'), null);
});

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const agents = [
  [`${IPHONE} Version/17.0 Mobile/15E148 Safari/604.1`, 'ios', 'safari', false],
  [`${IPHONE} CriOS/120.0 Mobile/15E148 Safari/604.1`, 'ios', 'chrome', false],
  [`${IPHONE} Mobile/15E148 Instagram 300.0`, 'ios', 'other', true],
  [`${IPHONE} Mobile/15E148`, 'ios', 'other', true],
  ['Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36', 'android', 'chrome', false],
  ['Mozilla/5.0 (Linux; Android 13; Pixel 7; wv) AppleWebKit/537.36 Version/4.0 Chrome/120.0 Mobile Safari/537.36', 'android', 'chrome', true],
  ['Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 SamsungBrowser/23.0 Chrome/115.0 Mobile Safari/537.36', 'android', 'samsung', false],
  ['Mozilla/5.0 (Android 13; Mobile; rv:120.0) Gecko/120.0 Firefox/120.0', 'android', 'firefox', false],
];

for (const [userAgent, system, browser, inApp] of agents) {
  test(`reads ${userAgent.slice(12, 90)}…`, () => {
    const facts = { userAgent, secure: true, media: true, touchPoints: 5 };
    assert.deepEqual(readDevice(facts), { system, browser, inApp });
    assert.equal(obstacle(facts), inApp ? 'in-app' : '');
    assert.equal(obstacle({ ...facts, secure: false }), 'insecure');
    assert.match(allowCameraKey(facts), /^(ios|android|firefox|other)/);
  });
}

test('previews shrink below 20 kB on a slow line and recover on a fast one', () => {
  let pace = firstPace();
  const bytes = () => 60_000 * pace.quality;
  for (let i = 0; i < 10; i++) pace = nextPace(pace, { bytes: bytes(), trip: 1200, previewSide: 960 });
  assert.equal(pace.slow, true);
  assert.ok(pace.quality <= 0.35, `quality ${pace.quality}`);
  assert.equal(sideOf(pace), 512);
  for (let i = 0; i < 20; i++) pace = nextPace(pace, { bytes: bytes(), trip: 100 });
  assert.equal(pace.slow, false);
  assert.equal(sideOf(pace), 960);
});

test('a long capture sends lighter and rarer previews', () => {
  let pace = firstPace();
  for (let i = 0; i < 120; i++) pace = nextPace(pace, { bytes: 55_000, trip: 100 });
  assert.equal(gapOf(pace), 400);
  assert.ok(pace.quality < 0.5);
});

function newUpload(bytes = 1000, partSize = 100) {
  const sent = [];
  const upload = new Upload({
    step: 'selfie', seq: 9, manual: true, capturedAt: 5, partSize, data: new Uint8Array(bytes).fill(7),
    send: (frame) => { sent.push(unpackFrame(frame)); return true; },
  });
  return { upload, sent, parts: () => sent.map((frame) => frame.part) };
}

test('a still goes in parts, a few under way at a time', () => {
  const { upload, sent, parts } = newUpload(950);
  upload.pump();
  assert.deepEqual(parts(), [0, 1, 2, 3]);
  for (let part = 0; part < 10; part++) upload.ack({ seq: 9, part });
  assert.deepEqual(parts(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(sent[9].data.length, 50);
  assert.equal(sent[9].manual, true);
  assert.equal(upload.complete, true);
});

test('after a lost connection only what is missing goes again', () => {
  const { upload, sent, parts } = newUpload(400);
  upload.pump();
  upload.ack({ seq: 9, part: 1 });
  sent.length = 0;
  upload.resume({ step: 'selfie', seq: 9, parts: 4, received: [0, 1, 2] });
  assert.deepEqual(parts(), [3]);
  sent.length = 0;
  upload.resume({ step: 'selfie', seq: 8, parts: 4, received: [0, 1, 2] });
  assert.deepEqual(parts(), [0, 1, 2, 3]);
});

test('the answer to another still confirms nothing', () => {
  const { upload } = newUpload(100);
  upload.pump();
  upload.ack({ seq: 8, part: 0 });
  assert.equal(upload.complete, false);
});

const phone = { width: 390, height: 844 };
const bars = { top: 84, bottom: 204 };

test('the frame has the proportions of the document and stays clear of the controls', () => {
  const base = { stage: phone, video: { width: 1080, height: 1920 }, bars, upright: false };
  const card = frameRect({ ...base, step: 'document-front', document: 'identity-card' });
  assert.ok(Math.abs(card.width / card.height - 85.6 / 53.98) < 0.01);
  const page = frameRect({ ...base, step: 'document-front', document: 'passport' });
  assert.ok(Math.abs(page.width / page.height - 125 / 88) < 0.01);
  const turned = frameRect({ ...base, step: 'document-back', document: 'identity-card', upright: true });
  assert.ok(turned.height > turned.width);
  const oval = frameRect({ ...base, step: 'selfie', document: 'identity-card' });
  assert.equal(oval.kind, 'oval');
  for (const frame of [card, page, turned, oval]) {
    assert.ok(frame.x >= 0 && frame.x + frame.width <= phone.width);
    assert.ok(frame.y >= bars.top && frame.y + frame.height <= phone.height - bars.bottom);
    assert.match(outline(frame), /^M[\d. -]+[ahv].*z$/);
  }
});

test('a wide picture on a tall screen is shown whole', () => {
  assert.equal(pictureRect(phone, { width: 1920, height: 1080 }).fill, 'contain');
  assert.equal(pictureRect(phone, { width: 1080, height: 1920 }).fill, 'cover');
});

test('the frame turns with the document, once that is sure', () => {
  const video = { width: 1000, height: 1000 };
  const lying = [[0.1, 0.3], [0.9, 0.3], [0.9, 0.8], [0.1, 0.8]];
  const standing = [[0.3, 0.1], [0.8, 0.1], [0.8, 0.9], [0.3, 0.9]];
  assert.equal(liesUpright(lying, video), false);
  assert.equal(liesUpright(standing, video), true);
  assert.equal(liesUpright(undefined, video), undefined);
  const turn = new Turn();
  assert.deepEqual([true, true, false, true, true, true].map((seen) => turn.see(seen)), [false, false, false, false, false, true]);
  assert.equal(turn.upright, true);
});

test('a hint stays its time, and the newest follows', async () => {
  const clock = new FakeClock();
  const shown = [];
  const hints = new Hints((text) => shown.push(text), {
    now: () => clock.now, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout,
  });
  hints.set('closer', 1000);
  hints.set('glare', 1500);
  await clock.advance(500);
  hints.set('still', 1000);
  assert.deepEqual(shown, ['closer']);
  await clock.advance(500);
  assert.deepEqual(shown, ['closer', 'still']);
  hints.set('closer', 1000);
  hints.set('still', 1000);
  await clock.advance(3000);
  assert.deepEqual(shown, ['closer', 'still'], 'what came and went is not shown');
});

test('closeness rises with the checks and then with good previews', () => {
  const values = [
    closeness({ checks: [{ ok: false }, { ok: false }] }),
    closeness({ checks: [{ ok: true }, { ok: false }] }),
    closeness({ checks: [{ ok: true }, { ok: true }] }),
    closeness({ good: true, streak: 1 }),
    closeness({ good: true, streak: 3 }),
  ];
  assert.deepEqual(values, [...values].sort((a, b) => a - b));
  assert.equal(new Set(values).size, values.length);
});

function newCapture() {
  const clock = new FakeClock();
  const sent = [];
  const events = [];
  const blob = { size: 150, arrayBuffer: async () => new Uint8Array(150).buffer };
  const camera = { state: 'live', grab: async () => ({ blob, at: clock.now }), still: async () => ({ blob, at: clock.now }) };
  const capture = new Capture({
    camera, send: (bytes) => { sent.push(unpackFrame(bytes)); return true; }, waiting: () => 0,
    clock: { now: () => clock.now, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout },
  });
  for (const type of ['taken', 'sending', 'result', 'given-up']) capture.addEventListener(type, () => events.push(type));
  return { clock, sent, events, camera, capture };
}

test('one preview is in flight; the next goes after its answer, or after 2 s', async () => {
  const { clock, sent, capture } = newCapture();
  capture.run('document-front');
  await clock.advance(1900);
  assert.equal(sent.length, 1);
  await clock.advance(200);
  assert.equal(sent.length, 2);
  capture.receive({ type: 'frame-result', seq: sent[1].seq });
  await clock.advance(200);
  assert.equal(sent.length, 3);
  assert.ok(sent[2].seq > sent[1].seq);
});

test('a still that is asked for stops previews until its result', async () => {
  const { clock, sent, events, capture } = newCapture();
  capture.run('document-front');
  await clock.advance(10);
  capture.receive({ type: 'capture-still', step: 'document-front', seq: 77, longSide: 2560, maxBytes: 1e6, partSize: 100 });
  await settle();
  assert.deepEqual(sent.slice(1).map(({ kind, seq, part, parts }) => [kind, seq, part, parts]), [[2, 77, 0, 2], [2, 77, 1, 2]]);
  capture.receive({ type: 'part-ack', seq: 77, part: 0 });
  capture.receive({ type: 'part-ack', seq: 77, part: 1 });
  await clock.advance(3000);
  assert.equal(sent.length, 3);
  capture.receive({ type: 'still-result', step: 'document-front', seq: 77, accepted: false });
  await clock.advance(300);
  assert.equal(sent[3].kind, 1);
  assert.deepEqual(events, ['taken', 'sending', 'sending', 'result']);
});

test('the same request again, after a reconnect, takes no second photo', async () => {
  const { events, sent, capture } = newCapture();
  const request = { type: 'capture-still', step: 'selfie', seq: 5, longSide: 2560, maxBytes: 1e6, partSize: 1000 };
  capture.run('selfie');
  capture.receive(request);
  await settle();
  capture.receive({ type: 'welcome' });
  capture.receive(request);
  await settle();
  assert.deepEqual(events, ['taken']);
  assert.equal(sent.filter((frame) => frame.kind === 2).length, 2, 'the part goes again');
});

test('the shutter sends a still marked as taken by hand', async () => {
  const { sent, capture } = newCapture();
  capture.run('selfie');
  capture.manual();
  await settle();
  const still = sent.find((frame) => frame.kind === 2);
  assert.equal(still.manual, true);
});

test('nothing is sent while paused, nor for a step that is over', async () => {
  const { clock, sent, capture } = newCapture();
  capture.pause(true);
  capture.run('selfie');
  await clock.advance(5000);
  assert.equal(sent.length, 0);
  capture.pause(false);
  await clock.advance(100);
  assert.equal(sent.length, 1);
  capture.run('');
  await clock.advance(5000);
  assert.equal(sent.length, 1);
});
