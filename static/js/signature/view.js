// @ts-check
// Writes « Ma signature personnelle ». Every function may be called twice.

import { has, t } from '../lib/i18n.js';
import { hide, must, setText, setValue } from '../lib/dom.js';
import { fillList, part, renderFacts, setOptional } from '../lib/page.js';
import { day, grouped, initials, telephone, timeZone } from '../lib/format.js';
import { current, fullName, isOpen } from '../wire/enrolment.js';
import { exists, renewable, revocable, standing, tone } from '../wire/certificate.js';

/** @typedef {import('../wire/enrolment.js').Me} Me */
/** @typedef {import('../wire/enrolment.js').View} View */
/** @typedef {import('../wire/enrolment.js').Certificate} Certificate */

/** @param {Me} me */
export function renderProfile({ account, issuer }) {
  const name = account.name || fullName(account);
  setText(must('profile-avatar'), initials(name));
  setValue(must('profile-full-name'), name);
  renderFacts('profile-facts', [['signature.email', account.email], ['signature.mobile', telephone(account.mobile), true]]);
  const applies = account.roles.includes('applicant');
  hide(must('staff'), applies);
  hide(must('staff-review'), !account.roles.includes('reviewer'));
  hide(must('staff-registrar'), !account.roles.includes('registrar'));
  hide(must('applicant'), !applies);
  hide(must('subscribe-test'), !issuer?.test);
}

/** @param {View[]} enrolments newest first */
export function renderRequests(enrolments) {
  const view = current(enrolments);
  hide(must('current'), !view);
  if (view) {
    const { text, button, waits } = standing(view);
    setText(must('current-text'), t(text));
    const link = must('current-link');
    setText(link, t(button));
    link.setAttribute('href', `/request?id=${encodeURIComponent(view.id)}`);
    link.classList.toggle('button-primary', !waits);
    setText(must('current-reference'), t('shell.reference', { reference: view.reference }));
    setOptional('current-until', view.expiresAt ? t('signature.until', { day: day(view.expiresAt) }) : '');
  }
  hide(must('subscribe'), Boolean(view));
  hide(must('subscribe-open'), !view);
  const past = enrolments.filter((one) => !isOpen(one) && one.state !== 'issued');
  hide(must('past'), past.length === 0);
  fillList(must('past-list'), 'past-template', past, (element, one) => {
    setValue(part(element, 'reference'), one.reference);
    setText(part(element, 'state'), `${t(`shell.state.${one.state}`)}, ${day(one.createdAt)}`);
    const link = /** @type {HTMLAnchorElement} */ (part(element, 'link'));
    link.href = `/request?id=${encodeURIComponent(one.id)}`;
    setText(link, t('signature.past.open'));
    link.setAttribute('aria-label', t('signature.past.of', { reference: one.reference }));
  }, (one) => one.id);
}

/** @param {Certificate[]} certificates */
export function renderCertificates(certificates) {
  hide(must('no-certificates'), certificates.length > 0);
  // Who has one that can be used mostly comes for it, not for another.
  document.querySelector('[data-action="subscribe"]')?.classList.toggle('button-primary', !certificates.some(revocable));
  fillList(must('certificate-list'), 'certificate-template', certificates, renderCertificate, (one) => one.id);
}

/** @param {HTMLElement} element @param {Certificate} certificate */
function renderCertificate(element, certificate) {
  const { id, subject, state } = certificate;
  setValue(part(element, 'subject'), subject);
  const badge = part(element, 'state');
  setText(badge, t(`signature.state.${state}`));
  badge.dataset.tone = tone(state);
  setText(part(element, 'level'), certificate.badge || t(`signature.level.${certificate.level}`));
  const words = `signature.${state}.text`;
  setOptional(part(element, 'text'), has(words) ? t(words) : '');
  renderFacts(part(element, 'facts'), facts(certificate));
  renderFacts(part(element, 'numbers'), [
    ['signature.serial', grouped(certificate.serial), true],
    ['signature.sha256', grouped(certificate.sha256), true],
  ]);
  const links = certificate.links ?? {};
  hide(part(element, 'links'), !links.activation && !links.credential);
  for (const name of /** @type {const} */ (['activation', 'credential'])) {
    const link = /** @type {HTMLAnchorElement} */ (part(element, name));
    hide(link, !links[name]);
    link.href = links[name] ?? '';
    setText(link, t(`signature.link.${name}`));
  }
  const there = exists(certificate);
  hide(part(element, 'files'), !there);
  hide(part(element, 'more'), !there);
  setText(part(element, 'more-title'), t('signature.more'));
  setText(part(element, 'files-title'), t('signature.downloads'));
  for (const kind of ['pem', 'der', 'page', 'proof']) {
    const link = /** @type {HTMLAnchorElement} */ (part(element, kind));
    // The page to read has its times in the person's own zone.
    const zone = kind === 'page' ? `?zone=${encodeURIComponent(timeZone())}` : '';
    link.href = `/api/certificates/${encodeURIComponent(id)}/${kind}${zone}`;
    setText(link, t(`signature.download.${kind}`));
    link.setAttribute('aria-label', `${t(`signature.download.${kind}`)} – ${t('signature.download', { name: subject })}`);
  }
  for (const [name, possible] of /** @type {const} */ ([['renew', renewable(certificate)], ['revoke', revocable(certificate)]])) {
    const button = part(element, name);
    hide(button, !possible);
    setText(button, t(`signature.${name}`));
    button.dataset.id = id;
  }
  const sign = /** @type {HTMLAnchorElement} */ (part(element, 'sign'));
  hide(sign, !certificate.signs);
  sign.href = `/sign?certificate=${encodeURIComponent(id)}`;
  setText(sign, t('signature.sign'));
  hide(part(element, 'actions'), !renewable(certificate));
}

/** @param {Certificate} certificate @returns {Array<[string, string | undefined]>} */
function facts({ issuer, from, until, state, daysLeft = 0, published, revokedAt, reason }) {
  const left =
    state === 'valid' || state === 'expiring' ? (daysLeft > 0 ? t('signature.days-left', { n: daysLeft }) : t('signature.last-day')) : '';
  const validity = from && until ? t('signature.valid.range', { from: day(from), until: day(until) }) : '';
  return [
    ['signature.issuer', issuer],
    ['signature.valid', [validity, left].filter(Boolean).join(', ')],
    ['signature.revoked-at', state === 'revoked' ? day(revokedAt) : ''],
    ['signature.reason', state === 'revoked' && has(`signature.reason.${reason}`) ? t(`signature.reason.${reason}`) : ''],
    [
      'signature.published',
      published === undefined || state === 'requested' || state === 'refused' ? '' : t(`signature.published.${published ? 'yes' : 'no'}`),
    ],
  ];
}
