// Starts what the browser tests talk to: the real program, a real Redis. Each
// thing has stop(); nothing is left behind.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const models = process.env.VISAVIS_MODELS ?? join(root, 'var/models');

/** @returns {Promise<number>} a port of the loopback address that is free now */
export function freePort() {
  return new Promise((resolve, reject) => {
    const s = createServer();
    s.once('error', reject);
    s.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (s.address());
      s.close(() => resolve(port));
    });
  });
}

/** @returns {Promise<string>} a new folder, removed by the returned stop */
export async function folder(name = 'visavis-e2e-') {
  return mkdtemp(join(tmpdir(), name));
}

/**
 * Starts one instance of the program and waits until it is ready.
 * @param {{args?: string[], env?: Record<string, string>, port?: number, publicURL?: string, tls?: boolean}} [o]
 */
export async function startServer(o = {}) {
  const port = o.port ?? (await freePort());
  const data = await folder();
  const scheme = o.tls ? 'https' : 'http';
  const origin = `${scheme}://localhost:${port}`;
  const env = {
    ...process.env,
    VISAVIS_LISTEN: `127.0.0.1:${port}`,
    VISAVIS_HTTP_LISTEN: 'off',
    VISAVIS_TLS: o.tls ? 'local' : 'off',
    VISAVIS_PUBLIC_URL: o.publicURL ?? origin,
    VISAVIS_DATA: data,
    VISAVIS_MODELS: models,
    VISAVIS_CHALLENGE: 'off',
    VISAVIS_IN_PERSON_PLACE: '1 place de l’Exemple, 75000 SPECIMEN',
    VISAVIS_IN_PERSON_HOURS: 'du lundi au vendredi, de 9 h à 17 h',
    ...o.env,
  };
  const child = spawn(join(root, 'var/bin/visavis'), ['serve', ...(o.args ?? [])], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const out of [child.stdout, child.stderr]) out.on('data', (b) => { log += b; });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let gone = false;
  exited.then(() => { gone = true; });

  const deadline = Date.now() + 30_000;
  for (;;) {
    if (gone) throw new Error(`the server ended before it was ready:\n${log}`);
    if (Date.now() > deadline) { child.kill('SIGKILL'); throw new Error(`the server is not ready after 30 s:\n${log}`); }
    const ready = await fetchStatus(`http://127.0.0.1:${port}/readyz`, o.tls);
    if (ready === 200) break;
    await new Promise((r) => setTimeout(r, 100));
  }
  return {
    port, origin, data,
    publicURL: o.publicURL ?? origin,
    log: () => log,
    kill: (signal = 'SIGKILL') => { child.kill(/** @type {NodeJS.Signals} */ (signal)); return exited; },
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await exited;
      clearTimeout(late);
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function fetchStatus(url, tls) {
  const { get } = await import(tls ? 'node:https' : 'node:http');
  return new Promise((resolve) => {
    const req = get(tls ? url.replace('http:', 'https:') : url, { rejectUnauthorized: false, timeout: 1000 }, (res) => {
      res.resume();
      resolve(res.statusCode);
    });
    req.on('error', () => resolve(0));
    req.on('timeout', () => req.destroy());
  });
}

/** Starts a Redis of its own on a free port, in memory alone. */
export async function startRedis() {
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve, reject) => {
    let out = '';
    child.once('error', (err) => reject(new Error(`redis-server does not start: ${err.message}; make test installs it`)));
    child.stdout.on('data', (b) => { out += b; if (out.includes('Ready to accept connections')) resolve(undefined); });
    exited.then(() => reject(new Error(`redis-server ended:\n${out}`)));
  });
  return { url: `redis://127.0.0.1:${port}`, async stop() { child.kill('SIGTERM'); await exited; } };
}
