// The way without sockets: requests and event streams.
import assert from 'node:assert/strict';
import test from 'node:test';
import { start, welcome } from '../../test/connection.js';
import { json } from '../../test/fakes.js';

test('after 5 s without a socket a phone goes on by POST', async () => {
  const { browser, connection, messages } = start();
  browser.answer = async (url, init) => {
    const message = JSON.parse(init.body);
    return json({ messages: message.type === 'hello' ? [welcome(7)] : [] });
  };
  browser.socket.end(1006);
  await browser.clock.advance(5_000);
  assert.equal(connection.state, 'fallback');
  assert.equal(messages[0].type, 'welcome');
  connection.send({ type: 'choose-code', code: '41' });
  await browser.clock.advance(0);
  const last = browser.requests[browser.requests.length - 1];
  assert.equal(last.url, '/api/phone');
  assert.equal(last.headers['Visavis-Device'], 'secret');
  assert.equal(last.headers['Visavis-Rev'], '7');
  connection.sendBinary(new Uint8Array([1, 2, 3]));
  await browser.clock.advance(0);
  assert.equal(browser.requests[browser.requests.length - 1].headers['Content-Type'], 'application/octet-stream');
});

test('on HTTP the socket is tried every 30 s and taken back', async () => {
  const { browser, connection } = start();
  browser.answer = async () => json({ messages: [welcome()] });
  browser.socket.end(1006);
  await browser.clock.advance(5_000);
  const before = browser.sockets.length;
  await browser.clock.advance(30_000);
  assert.equal(browser.sockets.length, before + 1);
  browser.socket.open();
  browser.socket.receive(welcome());
  assert.equal(connection.state, 'open');
  const requests = browser.requests.length;
  await browser.clock.advance(8_000);
  assert.equal(browser.requests.length, requests, 'no more POST');
});

