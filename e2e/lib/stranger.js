// A selfie that the comparison takes for somebody else's: the portrait of the drawn
// documents with features that are no longer where they were. There is one portrait
// to draw with, so its face is bent until the network tells it from itself.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PNG } from 'pngjs';
import { models, root } from './server.js';

/** Where the face is in the portrait, pixels. */
const face = { x: 226, y: 110, wide: 62, high: 78 };
/** Eyes and cheeks go outwards, brow and chin to the middle; the skin is darker. */
const bend = { x: -0.5, y: 0.5, light: 0.6 };

/** @returns {Promise<string>} a JPEG as a phone takes it */
export async function stranger() {
  const dir = join(root, 'var/footage/stranger');
  await mkdir(dir, { recursive: true });
  const portrait = join(dir, 'portrait.png');
  await writeFile(portrait, PNG.sync.write(bent(PNG.sync.read(await readFile(join(models, 'astronaut.png'))))));
  await promisify(execFile)(join(root, 'var/bin/qa'), [
    'specimen', '-make', 'frames', '-views', 'face', '-width', '1280', '-height', '720', '-portrait', portrait, '-out', dir,
  ]);
  return join(dir, 'identity-card-1-face-good-wood.jpg');
}

/** @param {PNG} from */
function bent(from) {
  const to = new PNG({ width: from.width, height: from.height });
  from.data.copy(to.data);
  for (let v = -1; v <= 1; v += 1 / face.high) {
    for (let u = -1; u <= 1; u += 1 / face.wide) {
      const inside = Math.min(1, 2 * (1 - u * u) * (1 - v * v)); // 0 at the edge, where nothing moves
      const source = [face.x + face.wide * u * (1 + inside * bend.x * (1 - u * u)), face.y + face.high * v * (1 + inside * bend.y * (1 - v * v))];
      const at = 4 * (Math.round(face.y + face.high * v) * to.width + Math.round(face.x + face.wide * u));
      for (let c = 0; c < 3; c++) to.data[at + c] = sample(from, source, c) * (1 - inside * (1 - bend.light));
    }
  }
  return to;
}

/** A value between four pixels. @param {PNG} from @param {number[]} place @param {number} channel */
function sample(from, [x, y], channel) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const pixel = (/** @type {number} */ i, /** @type {number} */ j) => from.data[4 * ((top + j) * from.width + left + i) + channel];
  const row = (/** @type {number} */ j) => pixel(0, j) * (left + 1 - x) + pixel(1, j) * (x - left);
  return row(0) * (top + 1 - y) + row(1) * (y - top);
}
