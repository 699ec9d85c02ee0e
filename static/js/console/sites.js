// @ts-check
// The sites, their settings and their keys.

import { ApiError, get, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { dayAndClock, languageName } from '../lib/format.js';
import { make } from '../frame/staff.js';
import { linesOf, words } from './model.js';
import { badge, boxes, button, facts, field, form, secret, submit, table, when } from './parts.js';
import { apiOf, hashOf } from './route.js';

/** @typedef {import('./main.js').Context} Context */

/** @param {boolean} live */
const modeOf = (live) => badge(live ? 'ok' : 'warn', t(live ? 'console.live' : 'console.test'));

/** @param {Context} c */
export function showSites({ overview, act, go }) {
  const rows = overview.sites.map((s) => {
    const sum = Object.values(s.counts ?? {}).reduce((a, b) => a + b, 0);
    return [
      make('a', { href: hashOf({ site: s.id, page: 'verifications' }), text: s.name }),
      modeOf(s.live),
      String(sum),
      String(s.counts?.review ?? 0),
      String(s.counts?.verified ?? 0),
      make('code', { text: s.id }),
    ];
  });
  const list = make(
    'section',
    { class: 'card' },
    table(
      t('console.sites'),
      [
        t('console.name'),
        t('console.mode'),
        t('console.page.verifications'),
        t('console.status.review'),
        t('console.status.verified'),
        t('console.id'),
      ],
      rows,
    ),
  );
  if (!overview.operator) return [list];
  return [
    list,
    form(
      t('console.site.add'),
      (data) =>
        act(async () => {
          const { site } = await post('/api/console/sites', { ...siteOf(data), live: data.get('live') === 'live' });
          await go({ site: site.id, page: 'settings' }, t('console.saved'));
        }),
      ...siteFields(overview, {}),
      field('live', t('console.mode'), {
        options: [
          ['test', t('console.test.long')],
          ['live', t('console.live.long')],
        ],
        value: 'test',
      }),
      submit(t('console.site.add')),
    ),
  ];
}

/** @param {FormData} data */
function siteOf(data) {
  return {
    name: String(data.get('name')), contact: String(data.get('contact')), returnUrls: linesOf(String(data.get('returnUrls'))),
    origins: linesOf(String(data.get('origins'))), languages: data.getAll('languages').map(String),
  };
}

/** @param {Context['overview']} overview @param {Partial<import('./main.js').Site>} site */
function siteFields(overview, site) {
  return [
    make(
      'div',
      { class: 'two' },
      field('name', t('console.name'), { value: site.name, hint: t('console.name.hint') }),
      field('contact', t('console.contact'), { value: site.contact, hint: t('console.contact.hint') }),
      field('returnUrls', t('console.return-urls'), {
        value: (site.returnUrls ?? []).join('\n'),
        lines: true,
        hint: t('console.return-urls.hint'),
      }),
      field('origins', t('console.origins'), { value: (site.origins ?? []).join('\n'), lines: true, hint: t('console.origins.hint') }),
    ),
    boxes(
      'languages',
      t('console.languages'),
      overview.languages.map((tag) => [tag, languageName(tag)]),
      site.languages ?? [],
    ),
  ];
}

/** @param {Context} c */
export function showSettings({ overview, site, act, reload }) {
  if (!site) return [];
  const about = make(
    'section',
    { class: 'card stack' },
    make('p', {}, modeOf(site.live)),
    ...(site.logo ? [make('img', { class: 'site-logo', src: `/site-logos/${site.logo}.png`, alt: '' })] : []),
    facts([[t('console.id'), site.id], [t('console.created'), dayAndClock(site.createdAt)]]),
  );
  if (!overview.operator) {
    const rows = [
      [t('console.return-urls'), (site.returnUrls ?? []).join(' ')],
      [t('console.origins'), (site.origins ?? []).join(' ')],
      [t('console.languages'), (site.languages ?? []).map(languageName).join(', ') || t('console.languages.all')],
      [t('console.contact'), site.contact ?? ''],
    ];
    about.append(
      facts(rows),
      make('p', { class: 'muted', text: t('console.settings.operator') }),
    );
    return [about];
  }
  return [about, form(t('console.page.settings'), (data) => act(async () => {
    await post(apiOf(site.id), siteOf(data));
    await reload(t('console.saved'));
  }), ...siteFields(overview, site), submit(t('console.save'))), logoForm(site, act, reload)];
}

const LOGO_BYTES = 512 * 1024;

/** The form of a site's logo. @param {import('./main.js').Site} site @param {Context['act']} act @param {Context['reload']} reload */
function logoForm(site, act, reload) {
  const save = (/** @type {() => object | Promise<object>} */ body, /** @type {string} */ words) => act(async () => {
    await post(apiOf(site.id, 'logo'), await body());
    await reload(words);
  });
  const element = form(
    t('console.logo'),
    (data) => save(async () => ({ file: await base64(/** @type {File} */ (data.get('logo'))) }), t('console.saved')),
    field('logo', t('console.logo.file'), { type: 'file', hint: t('console.logo.hint') }),
    submit(t('console.logo.set')),
  );
  /** @type {HTMLInputElement} */ (element.querySelector('input')).accept = 'image/png,image/webp';
  if (site.logo)
    element.querySelector('.actions')?.append(button(t('console.logo.remove'), () => save(() => ({ remove: true }), t('console.logo.removed'))));
  return element;
}

/** A file's bytes; none without a file. The server refuses a larger one too. @param {File} file @returns {Promise<string>} */
async function base64(file) {
  if (file.size > LOGO_BYTES) throw new ApiError(422, { error: { field: 'logo' } });
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 32_768) text += String.fromCharCode(...bytes.subarray(i, i + 32_768));
  return btoa(text);
}

