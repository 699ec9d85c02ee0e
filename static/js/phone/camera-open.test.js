import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { failureReason, open, others, sizes } from './camera-open.js';

const real = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
afterEach(() => { if (real) Object.defineProperty(globalThis, 'navigator', real); });

const device = (deviceId, label, kind = 'videoinput') => ({ deviceId, label, kind });
const busy = Object.assign(new Error('in use'), { name: 'NotReadableError' });

/** A phone whose cameras start or fail by their id; '' is what facingMode picks. It is too weak for 4K unless it says else. */
function phone(devices, failing, error = busy, strength = { deviceMemory: 2 }) {
  const asked = [];
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { ...strength, mediaDevices: {
    enumerateDevices: async () => devices,
    getUserMedia: async ({ video }) => {
      const id = video.deviceId?.exact ?? '';
      asked.push(id);
      if (failing.includes(id) || failing.includes(video.width.ideal)) throw error;
      return strength.deviceMemory === 2 ? { id } : { id, width: video.width.ideal };
    },
  } } });
  return asked;
}

test('the next back camera is tried by itself when the picked one cannot start', async () => {
  const asked = phone([device('f', 'camera2 1, facing front'), device('b1', 'camera2 0, facing back'), device('m', '', 'audioinput'), device('b2', 'camera2 2, facing back')], ['', 'b1']);
  assert.deepEqual(await open('environment', ''), { id: 'b2' });
  assert.deepEqual(asked, ['', 'b1', 'b2']);
});

test('cameras without a name are tried too, those that look the other way never', () => {
  const all = [device('a', ''), device('f', 'Front Camera'), device('b', 'Caméra arrière'), device('', 'Back Camera')];
  assert.deepEqual(others(all, 'environment'), ['b', 'a']);
  assert.deepEqual(others(all, 'user'), ['f', 'a']);
});

test('the first error counts when none can start', async () => {
  phone([device('b', 'back')], ['', 'b']);
  await assert.rejects(open('environment', ''), (error) => failureReason(error) === 'busy');
});

test('a refused permission and a camera that was chosen are not tried around', async () => {
  const denied = Object.assign(new Error('no'), { name: 'NotAllowedError' });
  let asked = phone([device('b', 'back')], [''], denied);
  await assert.rejects(open('environment', ''), (error) => failureReason(error) === 'denied');
  assert.deepEqual(asked, ['']);
  asked = phone([device('b', 'back'), device('c', 'back')], ['b']);
  await assert.rejects(open('environment', 'b'));
  assert.deepEqual(asked, ['b']);
});

test('a document is asked for in 4K where the device can keep up, a face never is', () => {
  const widths = (facing, machine) => sizes(facing, machine).map(({ width }) => width.ideal);
  assert.deepEqual(widths('environment', {}), [3840, 1920]); // a browser that tells nothing
  assert.deepEqual(widths('environment', { deviceMemory: 4, hardwareConcurrency: 8 }), [3840, 1920]);
  assert.deepEqual(widths('environment', { deviceMemory: 2, hardwareConcurrency: 8 }), [1920]);
  assert.deepEqual(widths('environment', { hardwareConcurrency: 2 }), [1920]);
  assert.deepEqual(widths('user', {}), [1920]);
});

test('a camera that cannot run in 4K is opened smaller; one that is refused is not asked again', async () => {
  const strong = { deviceMemory: 8 };
  let asked = phone([], [3840], busy, strong);
  assert.deepEqual(await open('environment', ''), { id: '', width: 1920 });
  assert.equal(asked.length, 2);
  phone([], [], busy, strong);
  assert.deepEqual(await open('environment', ''), { id: '', width: 3840 });
  asked = phone([], [3840], Object.assign(new Error('no'), { name: 'NotAllowedError' }), strong);
  await assert.rejects(open('environment', ''), (error) => failureReason(error) === 'denied');
  assert.equal(asked.length, 1);
});
