// @ts-check
// « Ma signature personnelle »: the profile, the request under way, the
// certificates and what can be done with them.

import { get, loginFor, post } from '../lib/api.js';
import { loadWords, language, onLanguage, t } from '../lib/i18n.js';
import { Follower } from '../wire/follow.js';
import { focusAnew, must, setText } from '../lib/dom.js';
import { timeZone } from '../lib/format.js';
import { closeDialog, listenActions, openDialog, setBusy, setFieldError, showProblem, showScreen } from '../lib/page.js';
import { current } from '../wire/enrolment.js';
import { standing } from '../wire/certificate.js';
import { renderCertificates, renderProfile, renderRequests } from './view.js';
import { startShell } from '../frame/shell.js';

/** @typedef {import('../lib/api.js').ApiError} ApiError */
/** @typedef {{enrolments: import('../wire/enrolment.js').View[], certificates: import('../wire/enrolment.js').Certificate[]}} Lists */

/** @type {import('../wire/enrolment.js').Me | null} */
let me = null;
/** @type {Lists | null} */
let lists = null;
/** @type {Follower | null} */
let follower = null;
let revoking = '';
let shown = '';

function render() {
  if (!me || (!lists && me.account.roles.includes('applicant'))) return; // what is there is not known: that is said
  showScreen('ready');
  renderProfile(me);
  if (!lists) return;
  renderRequests(lists.enrolments);
  renderCertificates(lists.certificates);
}

async function start() {
  const visitor = await startShell();
  if (!visitor.me) {
    if (visitor.error) showFailure(visitor.error);
    else location.replace(loginFor(location));
    return;
  }
  me = visitor.me;
  if (me.account.roles.includes('applicant')) await load();
  render();
  if (location.hash === '#certificates') must('certificates-title').focus();
}

/** Asks for everything again and follows the request under way. */
async function load() {
  try {
    lists = await get('/api/enrolments');
    follow(current(/** @type {Lists} */ (lists).enrolments));
  } catch (error) {
    showFailure(/** @type {ApiError} */ (error));
  }
}

/** @param {import('../wire/enrolment.js').View | undefined} view */
function follow(view) {
  if (follower && view && shown === view.id) return;
  follower?.stop();
  follower = null;
  shown = view?.id ?? '';
  if (!view) return;
  let { state } = view;
  follower = new Follower(view.id);
  follower.addEventListener('view', (event) => {
    const newest = /** @type {CustomEvent} */ (event).detail;
    if (newest.state === state) return;
    state = newest.state;
    void load().then(() => {
      render();
      tell(state);
    });
  });
  follower.start();
}

/** Says what the request under way waits for now. @param {string} state */
function tell(state) {
  const view = current(lists?.enrolments ?? []);
  setText(must('status'), view ? t(standing(view).text) : t(`shell.state.${state}`));
}

/** @param {ApiError} error */
function showFailure(error) {
  if (error.status === 401) {
    location.replace(loginFor(location));
    return;
  }
  if (!lists) showScreen('failed');
  showProblem(error);
}

/** One call at a time; a second click waits for the first. @param {() => Promise<void>} call */
async function once(call) {
  if (document.body.hasAttribute('data-busy')) return;
  setBusy(true);
  showProblem(null);
  try {
    await call();
  } catch (error) {
    closeDialog('revoke');
    showFailure(/** @type {ApiError} */ (error));
  } finally {
    setBusy(false);
  }
}

/** @param {string} path that gives back a request */
function goToRequest(path) {
  void once(async () => {
    const view = await post(path, { language: language(), zone: timeZone() });
    location.assign(`/request?id=${encodeURIComponent(view.id)}`);
  });
}

function revoke() {
  const reason = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="reason"]:checked'))?.value;
  setFieldError('revoke-reason', reason ? '' : t('signature.revoke.choose'));
  if (!reason) {
    focusAnew(/** @type {HTMLElement} */ (document.querySelector('input[name="reason"]')));
    return;
  }
  void once(async () => {
    await post(`/api/certificates/${encodeURIComponent(revoking)}/revoke`, { reason });
    closeDialog('revoke');
    await load();
    render();
    setText(must('status'), t('signature.revoked'));
    must('certificates-title').focus();
  });
}

function startPage() {
  onLanguage(() => void load().then(render));
  listenActions({
    subscribe: () => goToRequest('/api/enrolments'),
    renew: (button) => goToRequest(`/api/certificates/${encodeURIComponent(button.dataset.id ?? '')}/renew`),
    revoke: (button) => {
      revoking = button.dataset.id ?? '';
      for (const input of document.querySelectorAll('input[name="reason"]')) /** @type {HTMLInputElement} */ (input).checked = false;
      setFieldError('revoke-reason', '');
      openDialog('revoke');
      must('revoke-title').focus();
    },
    'revoke-yes': revoke,
    close: (button) => closeDialog(button.closest('dialog')?.id ?? ''),
    retry: () => location.reload(),
  });
  addEventListener('pageshow', (event) => { if (event.persisted) void load().then(render); });
  void start();
}

void loadWords('shell', 'signature').then(startPage);
