// Camera files drawn by qa; each is drawn once and kept in var/footage. Test files run side by side: a
// file has its name when it is whole.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './server.js';

const run = promisify(execFile);

/**
 * Draws camera footage with `qa specimen`.
 * @param {Record<string, string|number>} flags of qa specimen, without -out
 * @returns {Promise<string>} the .mjpeg file
 */
export async function footage(flags) {
  const name = Object.entries(flags).map(([k, v]) => `${k}-${v}`).join('_').replace(/[^a-z0-9_-]+/gi, '.');
  const file = join(root, 'var/footage', `${name || 'default'}.mjpeg`);
  mkdirSync(join(root, 'var/footage'), { recursive: true });
  if (!existsSync(file)) {
    const args = Object.entries(flags).flatMap(([k, v]) => [`-${k}`, String(v)]);
    const part = join(root, 'var/footage', `part-${process.pid}-${name || 'default'}.mjpeg`);
    await run(join(root, 'var/bin/qa'), ['specimen', '-make', 'footage', ...args, '-out', part], { cwd: root });
    await rename(part, file);
  }
  return file;
}

/**
 * Pictures of one drawn person for a canvas that stands for the camera.
 * @param {string} [kind] of qa specimen
 * @returns {Promise<Record<string, string>>} front, back and face as JPEG in base64; without a back its front
 */
export async function specimens(kind = 'identity-card') {
  const dir = await mkdtemp(join(tmpdir(), 'visavis-actor-'));
  const qa = (/** @type {string[]} */ ...args) => run(join(root, 'var/bin/qa'), ['specimen', '-seed', '5', '-out', dir, ...args], { cwd: root });
  await qa('-make', 'documents', '-kind', kind);
  await qa('-make', 'frames', '-views', 'face');
  /** @type {Record<string, string>} */
  const pictures = {};
  const front = `${kind}-5-front.jpg`;
  const back = front.replace('front', 'back');
  const files = { front, back: existsSync(join(dir, back)) ? back : front, face: 'identity-card-5-face-good-wood.jpg' };
  for (const [name, file] of Object.entries(files)) pictures[name] = (await readFile(join(dir, file))).toString('base64');
  await rm(dir, { recursive: true });
  return pictures;
}

/** The same pictures as bytes, for answers of a server. @returns {Promise<Record<string, Buffer>>} */
export async function specimenBytes() {
  return Object.fromEntries(Object.entries(await specimens()).map(([name, base64]) => [name, Buffer.from(base64, 'base64')]));
}
