// The console's pages, by what a server would answer: a site with long names and many
// languages, a verification to which much happened, deliveries that failed.
import { times } from './pages-fixtures.js';

/** @typedef {import('./staff-gallery.js').StaffState} StaffState */

const { minute, day } = times;
const ago = (/** @type {number} */ ms) => new Date(Date.now() - ms).toISOString();
const operator = {
  account: { subject: 'demo-operator', name: 'Exploitation Spécimen', givenNames: 'Exploitation', surname: 'Spécimen', roles: ['operator', 'personal-data'] },
  demo: true, operator: { name: '', role: '', text: '' }, price: '', review: 'required', issuer: { test: true },
};

const site = `site_${'m4'.repeat(13)}`;
const verification = `ver_${'k7'.repeat(13)}`;
const endpoint = `end_${'p3'.repeat(13)}`;
const enrolment = '0b9d3c1e-7a52-4d0e-9f41-2f6f2a7d1c55';
const statuses = ['created', 'capturing', 'verifying', 'review', 'requires_input', 'to_confirm', 'requested', 'verified', 'refused', 'in_person', 'cancelled', 'expired', 'redacted'];

const overview = {
  sites: [
    {
      id: site, name: 'Mutuelle SPECIMEN des artisans et commerçants', live: true, contact: 'integration@mutuelle.example.org', createdAt: ago(90 * day),
      returnUrls: ['https://www.mutuelle.example.org/espace-adherent/signature/retour', 'https://preproduction.mutuelle.example.org/'],
      origins: ['https://www.mutuelle.example.org', 'https://preproduction.mutuelle.example.org'], languages: ['fr', 'de'], counts: { verified: 1204, review: 7, refused: 61 },
    },
    { id: `site_${'q2'.repeat(13)}`, name: 'Essais', live: false, returnUrls: [], origins: [], createdAt: ago(day), counts: {} },
  ],
  operator: true, personal: true, languages: ['fr', 'en', 'de', 'nl', 'pl', 'ar'], statuses, events: ['verification.verified', 'endpoint.test'], scopes: ['read', 'write', 'personal', 'redact'],
};

const moment = (/** @type {number} */ before, /** @type {string} */ kind, /** @type {string} */ what, /** @type {object} */ more = {}) => ({ at: ago(before * minute), kind, what, ...more });
const one = {
  verification: {
    id: verification, code: '7QX4MN', purpose: 'certificate', status: 'requires_input', reason: 'device.capture_failed', final: false, reference: 'adherent-2026-000482-signature-du-contrat',
    language: 'fr', phone: 'Android, Samsung Internet', attempts: 2, createdAt: ago(90 * minute), changedAt: ago(minute), expiresAt: ago(-6 * day),
  },
  personal: true,
  timeline: [
    moment(90, 'event', 'verification.created', { status: 'created', seq: 4810 }), moment(90, 'transition', 'declare', { by: 'applicant' }),
    moment(60, 'event', 'verification.link_opened', { status: 'created', seq: 4812 }), moment(55, 'phone', 'Android, Samsung Internet'),
    moment(50, 'event', 'verification.link_opened_elsewhere', { status: 'capturing', seq: 4813 }), moment(20, 'transition', 'extend', { by: 'reviewer demo:reviewer-2' }),
    moment(2, 'event', 'verification.requires_input', { status: 'requires_input', reason: 'device.capture_failed', seq: 4820 }),
    moment(1, 'delivery', 'verification.requires_input', { status: 'pending', reason: 'the certificate of the address is not valid', by: endpoint }),
  ],
};
const person = { surname: 'Specimen', givenNames: 'Maéva Claire', birthDate: '1990-07-13' };

const span = (/** @type {string} */ from, /** @type {string} */ to, /** @type {number} */ median, /** @type {number} */ p95) => ({ from, to, n: 1204, median, p95 });
const funnel = {
  stages: Object.entries({ started: 1411, opened: 1380, scanned: 1342, captured: 1290, reviewed: 1265, verified: 1204 }).map(([stage, n]) => ({ stage, n })),
  stops: [
    { stage: 'opened', status: 'expired', reason: 'person.abandoned', n: 71 }, { stage: 'reviewed', status: 'refused', reason: 'document.not_accepted', phone: 'iPhone, Safari', n: 40 },
    { stage: 'scanned', status: 'requires_input', reason: 'device.capture_failed', phone: 'Android, Samsung Internet', n: 9 },
  ],
  phones: [{ phone: 'iPhone, Safari', scanned: 702, captured: 688, verified: 650 }, { phone: 'Android, Samsung Internet', scanned: 611, captured: 580, verified: 541 }, { phone: '', scanned: 29, captured: 22, verified: 13 }],
  times: [span('started', 'opened', 41, 86_000), span('opened', 'scanned', 33, 240), span('scanned', 'captured', 58, 310), span('captured', 'reviewed', 260, 65_000), span('started', 'verified', 740, 172_000)],
  open: 18,
};

