// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crop } from './crop.js';

const frame = 8 / 5;
const photo = { width: 2000, height: 1500 };

/** Where a point of the photo lies in the frame, 0..1 of it. @param {number} x @param {number} y @param {number[]} box */
function inFrame(x, y, box) {
  const place = /** @type {NonNullable<ReturnType<typeof crop>>} */ (crop(box, photo, frame));
  const height = (place.width / 100) * (photo.height / photo.width) * frame;
  return [place.left / 100 + x * (place.width / 100), place.top / 100 + y * height];
}

test('a document fills its frame with a little air, in its middle', () => {
  for (const box of [[0.2, 0.3, 0.6, 0.5], [0, 0, 0.5, 0.5], [0.4, 0.1, 0.3, 0.85]]) {
    const [x0, y0] = inFrame(box[0], box[1], box);
    const [x1, y1] = inFrame(box[0] + box[2], box[1] + box[3], box);
    assert.ok(Math.min(x0, y0) > 0 && Math.max(x1, y1) < 1, `${box}: ${[x0, y0, x1, y1]}`);
    assert.ok(Math.max(x1 - x0, y1 - y0) > 0.88, `${box} fills the frame: ${[x0, y0, x1, y1]}`);
    assert.ok(Math.abs(x0 + x1 - 1) < 1e-9 && Math.abs(y0 + y1 - 1) < 1e-9, `${box} lies in the middle`);
  }
});

test('a photo without a known document is shown whole', () => {
  for (const box of [undefined, [], [0.1, 0.1, 0, 0.5], [0.1, 0.1, 0.5, 0.01]]) assert.equal(crop(box, photo, frame), null);
  assert.equal(crop([0.1, 0.1, 0.5, 0.5], { width: 0, height: 0 }, frame), null);
});
