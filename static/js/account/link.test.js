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
  fakes.history = {
    replaceState: (/** @type {null} */ _, /** @type {string} */ __, /** @type {string} */ to) => {
      fakes.location.shown = to;
    },
  };
  fakes.document = {
    documentElement: { lang: languages[0].tag },
    body,
    cookie: '',
    addEventListener: (/** @type {string} */ _, /** @type {typeof click} */ f) => {
      click = f;
    },
    querySelectorAll: (/** @type {string} */ what) => (what === '.language option' ? [option] : []),
    querySelector: () => null,
    getElementById: (/** @type {string} */ id) => (id === 'page-words' ? null : element()),
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

test('a link that came through mailers and trackers has its secret, and a letter’s still waits for a click', async () => {
  const secret = `${'ab2c3'.repeat(5)}d.12.${'aB3_-'.repeat(8)}xyz`;
  for (const [address, asks] of /** @type {[string, boolean][]} */ ([
    [`/v?letter#${secret}`, true], [`/v?letter&utm_source=mail#${secret}`, true], [`/v?fbclid=1&letter=#${secret}`, true],
    [`/v?letter#${secret}&utm_source=mail`, true], [`/v?letter#${secret}.`, true], [`/v?letter#${secret}%3E`, true],
    [`/v?letter%23${secret}`, true], [`/v?letter%2523${secret}%3Futm%3D1`, true],
    [`/v#${secret.replace('.', '%2E')}`, false], [`/v?letterhead=1#${secret}`, false], [`/v?utm_source=site#${secret}\u200b`, false],
  ])) {
    const { posted, press } = await load(address);
    assert.deepEqual(posted.length, asks ? 0 : 1, address);
    if (asks) await press();
    assert.deepEqual(posted, [['/api/link', { secret, zone }]], address);
  }
});

test('letters hold the link that waits', () => {
  const go = (/** @type {string} */ file) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  assert.match(go('server/api/admit.go'), /LetterPath = "\/v\?letter#"/);
  assert.match(go('cmd/visavis/letters.go'), /Place: api\.LetterPath \+ l\.Secret/);
});
