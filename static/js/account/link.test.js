// @ts-check
// The page of a link: a site's opens at once, a letter's waits for a click.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { catalogue, languages } from '../../test/words.js';
import { json, settle } from '../../test/fakes.js';

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const fakes = /** @type {any} */ (globalThis);

/** Opens the page as a browser that runs scripts. @param {string} address after the host */
async function load(address) {
  const { pathname, search, hash } = new URL(address, 'https://visavis.example');
  /** @type {unknown[]} */
  const posted = [];
  /** @type {(event: object) => void} */
  let click = () => {};
  const element = () => ({ textContent: '', hidden: false, focus() {} });
  const option = { getAttribute: (/** @type {string} */ name) => (name === 'value' ? 'fr' : null), hasAttribute: () => true };
  const body = { dataset: /** @type {Record<string, string>} */ ({}), toggleAttribute() {} };
  fakes.location = { pathname, search, hash, replace: (/** @type {string} */ to) => { fakes.location.went = to; } };
  fakes.history = { replaceState: (/** @type {null} */ _, /** @type {string} */ __, /** @type {string} */ to) => { fakes.location.shown = to; } };
  fakes.document = {
    documentElement: { lang: languages[0].tag }, body, cookie: '', addEventListener: (/** @type {string} */ _, /** @type {typeof click} */ f) => { click = f; },
    querySelectorAll: (/** @type {string} */ what) => (what === '.language option' ? [option] : []),
    querySelector: () => null, getElementById: (/** @type {string} */ id) => (id === 'page-words' ? null : element()),
  };
  fakes.fetch = async (/** @type {string} */ asked, /** @type {RequestInit | undefined} */ init) => {
    const url = asked.split('?')[0];
    const words = /\/js\/words\/(\w+)\/(\w+)\.json/.exec(url);
    if (words) return json(catalogue(words[1], words[2]));
    if (url === '/api/me') throw new TypeError('who looks does not matter here');
    posted.push([url, JSON.parse(String(init?.body))]);
    return json({ next: '/request?id=1' });
  };
  const page = `./link.js?${encodeURIComponent(address)}`; // a module of its own for each
  await import(page);
  await settle();
  return { posted, body, press: async () => {
    click({ target: { closest: () => ({ dataset: { action: 'open' }, getAttribute: () => null }) } });
    await settle();
  } };
}

test('a letter’s link is opened by a click alone: a mail server that looks at it uses nothing up', async () => {
  const { posted, body, press } = await load('/v?letter#ver_1.secret');
  assert.deepEqual([posted, body.dataset.state, fakes.location.shown], [[], 'ask', '/v']);
  await press();
  assert.deepEqual([posted, fakes.location.went], [[['/api/link', { secret: 'ver_1.secret', zone }]], '/request?id=1']);
});

test('a link that a site leads to opens at once', async () => {
  const { posted } = await load('/v#ver_2.secret');
  assert.deepEqual(posted, [['/api/link', { secret: 'ver_2.secret', zone }]]);
});

test('letters hold the link that waits', () => {
  const go = (/** @type {string} */ file) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  assert.match(go('server/api/admit.go'), /LetterPath = "\/v\?letter#"/);
  assert.match(go('cmd/visavis/letters.go'), /Place: api\.LetterPath \+ l\.Secret/);
});
