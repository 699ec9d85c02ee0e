// @ts-check
// The endpoints of a site, what was sent to them, and why it did not arrive.

import { get, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { dayAndClock } from '../lib/format.js';
import { make } from '../frame/staff.js';
import { duration, sentence, words } from './model.js';
import { badge, button, code, field, form, older, secret, submit, table, when } from './parts.js';
import { apiOf, hashOf } from './route.js';

/** @typedef {import('./main.js').Context} Context */

const tones = /** @type {Record<string, string>} */ ({ delivered: 'ok', pending: 'warn', failed: 'bad' });

/** @param {Context} c */
export async function showEndpoints(c) {
  const { site, route, act, say, go } = c;
  if (!site) return [];
  const { endpoints } = await get(apiOf(site.id, 'endpoints'));
  const one = endpoints.find((/** @type {any} */ e) => e.id === route.id);
  if (one) return showEndpoint(c, one);
  const rows = endpoints.map((/** @type {any} */ e) => [
    make('a', { href: hashOf({ site: site.id, page: 'endpoints', id: e.id }), text: e.label || e.url }),
    make('code', { text: e.url }),
    stateOf(e),
    e.failingSince ? when(e.failingSince) : '–',
  ]);
  return [
    make(
      'section',
      { class: 'card' },
      table(t('console.page.endpoints'), [t('console.label'), t('console.url'), t('console.state'), t('console.failing')], rows),
    ),
    form(
      t('console.endpoint.add'),
      (data) =>
        act(async () => {
          const made = await post(apiOf(site.id, 'endpoints'), { url: String(data.get('url')), label: String(data.get('label')) });
          await go(
            { site: site.id, page: 'endpoints', id: made.endpoint.id },
            t('console.endpoint.added'),
            secret(t('console.endpoint.secret'), made.secret, say),
          );
        }),
      make(
        'div',
        { class: 'two' },
        field('url', t('console.url'), { type: 'url', hint: t('console.url.hint') }),
        field('label', t('console.label')),
      ),
      submit(t('console.endpoint.add')),
    ),
  ];
}

/** @param {any} e */
function stateOf(e) {
  return e.enabled
    ? badge(e.failingSince ? 'warn' : 'ok', t(e.failingSince ? 'console.endpoint.failing' : 'console.endpoint.on'))
    : badge('bad', t('console.endpoint.off'));
}

/**
 * What the parts of an endpoint's page have in common: the page, its site and endpoint, the address of a call about it,
 * and what a button does that calls, and then shows the page anew under some words.
 * @typedef {{ c: Context, site: string, e: any, at: (...parts: string[]) => string,
 *   send: (words: string, call: () => Promise<unknown>) => () => Promise<unknown> }} Shown
 */

/** @param {Context} c @param {any} e */
async function showEndpoint(c, e) {
  const { site, route, act, reload } = c;
  if (!site) return [];
  const at = (/** @type {string[]} */ ...parts) => apiOf(site.id, 'endpoints', e.id, ...parts);
  const asked = new URLSearchParams({ state: route.query.get('state') ?? '', cursor: route.query.get('cursor') ?? '' });
  const { deliveries, next } = await get(`${at('deliveries')}?${asked}`);
  const send = (/** @type {string} */ words, /** @type {() => Promise<unknown>} */ call) => () =>
    act(async () => {
      await call();
      await reload(words);
    });
  const shown = { c, site: site.id, e, at, send };
  return [
    about(shown),
    stateFilter(shown),
    deliveryTable(shown, deliveries, next),
    resendForm(shown),
    checkForm(shown),
  ];
}

/** Its state, its address and key, and what can be done with it. @param {Shown} shown */
function about({ c: { act, reload, say, go }, site, e, at, send }) {
  return make(
    'section',
    { class: 'card stack' },
    make('p', {}, stateOf(e), ...(e.whyNot ? [' ', sentence(e.whyNot)] : [])),
    code(t('console.url'), e.url, say),
    code(t('console.public-key'), e.publicKey, say),
    make(
      'p',
      { class: 'actions' },
      button(
        t('console.endpoint.test'),
        send(t('console.endpoint.tested'), () => post(at('test'))),
        { primary: true },
      ),
      button(t('console.rotate.secret'), () =>
        act(async () => {
          const made = await post(at('rotate'), { hours: 24 });
          await reload(t('console.endpoint.rotated'), secret(t('console.endpoint.secret'), made.secret, say));
        }),
      ),
      button(
        t(e.enabled ? 'console.endpoint.disable' : 'console.endpoint.enable'),
        send(t('console.saved'), () => post(at(), { enabled: !e.enabled })),
      ),
      button(
        t('console.delete'),
        () =>
          act(async () => {
            await post(at('drop'));
            await go({ site, page: 'endpoints' }, t('console.endpoint.deleted'));
          }),
        { refuse: true },
      ),
    ),
  );
}

/** @param {Shown} shown */
function stateFilter({ c: { route, go }, site, e }) {
  return form(
    t('console.filter'),
    (data) => go({ site, page: 'endpoints', id: e.id, query: new URLSearchParams({ state: String(data.get('state')) }) }),
    make(
      'div',
      { class: 'row' },
      field('state', t('console.state'), {
        value: route.query.get('state') ?? '',
        options: [
          ['', t('console.all')],
          ...['pending', 'delivered', 'failed'].map((s) => /** @type {[string, string]} */ ([s, t(`console.delivery.${s}`)])),
        ],
      }),
      submit(t('console.show')),
    ),
  );
}

/** A page of deliveries, and the way to older ones from next on. @param {Shown} shown @param {any[]} deliveries @param {string} next */
function deliveryTable({ c: { route }, site, e, at, send }, deliveries, next) {
  const rows = deliveries.map((d) => {
    const last = d.attempts[d.attempts.length - 1];
    return [
      words('event', d.type),
      badge(tones[d.state], t(`console.delivery.${d.state}`)),
      when(d.createdAt),
      String(d.attempts.length),
      last ? (last.problem ? sentence(last.problem) : String(last.status)) : '–',
      make(
        'div',
        { class: 'row' },
        details(d),
        button(
          t('console.resend'),
          send(t('console.resent'), () => post(at('deliveries', d.id, 'resend'))),
          { label: t('console.resend.what', { what: words('event', d.type) }) },
        ),
      ),
    ];
  });
  const state = route.query.get('state') ?? '';
  return make(
    'section',
    { class: 'card stack' },
    table(
      t('console.deliveries'),
      [t('console.event'), t('console.state'), t('console.created'), t('console.attempts'), t('console.answer')],
      rows,
    ),
    ...older(next, hashOf({ site, page: 'endpoints', id: e.id, query: { state, cursor: next } })),
  );
}

/** @param {Shown} shown */
function resendForm({ c: { act, reload }, at }) {
  return form(
    t('console.resend.range'),
    (data) =>
      act(async () => {
        const { sent } = await post(at('resend'), { from: Number(data.get('from')), to: Number(data.get('to')) });
        await reload(t('console.resent.n', { n: sent }));
      }),
    make(
      'div',
      { class: 'row' },
      field('from', t('console.from'), { type: 'number', narrow: true }),
      field('to', t('console.to'), { type: 'number', narrow: true }),
      submit(t('console.resend')),
    ),
  );
}

/** Whether a signature is that of a message, and if not, why. @param {Shown} shown */
function checkForm({ c: { act, say }, at }) {
  return form(
    t('console.check'),
    (data) =>
      act(async () => {
        const { valid, why } = await post(
          at('check'),
          Object.fromEntries(['id', 'timestamp', 'signature', 'body'].map((name) => [name, String(data.get(name))])),
        );
        say(sentence(why));
        const said = /** @type {HTMLElement} */ (document.getElementById('why'));
        said.className = `notice ${valid ? 'notice-ok' : 'notice-bad'}`;
        said.replaceChildren(make('p', { text: sentence(why) }));
        said.hidden = false;
      }),
    make('p', { class: 'muted', text: t('console.check.lead') }),
    make(
      'div',
      { class: 'two' },
      field('id', 'webhook-id'),
      field('timestamp', 'webhook-timestamp'),
      field('signature', 'webhook-signature', { lines: true }),
      field('body', t('console.body'), { lines: true }),
    ),
    submit(t('console.check.do')),
    make('div', { id: 'why', hidden: true }),
  );
}

/** What was sent and answered. @param {any} d */
function details(d) {
  return make(
    'details',
    {},
    make('summary', { text: t('console.details') }),
    make(
      'div',
      { class: 'stack-tight' },
      make('p', { class: 'label', text: t('console.body') }),
      make('code', { class: 'code', text: d.body || t('console.deleted') }),
      ...d.attempts.flatMap((/** @type {any} */ a) => [
        make('p', { class: 'label', text: `${dayAndClock(a.at)} – ${duration(a.ms / 1000)}` }),
        make('code', {
          class: 'code',
          text: [
            `webhook-id: ${d.event}`,
            `webhook-timestamp: ${a.timestamp ?? ''}`,
            `webhook-signature: ${a.signature ?? ''}`,
            '',
            a.status ? `HTTP ${a.status}` : sentence(a.problem ?? ''),
            a.answer ?? '',
          ]
            .join('\n')
            .trim(),
        }),
      ]),
    ),
  );
}
