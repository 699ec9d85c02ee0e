// @ts-check
// The login page: the accounts of the demonstration, or the way to the provider.

import { ApiError, errorWords, post, safePath } from '../lib/api.js';
import { loadWords, has, onLanguage, t } from '../lib/i18n.js';
import { must, setText, setValue } from '../lib/dom.js';
import { fillList, listenActions, part, setBusy, setOptional, showScreen } from '../lib/page.js';
import { initials } from '../lib/format.js';
import { homeOf, logOut, startShell } from '../frame/shell.js';

/** @typedef {import('../frame/shell.js').Visitor} Visitor */
/** @typedef {{id: string, name: string, roles: string[]}} Choice */

const query = new URLSearchParams(location.search);
/** @type {Visitor} */
let visitor = { me: null, login: {}, error: null };
/** @type {ApiError | null} */
let problem = null;

/** @param {Visitor} who @returns {'failed' | 'in' | 'demo' | 'oidc' | 'nothing'} */
function screenOf({ me, login, error }) {
  if (error) return 'failed';
  if (me) return 'in';
  if ((login.demo ?? []).length > 0) return 'demo';
  return login.oidc ? 'oidc' : 'nothing';
}

function render() {
  showScreen(screenOf(visitor));
  const name = visitor.me?.account.name ?? '';
  setText(must('in-text'), name && t('login.in', { name }));
  const accounts = visitor.login.demo ?? [];
  renderAccounts('applicants', accounts.filter(({ roles }) => roles.includes('applicant')));
  renderAccounts('staff', accounts.filter(({ roles }) => !roles.includes('applicant')));
  const next = `/login/oidc?next=${encodeURIComponent(safePath(query.get('next')))}`;
  must('oidc').setAttribute('href', next);
  must('go-on').setAttribute('href', safePath(query.get('next'), homeOf(visitor.me?.account.roles ?? [])));
  const words = problem ?? visitor.error;
  setOptional('problem', words ? errorWords(words) : query.has('error') ? failure(query.get('error')) : '');
  must('problem-notice').hidden = must('problem').hidden;
}

/**
 * What went wrong on the way through the login provider.
 * @param {string | null} code of server/login's Problem
 */
function failure(code) {
  return t(has(`login.failed.${code}`) ? `login.failed.${code}` : 'login.failed');
}

/** @param {string} id @param {Choice[]} accounts */
function renderAccounts(id, accounts) {
  fillList(must(id), 'account-template', accounts, (element, { id: account, name, roles }) => {
    /** @type {HTMLElement} */ (element.firstElementChild).dataset.account = account;
    setText(part(element, 'avatar'), initials(name));
    setValue(part(element, 'name'), name);
    setText(part(element, 'roles'), roles.map((role) => t(has(`login.role.${role}`) ? `login.role.${role}` : role)).join(', '));
  });
  must(`${id}-part`).hidden = accounts.length === 0;
}

/** @param {HTMLElement} button */
async function enter(button) {
  setBusy(true);
  try {
    const account = button.dataset.account ?? '';
    const roles = visitor.login.demo?.find(({ id }) => id === account)?.roles ?? [];
    const { next } = await post('/api/login/demo', { account, next: safePath(query.get('next'), homeOf(roles)) });
    location.assign(safePath(next, homeOf(roles)));
  } catch (error) {
    problem = /** @type {ApiError} */ (error);
    setBusy(false);
    render();
  }
}

async function look() {
  visitor = await startShell();
  render();
}

function startPage() {
  onLanguage(render);
  listenActions({
    enter: (button) => void enter(button),
    change: () => void logOut(location.pathname + location.search),
    retry: () => location.reload(),
  });
  void look();
}

void loadWords('shell', 'login').then(startPage);
