// @ts-check
import { readFileSync } from 'node:fs';

/** @param {string} name under static */
const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

/** A page as the server sends it, its parts in their places. @param {string} name such as home.html */
export const readPage = (name) => read(name).replace(/<!-- include ([\w-]+\.html) -->/g, (_, part) => read(`parts/${part}`).trim());
