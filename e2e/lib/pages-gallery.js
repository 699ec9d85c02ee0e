// The journey's pages in every state, put there by what a server would say. The
// pages are the real ones, under the program's content policy.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { desktop as desktopOptions } from './browser.js';
import { watch } from './journey.js';
import { at, certificate, choices, me, picture, times, view, wordsOf } from './pages-fixtures.js';
import { root } from './server.js';

/** @typedef {{status?: number, json?: object, wait?: Promise<unknown>}} Answer */
/** @typedef {Answer | ((body: any) => Answer)} Answerer */

/**
 * @typedef {object} PageState
 * @property {string} path
 * @property {Record<string, Answerer>} [api] by method and path; without the language
 * @property {(page: import('playwright-core').Page) => Promise<unknown>} [then]
 * @property {object[]} [say] what the server says on the capture's socket
 * @property {string} shown a selector that is visible once the state is there
 */

const unknown = { status: 401, json: { error: { code: 'login-required', text: '' }, login: choices } };

/**
 * Answers a page's calls.
 * @param {import('playwright-core').Page} page
 * @param {Record<string, Answerer>} api may be changed afterwards
 */
export async function answer(page, api) {
  await page.route((url) => url.pathname.startsWith('/api/'), async (route) => {
    const request = route.request();
    const { pathname, searchParams } = new URL(request.url());
    if (pathname.includes('/pictures/')) return route.fulfill({ contentType: 'image/svg+xml', body: picture(pathname) });
    searchParams.delete('lang');
    const query = searchParams.toString();
    const key = `${request.method()} ${pathname}${query ? `?${query}` : ''}`;
    const found = api[key] ?? (pathname === '/api/desktop' ? { status: 503, json: {} } : undefined); // HTTP in a socket's place is refused too
    if (!found) return route.fulfill({ status: 404, json: { error: { code: 'not-found', text: '' } } });
    const { status = 200, json = {}, wait } = typeof found === 'function' ? found(request.postDataJSON() ?? {}) : found;
    await wait;
    return route.fulfill({ status, json }).catch(() => {}); // the page went away
  });
}

/**
 * Opens a page and brings it into a state.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {PageState} state
 * @param {object & {language?: string}} [look] options of the page; language: a tag that was chosen before
 */
export async function showPage(browser, origin, state, { language = '', ...look } = {}) {
  const context = await browser.newContext({ ...desktopOptions, timezoneId: 'Europe/Paris', ...look });
  if (language) await context.addCookies([{ name: 'visavis-language', value: language, url: origin }]);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const problems = watch(page);
  const api = { ...state.api };
  await answer(page, api);
  await page.routeWebSocket(/\/ws\//, (ws) => {
    ws.onMessage((data) => {
      if (typeof data !== 'string' || JSON.parse(data).type !== 'hello') return;
      for (const message of state.say ?? []) ws.send(JSON.stringify(message));
    });
  });
  await page.goto(origin + state.path);
  await state.then?.(page);
  await page.waitForSelector(`${state.shown} >> visible=true`);
  return { context, page, problems, api };
}

/** The calls of a page about one enrolment. @param {any} one @param {object} [who] @param {Record<string, Answerer>} [more] */
export function about(one, who = me(), more = {}) {
  return {
    'GET /api/me': { json: who }, 'GET /api/enrolments': { json: { enrolments: [one], certificates: [] } },
    [`GET /api/enrolments/${one.id}`]: { json: one }, ...more,
  };
}

const never = new Promise(() => {});

