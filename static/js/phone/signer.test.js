import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import { Signer } from './signer.js';
import { PREVIEW, STILL, packFrame } from '../wire/protocol.js';
import { unpackFrame } from '../../test/frame.js';

const { subtle } = webcrypto;
const DEVICE = 'D'.repeat(43);
const bytesOf = (text) => new Uint8Array(Buffer.from(text, 'base64url'));

const memory = () => {
  const map = new Map();
  return { map, getItem: (k) => map.get(k) ?? null, setItem: (k, v) => map.set(k, v), removeItem: (k) => map.delete(k) };
};
const keyStore = () => {
  const store = { kept: undefined, get: async () => store.kept, put: async (kept) => { store.kept = kept ?? undefined; } };
  return store;
};
const make = (parts = {}) => new Signer({ keys: keyStore(), counts: memory(), subtle, ...parts });

/** Whether a signature is of this public key, use and content. */
async function verifies(signingKey, use, signature, content) {
  const key = await subtle.importKey('raw', bytesOf(signingKey), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  const whole = Buffer.concat([Buffer.from(`visavis.v1 ${use}\n`), content]);
  return subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, whole);
}

test('a claim brings a key that no script can read, and proves it', async () => {
  const keys = keyStore();
  const { signingKey, proof } = await make({ keys }).claim(DEVICE);
  assert.equal(bytesOf(signingKey).length, 65);
  assert.equal(await verifies(signingKey, 'claim', bytesOf(proof.signature), Buffer.from(String(proof.count))), true);
  assert.equal(keys.kept.key.extractable, false);
  await assert.rejects(subtle.exportKey('jwk', keys.kept.key));
  assert.ok(!JSON.stringify(keys.kept.of).includes(DEVICE), 'the whole secret is not beside the key');
});

test('a page that was loaded again proves itself with the same key, and with a count that grows', async () => {
  const keys = keyStore();
  const counts = memory();
  const { signingKey, proof: first } = await make({ keys, counts }).claim(DEVICE);
  counts.setItem('visavis-count', '9999999999999'); // a clock that was ahead
  const reloaded = make({ keys, counts });
  const { deviceSecret, proof } = await reloaded.hello({ deviceSecret: DEVICE });
  assert.equal(deviceSecret, DEVICE);
  assert.equal(proof.count, 10_000_000_000_000);
  assert.ok(proof.count > first.count);
  assert.equal(await verifies(signingKey, 'hello', bytesOf(proof.signature), Buffer.from(String(proof.count))), true);
  assert.equal((await reloaded.claim(DEVICE)).signingKey, signingKey, 'a repeated claim');
  assert.notEqual((await reloaded.claim('E'.repeat(43))).signingKey, signingKey, 'another claim');
});

test('frames and posted texts are signed once the server has the key', async () => {
  const signer = make();
  const { signingKey } = await signer.claim(DEVICE);
  assert.equal(await signer.post('{"type":"beat"}'), '');
  signer.on = true;
  const posted = (await signer.post('{"type":"beat"}')).split('.');
  assert.equal(await verifies(signingKey, 'post', bytesOf(posted[1]), Buffer.from(`${posted[0]}\n{"type":"beat"}`)), true);
  const again = (await signer.post('{"type":"beat"}')).split('.');
  assert.ok(Number(again[0]) > Number(posted[0]), 'the same text is another proof');
  const data = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
  for (const frame of [
    { kind: PREVIEW, step: 'selfie', seq: 1, capturedAt: 5, nonce: '0'.repeat(32), data }, { kind: STILL, step: 'selfie', seq: 2, capturedAt: 5, data },
  ]) {
    const signed = await signer.frame(packFrame(frame));
    const { signature, ...said } = unpackFrame(signed);
    assert.deepEqual(said.data, data);
    assert.equal(said.nonce, frame.nonce);
    const at = signed.length - data.length - 64;
    const content = Buffer.concat([signed.subarray(0, at), data]);
    assert.equal(await verifies(signingKey, 'frame', signature, content), true);
  }
});

