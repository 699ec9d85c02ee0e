// @ts-check
// What every catalogue and every page has to keep.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readPage } from '../../test/page.js';

const root = new URL('../../', import.meta.url);
const catalogues = readdirSync(new URL('js/words/fr', root)).map((name) => name.split('.')[0]);
const pages = readdirSync(root).filter((name) => name.endsWith('.html'));
const scripts = readdirSync(new URL('js', root), { recursive: true }).map(String).filter((name) => /^(?!words).*(?<!\.test)\.js$/.test(name));
/** Whose desk it is: there the machine readable zone is called by its name. */
const staff = ['review', 'registrar', 'outbox'];

/** @param {string} name @param {string} lang @returns {Promise<Record<string, any>>} */
const catalogue = async (name, lang) => (await import(`./${lang}/${name}.js`)).default;

/** The forms of a text: one, or those of its numbers. @param {any} text @returns {string[]} */
const forms = (text) => (typeof text === 'string' ? [text] : Object.values(text));

/** The names of a text's parameters. @param {any} text */
const parameters = (text) => [...new Set(forms(text).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map((match) => match[1])))].sort();

/**
 * Narrow no-break space before ; : ! ? and inside « », typographic apostrophe,
 * one ellipsis character.
 * @param {string} text
 * @param {string} where
 */
function checkFrench(text, where) {
  const plain = text.replace(/https?:\S+/g, '');
  assert.doesNotMatch(plain, /[^\u202f][;:!?]/u, `${where}: ${text}`);
  assert.doesNotMatch(plain, /«(?!\u202f)|(?<!\u202f)»/u, `${where}: ${text}`);
  assert.doesNotMatch(plain, /['"]/, `${where}: straight apostrophe or quote`);
  assert.doesNotMatch(plain, /\.\.\./, `${where}: three dots`);
  assert.doesNotMatch(plain, / {2}/, `${where}: two spaces`);
}

const everything = [...pages.map(readPage), ...scripts.map((name) => readFileSync(new URL(`js/${name}`, root), 'utf8'))].join('\n');

/** Whether a page or a script asks for a key: as it is, made from its stem and a code, or as another form of such a key. @param {string} key @returns {boolean} */
function asked(key) {
  const parts = key.split('.');
  if (everything.includes(`'${key}'`) || everything.includes(`"${key}"`)) return true;
  if (parts.some((_, i) => everything.includes(`${parts.slice(0, i).join('.')}.$` + '{'))) return true;
  if (['journey', 'here'].includes(parts.at(-1) ?? '')) return asked(parts.slice(0, -1).join('.'));
  // Of two boxes or of three, see renderConsent; codes that the server sends come through words(kind, code).
  return everything.includes(`\`${key.replace(/\.alone$/, '')}$` + '{') || everything.includes(`words('${parts[1]}'`);
}

for (const name of catalogues) {
  test(`${name}: the same keys and parameters in French and English, each asked for`, async () => {
    const fr = await catalogue(name, 'fr');
    const en = await catalogue(name, 'en');
    assert.deepEqual(Object.keys(fr).sort(), Object.keys(en).sort());
    for (const key of Object.keys(fr)) {
      assert.equal(typeof fr[key], typeof en[key], key);
      assert.deepEqual(parameters(fr[key]), parameters(en[key]), key);
      assert.ok(asked(key), `nothing asks for ${key}`);
    }
  });

  test(`${name}: French typography`, async () => {
    for (const [key, text] of Object.entries(await catalogue(name, 'fr'))) {
      for (const form of forms(text)) checkFrench(form, key);
    }
  });

  if (staff.includes(name)) continue;
  test(`${name}: no jargon on a person's screen`, async () => {
    for (const lang of ['fr', 'en']) {
      for (const [key, text] of Object.entries(await catalogue(name, lang))) {
        for (const form of forms(text)) assert.doesNotMatch(form, /\b(token|jeton|session|socket|OCR|MRZ|dpi|HTTP|frame-)\b/i, key);
      }
    }
  });
}

for (const name of pages) {
  test(`${name}: the French that stands in the page is the catalogue's`, async () => {
    const words = Object.assign({}, ...await Promise.all(catalogues.map((one) => catalogue(one, 'fr'))));
    for (const [, key, text] of readPage(name).matchAll(/<[^>]*\sdata-t="([^"]+)"[^>]*>([^<]*)</g)) {
      assert.ok(key in words, `${key} has no words`);
      if (name !== 'phone.html') assert.equal(text, words[key], key); // the phone's page has its words from the script alone
    }
    for (const [, key] of readPage(name).matchAll(/data-t-(?:label|alt|placeholder)="([^"]+)"/g)) assert.ok(key in words, `${key} has no words`);
  });

  test(`${name}: nothing that the content policy refuses`, () => {
    assert.doesNotMatch(readPage(name), /\sstyle=|<style|\son[a-z]+="|<script(?![^>]*\ssrc=)|(?:src|href)="(?:https?:)?\/\//i);
  });

  test(`${name}: ids are unique, and what points to one finds it`, () => {
    const ids = [...readPage(name).matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const [, named] of readPage(name).matchAll(/(?:(?:aria-labelledby|aria-describedby|for)="|href="#)([\w -]+)"/g)) {
      for (const id of named.split(' ')) assert.ok(ids.includes(id), id);
    }
  });

}

test('the French of the trust page follows the typography', () => {
  const french = readPage('trust.html').split('data-words="fr"')[1].split(/<div[^>]*data-words="en"/)[0];
  checkFrench(french.replace(/<[^>]*>/g, ' ').replace(/\s*\n\s*/g, '\n').replace(/ +/g, ' '), 'trust.html');
});
