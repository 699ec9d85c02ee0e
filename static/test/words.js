// @ts-check
// The languages and words of the pages, for tests.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { addWords, setLanguage, setLanguages } from '../js/lib/i18n.js';

const root = new URL('../js/words/', import.meta.url);

/** @type {Array<{tag: string, name: string, dir: string, locale: string, fallback?: boolean}>} */
export const languages = JSON.parse(readFileSync(new URL('languages.json', root), 'utf8'));

/**
 * A catalogue; undefined where the language has none of that name.
 * @param {string} tag
 * @param {string} name
 * @returns {Record<string, any> | undefined}
 */
export function catalogue(tag, name) {
  const file = new URL(`${tag}/${name}.json`, root);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** The names of the catalogues of a language. @param {string} tag */
export const namesOf = (tag) => readdirSync(new URL(`${tag}/`, root)).map((name) => name.replace(/\.json$/, ''));

/** The keys in the order of the file, also those that stand twice. @param {string} tag @param {string} name */
export function keysAsWritten(tag, name) {
  const text = readFileSync(new URL(`${tag}/${name}.json`, root), 'utf8');
  return [...text.matchAll(/^\s*"((?:[^"\\]|\\.)+)"\s*:/gm)].map((match) => match[1]);
}

/** Makes catalogues available in every language that has them, and begins in the first. @param {...string} names */
export function useWords(...names) {
  setLanguages(languages);
  for (const { tag } of languages) {
    for (const name of ['common', ...names]) addWords(tag, catalogue(tag, name) ?? {});
  }
  void setLanguage(languages[0].tag);
}
