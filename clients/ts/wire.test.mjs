// The vectors of the wire: protocol/testdata/frames.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { final, packFrame } from './dist/index.js';

const vectors = new URL('../../protocol/testdata/frames/', import.meta.url);

const bytes = (text) => new Uint8Array(Buffer.from(text ?? '', 'base64'));

test('frames are packed as the vectors say', () => {
  const names = readdirSync(vectors).filter((name) => name.endsWith('.json') && !name.startsWith('bad-'));
  assert.ok(names.length > 4);
  for (const name of names) {
    const want = JSON.parse(readFileSync(new URL(name, vectors), 'utf8'));
    const packed = packFrame({ ...want, kind: want.kind === 'preview' ? 1 : 2, data: bytes(want.data), signature: bytes(want.signature) });
    assert.deepEqual(Buffer.from(packed), readFileSync(new URL(name.replace('.json', '.bin'), vectors)), name);
  }
});

test('what is no frame is not packed', () => {
  const frame = { kind: 1, step: 'selfie', seq: 1, capturedAt: 0, data: new Uint8Array(1) };
  for (const wrong of [{ step: 'sole' }, { part: 1 }, { nonce: '00' }, { kind: 2, nonce: '0'.repeat(32) }, { signature: new Uint8Array(63) }]) {
    assert.throws(() => packFrame({ ...frame, ...wrong }), RangeError);
  }
});

test('close codes say whether to come back', () => {
  assert.deepEqual([0, 1000, 1001, 1009, 4003, 4499, 4500, 4510].map(final), [false, true, false, true, false, false, true, true]);
});