/** A phone that goes on by POST, whose third request and later ones answer when `release` is called. */
async function posting() {
  let count = 0;
  const of = start({ sign: async (/** @type {string} */ text) => `${++count}.${text}` });
  /** @type {Array<() => void>} */
  const held = [];
  of.browser.answer = async (_url, init) => {
    if (of.browser.requests.length > 2) {
      await new Promise((resolve, reject) => {
        held.push(() => resolve(undefined));
        init.signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    }
    return json({ messages: typeof init.body === 'string' && init.body.includes('"hello"') ? [welcome()] : [] });
  };
  of.browser.socket.end(1006);
  await of.browser.clock.advance(5_000);
  of.connection.send({ type: 'beat' });
  await of.browser.clock.advance(0);
  assert.equal(of.connection.state, 'fallback');
  return { ...of, release: () => held.splice(0).forEach((go) => go()) };
}

test('a phone without a socket says at once that its page goes, whatever still waits', async () => {
  const { browser, connection } = await posting();
  const before = browser.requests.length;
  connection.sendBinary(new Uint8Array(2000)); // a preview that is not answered
  connection.send({ type: 'beat' });
  browser.window.dispatchEvent(new Event('pagehide'));
  const last = browser.requests[browser.requests.length - 1]; // without a turn of the event loop: the page is gone
  assert.deepEqual(JSON.parse(last.body), { type: 'presence', state: 'asleep' });
  assert.match(last.headers['Visavis-Signature'], /^\d+\.\{"type":"presence"/);
  assert.equal(last.headers['Visavis-Device'], 'secret');
  assert.equal(last.keepalive, true);
  assert.ok(browser.requests.length > before);
});

/** Hides the page, or shows it again. */
function show(browser, state) {
  browser.document.visibilityState = state;
  browser.document.dispatchEvent(new Event('visibilitychange'));
}

/** What the page has said of its presence, in order. */
const presences = (browser) => browser.requests.map((one) => one.body)
  .filter((body) => typeof body === 'string' && body.includes('presence')).map((body) => JSON.parse(body).state);

test('a phone without a socket that is back says so after it has left', async () => {
  const { browser, release } = await posting();
  show(browser, 'hidden');
  show(browser, 'visible');
  await browser.clock.advance(0);
  assert.deepEqual(presences(browser), ['asleep']);
  release();
  await browser.clock.advance(0);
  assert.deepEqual(presences(browser), ['asleep', 'awake']);
});

test('a farewell that gets no answer holds a page that is back for 5 s', async () => {
  const { browser } = await posting();
  show(browser, 'hidden');
  show(browser, 'visible');
  await browser.clock.advance(4_999);
  assert.deepEqual(presences(browser), ['asleep']);
  await browser.clock.advance(1);
  assert.deepEqual(presences(browser), ['asleep', 'awake']);
});

test('each farewell has a proof of its own, newer than the texts that were posted before', async () => {
  const { browser, connection, release } = await posting();
  const settle = async () => { release(); await browser.clock.advance(0); release(); await browser.clock.advance(0); };
  const counts = () => browser.requests.map(({ headers }) => parseInt(headers['Visavis-Signature'] ?? '0', 10));
  await settle();
  for (let time = 0; time < 2; time++) {
    for (let i = 0; i < 9; i++) {
      connection.send({ type: 'beat' });
      await settle();
    }
    const most = Math.max(...counts());
    show(browser, 'hidden');
    assert.match(browser.requests.at(-1).body, /asleep/);
    assert.ok(counts().at(-1) > most, `${counts()}`);
    show(browser, 'visible');
    await settle();
  }
  const used = counts().filter(Boolean);
  assert.equal(new Set(used).size, used.length, 'no count twice');
});

test('messages of the fallback go one after another', async () => {
  const { browser, connection } = start();
  let open = 0;
  let most = 0;
  browser.answer = async () => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setImmediate(resolve));
    open--;
    return json({ messages: [] });
  };
  browser.socket.end(1006);
  await browser.clock.advance(5_000);
  for (let i = 0; i < 5; i++) connection.send({ type: 'beat' });
  await browser.clock.advance(0);
  assert.equal(most, 1);
  assert.ok(browser.requests.length >= 6);
});

test('without network the page says lost and comes back by either way', async () => {
  const { browser, connection } = start();
  browser.socket.end(1006);
  await browser.clock.advance(6_000);
  assert.equal(connection.state, 'lost');
  browser.answer = async () => json({ messages: [welcome()] });
  await browser.clock.advance(6_000);
  assert.equal(connection.state, 'fallback');
});

test('an answer with a final close code ends the fallback', async () => {
  const { browser, connection, states } = start();
  browser.answer = async () => json({ messages: [], error: { code: 'invalid-token', text: '' }, close: 4508 }, 403);
  browser.socket.end(1006);
  await browser.clock.advance(5_000);
  assert.equal(connection.state, 'final');
  assert.equal(states[states.length - 1].code, 4508);
});

test('a refusal at the door of the event stream is the error of the socket, and the end', async () => {
  const { browser, connection, states, messages } = start({ role: 'desktop' });
  let gone = false;
  browser.answer = async () => (gone
    ? json({ error: { code: 'no-enrolment', text: 'no enrolment of this login' } }, 404)
    : json({ messages: [welcome()] }));
  browser.socket.end(1006);
  await browser.clock.advance(5_000);
  assert.equal(connection.state, 'fallback');
  gone = true; // between the hello and the GET
  const source = browser.sources[browser.sources.length - 1];
  source.readyState = 2;
  source.onerror();
  await browser.clock.advance(0);
  assert.deepEqual(messages[messages.length - 1], { type: 'error', code: 'no-enrolment', text: 'no enrolment of this login' });
  assert.deepEqual(states[states.length - 1], { state: 'final', code: 4510 });
});

test('an error over HTTP reaches the page as a message', async () => {
  const { browser, messages } = start();
  browser.answer = async () => json({ error: { code: 'rate-limited', text: '' } }, 429);
  browser.socket.end(1006);
  await browser.clock.advance(5_000);
  assert.deepEqual(messages, [{ type: 'error', code: 'rate-limited', text: '' }]);
});

test('a desktop reads events, with its tab and the last rev', async () => {
  const { browser, connection, messages } = start({ role: 'desktop', secret: '' });
  browser.answer = async () => json({ messages: [welcome(5)] });
  browser.socket.end(1006);
  await browser.clock.advance(5_000);
  assert.equal(browser.requests[0].url, '/api/desktop?tab=tab1');
  assert.equal(browser.sources[0].url, '/api/desktop/state?since=5&tab=tab1');
  browser.sources[0].receive({ type: 'progress', rev: 6, state: 'scanned' });
  assert.equal(connection.rev, 6);
  assert.equal(messages[messages.length - 1].state, 'scanned');
  await browser.clock.advance(10_000);
  assert.equal(browser.requests.length, 1, 'events flow: nothing is asked');
});

test('a stream that is held back is replaced by asking every 2 s', async () => {
  const { browser } = start({ role: 'desktop', secret: '' });
  browser.answer = async () => json({ messages: [welcome(5)] });
  browser.socket.end(1006);
  await browser.clock.advance(5_000);
  await browser.clock.advance(5_000);
  assert.equal(browser.sources[0].readyState, 2);
  const before = browser.requests.length;
  await browser.clock.advance(6_000);
  assert.equal(browser.requests.length, before + 3);
});

test('a stream that stops in the middle is found out by a question', async () => {
  const { browser } = start({ role: 'desktop', secret: '' });
  browser.answer = async () => json({ messages: [welcome(5)] });
  browser.socket.end(1006);
  await browser.clock.advance(5_000);
  browser.sources[0].receive({ type: 'progress', rev: 5, state: 'waiting' });
  browser.answer = async () => json({ messages: [{ type: 'progress', rev: 9, state: 'paired' }] });
  await browser.clock.advance(15_000);
  assert.equal(browser.sources[0].readyState, 2);
});