/** @param {Context} c */
export async function showKeys({ overview, site, act, reload, say }) {
  if (!site) return [];
  const { keys } = await get(apiOf(site.id, 'keys'));
  const fresh = (/** @type {string} */ words) => (/** @type {{secret: string}} */ made) =>
    reload(words, secret(t('console.key.secret'), made.secret, say));
  const may = (/** @type {string[]} */ scopes) => overview.personal || !['personal', 'sign'].some((one) => scopes.includes(one));
  const rows = keys.map((/** @type {any} */ k) => {
    const name = k.label || `…${k.hint}`;
    const actions = make('span', { class: 'actions' });
    if (!k.over && may(k.scopes)) {
      actions.append(
        button(
          t('console.rotate'),
          () => act(async () => fresh(t('console.key.rotated'))(await post(apiOf(site.id, 'keys', k.id, 'rotate'), { hours: 24 }))),
          { label: t('console.rotate.what', { what: name }) },
        ),
      );
    }
    if (!k.over)
      actions.append(
        button(
          t('console.revoke'),
          () =>
            act(async () => {
              await post(apiOf(site.id, 'keys', k.id, 'revoke'));
              await reload(t('console.key.revoked'));
            }),
          { refuse: true, label: t('console.revoke.what', { what: name }) },
        ),
      );
    const state = k.over
      ? badge('bad', t('console.key.over'))
      : k.endsAt
        ? badge('warn', t('console.key.ends', { time: dayAndClock(k.endsAt) }))
        : badge('ok', t('console.key.valid'));
    return [
      name,
      make('code', { text: `${site.live ? 'vv_live_' : 'vv_test_'}…${k.hint}` }),
      k.scopes.map((/** @type {string} */ s) => words('scope', s)).join(', '),
      when(k.createdAt),
      k.usedAt ? when(k.usedAt) : t('console.never'),
      state,
      actions,
    ];
  });
  const scopes = overview.scopes.filter((s) => may([s]));
  return [
    make(
      'section',
      { class: 'card stack' },
      table(
        t('console.page.keys'),
        [
          t('console.label'),
          t('console.key'),
          t('console.scopes'),
          t('console.created'),
          t('console.used'),
          t('console.state'),
          t('console.actions'),
        ],
        rows,
      ),
      make('p', { class: 'muted small', text: t('console.rotate.hint') }),
    ),
    form(
      t('console.key.add'),
      (data) =>
        act(async () => {
          fresh(t('console.key.added'))(
            await post(apiOf(site.id, 'keys'), { label: String(data.get('label')), scopes: data.getAll('scopes').map(String) }),
          );
        }),
      field('label', t('console.label'), { hint: t('console.label.hint') }),
      boxes(
        'scopes',
        t('console.scopes'),
        scopes.map((s) => [s, words('scope', s)]),
        ['read', 'write'],
      ),
      ...(overview.personal ? [] : [make('p', { class: 'muted small', text: t('console.scopes.personal') })]),
      submit(t('console.key.add')),
    ),
  ];
}
