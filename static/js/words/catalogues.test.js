// @ts-check
// What every language, every catalogue and every page has to keep.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readPage } from '../../test/page.js';
import { catalogue, keysAsWritten, languages, namesOf } from '../../test/words.js';

const root = new URL('../../', import.meta.url);
const [first] = languages;
const catalogues = namesOf(first.tag);
const pages = readdirSync(root).filter((name) => name.endsWith('.html'));
const scripts = readdirSync(new URL('js', root), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.js') && !name.endsWith('.test.js'));
/** Whose desk it is: there the machine readable zone is called by its name. */
const staff = ['review', 'registrar', 'outbox', 'console', 'demo'];
/** What a language may do without: the desks of staff and the page on trust have words in some languages only. */
const optional = [...staff, 'trust'];

/** Texts that lie folded, beside the certificate's serial number. */
const folded = ['signature.sha256', 'signature.more'];

/** @param {string} name @param {string} lang @returns {Record<string, any>} */
const words = (name, lang) => catalogue(lang, name) ?? {};

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

const everything = [
  ...pages.map((name) => readPage(name)),
  ...scripts.map((name) => readFileSync(new URL(`js/${name}`, root), 'utf8')),
].join('\n');

/**
 * Whether a page or a script asks for a key: as it is, made from its stem and a code, or as another form of such a key.
 * @param {string} key
 * @returns {boolean}
 */
function asked(key) {
  const parts = key.split('.');
  if (everything.includes(`'${key}'`) || everything.includes(`"${key}"`)) return true;
  if (parts.some((_, i) => everything.includes(`${parts.slice(0, i).join('.')}.$` + '{'))) return true;
  if (['journey', 'here'].includes(parts.at(-1) ?? '')) return asked(parts.slice(0, -1).join('.'));
  // Of two boxes or of three, see renderConsent; codes that the server sends come through words(kind, code).
  return everything.includes(`\`${key.replace(/\.alone$/, '')}$` + '{') || everything.includes(`words('${parts[1]}'`);
}

/**
 * The plural forms that a language needs for the numbers that a page shows: those
 * of whole numbers to 200.
 * @param {string} tag
 */
function pluralForms(tag) {
  const rules = new Intl.PluralRules(tag);
  return [...new Set(Array.from({ length: 201 }, (_, n) => rules.select(n)))].sort();
}

test('the list of languages: known tags, own names, one fallback', () => {
  assert.ok(languages.length >= 2);
  for (const { tag, name, dir, locale } of languages) {
    assert.deepEqual(Intl.getCanonicalLocales(tag), [tag]);
    assert.ok(name && ['ltr', 'rtl'].includes(dir), tag);
    assert.equal(new Intl.Locale(locale).language, new Intl.Locale(tag).language);
    assert.equal(new Intl.DateTimeFormat(locale).resolvedOptions().numberingSystem, 'latn', `${tag}: digits as on documents`);
  }
  assert.equal(languages.filter((one) => one.fallback).length, 1);
  const folders = readdirSync(new URL('js/words', root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  assert.deepEqual(folders.sort(), languages.map(({ tag }) => tag).sort());
});

for (const { tag } of languages) {
  test(`${tag}: every catalogue, every key, every parameter and every plural form`, () => {
    const lacking = [];
    for (const name of catalogues) {
      const mine = catalogue(tag, name);
      if (!mine) {
        if (!optional.includes(name)) lacking.push(`${name}.json`);
        continue;
      }
      const model = words(name, first.tag);
      lacking.push(...Object.keys(model).filter((key) => !(key in mine)));
      assert.deepEqual(Object.keys(mine).filter((key) => !(key in model)), [], `${name}: keys that ${first.tag} does not have`);
      for (const [key, text] of Object.entries(mine)) {
        assert.ok(forms(text).every((form) => typeof form === 'string' && (form.trim() || model[key] === '')), `${key} is empty`);
        assert.equal(typeof text, typeof model[key], key);
        if (typeof text === 'object') {
          assert.deepEqual(pluralForms(tag).filter((form) => !(form in text)), [], `${key}: plural forms of ${tag}`);
          assert.ok(text.other, `${key}: the form of all other numbers`);
        }
        assert.deepEqual(parameters(text), parameters(model[key]), key);
      }
    }
    assert.deepEqual(lacking, [], `${tag} lacks words`);
    assert.deepEqual(namesOf(tag).filter((name) => !catalogues.includes(name)), [], `${tag}: catalogues that ${first.tag} does not have`);
  });
}

test('a key stands once in its catalogue', () => {
  for (const { tag } of languages) {
    for (const name of namesOf(tag)) {
      const keys = keysAsWritten(tag, name);
      assert.equal(new Set(keys).size, Object.keys(words(name, tag)).length, `${tag}/${name}.json: each key begins a line`);
      assert.deepEqual(keys.filter((key, i) => keys.indexOf(key) !== i), [], `${tag}/${name}.json: keys that stand twice`);
    }
  }
});

for (const name of catalogues) {
  test(`${name}: each key is asked for`, () => {
    for (const key of Object.keys(words(name, first.tag))) assert.ok(asked(key), `nothing asks for ${key}`);
  });

  test(`${name}: French typography`, () => {
    for (const [key, text] of Object.entries(words(name, 'fr'))) {
      for (const form of forms(text)) checkFrench(form, key);
    }
  });

  if (staff.includes(name)) continue;
  test(`${name}: a French number holds to what it counts`, () => {
    for (const [key, text] of Object.entries(words(name, 'fr'))) {
      for (const form of forms(text)) {
        const loose = /(?:(?<![-\d])\d+|\{(?:n|m|s|of|to)\}) (?!(?:sur|en|et|de|à|après)\b)(?=\p{L})/u.exec(form);
        assert.equal(loose, null, `${key}: ${form}`);
      }
    }
  });

  // What only an operator can change goes to the log, the doctor and the console; fingerprints lie behind « Détails ».
  test(`${name}: no person reads of containers, settings or hashes`, () => {
    for (const { tag } of languages) {
      for (const [key, text] of Object.entries(words(name, tag))) {
        if (folded.includes(key)) continue;
        for (const form of forms(text)) {
          assert.doesNotMatch(
            form,
            /\b(container|conteneur|contenedor|kontener|docker|environment variable|variable d’environnement|Umgebungsvariable|hash|SHA-?\d+|stderr|JSON|XML|API|port \d+|doctor)\b|VISAVIS_|--[a-z]/i,
            `${tag} ${key}`,
          );
        }
      }
    }
  });

  test(`${name}: no jargon on a person's screen`, () => {
    for (const { tag } of languages) {
      for (const [key, text] of Object.entries(words(name, tag))) {
        for (const form of forms(text))
          assert.doesNotMatch(form, /\b(token|jeton|session|socket|OCR|MRZ|dpi|HTTP|frame-)\b/i, `${tag} ${key}`);
      }
    }
  });
}

test('no module but those of words knows a language by its name', () => {
  let count = 0;
  for (const name of scripts) {
    for (const found of readFileSync(new URL(`js/${name}`, root), 'utf8').matchAll(/(['"`])(?:fr|en)(?:-[A-Z]{2})?\1/g)) {
      count++;
      assert.fail(`${name} names a language: ${found[0]}`);
    }
  }
  assert.equal(count, 0);
});

for (const name of pages) {
  test(`${name}: the French that stands in the page is the catalogue's`, () => {
    const words = Object.assign({}, ...catalogues.map((one) => catalogue('fr', one)));
    for (const [, key, text] of readPage(name).matchAll(/<[^>]*\sdata-t="([^"]+)"[^>]*>([^<]*)</g)) {
      assert.ok(key in words, `${key} has no words`);
      if (name !== 'phone.html') assert.equal(text, words[key], key); // the phone's page has its words from the script alone
    }
    for (const [, key] of readPage(name).matchAll(/data-t-(?:label|alt|placeholder)="([^"]+)"/g))
      assert.ok(key in words, `${key} has no words`);
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
