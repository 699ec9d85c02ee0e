// @ts-check
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkFrench, forms, parameters } from './catalogue.js';
import { readPage as html } from './page.js';

const pages = ['common', 'desktop', 'home', 'trust', 'shell', 'login', 'request', 'signature', 'privacy', 'directory'];
const htmlFiles = ['home.html', 'companion.html', 'trust.html', 'login.html', 'request.html', 'signature.html', 'privacy.html', 'directory.html'];

/** @param {string} page @param {string} lang @returns {Promise<Record<string, any>>} */
async function catalogue(page, lang) {
  return (await import(`../js/words/${page}.${lang}.js`)).default;
}

for (const page of pages) {
  test(`${page}: the same keys and parameters in French and English`, async () => {
    const fr = await catalogue(page, 'fr');
    const en = await catalogue(page, 'en');
    assert.deepEqual(Object.keys(fr).sort(), Object.keys(en).sort());
    for (const key of Object.keys(fr)) {
      assert.equal(typeof fr[key], typeof en[key], key);
      assert.deepEqual(parameters(fr[key]), parameters(en[key]), key);
    }
  });

  test(`${page}: French typography`, async () => {
    for (const [key, text] of Object.entries(await catalogue(page, 'fr'))) {
      for (const form of forms(text)) checkFrench(form, key);
    }
  });

  test(`${page}: no jargon on a person's screen`, async () => {
    for (const lang of ['fr', 'en']) {
      for (const [key, text] of Object.entries(await catalogue(page, lang))) {
        for (const form of forms(text)) assert.doesNotMatch(form, /\b(token|session|OCR|MRZ|dpi)\b/i, key);
      }
    }
  });
}

for (const name of htmlFiles) {
  test(`${name}: the French that stands in the page is the catalogue's`, async () => {
    const words = Object.assign({}, ...await Promise.all(pages.map((page) => catalogue(page, 'fr'))));
    const marked = [...html(name).matchAll(/<[^>]*\sdata-t="([^"]+)"[^>]*>([^<]*)</g)];
    for (const [, key, text] of marked) {
      assert.ok(key in words, `${key} has no words`);
      assert.equal(text, words[key], key);
    }
    for (const [, key] of html(name).matchAll(/data-t-(?:label|alt|placeholder)="([^"]+)"/g)) {
      assert.ok(key in words, `${key} has no words`);
    }
  });

  test(`${name}: nothing that the content policy refuses`, () => {
    const page = html(name);
    assert.doesNotMatch(page, /\sstyle=|<style|\son[a-z]+="/i);
    assert.doesNotMatch(page, /<script(?![^>]*\ssrc=)/i);
    assert.doesNotMatch(page, /(?:src|href)="(?:https?:)?\/\//i);
  });

  test(`${name}: ids are unique, and labels point to one`, () => {
    const ids = [...html(name).matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const [, id] of html(name).matchAll(/(?:aria-labelledby|for|href)="#?([\w-]+)"/g)) {
      if (!id.startsWith('/')) assert.ok(ids.includes(id), id);
    }
  });
}

for (const [page, script] of [['companion', 'desktop'], ['login', 'login'], ['request', 'request'], ['signature', 'signature'],
  ['privacy', 'privacy'], ['directory', 'directory']]) {
  test(`${page}.html asks at once for every module that its script needs`, () => {
    const needed = new Set();
    const follow = (/** @type {URL} */ file) => {
      for (const [, path] of readFileSync(file, 'utf8').matchAll(/^import .*?from '(\.[^']+)';$/gms)) {
        const next = new URL(path, file);
        if (needed.has(next.href)) continue;
        needed.add(next.href);
        follow(next);
      }
    };
    follow(new URL(`../js/${script}.js`, import.meta.url));
    const root = new URL('../', import.meta.url);
    const asked = [...html(`${page}.html`).matchAll(/rel="modulepreload" href="\/([^"]+)"/g)].map((match) => new URL(match[1], root).href);
    assert.deepEqual(asked.sort(), [...needed].sort());
  });
}

test('the French of the trust page follows the typography', () => {
  const french = html('trust.html').split('data-words="fr"')[1].split('data-words="en"')[0];
  checkFrench(french.replace(/<[^>]*>/g, ' ').replace(/\s*\n\s*/g, '\n').replace(/ +/g, ' '), 'trust.html');
});
