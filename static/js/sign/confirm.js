// @ts-check
// The phone's page: what is to be signed, and the digits that confirm it. Opening it says
// nothing to the server but that its link is read.

import { errorWords, post } from '../lib/api.js';
import { loadWords, onLanguage, t } from '../lib/i18n.js';
import { hide, must, setText } from '../lib/dom.js';
import { secretIn } from '../lib/secret.js';
import { listenActions, renderFacts, setBusy, setFieldError, setOptional, showScreen } from '../lib/page.js';
import { startShell } from '../frame/shell.js';
import { phoneScreen, short } from './state.js';

/** @typedef {import('../lib/api.js').ApiError} ApiError */

const secret = secretIn(location.href, /([\w-]{43})/);
/** @type {(import('./state.js').Signing & {signer: string, badge: string, site?: string}) | null} */
let signing = null;
let loaded = false;

const field = () => /** @type {HTMLInputElement} */ (must('digits'));

function render() {
  if (!loaded) return;
  const before = document.body.dataset.state;
  const screen = phoneScreen(signing);
  showScreen(screen);
  if (signing) {
    renderFacts('document', [
      ['sign.confirm.asker', signing.site ?? ''],
      ['sign.document', signing.name], ['sign.sha256', short(signing.sha256), true], ['sign.confirm.signer', signing.signer],
    ]);
    setOptional('badge', signing.badge);
    hide(must('done-own'), Boolean(signing.site));
    hide(must('done-site'), !signing.site);
  }
  if (before !== screen && before !== 'loading') document.getElementById(`${screen}-text`)?.focus();
}

/** @param {ApiError | null} error */
function problem(error) {
  hide(must('problem'), !error);
  setText(must('problem-text'), error ? errorWords(error) : '');
  setOptional('problem-reference', error?.reference ? t('shell.reference', { reference: error.reference }) : '');
}

/** @param {string} path @param {object} [more] */
async function say(path, more = {}) {
  if (document.body.hasAttribute('data-busy')) return;
  setBusy(true);
  problem(null);
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
      field().focus();
    } else if (refused.code === 'signing' && signing) {
      signing = { ...signing, state: 'waiting', over: true };
      problem(refused);
    } else problem(refused);
  }
  setBusy(false);
  render();
}

function startPage() {
  onLanguage(render);
  must('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const digits = field().value.trim();
    const good = /^[0-9]{2}$/.test(digits);
    setFieldError('digits', good ? '' : t('sign.confirm.form'));
    if (good) void say('/api/confirm/yes', { digits });
    else field().focus();
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
