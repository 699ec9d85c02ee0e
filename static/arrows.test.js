// @ts-check
// Which folder of modules may import which: pages → frame → wire → lib → words.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const js = fileURLToPath(new URL('js/', import.meta.url));
const pages = ['phone', 'desktop', 'request', 'review', 'registrar', 'signature', 'outbox', 'account', 'embed', 'console', 'sign'];

/** From a folder to the folders that it may import, beside itself. @type {Record<string, string[]>} */
const allowed = {
  words: [],
  lib: ['words'],
  wire: ['words', 'lib'],
  frame: ['words', 'lib', 'wire'],
  ...Object.fromEntries(pages.map((page) => [page, ['words', 'lib', 'wire', 'frame']])),
};

const modules = readdirSync(js, { recursive: true }).map(String).filter((name) => name.endsWith('.js') && !name.endsWith('.test.js'));

/** What a module imports, as a value or as a type. @param {string} name @returns {string[]} paths under js */
function importsOf(name) {
  const text = readFileSync(join(js, name), 'utf8');
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)'(\.[^']+)'/g)].map(([, path]) => normalize(join(dirname(name), path)));
}

test('every module lies in a folder of the plan', () => {
  assert.ok(modules.length > 70, `found ${modules.length} modules`);
  for (const name of modules) assert.ok(name.split('/')[0] in allowed && name.includes('/'), name);
});

test('imports follow the arrows', () => {
  let seen = 0;
  for (const name of modules) {
    const folder = name.split('/')[0];
    for (const path of importsOf(name)) {
      seen++;
      const to = path.split('/')[0];
      assert.ok(modules.includes(path), `${name} imports ${path}, which is not there`);
      assert.ok(
        to === folder || allowed[folder].includes(to),
        `${name} imports ${path}: ${folder} may import ${allowed[folder].join(', ') || 'nothing'}`,
      );
    }
  }
  assert.ok(seen > 200, `found ${seen} imports`);
});

test('no circle of modules', () => {
  /** @type {Map<string, string[]>} */
  const values = new Map(modules.map((name) => [name, [...readFileSync(join(js, name), 'utf8').matchAll(/^(?:import|export)\s[^;]*?'(\.[^']+)';/gm)].map(([, path]) => normalize(join(dirname(name), path)))]));
  /** @type {Set<string>} */
  const clear = new Set();
  const walk = (/** @type {string} */ name, /** @type {string[]} */ above) => {
    assert.ok(!above.includes(name), `circle: ${[...above, name].join(' → ')}`);
    if (clear.has(name)) return;
    for (const next of values.get(name) ?? []) walk(next, [...above, name]);
    clear.add(name);
  };
  for (const name of modules) walk(name, []);
});

test('the script of every page can be parsed', () => {
  const scripts = readdirSync(new URL('./', import.meta.url)).filter((file) => file.endsWith('.html'))
    .map((file) => /<script type="module" src="\/js\/([^"]+)"/.exec(readFileSync(new URL(file, import.meta.url), 'utf8'))?.[1]);
  assert.ok(scripts.length > 10);
  for (const name of scripts) {
    const { status, stderr } = spawnSync(process.execPath, ['--check', join(js, String(name))], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
});

test('no file has its folder as a prefix', () => {
  for (const name of modules) {
    const parts = name.split('/');
    const file = /** @type {string} */ (parts.pop());
    assert.ok(!file.startsWith(`${parts.at(-1)}-`) && file !== `${parts.at(-1)}.js`, name);
  }
});

test('a page uses the stylesheets of its own folder and of those below', () => {
  /** @type {Record<string, string>} */
  const folder = { companion: 'desktop', confirm: 'sign', demo: 'account', directory: 'account', home: 'account', login: 'account', privacy: 'account', trust: 'account' };
  const root = new URL('./', import.meta.url);
  for (const name of readdirSync(root).filter((file) => file.endsWith('.html'))) {
    const page = name.slice(0, -5);
    for (const [, of] of readFileSync(new URL(name, root), 'utf8').matchAll(/href="\/css\/([\w-]+)\//g)) {
      assert.ok(['lib', 'frame', folder[page] ?? page].includes(of), `${name} uses css/${of}`);
    }
  }
});
