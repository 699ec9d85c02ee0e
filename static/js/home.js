// @ts-check
/** The home page: words, and the profile at the top right. */

import { addWords } from './i18n.js';
import { startShell } from './shell.js';
import fr from './words/home.fr.js';
import en from './words/home.en.js';

addWords(fr, en);
void startShell();