test('what this page signs is what the vectors of the wire have signed', async () => {
  const wire = new URL('../../../protocol/testdata/', import.meta.url);
  const { signingKey, proof } = JSON.parse(readFileSync(new URL('messages/claim.signed.json', wire), 'utf8'));
  assert.equal(await verifies(signingKey, 'claim', bytesOf(proof.signature), Buffer.from(String(proof.count))), true);
  const packed = new Uint8Array(readFileSync(new URL('frames/preview-signed.bin', wire)));
  const { signature, data } = unpackFrame(packed);
  const content = Buffer.concat([packed.subarray(0, packed.length - data.length - 64), data]);
  assert.equal(await verifies(signingKey, 'frame', signature, content), true);
});

for (const [name, parts] of Object.entries({
  'has no cryptography': { subtle: undefined },
  'refuses to keep keys': { keys: { get: async () => undefined, put: () => Promise.reject(new Error('private mode')) } },
  'forgets what it keeps': { keys: { get: async () => undefined, put: async () => {} } },
})) {
  test(`a browser that ${name} claims without a key`, async () => {
    const signer = make(parts);
    assert.deepEqual(await signer.claim(DEVICE), {});
    assert.deepEqual(await signer.hello({ deviceSecret: DEVICE }), { deviceSecret: DEVICE });
    const frame = packFrame({ kind: STILL, step: 'selfie', seq: 2, capturedAt: 5, data: Uint8Array.of(1) });
    assert.deepEqual(await signer.frame(frame.slice()), frame);
  });
}

test('a key store that never answers delays a claim by a second and a half', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const claim = make({ keys: { get: () => new Promise(() => {}), put: async () => {} } }).claim(DEVICE);
  let answered = false;
  void claim.then(() => { answered = true; });
  for (let i = 0; i < 200 && !answered; i++) {
    t.mock.timers.tick(1_500);
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  assert.deepEqual(await claim, {});
});

test('a signature is waited for: a page that slept meanwhile sends nothing unsigned', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let wake = () => {};
  const awake = () => new Promise((resolve) => { wake = resolve; });
  let asleep = Promise.resolve();
  const signer = make({ subtle: {
    generateKey: (...of) => subtle.generateKey(...of),
    exportKey: (...of) => subtle.exportKey(...of),
    sign: (...of) => asleep.then(() => subtle.sign(...of)),
  } });
  await signer.claim(DEVICE);
  signer.on = true;
  asleep = awake();
  const sent = [signer.post('{"type":"presence"}'), signer.frame(packFrame({
    kind: STILL, step: 'selfie', seq: 2, capturedAt: 5, data: Uint8Array.of(1),
  })), signer.hello({ deviceSecret: DEVICE })];
  t.mock.timers.tick(60_000);
  wake();
  const [posted, framed, hello] = await Promise.all(sent);
  assert.equal(bytesOf(posted.split('.')[1]).length, 64);
  assert.equal(unpackFrame(framed).signature?.length, 64);
  assert.ok(hello.proof);
});

test('a key store that is slow to answer is waited for where the server wants a proof', async (t) => {
  const keys = keyStore();
  const counts = memory();
  await make({ keys, counts }).claim(DEVICE);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let answer = () => {};
  const slow = new Promise((resolve) => { answer = resolve; });
  const hello = make({ counts, keys: { ...keys, get: () => slow } }).hello({ deviceSecret: DEVICE });
  t.mock.timers.tick(60_000);
  answer(keys.kept);
  assert.ok((await hello).proof);

  const lost = make({ counts, keys: { ...keys, get: async () => undefined, put: async () => {} } });
  assert.deepEqual(await lost.claim('E'.repeat(43)), {});
  assert.equal(counts.map.size, 0, 'after a claim without a key nothing is waited for');
});

test('nothing of the key stays after the end', async () => {
  const keys = keyStore();
  const counts = memory();
  const signer = make({ keys, counts });
  await signer.claim(DEVICE);
  signer.forget();
  assert.equal(keys.kept, undefined);
  assert.equal(counts.map.size, 0);
  assert.deepEqual(await signer.hello({ deviceSecret: DEVICE }), { deviceSecret: DEVICE });
});
