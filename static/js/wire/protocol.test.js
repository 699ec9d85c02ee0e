import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import * as protocol from './protocol.js';
import { unpackFrame } from '../../test/frame.js';

const wire = new URL('../../../protocol/', import.meta.url);
const frames = new URL('testdata/frames/', wire);
const messages = new URL('testdata/messages/', wire);
const read = (url) => readFileSync(url, 'utf8');
const goSource = readdirSync(wire).filter((name) => name.endsWith('.go')).map((name) => read(new URL(name, wire))).join('\n');

const names = (folder, ending) => {
  const found = readdirSync(folder).filter((name) => name.endsWith(ending));
  assert.ok(found.length > 0, `no vectors in ${folder.pathname}`);
  return found.map((name) => name.slice(0, -ending.length));
};

for (const name of names(frames, '.bin')) {
  test(`frame vector ${name}`, () => {
    const bytes = new Uint8Array(readFileSync(new URL(`${name}.bin`, frames)));
    const want = JSON.parse(read(new URL(`${name}.json`, frames)));
    if (want.error) {
      assert.throws(() => unpackFrame(bytes), (error) => error.code === want.error);
      return;
    }
    const frame = unpackFrame(bytes);
    assert.equal(frame.kind, want.kind === 'still' ? protocol.STILL : protocol.PREVIEW);
    assert.equal(frame.step, want.step);
    assert.equal(frame.manual, Boolean(want.manual));
    assert.equal(frame.seq, want.seq);
    assert.equal(frame.part, want.part ?? 0);
    assert.equal(frame.parts, want.parts);
    assert.equal(frame.nonce, want.nonce);
    assert.equal(frame.signature && Buffer.from(frame.signature).toString('base64'), want.signature);
    assert.deepEqual(protocol.packFrame(frame), bytes);
  });
}

for (const name of names(messages, '.json')) {
  test(`message vector ${name} has a known type`, () => {
    const message = protocol.decodeMessage(read(new URL(`${name}.json`, messages)));
    assert.ok(message, 'it decodes');
    const known = [...Object.values(protocol.OUTGOING), ...Object.values(protocol.INCOMING)];
    assert.ok(known.includes(message.type), message.type);
  });
}

/** The values of a group of Go constants by the start of their names. */
const goValues = (start, type = '') => {
  const pattern = new RegExp(`^\\t${start}\\w+\\s+${type}\\s*= "?([\\w-]+)"?`, 'gm');
  const found = [...goSource.matchAll(pattern)].map((match) => match[1]);
  assert.ok(found.length > 0, `no ${start} in the Go source`);
  return found.sort();
};

const mirrors = [
  ['Type', 'Type', { ...protocol.OUTGOING, ...protocol.INCOMING }],
  ['Close', 'CloseCode', protocol.CLOSE],
  ['Code', '', protocol.CODE],
  ['State', '', protocol.STATE],
  ['Reason', '', protocol.REASON],
  ['Notice', '', protocol.NOTICE],
];

for (const [start, type, mirror] of mirrors) {
  test(`every ${start} constant of Go stands in protocol.js`, () => {
    assert.deepEqual(Object.values(mirror).map(String).sort(), goValues(start, type));
  });
}

test('close codes below 4500 come back, the others are final', () => {
  assert.equal(protocol.retries(1006), true);
  assert.equal(protocol.retries(4499), true);
  assert.equal(protocol.retries(4500), false);
});

test('text that is no message is undefined', () => {
  for (const text of ['', '{', '[]', '"hello"', '{"type":1}', 'null']) {
    assert.equal(protocol.decodeMessage(text), undefined, text);
  }
});

test('a nonce that is none, or goes with a still, is not packed', () => {
  const frame = { kind: protocol.PREVIEW, step: 'selfie', seq: 1, capturedAt: 0, data: new Uint8Array(1) };
  for (const nonce of ['00', 'g'.repeat(32), 'A'.repeat(32)])
    assert.throws(() => protocol.packFrame({ ...frame, nonce }), protocol.FrameError);
  const nonce = '0'.repeat(32);
  assert.equal(protocol.packFrame({ ...frame, nonce }).length, protocol.HEADER_SIZE + protocol.NONCE_SIZE + 1);
  assert.throws(() => protocol.packFrame({ ...frame, kind: protocol.STILL, nonce }), protocol.FrameError);
});

test('a frame of an unknown step is not packed', () => {
  const frame = { kind: protocol.PREVIEW, step: 'hat', seq: 1, capturedAt: 0, data: new Uint8Array(1) };
  assert.throws(() => protocol.packFrame(frame), protocol.FrameError);
});
