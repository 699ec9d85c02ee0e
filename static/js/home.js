// @ts-check
/** The home page: words and nothing else. */

import { addWords, translatePage } from './i18n.js';
import fr from './words/home.fr.js';
import en from './words/home.en.js';

addWords(fr, en);
translatePage(document);
