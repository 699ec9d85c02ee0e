// @ts-check
// How far a site's verifications come, and how long it takes. The bars are beside the
// figures of a table, which say the same.

import { get } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { make } from '../frame/staff.js';
import { duration, percent, shareOf, words } from './model.js';
import { bar, field, form, submit, table } from './parts.js';
import { apiOf } from './route.js';

const days = ['1', '7', '30', '90', '365'];

/** @param {import('./main.js').Context} c */
export async function showFunnel({ site, route, go }) {
  if (!site) return [];
  const wanted = route.query.get('days') ?? '30';
  const { funnel } = await get(`${apiOf(site.id, 'funnel')}?days=${encodeURIComponent(wanted)}`);
  const all = funnel.stages[0].n;
  const stage = (/** @type {string} */ name) => words('stage', name);
  const stages = funnel.stages.map((/** @type {{stage: string, n: number}} */ s) => [
    stage(s.stage),
    String(s.n),
    percent(shareOf(s.n, all)),
    bar(shareOf(s.n, all)),
  ]);
  const most = Math.max(1, ...funnel.stops.map((/** @type {{n: number}} */ s) => s.n));
  const stops = funnel.stops.map((/** @type {any} */ s) => [
    stage(s.stage),
    words('status', s.status),
    words('reason', s.reason ?? '') || '–',
    s.phone || '–',
    String(s.n),
    bar(shareOf(s.n, most)),
  ]);
  const phones = funnel.phones.map((/** @type {any} */ p) => [
    p.phone || '–',
    String(p.scanned),
    String(p.captured),
    String(p.verified),
    percent(shareOf(p.verified, p.scanned)),
    bar(shareOf(p.verified, p.scanned)),
  ]);
  const longest = Math.max(1, ...funnel.times.map((/** @type {{p95: number}} */ s) => s.p95));
  const times = funnel.times.map((/** @type {any} */ s) => [
    t('console.span', { from: stage(s.from), to: stage(s.to) }),
    String(s.n),
    duration(s.median),
    duration(s.p95),
    bar(shareOf(s.median, longest)),
  ]);
  const card = (/** @type {HTMLElement} */ inside) => make('section', { class: 'card' }, inside);
  return [
    form(
      t('console.period'),
      (data) => go({ site: site.id, page: 'funnel', query: new URLSearchParams({ days: String(data.get('days')) }) }),
      make(
        'div',
        { class: 'row' },
        field('days', t('console.period.since'), { value: wanted, options: days.map((n) => [n, t('console.days', { n: Number(n) })]) }),
        submit(t('console.show')),
      ),
    ),
    card(table(t('console.funnel.stages'), [t('console.stage'), t('console.count'), t('console.share'), t('console.drawn')], stages)),
    make('p', { class: 'muted', text: funnel.open ? t('console.funnel.open', { n: funnel.open }) : t('console.funnel.none-open') }),
    card(
      table(
        t('console.funnel.stops'),
        [t('console.stage'), t('console.state'), t('console.reason'), t('console.phone'), t('console.count'), t('console.drawn')],
        stops,
        t('console.funnel.no-stops'),
      ),
    ),
    card(
      table(
        t('console.funnel.phones'),
        [t('console.phone'), stage('scanned'), stage('captured'), stage('verified'), t('console.share'), t('console.drawn')],
        phones,
      ),
    ),
    card(
      table(
        t('console.funnel.times'),
        [t('console.step'), t('console.count'), t('console.median'), t('console.p95'), t('console.drawn')],
        times,
      ),
    ),
  ];
}
