// @ts-check
// The phone's page: what is to be signed, and the digits that confirm it. Opening it says
// nothing to the server but that its link is read.

import { errorWords, post } from '../lib/api.js';
import { loadWords, onLanguage, t } from '../lib/i18n.js';
import { digitsOf } from '../lib/digits.js';
import { clock } from '../lib/format.js';
import { focusAnew, must, setText } from '../lib/dom.js';
import { secretIn } from '../lib/secret.js';
import { listenActions, renderFacts, setBusy, setFieldError, setOptional, showProblem, showScreen } from '../lib/page.js';
import { startShell } from '../frame/shell.js';
import { phoneScreen, short } from './state.js';

/** @typedef {import('../lib/api.js').ApiError} ApiError */

const secret = secretIn(location.href, /([\w-]{43})/);
/** @type {(import('./state.js').Signing & {signer: string, badge: string, site?: string}) | null} */
let signing = null;
let loaded = false;

const headings = {
  ask: 'sign.confirm.heading', done: 'sign.confirm.done.heading', refused: 'sign.confirm.refused.heading', over: 'sign.confirm.over.heading',
};
/** What is said of the computer, or of the site that asks, by the id of its place. */
const told = {
  own: { 'ask-text': 'sign.confirm.text', 'digits-label': 'sign.confirm.digits', 'done-text': 'sign.confirm.done' },
  site: { 'ask-text': 'sign.confirm.text.site', 'digits-label': 'sign.confirm.digits.site', 'done-text': 'sign.confirm.done.site' },
};

const field = () => /** @type {HTMLInputElement} */ (must('digits'));

function render() {
  if (!loaded) return;
  const before = document.body.dataset.state;
  const screen = phoneScreen(signing);
  showScreen(screen);
  setText(must('heading'), t(headings[screen]));
  for (const [id, key] of Object.entries(told[signing?.site ? 'site' : 'own'])) setText(must(id), t(key));
  if (signing) {
    renderFacts('document', [
      ['sign.confirm.asker', signing.site ?? ''],
      ['sign.document', signing.name], ['sign.sha256', short(signing.sha256), true], ['sign.confirm.signer', signing.signer],
    ]);
    setOptional('badge', signing.badge);
    setOptional('until', signing.expiresAt ? t('sign.until', { time: clock(signing.expiresAt) }) : '');
  }
  if (before !== screen && before !== 'loading') must('heading').focus(); // spoken with the new screen
}

/** @param {string} path @param {object} [more] */
async function say(path, more = {}) {
  if (document.body.hasAttribute('data-busy')) return;
  setBusy(true);
  showProblem(null);
  try {
    signing = await post(path, { secret, ...more });
    loaded = true;
  } catch (error) {
    const refused = /** @type {ApiError} */ (error);
    if (refused.status === 404) {
      signing = null;
      loaded = true;
    } else if (refused.code === 'signing' && ['form', 'wrong'].includes(refused.problem ?? '')) {
      setFieldError('digits', errorWords(refused));
      field().value = '';
      focusAnew(field());
    } else if (refused.code === 'signing' && signing) {
      signing = { ...signing, state: 'waiting', over: true };
      showProblem(refused);
    } else showProblem(refused);
  }
  setBusy(false);
  render();
}

function startPage() {
  onLanguage(render);
  must('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const digits = digitsOf(field().value);
    const good = /^[0-9]{2}$/.test(digits);
    setFieldError('digits', good ? '' : t('sign.confirm.form'));
    if (good) void say('/api/confirm/yes', { digits });
    else focusAnew(field());
  });
  listenActions({ refuse: () => void say('/api/confirm/no') });
  void startShell();
  if (secret) void say('/api/confirm');
  else {
    loaded = true;
    render();
  }
}

void loadWords('shell', 'sign').then(startPage);
