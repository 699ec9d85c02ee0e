// @ts-check
/**
 * The page on trusting the local root holds French and English in its HTML, so that
 * it works without this script; the script only hides the other one.
 */

import { fallback, loadWords, language, onLanguage, t, translatePage } from '../lib/i18n.js';

/** The fallback's block is shown where the page's language has none. */
function show() {
  const blocks = [...document.querySelectorAll('[data-words]')];
  const own = blocks.some((block) => block.getAttribute('data-words') === language()) ? language() : fallback();
  for (const block of blocks) block.toggleAttribute('hidden', block.getAttribute('data-words') !== own);
  document.title = t('trust.title');
}

function startPage() {
  for (const element of document.querySelectorAll('[data-nojs]')) element.remove();
  translatePage(document);
  onLanguage(show);
  show();
}

void loadWords('trust').then(startPage);
