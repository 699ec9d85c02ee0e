// @ts-check
/** What the fragment of the console's address says. Pure. */

/** Pages of the whole service, for operators; and of one site. */
export const pages = /** @type {const} */ (['sites', 'review', 'deletions', 'audit']);
export const sitePages = /** @type {const} */ (['verifications', 'funnel', 'keys', 'endpoints', 'embedding', 'settings', 'audit']);

/** @typedef {{page: string, site: string, id: string, query: URLSearchParams}} Route site and id may be empty */

/** @param {string} hash such as #/site/site_x/verifications/ver_y?status=review @returns {Route} */
export function routeOf(hash) {
  const [path, search = ''] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').map(decoded);
  const query = new URLSearchParams(search);
  if (parts[0] === 'site' && parts[1]) {
    const page = /** @type {readonly string[]} */ (sitePages).includes(parts[2]) ? parts[2] : 'verifications';
    return { page, site: parts[1], id: page === parts[2] ? parts[3] ?? '' : '', query };
  }
  return { page: /** @type {readonly string[]} */ (pages).includes(parts[0]) ? parts[0] : 'sites', site: '', id: '', query };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** @param {{page?: string, site?: string, id?: string, query?: URLSearchParams | Record<string, string>}} to */
export function hashOf({ page = 'sites', site = '', id = '', query }) {
  const path = site ? ['site', site, page, id] : [page];
  const search = new URLSearchParams(query);
  for (const [name, value] of [...search]) if (!value) search.delete(name);
  const more = search.toString();
  return `#/${path.filter(Boolean).map(encodeURIComponent).join('/')}${more ? `?${more}` : ''}`;
}

/** Where a call about a site goes. @param {string} site @param {...string} parts */
export function apiOf(site, ...parts) {
  return ['/api/console/sites', site, ...parts].map((part, i) => (i ? encodeURIComponent(part) : part)).join('/');
}
