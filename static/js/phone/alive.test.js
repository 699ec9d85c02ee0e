// @ts-check
// What lives over the camera's picture: its geometry and its pace.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outline, STALE, glide, onStage, pathOf, sideToward } from './card.js';
import { Feedback } from './feedback.js';
import { shownRect, visiblePart } from './stage.js';
import { Tempo } from './tempo.js';

const stage = { width: 390, height: 844 };
const tall = { width: 1080, height: 1920 };
const wide = { width: 1280, height: 720 };
const near = (/** @type {number} */ a, /** @type {number} */ b) => assert.ok(Math.abs(a - b) < 0.01, `${a}, not ${b}`);

test('what is judged is what is seen: a tall picture is cut at its sides, a wide one is whole', () => {
  const part = visiblePart(stage, tall);
  near(part.width, 390 / (844 * 1080 / 1920));
  near(part.x, (1 - part.width) / 2);
  assert.deepEqual([part.y, part.height], [0, 1]);
  assert.deepEqual(shownRect(stage, tall), { x: 0, y: 0, ...stage });
  assert.deepEqual(visiblePart(stage, wide), { x: 0, y: 0, width: 1, height: 1 });
  const shown = shownRect(stage, wide);
  near(shown.width, 390);
  near(shown.height, 390 * 720 / 1280);
  assert.deepEqual(visiblePart({ width: 844, height: 390 }, { width: 0, height: 0 }), { x: 0, y: 0, width: 1, height: 1 });
});

test('corners lie where the document is seen, mirrored for a face camera', () => {
  const shown = { x: 10, y: 100, width: 200, height: 100 };
  const corners = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]];
  assert.deepEqual(onStage(corners, shown, false), [[10, 100], [110, 100], [110, 200], [10, 200]]);
  assert.deepEqual(onStage(corners, shown, true)[0], [210, 100]);
  assert.deepEqual(onStage(undefined, shown, false), []);
  assert.deepEqual(onStage([[0, 0]], shown, false), []);
});

test('the outline glides: nothing at once, nearly all after a quarter of a second', () => {
  const from = /** @type {[number, number][]} */ ([[0, 0], [10, 0], [10, 10], [0, 10]]);
  const to = /** @type {[number, number][]} */ (from.map(([x, y]) => [x + 100, y]));
  assert.deepEqual(glide(from, to, 0), from);
  const half = glide(from, to, 60)[0][0];
  assert.ok(half > 30 && half < 70, String(half));
  assert.ok(glide(from, to, 400)[0][0] > 98);
  assert.deepEqual(glide([], to, 0), to);
});

test('the side to lift is the one toward that edge, however the document lies', () => {
  const flat = /** @type {[number, number][]} */ ([[0, 0], [100, 0], [100, 60], [0, 60]]);
  const turned = /** @type {[number, number][]} */ ([[60, 0], [60, 100], [0, 100], [0, 0]]);
  const has = (/** @type {[number, number][] | null} */ side, /** @type {number} */ axis, /** @type {number} */ at) =>
    side?.every((point) => point[axis] === at);
  assert.ok(has(sideToward(flat, 'right'), 0, 100));
  assert.ok(has(sideToward(flat, 'left'), 0, 0));
  assert.ok(has(sideToward(flat, 'up'), 1, 0));
  assert.ok(has(sideToward(turned, 'down'), 1, 100));
  assert.equal(sideToward(flat, ''), null);
  assert.equal(sideToward([], 'left'), null);
  assert.equal(pathOf([[1, 2], [3, 4.56]], false), 'M1 2L3 4.6');
});

