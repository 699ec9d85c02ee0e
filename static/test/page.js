// @ts-check
import { readFileSync } from 'node:fs';
import { languages } from './words.js';

/** @param {string} name under static */
const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

/** @param {string} html @returns {string} */
const withParts = (html) => html.replace(/<!-- include ([\w-]+\.html) -->/g, (_, part) => withParts(read(`parts/${part}`).trim()));

/**
 * A page as the server sends it but for its words: its parts in their places, its
 * chooser with the languages.
 * @param {string} name such as home.html
 * @param {{tag: string, name: string, dir: string, locale: string, fallback?: boolean}[]} [list]
 */
export const readPage = (name, list = languages) =>
  withParts(read(name)).replace('<!-- languages -->', () =>
    list
      .map(
        (one) =>
          `<option value="${one.tag}" lang="${one.tag}" dir="${one.dir}" data-locale="${one.locale}"${one.fallback ? ' data-fallback' : ''}>${one.name}</option>`,
      )
      .join(''),
  );
