// @ts-check
// « Intégrer »: the lines for a site's pages, and a check of one of them.

import { get, post } from '../lib/api.js';
import { t } from '../lib/i18n.js';
import { make } from '../frame/staff.js';
import { words } from './model.js';
import { badge, code, field, form, submit, table } from './parts.js';
import { apiOf } from './route.js';

/** @param {import('./main.js').Context} c */
export async function showEmbedding({ site, act, say }) {
  if (!site) return [];
  const { lines, origins } = await get(apiOf(site.id, 'embedding'));
  const found = make('div', { id: 'findings' });
  return [
    make(
      'section',
      { class: 'card stack' },
      make('h2', { text: t('console.lines') }),
      make('p', { class: 'muted', text: t('console.lines.lead') }),
      code('HTML', lines.html, say),
      code('Content-Security-Policy', lines.contentSecurityPolicy, say),
      code('Permissions-Policy', lines.permissionsPolicy, say),
      ...(origins.length > 0 ? [] : [make('div', { class: 'notice notice-warn' }, make('p', { text: t('console.origins.none') }))]),
    ),
    form(
      t('console.headers'),
      (data) =>
        act(async () => {
          const { findings } = await post(apiOf(site.id, 'embedding'), { url: String(data.get('url')).trim() });
          const wrong = findings.filter((/** @type {{ok: boolean}} */ f) => !f.ok).length;
          found.replaceChildren(
            table(
              t('console.findings'),
              [t('console.line'), t('console.state'), t('console.have'), t('console.write')],
              findings.map((/** @type {any} */ f) => [
                words('find', f.code),
                badge(f.ok ? 'ok' : 'bad', t(f.ok ? 'console.ok' : 'console.lacks')),
                f.have ? make('code', { text: f.have }) : '–',
                f.write ? make('code', { text: f.write }) : '–',
              ]),
            ),
          );
          say(t('console.findings.n', { n: wrong }));
        }),
      make('p', { class: 'muted', text: t('console.headers.lead') }),
      field('url', t('console.page-url'), { type: 'url' }),
      submit(t('console.headers.do')),
      found,
    ),
  ];
}
