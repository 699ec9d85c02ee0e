import assert from 'node:assert/strict';
import test from 'node:test';
import { Connection } from './connection.js';
import { opened, start, welcome } from '../../test/connection.js';
import { fakeBrowser, json } from '../../test/fakes.js';

test('the hello goes first, and the first answer opens the connection', () => {
  const { browser, connection } = start();
  assert.equal(browser.socket.url, 'wss://visavis.example/ws/phone');
  assert.equal(browser.socket.subprotocol, 'visavis.v1');
  assert.equal(connection.send({ type: 'claim' }), false);
  browser.socket.open();
  assert.deepEqual(browser.socket.sent, [{ type: 'hello', deviceSecret: 'secret' }]);
  assert.equal(connection.state, 'connecting');
  browser.socket.receive(welcome());
  assert.equal(connection.state, 'open');
  assert.equal(connection.send({ type: 'claim' }), true);
});

test('a lost connection comes back after growing delays and says the last rev', async () => {
  const { browser, connection } = opened();
  const delays = [];
  for (let i = 0; i < 7; i++) {
    const before = browser.clock.now;
    const count = browser.sockets.length;
    browser.socket.end(1006);
    assert.equal(connection.state, 'lost');
    while (browser.sockets.length === count) await browser.clock.advance(100);
    delays.push(browser.clock.now - before);
  }
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 15000, 15000]);
  browser.socket.open();
  assert.deepEqual(browser.socket.sent, [{ type: 'hello', rev: 3, deviceSecret: 'secret' }]);
  browser.socket.receive(welcome(4));
  assert.equal(connection.state, 'open');
  assert.equal(connection.rev, 4);
});

test('the delay is random from nothing to its ceiling', async () => {
  const { browser } = opened();
  browser.environment.random = () => 0.1;
  browser.socket.end(1006);
  await browser.clock.advance(50);
  assert.equal(browser.sockets.length, 2);
});

for (const code of [4500, 4501, 4506, 4509, 4999]) {
  test(`close code ${code} is final`, async () => {
    const { browser, connection, states } = opened();
    browser.socket.end(code);
    assert.equal(connection.state, 'final');
    assert.deepEqual(states[states.length - 1], { state: 'final', code });
    await browser.clock.advance(120_000);
    assert.equal(browser.sockets.length, 1);
    assert.equal(browser.clock.pending, 0);
  });
}

for (const code of [1001, 1006, 1012, 4000, 4003, 4499]) {
  test(`close code ${code} comes back`, async () => {
    const { browser } = opened();
    browser.socket.end(code);
    await browser.clock.advance(501);
    assert.equal(browser.sockets.length, 2);
  });
}

test('after a final answer the page may begin again', () => {
  const { browser, connection } = opened();
  browser.socket.end(4506);
  connection.start();
  assert.equal(browser.sockets.length, 2);
  assert.equal(connection.state, 'connecting');
});

test('stop closes the socket and leaves no timer', () => {
  const { browser, connection } = opened();
  connection.stop();
  assert.equal(browser.socket.closed.code, 1000);
  assert.equal(browser.clock.pending, 0);
});

test('a phone beats every 4 s, a desktop does not', async () => {
  const phone = opened();
  await phone.browser.clock.advance(12_000);
  assert.deepEqual(phone.browser.socket.sent.slice(1), [{ type: 'beat' }, { type: 'beat' }, { type: 'beat' }]);
  const desktop = opened({ role: 'desktop' });
  await desktop.browser.clock.advance(12_000);
  assert.equal(desktop.browser.socket.sent.length, 1);
});

test('a phone that has claimed nothing does not beat', async () => {
  const { browser } = opened({ secret: '' });
  await browser.clock.advance(12_000);
  assert.equal(browser.socket.sent.length, 1);
});

