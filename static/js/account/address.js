// @ts-check
// The page that a letter's link opens: its buttons confirm the address or disown it.
// The page itself says nothing to the server, since mail servers open links.

import { ApiError, errorWords, post } from '../lib/api.js';
import { loadWords, onLanguage, t } from '../lib/i18n.js';
import { must, setText } from '../lib/dom.js';
import { secretIn } from '../lib/secret.js';
import { listenActions, setBusy, setOptional, showScreen } from '../lib/page.js';
import { startShell } from '../frame/shell.js';

/** What confirms, wherever a mailer or a tracker put something around it. */
const token = secretIn(location.href, /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[\w-]{43})/);

/** @typedef {'done' | 'disowned'} Answer */
/** @type {'ask' | Answer | 'over'} */
let screen = token ? 'ask' : 'over';
const headings = { ask: 'address.heading', done: 'address.done', disowned: 'address.disowned', over: 'address.over' };
/** @type {ApiError | null} */
let problem = null;

function render() {
  showScreen(screen);
  setText(must('heading'), t(headings[screen]));
  setOptional('problem', problem ? errorWords(problem) : '');
  must('problem-notice').hidden = must('problem').hidden;
}

/** Says whose the address is. @param {string} path @param {Answer} answer */
async function say(path, answer) {
  setBusy(true);
  problem = null;
  try {
    await post(path, { token });
    screen = answer;
  } catch (error) {
    const refused = /** @type {ApiError} */ (error);
    if (refused.status === 422) screen = 'over';
    else problem = refused;
  }
  setBusy(false);
  render();
  if (!problem) must('heading').focus(); // spoken with the new screen
}

function startPage() {
  onLanguage(render);
  listenActions({ confirm: () => void say('/api/address', 'done'), disown: () => void say('/api/address/disown', 'disowned') });
  void startShell();
  render();
}

void loadWords('shell', 'address').then(startPage);
