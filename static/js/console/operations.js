// @ts-check
// What an operator sees of the whole service: the reviewers' queue, what is due for
// deletion, and who looked at what.

import { get } from '../lib/api.js';
import { weekHours } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { make } from '../frame/staff.js';
import { duration, percent, shareOf, words } from './model.js';
import { badge, bar, facts, older, table, when } from './parts.js';
import { hashOf } from './route.js';

/** @typedef {import('./main.js').Context} Context */

const card = (/** @type {HTMLElement[]} */ ...inside) => make('section', { class: 'card stack' }, ...inside);

export async function showReview() {
  const { oldest, stats, hours } = await get('/api/console/review');
  const now = Date.now();
  const ages = oldest.map((/** @type {any} */ q) => ({ ...q, age: (now - Date.parse(q.since)) / 1000 }));
  const most = Math.max(1, ...ages.map((/** @type {{age: number}} */ q) => q.age));
  const figures = [
    [t('console.waiting'), String(stats.waiting)],
    [t('console.median.wait'), duration(stats.median)],
    [t('console.hours'), hours ? weekHours(hours) : t('console.hours.always')],
    [t('console.disagreed'), `${stats.disagreed} / ${stats.blind} (${percent(stats.rate)})`],
    [t('console.hasty'), String(stats.hasty)],
    [t('console.never-disagrees'), String(stats.neverDisagrees)],
  ];
  return [
    card(make('h2', { text: t('console.overview') }), facts(figures)),
    card(
      table(
        t('console.oldest'),
        [t('console.code'), t('console.state'), t('console.since'), t('console.age'), t('console.drawn')],
        ages.map((/** @type {any} */ q) => [
          q.reference,
          words('queue', q.state),
          when(q.since),
          duration(q.age),
          bar(shareOf(q.age, most)),
        ]),
        t('console.nobody-waits'),
      ),
    ),
    card(
      table(
        t('console.reviewers'),
        [t('console.reviewer'), t('console.decisions'), t('console.accepted'), t('console.hasty'), t('console.never-disagrees')],
        stats.reviewers.map((/** @type {any} */ r) => [
          r.reviewer,
          String(r.decisions),
          `${r.accepted} (${percent(shareOf(r.accepted, r.decisions))})`,
          String(r.hasty),
          r.neverDisagrees ? badge('warn', t('console.yes')) : t('console.no'),
        ]),
      ),
    ),
  ];
}

export async function showDeletions() {
  const { due, open } = await get('/api/console/deletions');
  return [
    card(
      table(
        t('console.page.deletions'),
        [
          t('console.rule'),
          t('console.due.now'),
          t('console.due.week'),
          t('console.due.month'),
          t('console.due.later'),
          t('console.due.next'),
        ],
        due.map((/** @type {any} */ d) => [
          words('rule', d.rule),
          d.now ? badge('warn', String(d.now)) : '0',
          String(d.week),
          String(d.month),
          String(d.later),
          when(d.next),
        ]),
      ),
      make('p', { class: 'muted', text: t('console.due.open', { n: open }) }),
      make('p', { class: 'muted small', text: t('console.due.lead') }),
    ),
  ];
}

/** @param {Context} c */
export async function showAudit({ site, route }) {
  const of = new URLSearchParams(site ? { site: site.id } : {});
  const { entries, next } = await get(`/api/console/audit?${of}&before=${encodeURIComponent(route.query.get('before') ?? '')}`);
  const file = (/** @type {string} */ format) =>
    make('a', {
      class: 'button',
      href: `/api/console/audit/export?format=${format}${of.size ? `&${of}` : ''}`,
      download: '',
      text: t(`console.export.${format}`),
    });
  return [
    card(
      make('p', { class: 'actions' }, file('jsonl'), file('csv')),
      table(
        t('console.page.audit'),
        [t('console.time'), t('console.who'), t('console.action'), t('console.what'), t('console.enrolment')],
        entries.map((/** @type {any} */ a) => [
          when(a.at),
          [words('role', a.role), a.actor].filter(Boolean).join(' · '),
          words('audit', a.action),
          a.what || '–',
          a.enrolment ? make('code', { text: a.enrolment }) : '–',
        ]),
      ),
      ...older(next, hashOf({ site: site?.id ?? '', page: 'audit', query: { before: next } })),
    ),
  ];
}
