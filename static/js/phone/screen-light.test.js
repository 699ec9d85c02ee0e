import test from 'node:test';
import assert from 'node:assert/strict';
import { ScreenLight, STAND } from './screen-light.js';
import { FakeClock } from '../../test/fakes.js';

/** A light whose changes are noted with their times. */
function watched() {
  const clock = new FakeClock();
  /** @type {[number, string][]} */ const painted = [];
  /** @type {[number, string][]} */ const lit = [];
  const light = new ScreenLight({
    clock: { now: () => clock.now, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout },
    paint: (colour) => painted.push([clock.now, colour]), lit: (nonce) => lit.push([clock.now, nonce]),
  });
  return { clock, painted, lit, light };
}

test('colours change twice a second at most, however their messages come', async () => {
  const { clock, painted, light } = watched();
  for (const [i, gap] of [500, 30, 480, 1, 900, 0].entries()) { // held up by the network, then all at once
    light.ask({ colour: `#${i}`, nonce: `n${i}` });
    light.ask({ colour: `#${i}`, nonce: `n${i}` }); // with each frame's answer it is said again
    await clock.advance(gap);
  }
  light.end();
  await clock.advance(5_000);
  assert.ok(painted.length >= 4, JSON.stringify(painted));
  for (let i = 1; i < painted.length; i++) assert.ok(painted[i][0] - painted[i - 1][0] >= STAND, JSON.stringify(painted));
  assert.equal(STAND, 500);
  assert.equal(painted.at(-1)?.[1], '', 'and at the end the screen is as before');
});

test('a picture belongs to a colour once the camera has seen it, and to none between two', async () => {
  const { clock, painted, lit, light } = watched();
  light.ask({ colour: '#ffffff', nonce: 'a' });
  await clock.advance(0);
  assert.deepEqual(painted.map(([, colour]) => colour), ['#ffffff']);
  assert.deepEqual(lit.map(([, nonce]) => nonce), [''], 'the pictures of this moment may show what was before');
  await clock.advance(200);
  assert.equal(lit.at(-1)?.[1], 'a');
  await clock.advance(300);
  light.ask({ colour: '#ffa8a8', nonce: 'b' });
  assert.equal(lit.at(-1)?.[1], '', 'at once, before it is painted');
  await clock.advance(400);
  assert.equal(lit.at(-1)?.[1], 'b');
  light.end();
  assert.equal(lit.at(-1)?.[1], '');
});

test('what was never shown is not taken back', async () => {
  const { clock, painted, lit, light } = watched();
  light.end();
  await clock.advance(1_000);
  assert.deepEqual([painted, lit], [[], []]);
});
