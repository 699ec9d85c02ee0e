// @ts-check
// The words of the staff's pages. Reviewers are shown the machine readable zone
// by its name: that is no jargon at their desk.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkFrench, forms, parameters } from './catalogue.js';
import { readPage } from './page.js';
import { list } from '../js/review-keys.js';
import { reasons as reviewReasons } from '../js/review-model.js';
import { reasons as registrarReasons } from '../js/registrar-state.js';

const pages = ['review', 'registrar', 'outbox'];

/** @param {string} page @param {string} lang @returns {Promise<Record<string, any>>} */
const catalogue = async (page, lang) => (await import(`../js/words/${page}.${lang}.js`)).default;

/** @param {string} name */
const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

for (const page of pages) {
  test(`${page}: the same keys and parameters in French and English, French typography`, async () => {
    const fr = await catalogue(page, 'fr');
    const en = await catalogue(page, 'en');
    assert.deepEqual(Object.keys(fr).sort(), Object.keys(en).sort());
    for (const key of Object.keys(fr)) {
      assert.equal(typeof fr[key], typeof en[key], key);
      assert.deepEqual(parameters(fr[key]), parameters(en[key]), key);
      for (const form of forms(fr[key])) checkFrench(form, key);
    }
  });

  test(`${page}.html: its French is the catalogue's, and the content policy refuses nothing`, async () => {
    const html = readPage(`${page}.html`);
    const words = Object.assign({}, ...await Promise.all(['common', 'shell', page].map((name) => catalogue(name, 'fr'))));
    for (const [, key, text] of html.matchAll(/<[^>]*\sdata-t="([^"]+)"[^>]*>([^<]*)</g)) assert.equal(text, words[key], key);
    for (const [, key] of html.matchAll(/data-t-(?:label|alt|placeholder)="([^"]+)"/g)) assert.ok(key in words, key);
    assert.doesNotMatch(html, /\sstyle=|<style|\son[a-z]+="|<script(?![^>]*\ssrc=)|(?:src|href)="(?:https?:)?\/\//i);
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const [, named] of html.matchAll(/(?:aria-labelledby|aria-describedby|for)="([^"]+)"/g)) {
      for (const id of named.split(' ')) assert.ok(ids.includes(id), id);
    }
  });

  test(`${page}: no words that nothing asks for`, async () => {
    const used = [readPage(`${page}.html`), ...scripts(page)].join('\n');
    for (const key of Object.keys(await catalogue(page, 'fr'))) {
      // A key is named as it is, or made from its stem and a code.
      const stems = key.split('.').map((_, i, parts) => `${parts.slice(0, i).join('.')}.$` + '{');
      assert.ok(used.includes(`'${key}'`) || used.includes(`"${key}"`) || stems.some((stem) => used.includes(stem)) || named(used, key), key);
    }
  });
}

/** The scripts of a page, without its words. @param {string} page */
function scripts(page) {
  const names = {
    review: ['review', 'review-view', 'review-papers', 'review-form', 'review-viewer', 'review-say', 'review-keys', 'review-model'],
    registrar: ['registrar', 'registrar-state'],
    outbox: ['outbox', 'outbox-mail'],
  };
  return names[/** @type {'review'} */ (page)].map((name) => read(`js/${name}.js`));
}

/** Words of codes that the server sends come through words(kind, code). @param {string} used @param {string} key */
function named(used, key) {
  const [, kind] = key.split('.');
  return used.includes(`words('${kind}'`);
}

test('every reason, key and doubt of the machine has words', async () => {
  const review = await catalogue('review', 'fr');
  const registrar = await catalogue('registrar', 'fr');
  for (const reason of reviewReasons) {
    assert.ok(review[`review.reason.${reason}`], reason);
    if (reason !== 'other') assert.ok(review[`review.suggest.refuse.${reason}`], `a sentence for ${reason}`);
  }
  for (const reason of registrarReasons) assert.ok(registrar[`registrar.reason.${reason}`], reason);
  const request = await catalogue('request', 'fr');
  for (const reason of [...reviewReasons, ...registrarReasons]) {
    if (reason !== 'other') assert.ok(request[`request.reason.${reason}`], `the applicant's page has no words for ${reason}`);
  }
  for (const [keys, what] of list) {
    assert.ok(review[`review.key.${what}`], what);
    for (const key of keys.flatMap((k) => k.split('+'))) if (key.length > 1) assert.ok(review[`review.key.${key}`], key);
  }
  const go = readFileSync(new URL('../../enrolment/review.go', import.meta.url), 'utf8');
  const codes = [...go.matchAll(/= "([a-z-]+)"/g)].map((match) => match[1]);
  for (const code of ['kind-not-accepted', 'document-expired', 'under-age', 'replayed-sequence', 'step-not-retaken', 'face']) {
    assert.ok(codes.includes(code), `${code} is still a code of enrolment`);
    assert.ok(review[`review.doubt.${code}`], code);
  }
});
