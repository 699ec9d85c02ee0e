// The journey's pages as the program serves them, under the same content policy,
// and nothing behind them: what the server would say is given by each test.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { readPage } from '../../static/test/page.js';
import { root } from './server.js';

const kinds = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; " +
  "worker-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'";

/** Where a route's page lies. @param {string} path */
function fileOf(path) {
  if (path === '/') return 'home.html';
  if (path === '/capture') return 'companion.html';
  return extname(path) ? normalize(path).slice(1) : `${path.slice(1)}.html`;
}

/** @returns {Promise<{origin: string, stop: () => Promise<void>}>} */
export async function servePages() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = fileOf(pathname);
    try {
      if (!/^(?:(?:css|js|img)\/[\w./-]+|[\w-]+\.html)$/.test(name) || name.includes('..')) throw new Error('not a page');
      const body = extname(name) === '.html' ? readPage(name) : await readFile(join(root, 'static', name));
      response.writeHead(200, { 'Content-Type': kinds[/** @type {'.js'} */ (extname(name))], 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(undefined)); });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://localhost:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(() => resolve(undefined)); });
    },
  };
}
