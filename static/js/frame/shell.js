// @ts-check
/**
 * What stands around every page of the journey: brand, language, profile at
 * the top right, and the foot with the other pages and who operates it.
 */

import { ApiError, get, loginFor, post } from '../lib/api.js';
import { onLanguage, oneDevice, t, translatePage } from '../lib/i18n.js';
import { onPhone } from '../lib/page.js';
import { hide, setText, setValue } from '../lib/dom.js';
import { fullName } from '../wire/enrolment.js';
import { initials } from '../lib/format.js';

/**
 * @typedef {import('../wire/enrolment.js').Me} Me
 * @typedef {object} Visitor who looks at the page
 * @property {Me | null} me null without a login
 * @property {import('../lib/api.js').LoginChoices} login how one may log in
 * @property {ApiError | null} error the server could not say
 */

/** @type {Visitor} */
let visitor = { me: null, login: {}, error: null };

/** Whether this is a demonstration, which shows before a login too. @param {Visitor} visitor */
function isDemo({ me, login }) {
  return me ? me.demo : (login.demo ?? []).length > 0;
}

/**
 * Translates the page, asks who looks at it and shows them at the top right.
 * The words of 'shell' and of the page are there before.
 * @param {(language: string) => void} [chosen] called when a language was chosen
 * @returns {Promise<Visitor>}
 */
export async function startShell(chosen) {
  oneDevice(onPhone());
  translatePage(document, chosen);
  return showVisitor();
}

/** The same for a page that translates itself. @returns {Promise<Visitor>} */
export async function showVisitor() {
  onLanguage(() => renderShell());
  for (const button of document.querySelectorAll('button[data-shell="logout"]')) button.addEventListener('click', () => void logOut());
  for (const button of document.querySelectorAll('[data-shell="logout-everywhere"]'))
    button.addEventListener('click', () => void logOut('/', true));
  visitor = await whoLooks();
  renderShell();
  return visitor;
}

/** Says on a page of staff that it is one: a demonstration may have staff logged in beside an applicant. */
function side() {
  return ['/review', '/registrar'].includes(location.pathname) ? '?side=staff' : '';
}

/** @returns {Promise<Visitor>} */
async function whoLooks() {
  try {
    return { me: await get(`/api/me${side()}`), login: {}, error: null };
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return { me: null, login: error.login ?? {}, error: null };
    return { me: null, login: {}, error: error instanceof ApiError ? error : new ApiError(0) };
  }
}

/** Where the profile leads: to the place where this account has something to do. @param {string[]} roles */
export function homeOf(roles) {
  if (roles.includes('applicant')) return '/signature';
  if (roles.includes('reviewer')) return '/review';
  if (roles.includes('registrar')) return '/registrar';
  return roles.includes('operator') ? '/console' : '/signature';
}

/** Who operates the service, in words; empty where it is not known. @param {Visitor} visitor */
export function operatorWords(visitor) {
  if (isDemo(visitor)) return t('shell.demo');
  const { name = '', role = '', text = '' } = visitor.me?.operator ?? {};
  if (text) return text;
  if (name && role) return t('shell.operator', { name, role });
  return name && t('shell.operator.name', { name });
}

function renderShell() {
  const { me, error } = visitor;
  if (error) return; // the page stays as it is while nobody knows who looks at it
  const profile = /** @type {HTMLAnchorElement | null} */ (document.getElementById('profile'));
  if (profile) renderProfile(profile, me);
  for (const place of document.querySelectorAll('[data-shell="operator"]')) {
    setText(/** @type {HTMLElement} */ (place), operatorWords(visitor));
    hide(/** @type {HTMLElement} */ (place), !operatorWords(visitor));
  }
  for (const part of document.querySelectorAll('[data-shell="demo"]')) hide(/** @type {HTMLElement} */ (part), !isDemo(visitor));
  for (const part of document.querySelectorAll('[data-shell="in-person"]')) hide(/** @type {HTMLElement} */ (part), !me?.inPerson);
  for (const part of document.querySelectorAll('[data-shell="logout"], [data-shell="in"]')) hide(/** @type {HTMLElement} */ (part), !me);
}

/** @param {HTMLAnchorElement} profile @param {Me | null} me */
function renderProfile(profile, me) {
  const name = me ? me.account.name || fullName(me.account) : '';
  const roles = me?.account.roles ?? [];
  profile.href = me ? homeOf(roles) : location.pathname === '/login' ? '/login' : loginFor(location);
  profile.toggleAttribute('data-in', Boolean(me));
  const words = profile.querySelector('.profile-name');
  const badge = profile.querySelector('.avatar');
  if (words) setValue(/** @type {HTMLElement} */ (words), name || t('shell.login'));
  if (badge) setText(/** @type {HTMLElement} */ (badge), initials(name));
  const to = profile.querySelector('.profile-to');
  if (to) setText(/** @type {HTMLElement} */ (to), me ? t(homeOf(roles) === '/signature' ? 'shell.profile' : 'shell.profile.staff') : '');
  profile.hidden = !me && location.pathname === '/login';
}

/**
 * Logs out and leaves: nothing of the person stays on the screen.
 * @param {string} [then] where to go
 * @param {boolean} [everywhere] takes back every login of the account
 */
export async function logOut(then = '/', everywhere = false) {
  try {
    const { next } = await post(`/api/logout${side()}`, everywhere ? { everywhere } : undefined);
    if (next) return location.assign(next); // the login provider's own logout, which leads back here
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) return; // still in: the button stays
  }
  location.assign(then);
}