/** The states of request.html. @param {'fr' | 'en'} language @returns {Record<string, PageState>} */
export function requestStates(language) {
  const w = wordsOf(language);
  const of = (/** @type {any} */ one, /** @type {Partial<PageState>} */ more = {}, /** @type {object} */ who = me()) =>
    ({ path: `/request?id=${one.id}`, api: about(one, who), shown: `body[data-state] #heading`, ...more });
  const v = (/** @type {string} */ state, /** @type {object} */ more = {}) => view(language, state, more);
  const shown = (/** @type {string} */ state) => `body[data-state="${state}"] #heading`;
  const refused = (/** @type {object} */ refusal) => v('refused', { refusal: { at: at(-times.minute), ...refusal }, deletedAt: at(30 * times.day) });
  const wait = (/** @type {object} */ more = {}) => ({ from: 180, to: 360, queue: 2, overdue: false, since: at(-2 * times.minute), ...more });
  const declared = v('declared');
  const confirm = v('to-confirm');
  const usage = v('to-confirm', { extracted: { ...confirm.extracted, usageName: 'Exemple' }, nameChoice: true });
  const printed = v('to-confirm', { extracted: { ...confirm.extracted, usageName: 'Exemple' } });
  const inPerson = { place: w.place, hours: w.hours };
  const visit = v('in-person', { inPerson, expiresAt: at(29 * times.day), allowed: ['book-appointment', 'give-back-appointment', 'go-remote', 'cancel'] });
  const appointment = { at: times.tomorrowAt(10), until: times.tomorrowAt(11), zone: 'Pacific/Auckland' };
  const slots = about(visit, me(), {
    [`GET /api/enrolments/${visit.id}/slots`]: { json: { zone: 'Pacific/Auckland', slots: [9, 10, 11, 34, 35].map((hour) => ({ at: times.tomorrowAt(hour), left: 1 })) } },
  });
  return {
    loading: { path: '/request?id=x', api: { 'GET /api/me': { json: me() }, 'GET /api/enrolments/x': { wait: never } }, then: (page) => page.waitForTimeout(2_500), shown: '#slow' },
    failed: { path: '/request?id=x', api: { 'GET /api/me': { json: me() }, 'GET /api/enrolments/x': { status: 503 } }, shown: shown('failed') },
    missing: { path: '/request?id=x', api: { 'GET /api/me': { json: me() } }, shown: shown('missing') },
    foreign: { path: '/request?id=x', api: { 'GET /api/me': { json: me() }, 'GET /api/enrolments/x': { status: 403 } }, shown: shown('foreign') },
    none: { path: '/request', api: { 'GET /api/me': { json: me() }, 'GET /api/enrolments': { json: { enrolments: [], certificates: [] } } }, shown: shown('none') },
    declared: of(declared, { shown: shown('declared') }),
    'declared-unanswered': of(v('declared', { mobileNeeded: false }), { then: (page) => page.click('#form-declared [type=submit]'), shown: '#declared-answer-error' }),
    correct: of(declared, { path: `/request?id=${declared.id}#correct`, shown: shown('correct') }),
    'correct-wrong': of(declared, {
      path: `/request?id=${declared.id}#correct`,
      then: async (page) => {
        await page.fill('#surname', 'Spec1men');
        await page.fill('#birthDate', '31.02.1990');
        await page.fill('#mobile', '0639980012');
        await page.click('#form-correct [type=submit]');
      },
      shown: '#mobile-error',
    }),
    consent: of(declared, { path: `/request?id=${declared.id}#consent`, shown: shown('consent') }),
    'consent-more': of(declared, { path: `/request?id=${declared.id}#consent`, then: (page) => page.click('details.more summary'), shown: 'details.more .ticks' }),
    'consent-unticked': of(declared, {
      path: `/request?id=${declared.id}#consent`,
      then: async (page) => { await page.check('#box-processing'); await page.click('#form-consent [type=submit]'); }, shown: '#box-privacy-error',
    }),
    otherwise: of(v('declared', { inPerson }), {
      path: `/request?id=${declared.id}#consent`, then: (page) => page.click('#form-consent [data-action="otherwise"]'), shown: '#otherwise-title',
    }),
    capture: of(v('consented'), { shown: shown('capture') }),
    'capture-address': of(v('consented', { address: { confirmed: false, askedAt: at(-times.minute), left: 5 } }), { shown: '#form-address' }),
    'capture-resumed': of(v('capturing', { document: 'identity-card', taken: ['front'], missing: ['back', 'selfie'] }), { shown: shown('capture') }),
    'capture-failed': of(v('consented', { attempts: { left: 1, of: 3 }, failure: { reason: 'too-many-stills' } }), { shown: '#failure' }),
    again: of(v('capturing', {
      document: 'identity-card', taken: ['front', 'selfie'], missing: ['back'], again: { step: 'back', area: { x: 0.06, y: 0.58, width: 0.5, height: 0.2 }, words: w.again },
      pictures: [{ item: 'back', step: 'back', url: '/api/enrolments/x/pictures/back' }],
    }), { shown: shown('again') }),
    'again-drawn': of(v('capturing', { document: 'identity-card', again: { step: 'front', area: { x: 0.4, y: 0.2, width: 0.45, height: 0.25 }, words: w.again } }), { shown: shown('again') }),
    attempts: of(v('consented', { attempts: { left: 0, of: 3, next: at(9 * 60 * times.minute) }, failure: { reason: 'wrong-document' } }), { shown: shown('attempts') }),
    verifying: of(v('verifying', { wait: wait({ from: 5, to: 20 }) }), { shown: shown('wait') }),
    review: of(v('review', { wait: wait() }), { shown: shown('wait') }),
    'review-closed': of(v('review', { wait: wait({ queue: 0, opensAt: times.tomorrowAt(9), to: 3_000 }) }), { shown: '#wait-more' }),
    'review-overdue': of(v('review', { wait: wait({ overdue: true }) }), { shown: '#wait-more' }),
    'review-operated': of(v('review', { wait: wait({ queue: 1 }) }), { shown: shown('wait') }, me({ demo: false, operator: { name: 'Exemple de test', role: language === 'fr' ? 'autorité d’enregistrement' : 'registration authority' } })),
    contested: of(v('contested', { wait: wait({ queue: 0 }) }), { shown: shown('wait') }),
    lost: of(v('review', { wait: wait() }), {
      then: async (page) => {
        await page.waitForSelector(shown('wait'));
        await page.route('**/api/enrolments/**', (route) => route.abort());
      },
      shown: '#banner-lost',
    }),
    confirm: of(confirm, { shown: shown('confirm') }),
    'confirm-enlarged': of(confirm, { then: (page) => page.click('.picture >> nth=0'), shown: '#enlarged-picture' }),
    'confirm-usage': of(usage, { then: (page) => page.click('#form-confirm [type=submit]'), shown: '#usage-error' }),
    'confirm-printed': of(printed, { shown: shown('confirm') }),
    'confirm-in-person': of(v('to-confirm', { pictures: [] }), { shown: shown('confirm') }),
    dispute: of(confirm, { then: (page) => page.click('[data-go="dispute"]'), shown: shown('dispute') }),
    'dispute-unanswered': of(confirm, {
      then: async (page) => { await page.click('[data-go="dispute"]'); await page.click('#form-dispute [type=submit]'); }, shown: '#dispute-then-error',
    }),
    certificate: of(v('confirmed'), { shown: shown('certificate') }),
    'certificate-unanswered': of(v('confirmed'), { then: (page) => page.click('#form-certificate [type=submit]'), shown: '#accept-error' }),
    'certificate-refused': of(v('confirmed'), {
      api: about(v('confirmed'), me(), { [`POST /api/enrolments/${declared.id}/request`]: { status: 503, json: { error: { code: 'unavailable', text: '', reference: '7QX4MN' } } } }),
      then: async (page) => {
        await page.check('input[name="publish"][value="no"]');
        await page.check('#accept');
        await page.click('#form-certificate [type=submit]');
      },
      shown: '#banner-error',
    }),
    issuing: of(v('requested'), { shown: shown('issuing') }),
    issued: of(v('issued'), { shown: shown('issued') }),
    'in-person': of(v('in-person', { inPerson, expiresAt: at(29 * times.day) }), { shown: shown('in-person') }),
    'in-person-slots': of(visit, { api: slots, shown: '#form-appointment' }),
    'in-person-booked': of({ ...visit, appointment }, { shown: '#appointment-booked' }),
    'in-person-full': of(visit, { api: about(visit, me(), { [`GET /api/enrolments/${visit.id}/slots`]: { json: { zone: 'Europe/Paris', slots: [] } } }), shown: '#appointment-none' }),
    'refused-reviewed': of(refused({ reason: 'not-original', words: w.refused, contestable: true }), { shown: shown('refused') }),
    'refused-automatic': of(refused({ reason: 'document-expired', automatic: true, contestable: true }), { shown: shown('refused') }),
    'refused-under-age': of(refused({ reason: 'under-age', automatic: true, contestable: false }), { shown: shown('refused') }),
    'refused-issuer': of(refused({ reason: 'issuer', words: w.issuer, contestable: false }), { shown: shown('refused') }),
    'refused-unknown': of(refused({ reason: 'newer-than-this-page', words: w.refused }), { shown: shown('refused') }),
    contest: of(refused({ reason: 'other-person', contestable: true }), { then: (page) => page.click('[data-go="contest"]'), shown: shown('contest') }),
    expired: of(v('expired'), { shown: shown('expired') }),
    cancelled: of(v('cancelled'), { shown: shown('cancelled') }),
    cancel: of(v('review', { wait: wait() }), { then: (page) => page.click('#cancel'), shown: '#cancel-title' }),
  };
}

