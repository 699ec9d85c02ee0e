// What several instances share: a real PostgreSQL and a real S3 server, each in a
// folder of its own, on a free port of the loopback address. Each has stop().
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { folder, freePort, root } from './server.js';

const run = promisify(execFile);

/** Waits until somebody listens. @param {number} port @param {() => string} log */
async function listens(port, log) {
  for (const deadline = Date.now() + 30_000; ;) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    if (Date.now() > deadline) throw new Error(`nobody listens at port ${port}:\n${log()}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}

/**
 * @param {string} program @param {string[]} args @param {import('node:child_process').SpawnOptions} options
 * @param {number} port @param {string[]} folders removed at the end @param {NodeJS.Signals} signal that ends it at once
 */
async function start(program, args, options, port, folders, signal) {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const out of [child.stdout, child.stderr]) out?.on('data', (b) => { log += b; });
  const exited = new Promise((resolve) => { child.once('exit', resolve); child.once('error', (err) => { log += err.message; resolve(null); }); });
  const stop = async () => {
    child.kill(signal);
    await exited;
    for (const dir of folders) await rm(dir, { recursive: true, force: true });
  };
  try {
    await listens(port, () => log);
  } catch (err) {
    await stop();
    throw err;
  }
  return stop;
}

/** @returns {Promise<{url: string, stop: () => Promise<void>}>} an empty database */
export async function startPostgres() {
  const versions = (await readdir('/usr/lib/postgresql')).sort((a, b) => Number(a) - Number(b));
  const bin = join('/usr/lib/postgresql', versions.at(-1) ?? '', 'bin');
  const dir = await folder('visavis-postgres-');
  // PostgreSQL refuses to run as root: its package made a user for it.
  let user = {};
  if (process.getuid?.() === 0) {
    const id = async (/** @type {string} */ flag) => Number((await run('id', [flag, 'postgres'])).stdout);
    user = { uid: await id('-u'), gid: await id('-g') };
    await chown(dir, await id('-u'), await id('-g'));
  }
  const data = join(dir, 'data');
  const options = { ...user, cwd: dir };
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'visavis', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'], options);
  const port = await freePort();
  const stop = await start(join(bin, 'postgres'), ['-D', data, '-p', String(port), '-k', dir, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    options, port, [dir], 'SIGQUIT');
  // The server listens before it has started, and refuses everybody until then.
  const ready = () => run(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).then(() => true, () => false);
  for (const deadline = Date.now() + 30_000; !await ready(); await new Promise((r) => setTimeout(r, 50))) {
    if (Date.now() > deadline) { await stop(); throw new Error('PostgreSQL is not ready after 30 s'); }
  }
  return { url: `postgres://visavis@127.0.0.1:${port}/postgres?sslmode=disable`, stop };
}

/** @returns {Promise<{url: string, env: Record<string, string>, stop: () => Promise<void>}>} an empty bucket, and the keys to it */
export async function startS3() {
  const objects = await folder('visavis-s3-');
  const sidecar = await folder('visavis-s3-');
  await mkdir(join(objects, 'evidence'));
  const port = await freePort();
  const secret = randomBytes(20).toString('hex');
  const env = { ...process.env, ROOT_ACCESS_KEY_ID: 'visavis', ROOT_SECRET_ACCESS_KEY: secret };
  const stop = await start(join(root, 'var/bin/versitygw'), ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', sidecar, objects],
    { env }, port, [objects, sidecar], 'SIGKILL');
  const query = new URLSearchParams({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', use_path_style: 'true' });
  return { url: `s3://evidence?${query}`, env: { AWS_ACCESS_KEY_ID: 'visavis', AWS_SECRET_ACCESS_KEY: secret }, stop };
}
