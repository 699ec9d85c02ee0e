// @ts-check
// How a page follows an enrolment, by whichever way there is.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ApiError } from '../lib/api.js';
import { Follower, POLL, SAFETY } from './follow.js';
import { setLanguage } from '../lib/i18n.js';
import { useWords } from '../../test/words.js';
import { fakeBrowser, json, settle } from '../../test/fakes.js';

globalThis.CustomEvent ??= /** @type {any} */ (class extends Event {
  /** @param {string} type @param {any} init */
  constructor(type, init) {
    super(type);
    this.detail = init?.detail;
  }
});
useWords();
afterEach(() => setLanguage('fr'));

const welcome = { type: 'welcome', role: 'desktop', site: 'Visavis', serverTime: 0 };
/** @param {number} rev @param {object} [more] */
const enrolment = (rev, more = {}) => ({ type: 'enrolment', view: { rev, ...more } });

/** A page that follows e1. @param {(path: string) => Promise<any>} get */
function follow(get) {
  const browser = /** @type {any} */ (fakeBrowser());
  const page = { browser, asked: 0, /** @type {any[]} */ heard: [], /** @type {Follower} */ one: /** @type {any} */ (null) };
  page.one = new Follower('e1', { environment: browser.environment, get: (path) => { page.asked++; return get(path); } });
  for (const type of ['view', 'link', 'refused']) {
    page.one.addEventListener(type, (event) => {
      const { detail } = /** @type {any} */ (event);
      page.heard.push([type, detail.rev ?? detail.status ?? detail]);
    });
  }
  page.one.start();
  return page;
}

/** The same, over a socket that is open. @param {(path: string) => Promise<any>} [get] */
async function connected(get = async () => ({ rev: 4 })) {
  const page = follow(get);
  await settle();
  page.browser.socket.open();
  page.browser.socket.receive(welcome);
  return page;
}

const down = async () => { throw new ApiError(0); };

test('the first answer, then what the socket brings; an older one is left', async () => {
  const { one, browser, heard } = await connected();
  const { socket } = browser;
  assert.equal(socket.url, 'wss://visavis.example/ws/desktop');
  assert.deepEqual(socket.sent, [{ type: 'hello', enrolment: 'e1', language: 'fr', rev: 4 }]);
  socket.receive(enrolment(6));
  socket.receive(enrolment(5));
  socket.receive(enrolment(6));
  one.stop();
  socket.receive(enrolment(9));
  assert.deepEqual(heard, [['view', 4], ['view', 6], ['view', 6]]);
  assert.equal(socket.closed.code, 1000);
  assert.equal(browser.clock.pending, 0);
});

test('the socket may be first, and brings the page up where asking fails', async () => {
  const { browser, heard } = follow(down);
  browser.socket.open();
  assert.deepEqual(browser.socket.sent, [{ type: 'hello', enrolment: 'e1', language: 'fr' }]);
  browser.socket.receive(welcome);
  browser.socket.receive(enrolment(1));
  await settle();
  assert.deepEqual(heard, [['view', 1]]);
});

test('over a socket nothing else is asked for, but once a minute', async () => {
  const page = await connected();
  await page.browser.clock.advance(SAFETY - 1);
  assert.equal(page.asked, 1);
  assert.deepEqual([page.browser.requests, page.browser.sources], [[], []]);
  await page.browser.clock.advance(1);
  assert.equal(page.asked, 2);
});

test('a socket that closes comes back and says the rev; meanwhile the page asks', async () => {
  let rev = 4;
  const { browser, heard } = await connected(async () => ({ rev }));
  browser.socket.receive(enrolment(6));
  rev = 7;
  browser.socket.end(4003);
  await browser.clock.advance(500);
  browser.socket.open();
  assert.equal(browser.sockets.length, 2);
  assert.deepEqual(browser.socket.sent, [{ type: 'hello', enrolment: 'e1', language: 'fr', rev: 6 }]);
  await browser.clock.advance(POLL);
  assert.deepEqual(heard, [['view', 4], ['view', 6], ['view', 7]]);
});

