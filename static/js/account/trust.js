// @ts-check
/**
 * The page on trusting the local root holds both languages in its HTML, so that
 * it works without this script; the script only hides the other one.
 */

import { loadWords, language, onLanguage, t, translatePage } from '../lib/i18n.js';

function show() {
  for (const words of document.querySelectorAll('[data-words]')) {
    words.toggleAttribute('hidden', words.getAttribute('data-words') !== language());
  }
  document.title = t('trust.title');
}

function startPage() {
  for (const element of document.querySelectorAll('[data-nojs]')) element.remove();
  translatePage(document);
  onLanguage(show);
  show();
}

void loadWords('trust').then(startPage);
