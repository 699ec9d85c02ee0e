import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { askTorch, levels, mayAsk } from './camera-torch.js';

afterEach(() => { delete globalThis.document; });

const never = new Promise(() => {});

/**
 * A camera that shows its torch: frames come by themselves, each as bright as the torch's state says.
 * @param {{lights?: (on: boolean) => any, ambient?: number, lamp?: number, lit?: boolean, frames?: boolean}} o
 */
function camera({ lights = async () => {}, ambient = 80, lamp = 100, lit = false, frames = true } = {}) {
  const state = { lit, asked: [] };
  globalThis.document = { createElement: () => ({ getContext: () => ({
    drawImage() {},
    getImageData: () => ({ data: new Uint8ClampedArray(16 * 12 * 4).fill(ambient + (state.lit ? lamp : 0)) }),
  }) }) };
  const video = { requestVideoFrameCallback(run) { if (frames) setTimeout(run, 10); } };
  const track = {
    async applyConstraints(wanted) {
      const on = wanted.advanced[0].torch;
      state.asked.push(on);
      await lights(on);
      if (lamp) state.lit = on;
    },
  };
  return { track, video, state };
}

test('a torch that lights and goes out again: how bright it was before, during and after, and how soon', async () => {
  const { track, video, state } = camera();
  const { took, before, during, after, ...rest } = await askTorch(track, video, () => false);
  assert.deepEqual(rest, {});
  assert.deepEqual([before, during, after], [80, 180, 80].map((level) => new Array(12).fill(level)));
  assert.ok(took >= 1, `${took} ms`);
  assert.deepEqual(state.asked, [true, false], 'one pulse');
});

test('a torch that the person has lit goes out and is lit again', async () => {
  const { track, video, state } = camera({ lit: true });
  const { off, before, during, after } = await askTorch(track, video, () => true);
  assert.ok(off);
  assert.deepEqual([before[0], during[0], after[0]], [180, 80, 180]);
  assert.deepEqual(state.asked, [false, true]);
  assert.ok(state.lit);
});

test('a torch that is granted and changes nothing is told with its pictures', async () => {
  const { track, video, state } = camera({ lamp: 0 });
  const { before, during, after, refused } = await askTorch(track, video, () => false);
  assert.equal(refused, undefined);
  assert.deepEqual([before, during, after], [80, 80, 80].map((level) => new Array(12).fill(level)));
  assert.deepEqual(state.asked, [true, false]);
});

test('a browser that knows of no torch refuses; one that fails or says nothing is told nothing of', async () => {
  const failing = (constraint) => ({ lights: () => { throw Object.assign(new Error(), { constraint }); } });
  let one = camera(failing('torch'));
  assert.deepEqual(await askTorch(one.track, one.video, () => false), { refused: true });
  one = camera(failing(''));
  assert.equal(await askTorch(one.track, one.video, () => false), null);
  one = camera({ lights: () => never });
  assert.equal(await askTorch(one.track, one.video, () => false), null);
  one = camera({ frames: false });
  assert.equal(await askTorch(one.track, one.video, () => false), null);
  assert.deepEqual(one.state.asked, [], 'without frames nothing is lit');
});

test('a torch that could not be put out is asked again', async () => {
  let failures = 1;
  const { track, video, state } = camera({ lights: async (on) => { if (!on && failures-- > 0) throw new Error(); } });
  await askTorch(track, video, () => false);
  assert.deepEqual(state.asked, [true, false, false]);
  assert.equal(state.lit, false);
});

test('what the person does meanwhile stands, and nothing is told', async () => {
  let wanted = false;
  const { track, video, state } = camera({ lights: async (on) => { if (on) wanted = true; } });
  assert.equal(await askTorch(track, video, () => wanted), null);
  assert.ok(state.lit, 'the person’s light stays on');
});

test('who is asked: a torch that is claimed, away from the person, where the scene is not bright', () => {
  const track = (capabilities, settings) => ({ getCapabilities: () => capabilities, getSettings: () => settings });
  assert.equal(mayAsk(track({ torch: true }, { facingMode: 'environment', exposureTime: 333 })), true);
  assert.equal(mayAsk(track({ torch: true }, {})), true);
  assert.equal(mayAsk(track({ torch: false }, {})), false);
  assert.equal(mayAsk({}), false);
  assert.equal(mayAsk(track({ torch: true }, { facingMode: 'user' })), false, 'no flash in the eyes');
  assert.equal(mayAsk(track({ torch: true }, { exposureTime: 10 })), false, 'one millisecond is daylight');
});

test('a picture in twelve parts, rows from the top', () => {
  const data = new Uint8ClampedArray(16 * 12 * 4);
  for (let y = 0; y < 4; y++) for (let x = 4; x < 8; x++) data[4 * (16 * y + x) + 1] = 100;
  data[4 * (16 * 11 + 15) + 1] = 16;
  assert.deepEqual(levels(data), [0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
});
