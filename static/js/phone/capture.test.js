import test from 'node:test';
import assert from 'node:assert/strict';
import { Capture } from './capture.js';
import { unpackFrame } from '../../test/frame.js';
import { FakeClock } from '../../test/fakes.js';

test('a preview carries the nonce that was known before it was taken', async () => {
  const clock = new FakeClock();
  const sent = [];
  let grabbed = () => {};
  const blob = { size: 150, arrayBuffer: async () => new Uint8Array(150).buffer };
  const capture = new Capture({
    camera: { state: 'live', grab: async () => { grabbed(); return { blob, at: clock.now }; } },
    send: (bytes) => { sent.push(unpackFrame(bytes)); return true; }, waiting: () => 0,
    clock: { now: () => clock.now, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout },
  });
  capture.run('selfie');
  await clock.advance(10);
  assert.equal(sent[0].nonce, undefined);
  const nonce = '00ff'.repeat(8);
  grabbed = () => capture.receive({ type: 'challenge', kind: 'gesture', nonce });
  capture.receive({ type: 'frame-result', seq: sent[0].seq });
  await clock.advance(500);
  assert.equal(sent[1].nonce, undefined, 'this one was taken before');
  capture.receive({ type: 'frame-result', seq: sent[1].seq });
  await clock.advance(500);
  assert.equal(sent[2].nonce, nonce);
});
