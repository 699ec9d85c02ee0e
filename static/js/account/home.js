// @ts-check
/** The home page: words, and the profile at the top right. */

import { addWords } from '../lib/i18n.js';
import { startShell } from '../frame/shell.js';
import fr from '../words/fr/home.js';
import en from '../words/en/home.js';

addWords(fr, en);
void startShell();
