// Camera files drawn by qa; each is drawn once per run and kept in var/footage.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
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
    await run(join(root, 'var/bin/qa'), ['specimen', '-make', 'footage', ...args, '-out', file], { cwd: root });
  }
  return file;
}