test('the outline shows the newest verdict, leaves when none confirms it, and jumps for who wants no motion', async (t) => {
  /** @type {(() => void)[]} */
  const frames = [];
  const before = globalThis.requestAnimationFrame;
  globalThis.requestAnimationFrame = /** @type {any} */ ((/** @type {() => void} */ run) => frames.push(run));
  t.after(() => { globalThis.requestAnimationFrame = before; });
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000 });
  const element = () =>
    /** @type {any} */ ({
      attributes: /** @type {Record<string, string>} */ ({}),
      setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
        this.attributes[name] = value;
      },
    });
  const [card, side] = [element(), element()];
  const square = /** @type {[number, number][]} */ ([[0, 0], [10, 0], [10, 10], [0, 10]]);
  const moved = /** @type {[number, number][]} */ (square.map(([x, y]) => [x + 50, y]));
  const one = new Outline(card, side, () => false);
  one.see(square, false, Date.now());
  assert.match(card.attributes.d, /^M0 0L10 0/);
  one.see(moved, true, Date.now());
  assert.match(card.attributes.d, /^M0 0/, 'it has not moved yet');
  assert.equal(card.attributes['data-good'], 'true');
  t.mock.timers.tick(100);
  frames.pop()?.();
  const x = Number(/^M([\d.]+)/.exec(card.attributes.d)?.[1]);
  assert.ok(x > 10 && x < 50, card.attributes.d);
  one.lift('right');
  assert.match(side.attributes.d, /^M/);
  one.lift('');
  assert.equal(side.attributes.d, '');
  t.mock.timers.tick(STALE + 10);
  frames.pop()?.();
  assert.equal(card.attributes.d, '', 'nothing confirmed it');
  one.within({ x: 0, y: 0, width: 20, height: 10 });
  one.lift('up');
  assert.equal(side.attributes.d, 'M0 0L20 0', 'the frame stands for a document that is not found');

  const calm = new Outline(card, side, () => true);
  calm.see(square, false, Date.now());
  calm.see(moved, false, Date.now());
  frames.pop()?.();
  assert.match(card.attributes.d, /^M50 0/);
});

test('an outline at rest waits with one timer, and with none once the step has ended', (t) => {
  /** @type {(() => void)[]} */
  const frames = [];
  const waiting = new Set();
  const { requestAnimationFrame, setTimeout, clearTimeout } = globalThis;
  t.after(() => Object.assign(globalThis, { requestAnimationFrame, setTimeout, clearTimeout }));
  Object.assign(globalThis, {
    requestAnimationFrame: (/** @type {() => void} */ run) => frames.push(run),
    setTimeout: (/** @type {() => void} */ run) => { waiting.add(run); return run; },
    clearTimeout: (/** @type {() => void} */ run) => waiting.delete(run),
  });
  const element = /** @type {any} */ ({ setAttribute() {} });
  const one = new Outline(element, element, () => false);
  for (let i = 0; i < 6; i++) {
    one.see([[0, 0], [10, 0], [10, 10], [0, 10]], true, Date.now());
    frames.pop()?.();
  }
  assert.deepEqual([waiting.size, frames.length], [1, 0]);
  one.clear();
  assert.equal(waiting.size, 0);
});

test('a turn that takes less than two seconds is too fast, a slow one and a still head are not', () => {
  const quick = new Tempo();
  quick.begin(0);
  assert.equal(quick.see(0, 5_000), false);
  assert.equal(quick.see(0.5, 5_400), true);
  const slow = new Tempo();
  slow.begin(0);
  assert.equal(slow.see(0.02, 1_000), false);
  for (const [progress, at] of [
    [0.2, 1_500],
    [0.4, 2_000],
    [0.8, 2_700],
    [1, 3_100],
  ])
    assert.equal(slow.see(progress, at), false, String(progress));
  assert.equal(slow.see(0.3, 3_200), false, 'too little to tell');
});

test('sounds and vibrations can be put off', (t) => {
  /** @type {any[]} */
  const shaken = [];
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: { vibrate: (/** @type {any} */ pattern) => shaken.push(pattern) },
  });
  t.after(() => { if (before) Object.defineProperty(globalThis, 'navigator', before); });
  const feedback = new Feedback();
  feedback.kept();
  feedback.refused();
  assert.equal(shaken.length, 2);
  feedback.turn(false);
  feedback.kept();
  feedback.seen();
  assert.equal(shaken.length, 2);
  assert.equal(feedback.on, false);
});
