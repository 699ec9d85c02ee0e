import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { askSize } from './camera-resize.js';

const given = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
const browser = (able) => Object.defineProperty(globalThis, 'navigator',
  { value: { mediaDevices: { getSupportedConstraints: () => able } }, configurable: true, writable: true });

beforeEach(() => {
  browser({ resizeMode: true });
});
afterEach(() => {
  if (given) Object.defineProperty(globalThis, 'navigator', given);
  else delete globalThis.navigator; // older ones have none
});

/** A video of this size. */
function shown(width, height) {
  return Object.assign(new EventTarget(), { videoWidth: width, videoHeight: height });
}

/** A track that answers a constraint as the test says. */
function track(answer, settings = { width: 640, height: 480 }) {
  const asked = [];
  return { asked, getSettings: () => settings, applyConstraints: (wanted) => { asked.push(wanted); return answer(); } };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a camera that has the size: what is reported, shown, and how long it took', async () => {
  const video = shown(1920, 1080);
  const camera = track(async () => {});
  const asking = askSize(camera, video);
  await turn();
  Object.assign(video, { videoWidth: 1280, videoHeight: 720 });
  video.dispatchEvent(new Event('resize')); // another size is no answer
  await turn();
  Object.assign(video, { videoWidth: 480, videoHeight: 640 }); // held upright
  video.dispatchEvent(new Event('resize'));
  const { took, ...rest } = await asking;
  assert.deepEqual(rest, { width: 640, height: 480, reportedWidth: 640, reportedHeight: 480, shownWidth: 480, shownHeight: 640 });
  assert.ok(took >= 1);
  assert.deepEqual(camera.asked, [{ width: { exact: 640 }, height: { exact: 480 }, resizeMode: { exact: 'none' } }]);
});

test('a camera that has no such size refuses; one that does not start again says nothing', async () => {
  const refusing = (constraint) => track(async () => { throw Object.assign(new Error(), { name: 'OverconstrainedError', constraint }); });
  assert.deepEqual(await askSize(refusing('width'), shown(1280, 720)), { width: 640, height: 480, refused: true });
  assert.equal(await askSize(refusing(''), shown(1280, 720)), null);
  assert.equal(await askSize(track(() => { throw new TypeError('no such method'); }), shown(1280, 720)), null);
});

test('a size that is granted at once and never shown', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(performance, 'now', () => 0);
  const asking = askSize(track(async () => {}, { width: 1280, height: 720 }), shown(1280, 720));
  await turn();
  t.mock.timers.tick(600);
  assert.deepEqual(await asking, {
    width: 640, height: 480, reportedWidth: 1280, reportedHeight: 720, shownWidth: 1280, shownHeight: 720,
  });
});

test('of a size that a slow camera granted and did not show in time nothing is said', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const asking = askSize(track(async () => { now = 200; }), shown(1280, 720));
  await turn();
  t.mock.timers.tick(600);
  assert.equal(await asking, null);
});

test('without an answer in time nothing is said, nor where a browser cannot ask', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asking = askSize(track(() => new Promise(() => {})), shown(1280, 720));
  await turn();
  t.mock.timers.tick(600);
  assert.equal(await asking, null);
  const never = track(async () => {});
  assert.equal(await askSize(never, shown(640, 480)), null, 'it shows that size already');
  browser({ width: true });
  assert.equal(await askSize(never, shown(1280, 720)), null, 'no word for "do not scale"');
  assert.equal(never.asked.length, 0);
});
