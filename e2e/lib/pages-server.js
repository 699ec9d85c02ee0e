// The journey's pages as the program serves them, under the same content policy,
// and nothing behind them: what the server would say is given by each test.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { readPage } from '../../static/test/page.js';
import { pseudo, pseudoLanguages } from '../../static/test/pseudo.js';
import { catalogue, languages } from '../../static/test/words.js';
import { root } from './server.js';

const kinds = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.json': 'application/json' };

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; " +
  "worker-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'";

/** Where a route's page lies. @param {string} path */
function nameOf(path) {
  if (path === '/') return 'home.html';
  if (path === '/capture') return 'companion.html';
  if (path === '/p') return 'phone.html';
  return extname(path) ? normalize(path).slice(1) : `${path.slice(1)}.html`;
}

/**
 * A page in the language that a request asks for; its words are fetched by its script.
 * @param {string} name @param {import('node:http').IncomingMessage} request
 */
function pageOf(name, { headers, url = '/' }) {
  const list = [...languages, ...pseudoLanguages];
  const wanted = [new URL(url, 'http://localhost').searchParams.get('lang'), /visavis-language=([\w-]+)/.exec(headers.cookie ?? '')?.[1],
    ...(headers['accept-language'] ?? '').split(',').map((one) => one.split(/[-;]/)[0].trim())];
  const { tag, dir } = wanted.map((one) => list.find((known) => known.tag === one)).find(Boolean) ?? languages[0];
  return readPage(name, list).replace(/<html[^>]*>/, `<html lang="${tag}" dir="${dir}">`);
}

/** A file of the folder; words of a language that nobody speaks are made. @param {string} name */
async function fileOf(name) {
  const [, tag = '', of = ''] = /^js\/words\/([\w-]+)\/([\w-]+)\.json$/.exec(name) ?? [];
  if (!pseudoLanguages.some((one) => one.tag === tag)) return readFile(join(root, 'static', name));
  return JSON.stringify(pseudo(tag, catalogue('en', of) ?? {}));
}

/** @returns {Promise<{origin: string, stop: () => Promise<void>}>} */
export async function servePages() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = nameOf(pathname);
    try {
      if (!/^(?:(?:css|js|img)\/[\w./-]+|[\w-]+\.html)$/.test(name) || name.includes('..')) throw new Error('not a page');
      const body = extname(name) === '.html' ? pageOf(name, request) : await fileOf(name);
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
