// @ts-check
/** The home page: words, and the profile at the top right. */

import { loadWords } from '../lib/i18n.js';
import { startShell } from '../frame/shell.js';

void loadWords('shell', 'home').then(() => startShell());
