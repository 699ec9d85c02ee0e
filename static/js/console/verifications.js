// @ts-check
// The verifications of a site, and what happened to one of them.

import { get, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { dayAndClock, documentDate, languageName } from '../lib/format.js';
import { make } from '../frame/staff.js';
import { dataKey, sentence, words } from './model.js';
import { badge, button, facts, field, form, older, submit, table, when } from './parts.js';
import { apiOf, hashOf } from './route.js';

/** @typedef {import('./main.js').Context} Context */

/** @param {string} status */
function toneOf(status) {
  if (status === 'verified') return 'ok';
  if (['refused', 'expired', 'cancelled'].includes(status)) return 'bad';
  return ['review', 'requires_input', 'in_person'].includes(status) ? 'warn' : '';
}

/** @param {string} status */
const statusBadge = (status) => badge(toneOf(status), words('status', status));

/** @param {Context} c */
export async function showVerifications(c) {
  const { overview, site, route, go } = c;
  if (!site) return [];
  if (route.id) return showOne(c);
  const asked = { status: route.query.get('status') ?? '', reference: route.query.get('reference') ?? '' };
  const { verifications, next } = await get(
    `${apiOf(site.id, 'verifications')}?${new URLSearchParams({ ...asked, cursor: route.query.get('cursor') ?? '' })}`,
  );
  const rows = verifications.map((/** @type {any} */ v) => [
    make('a', { href: hashOf({ site: site.id, page: 'verifications', id: v.id }), text: v.code || v.id }),
    v.reference || '–',
    statusBadge(v.status),
    words('reason', v.reason ?? '') || '–',
    words('purpose', v.purpose),
    v.phone || '–',
    when(v.createdAt),
  ]);
  return [
    form(
      t('console.search'),
      (data) =>
        go({
          site: site.id,
          page: 'verifications',
          query: new URLSearchParams({ status: String(data.get('status')), reference: String(data.get('reference')).trim() }),
        }),
      make(
        'div',
        { class: 'row' },
        field('reference', t('console.reference'), { value: asked.reference }),
        field('status', t('console.state'), {
          value: asked.status,
          options: [['', t('console.all')], ...overview.statuses.map((s) => /** @type {[string, string]} */ ([s, words('status', s)]))],
        }),
        submit(t('console.search')),
      ),
    ),
    make(
      'section',
      { class: 'card stack' },
      table(
        t('console.page.verifications'),
        [
          t('console.code'),
          t('console.reference'),
          t('console.state'),
          t('console.reason'),
          t('console.purpose'),
          t('console.phone'),
          t('console.created'),
        ],
        rows,
      ),
      ...older(next, hashOf({ site: site.id, page: 'verifications', query: { ...asked, cursor: next } })),
    ),
  ];
}

/** @param {Context} c */
async function showOne({ overview, site, route, act, say }) {
  if (!site) return [];
  const { verification: v, timeline, personal: readable } = await get(apiOf(site.id, 'verifications', route.id));
  const known = [
    [t('console.reference'), v.reference],
    [t('console.reason'), words('reason', v.reason ?? '')],
    [t('console.purpose'), words('purpose', v.purpose)],
    [t('console.phone'), v.phone],
    [t('console.language'), v.language && languageName(v.language)],
    [t('console.attempts'), String(v.attempts)],
    [t('console.created'), dayAndClock(v.createdAt)],
    [t('console.expires'), v.final ? '' : dayAndClock(v.expiresAt)],
    [t('console.deleted-at'), v.deletedAt ? dayAndClock(v.deletedAt) : ''],
    [t('console.id'), v.id],
  ].filter(([, value]) => value);
  const shown = make('div', { class: 'stack-tight', id: 'data' });
  const look = () => act(async () => {
    const data = await post(apiOf(site.id, 'verifications', v.id, 'data'));
    const rows = (/** @type {any} */ d) =>
      [
        [t('console.surname'), d.surname],
        [t('console.given-names'), d.givenNames],
        [t('console.birth-date'), documentDate(d.birthDate)],
      ].filter(([, value]) => value);
    shown.replaceChildren(
      make('h3', { text: t('console.declared') }),
      facts(rows(data.declared)),
      ...(data.extracted ? [make('h3', { text: t('console.extracted') }), facts(rows(data.extracted))] : []),
    );
    say(t('console.looked'));
  });
  const personal = make('section', { class: 'card stack' }, make('h2', { text: t('console.data') }),
    make('p', { class: 'muted', text: t(dataKey(readable, overview.personal, Boolean(v.deletedAt))) }),
    ...(readable ? [make('p', { class: 'actions' }, button(t('console.data.show'), look)), shown] : []));
  return [
    make('p', {}, make('a', { href: hashOf({ site: site.id, page: 'verifications' }), text: t('console.back') })),
    make('section', { class: 'card stack' }, make('h2', { text: v.code || v.id }), make('p', {}, statusBadge(v.status)), facts(known)),
    personal,
    make(
      'section',
      { class: 'card stack' },
      make('h2', { text: t('console.timeline') }),
      make('ol', { class: 'timeline' }, ...timeline.map(momentOf)),
    ),
  ];
}

/** A role, and for operators the login's subject. @param {string} by */
function roleOf(by) {
  const [role, ...subject] = by.split(' ');
  return [words('role', role), ...subject].join(' ');
}

/** @param {{at: string, kind: string, what: string, reason?: string, by?: string, seq?: number}} m */
function momentOf({ at, kind, what, reason = '', by = '', seq }) {
  const said = /** @type {Record<string, () => string[]>} */ ({
    event: () => [words('event', what), reason && words('reason', reason), seq ? t('console.seq', { n: String(seq) }) : ''],
    transition: () => [words('moved', what), roleOf(by)],
    phone: () => [t('console.joined'), what],
    delivery: () => [
      t('console.delivered-to', { event: words('event', what) }),
      reason ? sentence(reason) : t('console.delivery.delivered'),
      by,
    ],
  })[kind]?.() ?? [what];
  const [first, ...more] = said.filter(Boolean);
  return make(
    'li',
    { 'data-kind': kind },
    make('strong', { text: first ?? what }),
    make('span', { class: 'muted small', text: [dayAndClock(at), ...more].join(' · ') }),
  );
}
