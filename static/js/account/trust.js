// @ts-check
/**
 * The page on trusting the local root holds French and English in its HTML, so that
 * it works without this script. The script hides the other one, shows the code for the
 * phone, and tries whether this browser trusts the secure address.
 */

import { fallback, loadWords, language, onLanguage, t, translatePage } from '../lib/i18n.js';
import { hide, setDrawing, setText } from '../lib/dom.js';
import { listenActions } from '../lib/page.js';

/**
 * @typedef {{url: string, qr: string, secure: string, plain: boolean, reach: 'yes' | 'alone' | 'container'}} Trust see
 *   cmd/visavis/plain.go
 */

/** What a try may take: a phone that waits longer has no network. */
const PATIENCE = 8_000;

/** @type {Trust | null} */
let trust = null;

/** The fallback's block is shown where the page's language has none. */
function show() {
  const blocks = [...document.querySelectorAll('[data-words]')];
  const own = blocks.some((block) => block.getAttribute('data-words') === language()) ? language() : fallback();
  for (const block of blocks) block.toggleAttribute('hidden', block.getAttribute('data-words') !== own);
  document.title = t('trust.title');
}

/** @param {string} name @returns {NodeListOf<HTMLElement>} the parts of that name, one in each language */
function parts(name) {
  return document.querySelectorAll(`[data-trust="${name}"]`);
}

function render() {
  if (!trust) return;
  const { url, qr, secure, plain, reach } = trust;
  for (const part of parts('away')) {
    hide(part, reach === 'yes');
    for (const why of part.querySelectorAll('[data-reach]'))
      hide(/** @type {HTMLElement} */ (why), why.getAttribute('data-reach') !== reach);
  }
  for (const part of parts('code')) hide(part, !qr || plain); // over plain HTTP the phone is here already
  for (const part of parts('url')) setText(part, url);
  for (const part of parts('qr')) if (qr) setDrawing(/** @type {HTMLImageElement} */ (part), qr);
  for (const part of parts('test')) hide(part, !plain || !secure);
  for (const part of parts('secure')) part.setAttribute('href', `${secure}/`);
}

/** Shows one result in each language. @param {'busy' | 'yes' | 'no'} result */
function say(result) {
  for (const part of document.querySelectorAll('[data-result]'))
    hide(/** @type {HTMLElement} */ (part), part.getAttribute('data-result') !== result);
}

/** Asks the secure address for anything: without trust the browser refuses before it sends. */
async function attempt() {
  if (!trust) return;
  say('busy');
  const end = new AbortController();
  const late = setTimeout(() => end.abort(), PATIENCE);
  try {
    await fetch(`${trust.secure}/trust.json`, { mode: 'no-cors', cache: 'no-store', signal: end.signal });
    say('yes');
  } catch {
    say('no');
  } finally {
    clearTimeout(late);
  }
}

async function ask() {
  try {
    const answer = await fetch('/trust.json', { cache: 'no-store' });
    if (answer.ok) trust = await answer.json();
  } catch {
    // without an answer the page says what it says without a script
  }
  render();
}

function startPage() {
  for (const element of document.querySelectorAll('[data-nojs]')) element.remove();
  translatePage(document);
  onLanguage(show);
  show();
  listenActions({ try: () => void attempt() });
  void ask();
}

void loadWords('trust').then(startPage);
