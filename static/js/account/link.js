// @ts-check
// The page of a link that another site gave somebody. The secret stands in the
// fragment, which no server and no log sees; it leaves the address at once.

import { ApiError, errorWords, post, safePath } from '../lib/api.js';
import { has, loadWords, onLanguage, t } from '../lib/i18n.js';
import { must, setText } from '../lib/dom.js';
import { timeZone } from '../lib/format.js';
import { plainLink, secretIn } from '../lib/secret.js';
import { listenActions, setBusy, showScreen } from '../lib/page.js';
import { startShell } from '../frame/shell.js';

const link = `${location.pathname}${location.search}${location.hash}`;
/** Wherever a mailer or a tracker put something around it; what is none is the server's to refuse. */
const secret = secretIn(link, /([a-z2-7]{26}\.\d+\.[\w-]{43})(?![\w-])/) || location.hash.slice(1);
/** In a letter: mail servers open links, some with scripts, and the first browser keeps the link. */
const inLetter = /[?&]letter(?![\w-])/.test(plainLink(link));
history.replaceState(null, '', location.pathname);

let asking = inLetter;
/** @type {ApiError | null} */
let problem = null;

/** What the server says of a link that does not open. */
const known = new Set(['link-unknown', 'link-over', 'link-elsewhere']);

function render() {
  const refused = problem !== null && known.has(problem.code);
  showScreen(asking ? 'ask' : problem === null ? 'opening' : refused ? 'refused' : 'failed');
  const key = `link.error.${problem?.code}`;
  if (problem) setText(must('problem'), refused && has(key) ? t(key) : errorWords(problem));
}

async function open() {
  asking = false;
  problem = null;
  render();
  setBusy(true);
  try {
    const { next } = await post('/api/link', { secret, zone: timeZone() });
    location.replace(safePath(next));
  } catch (error) {
    problem = /** @type {ApiError} */ (error);
    render();
    must('heading').focus();
  } finally {
    setBusy(false);
  }
}

void loadWords('shell', 'link').then(() => {
  listenActions({ retry: () => void open(), open: () => void open() });
  onLanguage(render);
  void startShell();
  if (asking) render();
  else void open();
});
