// @ts-check
// The console: sites, what they asked for and what they were told, for operators and
// the sites' own people. The address says what is shown; each page is asked for anew.

import { ApiError, errorWords, get } from '../lib/api.js';
import { loadWords, onLanguage, t } from '../lib/i18n.js';
import { hide, must, setText } from '../lib/dom.js';
import { setBusy, setOptional } from '../lib/page.js';
import { startShell } from '../frame/shell.js';
import { make } from '../frame/staff.js';
import { showEmbedding } from './embedding.js';
import { showEndpoints } from './endpoints.js';
import { showFunnel } from './funnel.js';
import { wrongWords } from './model.js';
import { showAudit, showDeletions, showReview } from './operations.js';
import { hashOf, pages, routeOf, sitePages } from './route.js';
import { showKeys, showSettings, showSites } from './sites.js';
import { showVerifications } from './verifications.js';

/**
 * @typedef {{id: string, name: string, live: boolean, returnUrls: string[], origins: string[], languages?: string[],
 *   contact?: string, logo?: string, createdAt: string, counts?: Record<string, number>}} Site
 */
/**
 * @typedef {{sites: Site[], operator: boolean, personal: boolean, languages: string[], statuses: string[], events:
 *   string[], scopes: string[]}} Overview
 */

/**
 * What a page of the console works with.
 * @typedef {object} Context
 * @property {Overview} overview
 * @property {import('./route.js').Route} route
 * @property {Site | undefined} site of the route
 * @property {(work: () => Promise<unknown>) => Promise<void>} act does something at the server, and says what went wrong
 * @property {(to: Parameters<typeof hashOf>[0], words?: string, secret?: Node) => Promise<void>} go to another page
 * @property {(words?: string, secret?: Node) => Promise<void>} reload the page, and show what is shown once
 * @property {(words: string) => void} say to who does not see the page
 */

/** @type {Record<string, (c: Context) => Node[] | Promise<Node[]>>} */
const views = {
  sites: showSites, review: showReview, deletions: showDeletions, audit: showAudit, verifications: showVerifications,
  funnel: showFunnel, keys: showKeys, endpoints: showEndpoints, embedding: showEmbedding, settings: showSettings,
};

/** Counts what is asked for: an answer that comes after another question is not shown. */
let asked = 0;

/** @param {string} words */
const say = (words) => setText(must('status'), words);

/** @param {unknown} error */
function fail(error) {
  const e = error instanceof ApiError ? error : new ApiError(0);
  if (!(error instanceof ApiError)) console.error(error);
  const words = [404, 409].includes(e.status) ? t(`console.error.${e.status}`) : e.status === 422 ? wrongWords(e) : errorWords(e);
  setOptional('problem-text', words);
  hide(must('problem'), !words);
  setText(must('alert'), words);
  for (const input of document.querySelectorAll('#view [aria-invalid]')) input.removeAttribute('aria-invalid');
  const named = /** @type {Record<string, string>} */ ({ return_urls: 'returnUrls' })[e.field] ?? e.field;
  const input = named && /** @type {HTMLElement | null} */ (document.querySelector(`#view [name="${CSS.escape(named)}"]`));
  if (input && e.status === 422) {
    input.setAttribute('aria-invalid', 'true');
    input.focus();
  }
}

/** @param {() => Promise<unknown>} work */
async function act(work) {
  if (document.body.hasAttribute('data-busy')) return;
  setBusy(true);
  clear();
  try {
    await work();
  } catch (error) {
    fail(error);
  } finally {
    setBusy(false);
  }
}

function clear() {
  for (const id of ['problem', 'done']) hide(must(id), true);
  for (const input of document.querySelectorAll('#view [aria-invalid]')) input.removeAttribute('aria-invalid');
  setText(must('alert'), '');
}

/** Shows the page of the address. @param {{words?: string, secret?: Node, focus?: boolean}} [after] what was done before */
async function show({ words = '', secret, focus = false } = {}) {
  const number = ++asked;
  const route = routeOf(location.hash);
  try {
    const overview = /** @type {Overview} */ (await get('/api/console'));
    const site = overview.sites.find(({ id }) => id === route.site);
    if (route.site && !site) throw new ApiError(404);
    if (!overview.operator && !route.site && route.page !== 'sites') throw new ApiError(404);
    const nodes = await views[route.page]({
      overview, route, site, act, say, reload: (said = '', once) => show({ words: said, secret: once }),
      go: async (to, said = '', once) => {
        const hash = hashOf(to);
        if (hash !== location.hash) history.pushState(null, '', hash);
        await show({ words: said, secret: once, focus: true });
      },
    });
    if (number !== asked) return;
    clear();
    renderNav(overview, route, site);
    const title = t(`console.page.${route.page}`);
    setText(must('heading'), title);
    setOptional('lead', site ? site.name : '');
    document.title = `${site ? `${title}, ${site.name}` : title} – Visavis`;
    must('view').replaceChildren(...(secret ? [secret] : []), ...nodes);
  } catch (error) {
    if (number !== asked) return;
    must('view').replaceChildren();
    setText(must('heading'), t('console.heading'));
    document.title = `${t('console.heading')} – Visavis`;
    fail(error);
    must('view').append(make('p', {}, make('a', { href: '#/sites', text: t('console.page.sites') })));
  }
  hide(must('loading'), true);
  document.body.dataset.state = 'shown';
  setOptional('done-text', words);
  hide(must('done'), !words);
  say(words);
  if (focus) must('heading').focus();
  if (secret) /** @type {HTMLElement} */ (secret).scrollIntoView({ block: 'nearest' });
}

/** @param {Overview} overview @param {import('./route.js').Route} route @param {Site | undefined} site */
function renderNav(overview, route, site) {
  const link = (/** @type {string} */ page, of = '') =>
    make(
      'li',
      {},
      make('a', {
        href: hashOf({ page, site: of }),
        'aria-current': route.page === page && route.site === of ? (route.id ? 'true' : 'page') : null,
        text: t(`console.page.${page}`),
      }),
    );
  must('nav').replaceChildren(
    make('ul', {}, ...(overview.operator ? pages : pages.slice(0, 1)).map((page) => link(page))),
    ...(site ? [make('p', { class: 'nav-title', text: site.name }), make('ul', {}, ...sitePages.map((page) => link(page, site.id)))] : []));
}

function start() {
  addEventListener('popstate', () => void show({ focus: true }));
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
  onLanguage(() => void show());
  void startShell();
  void show();
}

void loadWords('shell', 'console').then(start);