test('a hidden phone says so, and after a while distrusts its socket', async () => {
  const { browser, connection } = opened();
  const first = browser.socket;
  browser.document.visibilityState = 'hidden';
  browser.document.dispatchEvent(new Event('visibilitychange'));
  assert.deepEqual(first.sent[1], { type: 'presence', state: 'asleep' });
  browser.clock.now += 9_000;
  browser.document.visibilityState = 'visible';
  browser.document.dispatchEvent(new Event('visibilitychange'));
  assert.ok(first.closed, 'the old socket is closed');
  assert.equal(browser.sockets.length, 2);
  assert.equal(connection.state, 'lost');
});

test('a short look away keeps the socket', () => {
  const { browser, connection } = opened();
  browser.document.visibilityState = 'hidden';
  browser.document.dispatchEvent(new Event('visibilitychange'));
  browser.clock.now += 2_000;
  browser.document.visibilityState = 'visible';
  browser.document.dispatchEvent(new Event('visibilitychange'));
  assert.equal(connection.state, 'open');
  assert.deepEqual(browser.socket.sent.slice(1), [
    { type: 'presence', state: 'asleep' }, { type: 'presence', state: 'awake' },
  ]);
});

test('a refused camera is told by whoever has claimed', () => {
  const { browser, connection } = opened();
  connection.presence('awake', 'denied');
  assert.deepEqual(browser.socket.sent[1], { type: 'presence', state: 'awake', camera: 'denied' });
  const stranger = opened({ secret: '' });
  stranger.connection.presence('awake', 'denied');
  assert.equal(stranger.browser.socket.sent.length, 1);
});

test('back online, the socket is replaced at once', () => {
  const { browser } = opened();
  browser.window.dispatchEvent(new Event('offline'));
  browser.window.dispatchEvent(new Event('online'));
  assert.equal(browser.sockets.length, 2);
});

test('a socket from which nothing leaves any more is replaced', async () => {
  const { browser } = opened();
  // What is given stays: each beat adds to what waits.
  Object.defineProperty(browser.socket, 'bufferedAmount', {
    get() { return this.sent.slice(1).reduce((sum, one) => sum + JSON.stringify(one).length, 0); },
  });
  await browser.clock.advance(20_000);
  assert.equal(browser.sockets.length, 2);
});

test('a slow socket from which bytes still leave is kept', async () => {
  const { browser, connection } = opened();
  Object.defineProperty(browser.socket, 'bufferedAmount', { get() { return 5; } });
  for (let i = 0; i < 20; i++) {
    connection.sendBinary(new Uint8Array(1000));
    await browser.clock.advance(4_000);
  }
  assert.equal(browser.sockets.length, 1);
});

test('an idle phone keeps its socket', async () => {
  const { browser } = opened();
  await browser.clock.advance(120_000);
  assert.equal(browser.sockets.length, 1);
});

test('a hello that takes a moment goes to the socket that asked for it, and a posted text has its signature', async () => {
  const browser = fakeBrowser();
  /** @type {Array<(fields: object) => void>} */
  const asked = [];
  const connection = new Connection({
    role: 'phone', hello: () => new Promise((resolve) => { asked.push(resolve); }), device: () => 'secret', tab: '',
    sign: async (text) => `signed ${JSON.parse(text).type}`,
  }, browser.environment);
  connection.start();
  const first = browser.socket;
  first.open();
  assert.deepEqual(first.sent, []);
  first.end(1006);
  await browser.clock.advance(501);
  browser.socket.open();
  asked[0]({ deviceSecret: 'old' });
  asked[1]({ deviceSecret: 'new' });
  await Promise.resolve();
  assert.deepEqual(first.sent, []);
  assert.deepEqual(browser.socket.sent, [{ type: 'hello', deviceSecret: 'new' }]);
  browser.answer = async () => json({ messages: [welcome()] });
  await browser.clock.advance(5_001);
  asked[asked.length - 1]({ deviceSecret: 'new' });
  await browser.clock.advance(1);
  assert.equal(connection.state, 'fallback');
  assert.equal(browser.requests.at(-1).headers['Visavis-Signature'], 'signed hello');
});