test('news that the socket did not bring show that it is dead', async () => {
  let rev = 4;
  const { browser, one } = await connected(async () => ({ rev }));
  one.take(/** @type {any} */ ({ rev: 5 })); // an action's own answer
  assert.equal(browser.sockets.length, 1);
  rev = 6;
  await browser.clock.advance(SAFETY);
  assert.equal(browser.sockets.length, 2);
});

test('blocked sockets: events after five seconds, in the page’s language', async () => {
  setLanguage('en');
  const page = follow(async () => ({ rev: 4 }));
  page.browser.answer = async (/** @type {string} */ url, /** @type {any} */ init) => {
    assert.equal(url, '/api/desktop?tab=');
    assert.deepEqual(JSON.parse(init.body), { type: 'hello', enrolment: 'e1', language: 'en', rev: 4 });
    return json({ messages: [welcome, enrolment(5)] });
  };
  page.browser.socket.end(1006);
  await page.browser.clock.advance(5_000);
  const [source] = page.browser.sources;
  assert.equal(source.url, '/api/desktop/state?since=5&tab=&enrolment=e1&language=en');
  source.receive(enrolment(6));
  const { asked } = page;
  await page.browser.clock.advance(2 * POLL);
  assert.equal(page.asked, asked, 'events flow: nothing is asked');
  assert.deepEqual(page.heard.at(-1), ['view', 6]);
  page.one.stop();
  assert.equal(source.readyState, 2);
});

test('blocked sockets and events that are held back: asked every 2 s', async () => {
  const { browser, heard } = follow(async () => ({ rev: 4 }));
  let rev = 4;
  browser.answer = async () => json({ messages: [enrolment(rev)] });
  browser.socket.end(1006);
  await browser.clock.advance(10_000);
  rev = 8;
  await browser.clock.advance(2_000);
  assert.deepEqual(heard.at(-1), ['view', 8]);
});

test('lost after two unanswered questions, found again', async () => {
  let rev = 1;
  let get = async () => ({ rev: rev++ });
  const { browser, heard } = follow(() => get());
  await settle();
  get = down;
  browser.socket.end(1006);
  await browser.clock.advance(2 * POLL);
  get = async () => ({ rev: rev++ });
  await browser.clock.advance(POLL);
  assert.deepEqual(heard, [['view', 1], ['link', 'lost'], ['view', 2], ['link', 'open']]);
});

test('a page that gets no first answer says so at once', async () => {
  const { heard } = follow(down);
  await settle();
  assert.deepEqual(heard, [['link', 'lost']]);
});

test('a final close is explained by an answer, and ends it', async () => {
  let get = async () => ({ rev: 4 });
  const { browser, heard } = await connected(() => get());
  get = async () => { throw new ApiError(404); };
  browser.socket.receive({ type: 'error', code: 'no-enrolment', text: '' });
  browser.socket.end(4510);
  await settle();
  assert.deepEqual(heard, [['view', 4], ['refused', 404]]);
  assert.equal(browser.clock.pending, 0);
});

test('a server that takes no such socket is asked', async () => {
  let rev = 4;
  const { browser, heard } = await connected(async () => ({ rev: rev++ }));
  browser.socket.end(4504);
  await browser.clock.advance(2 * POLL);
  assert.deepEqual(heard.map(([, what]) => what), [4, 5, 6, 7]);
});

test('after a cancellation nothing more is asked: it is gone', async () => {
  const { browser, heard } = await connected();
  browser.socket.receive(enrolment(5, { state: 'cancelled' }));
  browser.socket.end(4510);
  await browser.clock.advance(SAFETY);
  assert.deepEqual(heard, [['view', 4], ['view', 5]]);
  assert.equal(browser.clock.pending, 0);
});

test('another language begins again in it', async () => {
  const { browser, one, heard } = await connected();
  setLanguage('en');
  one.restart();
  await settle();
  browser.socket.open();
  assert.equal(browser.socket.sent[0].language, 'en');
  assert.deepEqual(heard, [['view', 4], ['view', 4]]);
  one.stop();
  one.restart();
  assert.equal(browser.sockets.length, 2, 'what was stopped stays so');
});
