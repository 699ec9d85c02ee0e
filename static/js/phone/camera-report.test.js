import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { brightness, facts, FrameWatch, LEAST, printOf } from './camera-report.js';

afterEach(() => { delete globalThis.document; });

const track = (settings, capabilities, label = 'Back Camera') => ({ label, getSettings: () => settings, getCapabilities: () => capabilities });
const size = { width: 1080, height: 1920 };

test('what a browser says of a phone', () => {
  const told = facts('environment', track({ facingMode: 'environment', width: 1920, height: 1080, frameRate: 29.97 },
    { width: { max: 4032 }, height: { max: 3024 }, zoom: { max: 4 }, torch: true, whiteBalanceMode: [] }), size);
  assert.deepEqual(told, {
    facing: 'environment', label: 'Back Camera', width: 1080, height: 1920, reportedFacing: 'environment',
    reportedWidth: 1920, reportedHeight: 1080, reportedRate: 29.97, maxWidth: 4032, maxHeight: 3024,
    able: ['height', 'torch', 'whiteBalanceMode', 'width', 'zoom'],
  });
});

test('what a browser does not say is left out', () => {
  const told = facts('user', { label: 'x'.repeat(300) }, size);
  assert.deepEqual(Object.keys(told).sort(), ['able', 'facing', 'height', 'label', 'width']);
  assert.ok(new TextEncoder().encode(told.label).length <= 200 && told.able.length === 0);
  assert.ok(!facts('user', track({}, { torch: false }), size).able.includes('torch'), 'a torch that is not there');
});

/** A video that shows these pictures, each a grey level of its noise, at these times. */
function video(pictures, times) {
  let at = 0;
  globalThis.document = { createElement: () => ({ getContext: () => ({
    drawImage() {},
    getImageData: () => ({ data: Uint8ClampedArray.from({ length: 400 }, (_, i) => (i < 4 ? 10 : 200 + pictures[at])) }),
  }) }) };
  return { videoWidth: 640, videoHeight: 480, requestVideoFrameCallback(run) {
    queueMicrotask(() => { run(0, { captureTime: times?.[at % times.length] }); at = (at + 1) % pictures.length; });
  } };
}

test('frames are counted and timed', async () => {
  const seen = await new FrameWatch(video([1, 1, 2, 3], [1000, 1033.4, 1066.71119, 1100])).seen;
  assert.equal(seen.frames, 60);
  assert.equal(seen.distinct, 3);
  assert.deepEqual(seen.times.slice(0, 3), [0, 33.4, 66.711]);
  assert.equal(seen.luma.length, 60);
  assert.deepEqual(seen.luma.slice(0, 3), [199.1, 199.1, 200.1]); // 99 pixels of 201 or 202 and one of 10
});

test('a look that ends early tells what it saw; a still ends it only once that tells something', async () => {
  /** @type {Function[]} */ const waiting = [];
  const slow = { ...video([1, 2], [1000, 1033]), requestVideoFrameCallback(run) { waiting.push(run); } };
  const watch = new FrameWatch(slow);
  for (let i = 0; i < LEAST - 1; i++) waiting.shift()(0, { captureTime: 1000 + 33 * i });
  watch.end(LEAST);
  assert.equal(waiting.length, 1, 'the look goes on');
  waiting.shift()(0, { captureTime: 1000 + 33 * (LEAST - 1) });
  watch.end(LEAST);
  const seen = await watch.seen;
  assert.equal(seen.frames, LEAST);
  assert.equal(seen.times.length, LEAST);
  waiting.shift()(0, { captureTime: 9000 });
  assert.equal(waiting.length, 0, 'no frame is asked for after the end');
  const closed = new FrameWatch(slow);
  closed.end();
  assert.deepEqual(await closed.seen, {});
});

test('without the camera’s clock there are no times, without frame callbacks nothing', async () => {
  assert.equal((await new FrameWatch(video([1, 2])).seen).times, undefined);
  assert.deepEqual(await new FrameWatch({ videoWidth: 640 }).seen, {});
});

test('the brightness of a picture is that of its green', () => {
  assert.equal(brightness(Uint8ClampedArray.from([0, 10, 255, 255, 0, 11, 255, 255])), 10.5);
  assert.equal(brightness(new Uint8ClampedArray(400)), 0);
});

test('a black or burnt-out picture has no print, a changed bit has another', () => {
  assert.equal(printOf(new Uint8ClampedArray(400).fill(255)), '');
  const a = Uint8ClampedArray.from({ length: 400 }, (_, i) => i % 251);
  const b = Uint8ClampedArray.from(a);
  b[398] ^= 1;
  assert.equal(printOf(a), printOf(Uint8ClampedArray.from(a)));
  assert.notEqual(printOf(a), printOf(b));
});