const attempt = (/** @type {object} */ more) => ({ at: ago(9 * minute), timestamp: '1764400000', signature: `v1,${'K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN'}/H/pI4= v1a,${'hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw'}/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==`, ms: 15_000, ...more });
const delivery = (/** @type {string} */ type, /** @type {string} */ state, /** @type {object[]} */ attempts) => ({
  id: `del_${state}`, endpoint, event: `evt_${'a2'.repeat(13)}`, type, verification, state, createdAt: ago(10 * minute), attempts,
  body: `{"id":"evt_${'a2'.repeat(13)}","type":"${type}","timestamp":"2026-11-29T09:00:00Z","data":{"seq":4820,"verification":"${verification}","rev":7,"status":"requires_input","final":false,"live":true}}`,
});
const deliveries = [
  delivery('verification.requires_input', 'pending', [attempt({ status: 503, answer: 'Service Unavailable: maintenance jusqu’à 14 heures', problem: 'answered 503' }), attempt({ problem: 'no whole answer in time' })]),
  delivery('verification.link_opened_elsewhere', 'failed', [attempt({ status: 301, problem: 'a redirect is not followed' })]), delivery('endpoint.test', 'delivered', [attempt({ status: 204, ms: 41 })]),
];

const entry = (/** @type {number} */ before, /** @type {string} */ role, /** @type {string} */ actor, /** @type {string} */ action, /** @type {string} */ what, /** @type {object} */ more = {}) =>
  ({ id: String(before), at: ago(before * minute), role, actor, action, what, ...more });
const entries = [
  entry(1, 'operator', 'demo:operator', 'look', `data of ${verification}`, { enrolment }), entry(7, 'reviewer', 'demo:reviewer-1', 'look', 'front-seq', { enrolment }),
  entry(12, 'operator', 'demo:operator', 'console', `${site} ${endpoint} events 4800 to 4820 sent again`), entry(95, 'site-staff', 'https://login.mutuelle.example.org/realms/agents#b1946ac92492d2347c6235b4d2611184', 'login', ''),
  entry(1500, 'registrar', 'demo:registrar', 'refused', '/api/console/sites'),
];

const review = {
  hours: { first: 1, last: 5, opens: '09:00', closes: '18:00', zone: 'Europe/Paris' },
  oldest: [{ reference: '7QX4MN', state: 'review', since: ago(26 * 60 * minute) }, { reference: 'B3K9TW', state: 'contested', since: ago(130 * minute) }, { reference: 'H6PD2Z', state: 'review', since: ago(3 * minute) }],
  stats: {
    waiting: 3, blind: 14, disagreed: 1, rate: 1 / 14, median: 252, hasty: 4, neverDisagrees: 1,
    reviewers: [
      { reviewer: 'demo:reviewer-1', decisions: 24, accepted: 20, hasty: 4, neverDisagrees: false },
      { reviewer: 'https://login.example.org/realms/staff#demo-reviewer-2', decisions: 310, accepted: 310, hasty: 0, neverDisagrees: true },
    ],
  },
};

/**
 * The pages of the console with the most on them, for an operator.
 * @returns {Record<string, StaffState>}
 */
export function consoleStates() {
  const api = `/api/console/sites/${site}`;
  const page = (/** @type {string} */ path, /** @type {object} */ answers, /** @type {string} */ shown) =>
    ({ path: `/console#/${path}`, answers: { 'GET /api/me': operator, 'GET /api/console': overview, ...answers }, shown: `#view ${shown}` });
  const of = `site/${site}`;
  return {
    'console-settings': page(`${of}/settings`, {}, '[name=origins]'),
    'console-verification': {
      ...page(`${of}/verifications/${verification}`, { [`GET ${api}/verifications/${verification}`]: one, [`POST ${api}/verifications/${verification}/data`]: { declared: person, extracted: person } }, '#data dl'),
      then: (p) => p.click('section:has(#data) button'),
    },
    'console-funnel': page(`${of}/funnel`, { [`GET ${api}/funnel`]: { funnel, days: 30 } }, 'table >> nth=3'),
    'console-audit': page('audit', { 'GET /api/console/audit': { entries, next: 'x' } }, 'table'),
    'console-deliveries': {
      ...page(`${of}/endpoints/${endpoint}`, {
        [`GET ${api}/endpoints`]: { endpoints: [{ id: endpoint, site, url: 'https://www.mutuelle.example.org/rappels/visavis/evenements', label: 'production', enabled: true, version: 2, createdAt: ago(80 * day), failingSince: ago(9 * minute), publicKey: `whpk_${'Qx9'.repeat(14)}=` }] },
        [`GET ${api}/endpoints/${endpoint}/deliveries`]: { deliveries, next: 'x' },
      }, 'details[open] code >> nth=1'),
      then: (p) => p.click('details summary >> nth=0'),
    },
    'console-queue': page('review', { 'GET /api/console/review': review }, 'table >> nth=1'),
  };
}