/** The states of the other pages. @param {'fr' | 'en'} language of what the server says @param {string} [chosen] the page's language @returns {Record<string, PageState>} */
export function otherStates(language, chosen = language) {
  const w = wordsOf(language);
  const who = { 'GET /api/me': { json: me() } };
  const lists = (/** @type {any[]} */ enrolments, /** @type {any[]} */ certificates) => ({
    ...who, 'GET /api/enrolments': { json: { enrolments, certificates } }, ...Object.fromEntries(enrolments.map((one) => [`GET /api/enrolments/${one.id}`, { json: one }])),
  });
  const signature = (/** @type {any[]} */ enrolments, /** @type {any[]} */ certificates, /** @type {Partial<PageState>} */ more = {}) =>
    ({ path: '/signature', api: lists(enrolments, certificates), shown: 'body[data-state="ready"] #certificates-title', ...more });
  const c = (/** @type {object} */ more = {}) => certificate(language, more);
  const v = (/** @type {string} */ state, /** @type {object} */ more = {}) => view(language, state, more);
  const all = [
    c(), c({ id: 'c2', state: 'expiring', daysLeft: 1, until: at(times.day), published: true }), c({ id: 'c3', state: 'requested', from: undefined, until: undefined, serial: undefined, sha256: undefined }),
    c({ id: 'c4', state: 'revoked', revokedAt: at(-2 * times.day), reason: 'superseded' }), c({ id: 'c5', state: 'expired', until: at(-times.day), daysLeft: 0 }), c({ id: 'c6', state: 'refused' }),
  ];
  const privacy = { ...who, 'GET /api/privacy': { json: { rows: w.rows, enrolments: [{ id: 'e1', reference: '7QX4MN', state: 'review' }, { id: 'e2', reference: 'B3K9TW', state: 'expired', deletedAt: at(-9 * times.day) }, { id: 'e3', reference: 'H6PD2Z', state: 'refused', deletedAt: at(29 * times.day) }] } } };
  const receipt = { id: 'r1', what: ['evidence'], at: at(0), rule: 'on-request', signature: 'c3BlY2ltZW4=' };
  const remove = async (/** @type {import('playwright-core').Page} */ page) => {
    await page.click('#requests [data-action="delete"] >> nth=0');
    await page.click('[data-action="delete-yes"]');
  };
  const entries = [{ subject: 'Maéva Claire TEST', issuer: 'TEST - AC NON QUALIFIEE', serial: '4a3f9c01d27be8550f6d1e9a2c7b8d40', from: at(-times.day), until: at(6 * times.day), state: 'valid' },
    { subject: 'Maéva Claire TEST', issuer: 'TEST - AC NON QUALIFIEE', serial: '11d27be8550f6d1e9a2c7b8d404a3f9c', from: at(-30 * times.day), until: at(-23 * times.day), state: 'revoked' }];
  const capture = (/** @type {string} */ stands, /** @type {object} */ progress, /** @type {Partial<PageState>} */ more = {}) => ({
    path: '/capture?id=e1', api: { ...who, 'POST /api/sessions': { json: { reference: '7QX4MN' } } },
    say: [{
      type: 'welcome', role: 'desktop', site: 'Visavis', serverTime: Date.now(), challenge: true,
      progress: { rev: 5, state: stands, language: chosen, reference: '7QX4MN', expiresAt: Date.now() + 40 * times.minute, phone: { state: 'present', name: 'Pixel 9, Chrome', since: Date.now() }, ...progress },
    }],
    shown: `body[data-state="${stands}"] #heading`, ...more,
  });
  const steps = (/** @type {string[]} */ ...states) => ['document-front', 'document-back', 'selfie'].map((step, i) => ({ step, state: states[i], stillsLeft: 5 }));
  const under = { document: 'identity-card', steps: steps('accepted', 'active', 'waiting') };
  const pairing = JSON.parse(readFileSync(join(root, 'protocol/testdata/messages/pairing.json'), 'utf8'));
  const waits = capture('waiting', { phone: undefined });
  const texted = v('consented', { sms: true });
  const document = { id: 's1', name: `${language === 'fr' ? 'Contrat de location SPECIMEN, 3 rue de l’Exemple' : 'Lease SPECIMEN, 3 rue de l’Exemple'}.pdf`, sha256: '3f9c01d2'.repeat(8), state: 'waiting', over: false, expiresAt: at(10 * times.minute) };
  const asked = { ...document, digits: '07', link: `https://example.org/confirm#${'A'.repeat(43)}`, qr: pairing.qr };
  const signing = (/** @type {object} */ now, /** @type {string} */ screen) => ({
    path: '/sign',
    api: {
      ...lists([], [c({ signs: true }), c({ id: 'c2', signs: true })]), 'POST /api/certificates/c1/signings?name=a.pdf': { json: asked },
      'GET /api/signings/s1': { json: { digits: asked.digits, ...now } }, 'POST /api/signings/s1/document': { json: {} },
    },
    then: async (/** @type {import('playwright-core').Page} */ page) => {
      await page.setInputFiles('#file', { name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') });
      await page.click('#form [type="submit"]');
    },
    shown: `#${screen}-heading`,
  });
  const confirms = (/** @type {object} */ now) => ({ 'GET /api/me': unknown, 'POST /api/confirm': { json: { ...document, signer: 'Maéva Claire TEST', badge: w.badge, ...now } } });
  const confirming = (/** @type {Partial<PageState>} */ more) => ({ path: `/confirm#${'A'.repeat(43)}`, api: confirms({}), shown: '#form', ...more });
  return {
    'capture-ways': {
      ...waits, say: [...waits.say, { ...pairing, expiresAt: Date.now() + 10 * times.minute, renewsEnd: Date.now() + 10 * times.minute }],
      api: { ...waits.api, 'GET /api/me': { json: me({ sms: true }) }, 'GET /api/enrolments/e1': { json: texted }, 'POST /api/enrolments/e1/link/sms': { json: texted } },
      then: (page) => page.click('#sms'), shown: '#mail-said',
    },
    'sign-none': { path: '/sign', api: lists([], [c()]), shown: 'body[data-state="none"] #heading' },
    'sign-choose': { path: '/sign', api: lists([], [c({ signs: true }), c({ id: 'c2', signs: true })]), then: (page) => page.click('#form [type="submit"]'), shown: '#file-error' },
    'sign-phone': signing(document, 'phone'),
    'sign-over': signing({ ...document, state: 'refused', over: true }, 'over'),
    'sign-done': signing({ ...document, state: 'confirmed' }, 'done'),
    'confirm-ask': confirming({ then: (page) => page.click('#form [type="submit"]'), shown: '#digits-error' }),
    'confirm-site': confirming({ api: confirms({ site: 'Agence SPECIMEN' }) }),
    'confirm-done': confirming({ api: confirms({ state: 'confirmed' }), shown: '#done-text' }),
    'confirm-refused': confirming({ api: confirms({ state: 'refused' }), shown: '#refused-text' }),
    'confirm-over': confirming({ path: '/confirm', shown: '#over-text' }),
    'capture-under-way': capture('capturing', under),
    'capture-stop': capture('capturing', under, { then: (page) => page.click('.foot [data-action="cancel"]:visible'), shown: '#confirm-title' }),
    // The page would go on by itself. Nothing comes here, so that it stays.
    'capture-done': capture('done', { document: 'identity-card', steps: steps('accepted', 'accepted', 'accepted') }, { then: (page) => page.route('**/request?**', (route) => route.fulfill({ status: 204 })) }),
    ...Object.fromEntries(['idle', 'not-me', 'cancelled-desktop', 'too-many-stills'].map((reason) => [`capture-ended-${reason}`, capture('ended', { reason })])),
    'home-in': { path: '/', api: who, shown: '#profile' },
    'home-out': { path: '/', api: { 'GET /api/me': unknown }, shown: '#profile' },
    'login-demo': { path: '/login', api: { 'GET /api/me': unknown }, shown: '#staff' },
    'login-failed': { path: '/login', api: { 'GET /api/me': unknown, 'POST /api/login/demo': { status: 503 } }, then: (page) => page.click('[data-account="maeva"]'), shown: '#problem' },
    'login-oidc': { path: '/login?next=/request', api: { 'GET /api/me': { status: 401, json: { error: {}, login: { demo: [], oidc: true } } } }, shown: '#oidc' },
    'login-in': { path: '/login', api: who, shown: '#go-on' },
    'login-down': { path: '/login', api: { 'GET /api/me': { status: 503 } }, shown: 'body[data-state="failed"] #problem' },
    'address-ask': { path: `/address#00000000-0000-4000-8000-000000000000.${'A'.repeat(43)}`, api: { 'GET /api/me': unknown }, shown: 'body[data-state="ask"] #heading' },
    'address-over': { path: '/address', api: { 'GET /api/me': unknown }, shown: 'body[data-state="over"] #heading' },
    'signature-new': signature([], [], { shown: '#subscribe' }),
    'signature-open': signature([v('review')], [], { shown: '#current' }),
    'signature-to-confirm': signature([v('to-confirm')], [c()], { shown: '#current' }),
    'signature-certificates': signature([v('issued'), v('refused', { id: 'e9', reference: 'B3K9TW' })], all, { then: (page) => page.click('#past summary'), shown: '#past-list' }),
    'signature-links': signature([v('issued')], [c({ level: 'qualified', badge: '', links: { activation: 'https://provider.example/a', credential: 'https://provider.example/s' } })], { shown: '.certificate [data-part="activation"]' }),
    'signature-numbers': signature([v('issued')], [c()], { then: (page) => page.click('.certificate summary'), shown: '.certificate details dl' }),
    'signature-revoke': signature([v('issued')], [c()], {
      then: async (page) => { await page.click('[data-action="revoke"]'); await page.click('[data-action="revoke-yes"]'); }, shown: '#revoke-reason-error',
    }),
    'signature-limit': signature([], [], {
      api: { ...lists([], []), 'POST /api/enrolments': { status: 429, json: { error: { code: 'limit', text: '', next: at(3 * 60 * times.minute), reference: '7QX4MN' } } } },
      then: (page) => page.click('[data-action="subscribe"]'), shown: '#problem',
    }),
    'signature-staff': { path: '/signature', api: { 'GET /api/me': { json: me({ account: { subject: 'demo:reviewer-1', name: 'Relecteur 1 Specimen', email: '', mobile: '', roles: ['reviewer'] } }) } }, shown: '#staff-review' },
    'signature-failed': { path: '/signature', api: { ...who, 'GET /api/enrolments': { status: 503 } }, shown: 'body[data-state="failed"] #problem' },
    privacy: { path: '/privacy', api: privacy, shown: '#requests li' },
    'privacy-delete': { path: '/privacy', api: privacy, then: (page) => page.click('#requests [data-action="delete"] >> nth=0'), shown: '#delete-title' },
    'privacy-receipt': { path: '/privacy', api: { ...privacy, 'POST /api/enrolments/e1/delete': { json: { receipt } } }, then: remove, shown: '#receipt' },
    'privacy-owed': { path: '/privacy', api: { ...privacy, 'POST /api/enrolments/e1/delete': { status: 409, json: { error: { code: 'owed', text: '' } } } }, then: remove, shown: '#problem' },
    'directory-empty': { path: '/directory', api: { 'GET /api/me': unknown }, shown: '#query' },
    'directory-found': { path: '/directory?q=TEST', api: { 'GET /api/me': unknown, 'GET /api/directory?q=TEST': { json: { certificates: entries } } }, shown: '#found li' },
    'directory-none': { path: '/directory?q=Exemple', api: { 'GET /api/me': unknown, 'GET /api/directory?q=Exemple': { json: { certificates: [] } } }, shown: 'body[data-state="none"] #status' },
  };
}

/**
 * Goes through all states of the journey's pages, a few at a time.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin of servePages
 * @param {object & {locale: string, language?: string}} look options of every page; language: a tag that was chosen before
 * @param {(page: import('playwright-core').Page, name: string, problems: string[]) => Promise<void>} visit
 * @param {RegExp} [only] names of states
 */
export async function everyPage(browser, origin, look, visit, only = /./) {
  const language = /** @type {'fr' | 'en'} */ (look.locale.slice(0, 2));
  const states = { ...Object.fromEntries(Object.entries(requestStates(language)).map(([name, state]) => [`request-${name}`, state])), ...otherStates(language, look.language) };
  const work = Object.entries(states).filter(([name]) => only.test(name));
  const next = async () => {
    for (let one = work.shift(); one; one = work.shift()) {
      const [name, state] = one;
      const { context, page, problems } = await showPage(browser, origin, state, look).catch((err) => { throw new Error(`${name}: ${err.message}`); });
      await visit(page, name, problems);
      await context.close();
    }
  };
  await Promise.all([next(), next(), next()]);
}
