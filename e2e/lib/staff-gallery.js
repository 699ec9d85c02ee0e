// The staff's pages in every state, by what a server would answer: the pages are
// the real ones, the answers are given. Pictures are drawn specimens.
import { desktop as desktopOptions } from './browser.js';
import { watch } from './journey.js';
import { times } from './pages-fixtures.js';

/**
 * @typedef {object} StaffState
 * @property {string} path
 * @property {Record<string, any>} answers by "METHOD path": a body, a function of the request that gives one, or {status, json}
 * @property {(page: import('playwright-core').Page) => Promise<unknown>} [then]
 * @property {string} shown a selector that is visible once the state is there
 */

const minute = 60_000;
const soon = (/** @type {number} */ ms) => new Date(Date.now() + ms).toISOString();
const reviewer = {
  account: { subject: 'demo-reviewer-1', name: 'Relectrice Spécimen', givenNames: 'Relectrice', surname: 'Spécimen', roles: ['reviewer'] },
  demo: true, operator: { name: '', role: '', text: '' }, price: '', review: 'required', issuer: { test: true },
};
const registrar = { ...reviewer, account: { ...reviewer.account, subject: 'demo-registrar', name: 'Guichet Spécimen', roles: ['registrar'] } };

/** A file with something of everything. @param {object} [more] */
export function reviewFile(more = {}) {
  const url = (/** @type {string} */ item) => `/api/review/e1/items/${item}`;
  const item = (/** @type {string} */ name, /** @type {string} */ kind, /** @type {string} */ step, /** @type {object} */ about = {}) => ({ item: name, kind, step, url: url(name), ...about });
  return {
    id: 'e1', reference: '7QX4MN', language: 'fr', round: 1, blind: false, drawnUntil: soon(27 * minute), extendable: true, document: 'identity-card',
    declared: { surname: 'Specimen', givenNames: 'Hélène Alice', birthDate: '1963-02-12', email: 'helene@example.org' },
    contacts: [{ kind: 'email', value: 'helene@example.org', confirmed: true, way: 'digits' }, { kind: 'mobile', value: '+33639980012', confirmed: false }],
    readings: [
      { field: 'surname', declared: 'Specimen', mrz: 'SPECIMEN', printed: 'SPECIMEN', differs: false, class: 'exact' },
      { field: 'given-names', declared: 'Hélène Alise', mrz: 'HELENE ALICE', printed: 'Hélène, Alice', differs: true, class: 'near' },
      { field: 'usage-name', declared: '', mrz: '', printed: '', differs: false },
      { field: 'birthDate', declared: '1963-02-12', mrz: '630212', printed: '21 02 1963', differs: true },
      { field: 'expiry', mrz: '320627', printed: '27 06 2032', differs: false },
      { field: 'number', mrz: 'X05DZHHW2', printed: 'X05DZHHW2', differs: false },
      { field: 'nationality', mrz: 'FRA', printed: '', differs: false },
    ],
    checks: [
      { name: 'kind', words: 'Type de document accepté', value: 'identity-card', limit: 'identity-card, passport, residence-permit', ok: true, source: 'mrz' },
      { name: 'zone', words: 'Zone de lecture automatique', value: 'corrected', limit: 'valid', ok: false, source: 'back' },
      { name: 'digit-birth-date', words: 'Clé de contrôle\u202f: birth-date', value: '0', limit: '0', ok: true, source: 'mrz' },
      { name: 'names', words: 'Nom et prénoms comparés à ce qui a été indiqué', value: 'near', limit: 'automatic', ok: false, source: 'declared, mrz, print' },
      { name: 'age', words: 'Âge', value: 63, limit: 18, unit: 'years', ok: true, source: 'mrz' },
      { name: 'validity', words: 'Validité selon le modèle de document', value: 'valid', limit: '2032-06-27', ok: true, source: 'règlement (UE) 2019/1157 art. 5' },
      { name: 'face', words: 'Ressemblance du portrait et du selfie', value: 0.3124, limit: 0.4, unit: 'cosine', ok: false, source: 'portrait, selfie' },
      { name: 'register', words: 'Registre des documents perdus ou volés', ok: null },
    ],
    items: [
      item('front', 'still', 'front', { notes: ['used-anyway'] }), item('back', 'still', 'back'), item('selfie', 'still', 'selfie'),
      item('front-seq', 'sequence', 'front'), item('back-seq', 'sequence', 'back'), item('selfie-seq', 'sequence', 'selfie', { notes: ['gesture-skipped'] }),
    ],
    portrait: { item: 'front', area: { x: 0.13, y: 0.3, width: 0.13, height: 0.22 } },
    selfie: { item: 'selfie', area: { x: 0.44, y: 0.25, width: 0.12, height: 0.24 } },
    checklist: [
      { id: 'ovi', words: 'L’encre du motif en bas à droite change de couleur quand la carte s’incline.' },
      { id: 'relief', words: 'Le bord du portrait est fondu dans le fond, sans coupure ni collage.' },
      { id: 'font', words: 'Les caractères du numéro ont la même forme et le même alignement.' },
    ],
    doubts: ['face', 'name-near', 'front: copy'], notes: ['prolonged', 'back: manual'], previous: [],
    extracted: { surname: 'Specimen', givenNames: 'Hélène Alice', birthDate: '1963-02-12' },
    ...more,
  };
}

const stats = { waiting: 3, blind: 14, disagreed: 1, rate: 1 / 14, median: 252, hasty: 4, neverDisagrees: 1,
  reviewers: [{ reviewer: 'demo:reviewer-1', decisions: 24, accepted: 20, hasty: 4, neverDisagrees: false }, { reviewer: 'demo:reviewer-2', decisions: 31, accepted: 31, hasty: 0, neverDisagrees: true }] };
const own = () => ({ decisions: 24, accepted: 20, refused: 3, askedAgain: 1, median: 170, last: [
  { reference: '7QX4MN', at: soon(-9 * minute), verdict: 'accept', took: 170 },
  { reference: 'K4WZ2T', at: soon(-30 * minute), verdict: 'refuse', reason: 'not-original', took: 95 },
  { reference: 'BD8R3V', at: soon(-26 * 60 * minute), verdict: 'accept', blind: true, took: 240 },
] });
const queue = (/** @type {object} */ more = {}) => ({ waiting: 3, blind: 1, drawn: null, stats, own: own(), hours: { first: 1, last: 5, opens: '09:00', closes: '18:00', zone: 'Europe/Paris' }, ...more });
const refused = (/** @type {number} */ status, /** @type {string} */ code) => ({ status, json: { error: { code, text: code, reference: 'K4WZ2T' } } });

/**
 * The states of the three pages.
 * @param {string} language
 * @param {Record<string, Buffer>} pictures JPEGs: front, back, face
 * @returns {Record<string, StaffState>}
 */
export function staffStates(language, pictures) {
  return { ...reviewStates(language, pictures), ...registrarStates(), ...outboxStates() };
}

/** @param {string} language @param {Record<string, Buffer>} pictures @returns {Record<string, StaffState>} */
function reviewStates(language, { front, back, face }) {
  const jpeg = (/** @type {Buffer} */ body) => ({ status: 200, contentType: 'image/jpeg', body });
  const sequence = (/** @type {Buffer[]} */ ...frames) => ({ frames: frames.map((f) => f.toString('base64')), ms: frames.map((_, i) => i * 180) });
  const items = {
    'GET /api/review/e1/items/front': jpeg(front), 'GET /api/review/e1/items/back': jpeg(back), 'GET /api/review/e1/items/selfie': jpeg(face),
    'GET /api/review/e1/items/front-seq': sequence(front, back, front, back, front), 'GET /api/review/e1/items/back-seq': sequence(back, front),
    'GET /api/review/e1/items/selfie-seq': sequence(face, face, face),
  };
  const shown = (/** @type {string} */ screen) => `body[data-state="${screen}"] #heading`;
  const page = (/** @type {object} */ overview, /** @type {object} */ answers = {}) =>
    ({ path: '/review', answers: { 'GET /api/me': reviewer, 'GET /api/review': overview, ...items, ...answers } });
  const file = (/** @type {object} */ more = {}, /** @type {object} */ answers = {}) => page(queue({ drawn: reviewFile({ language, ...more }) }), answers);
  const loaded = async (/** @type {import('playwright-core').Page} */ p) => {
    await p.waitForFunction(() => /** @type {HTMLImageElement} */ (document.querySelector('#picture')).naturalWidth > 0);
  };
  const choose = (/** @type {string} */ verdict) => async (/** @type {import('playwright-core').Page} */ p) => {
    await loaded(p);
    await p.check(`[name=verdict][value=${verdict}]`);
  };
  const answer = async (/** @type {import('playwright-core').Page} */ p) => {
    for (const point of await p.locator('[data-point][value=yes]').all()) await point.check();
  };
  /** @type {Record<string, StaffState>} */
  const states = {
    waiting: { ...page(queue()), shown: shown('waiting') },
    empty: { ...page(queue({ waiting: 0, blind: 0, stats: {}, own: { decisions: 0, accepted: 0, refused: 0, askedAgain: 0, median: 0, last: [] } })), shown: shown('waiting') },
    nothing: { ...page(queue({ blind: 0 }), { 'POST /api/review/draw': { drawn: null } }), then: (p) => p.click('#draw'), shown: '#none' },
    failed: { ...page(refused(503, 'unavailable')), shown: shown('failed') },
    'not-allowed': { ...page(refused(403, 'not-allowed')), shown: shown('refused') },
    file: { ...file(), then: loaded, shown: '#picture' },
    passport: {
      ...file({ document: 'passport', doubts: [], items: reviewFile().items.filter((i) => i.step !== 'back').map((i) => ({ ...i, notes: [] })), checks: reviewFile().checks.map((c) => ({ ...c, ok: c.ok === null ? null : true })) }),
      then: loaded, shown: '#picture',
    },
    second: { ...file({ round: 2, previous: [{ verdict: 'accept', round: 1 }] }), then: loaded, shown: '#round' },
    'need-two': { ...file({ second: true }), then: loaded, shown: '#round' },
    blind: { ...file({ blind: true, doubts: [] }), then: loaded, shown: '#round' },
    contest: {
      ...file({
        round: 'contest', contest: 'C’est bien ma carte. Elle a été refaite après un vol, le numéro a donc changé.\nMerci de regarder à nouveau.',
        previous: [{ verdict: 'ask-again', words: 'Un reflet cache cette partie.', round: 1 }, { verdict: 'refuse', reason: 'document-altered', words: 'Votre document est trop abîmé pour être vérifié.', round: 1 }],
      }),
      then: loaded, shown: '#round-words',
    },
    dispute: { ...file({ dispute: { field: 'givenNames', words: 'Il manque mon troisième prénom.' } }), then: loaded, shown: '#dispute' },
    short: { ...file({ drawnUntil: soon(4 * minute) }), then: loaded, shown: '#short' },
    last: { ...file({ drawnUntil: soon(55_000) }), then: loaded, shown: '#short' },
    lapsed: {
      ...page({ ...queue() }, { 'GET /api/review': oneByOne(queue({ drawn: reviewFile({ drawnUntil: soon(1_500) }) }), queue()) }),
      shown: shown('lapsed'),
    },
    history: { ...page(queue()), then: (p) => p.click('#own-count'), shown: '#own-last' },
    folds: {
      ...file(), shown: '#held',
      then: async (p) => { await loaded(p); for (const id of ['notes-count', 'alike-count', 'held-count']) await p.click(`#${id}`); },
    },
    'extended-before': {
      ...file({}, { 'POST /api/review/e1/extend': { drawn: reviewFile({ language, drawnUntil: soon(58 * minute), extendable: false }) } }), then: loaded, shown: '#picture',
    },
    longest: { ...file({ extendable: false }), then: loaded, shown: '#picture' },
    zoomed: {
      ...file(), shown: '#picture',
      then: async (p) => {
        await loaded(p);
        await p.click('.face[data-face=portrait]');
        await p.click('[data-action=turn-right]');
        await p.locator('#light').fill('140');
      },
    },
    sequence: { ...file(), then: async (p) => { await loaded(p); await p.click('[data-item=front-seq]'); await p.click('[data-action=frame-on]'); }, shown: '#sequence' },
    'no-picture': { ...file({}, { 'GET /api/review/e1/items/front': { status: 404, json: {} } }), shown: '#stage-note' },
    unread: {
      ...file({ extracted: null, readings: reviewFile().readings.map((r) => ({ ...r, mrz: '', printed: '', differs: false })), portrait: null }),
      then: async (p) => { await choose('accept')(p); await p.locator('#decision').scrollIntoViewIfNeeded(); }, shown: '#x-surname',
    },
    accept: { ...file(), then: async (p) => { await choose('accept')(p); await answer(p); await p.locator('#decide').scrollIntoViewIfNeeded(); }, shown: '#decide' },
    'accept-open': { ...file(), then: async (p) => { await choose('accept')(p); await p.check('[data-point=ovi][value=no]'); await p.click('#decide'); await p.locator('#missing').scrollIntoViewIfNeeded(); }, shown: '#missing' },
    refuse: { ...file(), then: async (p) => { await choose('refuse')(p); await p.selectOption('#reason', 'wrong-birth-date'); await p.locator('#decide').scrollIntoViewIfNeeded(); }, shown: '#words' },
    'refuse-open': { ...file(), then: async (p) => { await choose('refuse')(p); await p.click('#decide'); await p.locator('#missing').scrollIntoViewIfNeeded(); }, shown: '#missing' },
    again: {
      ...file(), shown: '#area',
      then: async (p) => {
        await choose('ask-again')(p);
        await p.check('[name=step][value=back]');
        await p.waitForFunction(() => /** @type {HTMLImageElement} */ (document.querySelector('#picture')).naturalWidth > 0);
        await p.click('#draw-area');
        await drag(p, '#stage', [0.3, 0.55], [0.62, 0.8]);
        await p.click('.suggestion >> nth=1');
        await p.locator('#decide').scrollIntoViewIfNeeded();
      },
    },
    'again-empty': {
      ...file({}, { 'POST /api/review/e1/decide': { outcome: 'capturing' } }), shown: '#draw-area',
      then: async (p) => { await choose('ask-again')(p); await p.check('[name=step][value=back]'); await loaded(p); },
    },
    'put-back': { ...file(), then: async (p) => { await loaded(p); await p.click('[data-action=put-back]'); }, shown: '#put-back-title' },
    keys: { ...file(), then: async (p) => { await loaded(p); await p.keyboard.press('?'); }, shown: '#keys-title' },
  };
  for (const [name, code] of [['taken', 'drawn-by-another'], ['gone', 'not-drawn'], ['decided', 'already-decided'], ['moved', 'out-of-order']]) {
    states[`conflict-${name}`] = {
      ...page(queue(), {
        'GET /api/review': oneByOne(queue({ drawn: reviewFile({ language }) }), queue()),
        'POST /api/review/e1/decide': refused(409, code),
      }),
      then: async (p) => { await choose('accept')(p); await answer(p); await p.click('#decide'); }, shown: '#problem',
    };
  }
  for (const [name, verdict, outcome] of [['accepted', 'accept', 'to-confirm'], ['second', 'accept', 'review'], ['refused', 'refuse', 'refused']]) {
    const answers = () => ({
      'GET /api/review': oneByOne(queue({ drawn: reviewFile({ language }) }), queue({ waiting: 2 })),
      'POST /api/review/e1/decide': { outcome },
    });
    states[`outcome-${name}-before`] = { ...page(queue(), answers()), then: loaded, shown: '#picture' };
    states[`outcome-${name}`] = {
      ...page(queue(), answers()),
      then: async (p) => {
        await choose(verdict)(p);
        await answer(p);
        if (verdict === 'refuse') await p.selectOption('#reason', 'not-original');
        await p.click('#decide');
      },
      shown: '#outcome',
    };
  }
  return states;
}

/** @returns {Record<string, StaffState>} */
function registrarStates() {
  const file = (/** @type {string} */ state) => ({ file: { id: 'e2', reference: '7QX4MN', state, declared: { surname: 'Specimen', givenNames: 'Hélène Alice', birthDate: '1963-02-12' } } });
  const page = (/** @type {object} */ answers = {}, /** @type {object} */ me = registrar) => ({ path: '/registrar', answers: { 'GET /api/me': me, ...answers } });
  const found = (/** @type {object} */ answers = {}) => page({ 'GET /api/registrar': file('in-person'), ...answers });
  const listed = () => found({ 'GET /api/registrar': { file: { ...file('in-person').file, checklist: [
    { id: 'font', words: 'Les caractères du numéro ont la même forme et le même alignement.' },
    { id: 'edge', words: 'Le bord du portrait est fondu dans le fond, sans coupure ni collage.' },
  ] } } });
  const find = async (/** @type {import('playwright-core').Page} */ p, reference = '7qx 4mn') => {
    await p.fill('#reference', reference);
    await p.click('#search');
  };
  return {
    'registrar-find': { ...page(), shown: '#reference' },
    'registrar-expected': {
      ...page({ 'GET /api/registrar/appointments': { offered: true, appointments: [['7QX4MN', 9], ['B2CDFG', 10], ['HJKLMN', 34]].map(([reference, hour]) => ({
        reference, at: times.tomorrowAt(Number(hour)), until: times.tomorrowAt(Number(hour) + 1), zone: 'Europe/Paris',
      })) } }),
      shown: '#expected-list',
    },
    'registrar-not-allowed': { ...page({}, reviewer), shown: '#refused-text' },
    'registrar-bad-reference': { ...page(), then: (p) => find(p, '12'), shown: '#reference-error' },
    'registrar-unknown': { ...page(), then: (p) => find(p), shown: '#reference-error' },
    'registrar-found': { ...found(), then: (p) => find(p), shown: '#declared-title' },
    'registrar-accept': { ...listed(), then: async (p) => { await find(p); await p.check('[value=accept]'); await p.click('#copy'); }, shown: '#surname' },
    'registrar-differs': {
      ...found(), then: async (p) => { await find(p); await p.check('[value=accept]'); await p.click('#copy'); await p.fill('#givenNames', 'Hélène Alise'); }, shown: '#givenNames-differs',
    },
    'registrar-accept-open': { ...listed(), then: async (p) => { await find(p); await p.check('[value=accept]'); await p.click('#save'); }, shown: '#birthDate-error' },
    'registrar-server-says': {
      ...found({ 'POST /api/registrar/e2': { status: 422, json: { error: { code: 'value', field: 'givenNames', text: 'Un prénom ne contient pas de chiffre.' } } } }),
      then: async (p) => { await find(p); await p.check('[value=accept]'); await p.click('#copy'); await p.click('#save'); }, shown: '#givenNames-error',
    },
    'registrar-refuse': { ...found(), then: async (p) => { await find(p); await p.check('[value=refuse]'); await p.selectOption('#reason', 'other-person'); }, shown: '#reason' },
    'registrar-moved': {
      ...found({ 'POST /api/registrar/e2': refused(409, 'out-of-order') }),
      then: async (p) => { await find(p); await p.check('[value=accept]'); await p.click('#copy'); await p.click('#save'); }, shown: '#problem',
    },
    'registrar-saved': {
      ...found({ 'POST /api/registrar/e2': {} }),
      then: async (p) => { await find(p); await p.check('[value=accept]'); await p.click('#copy'); await p.click('#save'); }, shown: '#outcome',
    },
    'registrar-closed': { ...page({ 'GET /api/registrar': file('capturing') }), then: (p) => find(p), shown: '#closed-text' },
    'registrar-issued': { ...page({ 'GET /api/registrar': file('issued') }), then: (p) => find(p), shown: '#closed-text' },
  };
}

/** @returns {Record<string, StaffState>} */
function outboxStates() {
  const mail = (/** @type {string} */ subject, /** @type {number} */ ago, /** @type {object} */ more = {}) => ({
    at: soon(-ago), to: 'helene@example.org', subject,
    text: `Bonjour Hélène Alice,\n\n${subject}. La page dit la suite\u202f: https://localhost:8443/request?id=e1.\n\nRéférence\u202f: 7QX4MN`,
    html: `<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>${subject}</title></head><body style="margin:0;padding:24px 16px;font:17px/1.5 system-ui,sans-serif"><h1 style="font-size:24px">${subject}</h1><p>Bonjour Hélène Alice,</p><p>La page dit la suite.</p><p><a href="https://localhost:8443/request?id=e1" style="display:inline-block;padding:13px 24px;border-radius:12px;background:#1d4ed8;color:#ffffff;font-weight:600;text-decoration:none">Voir ma demande</a></p></body></html>`,
    ...more,
  });
  const messages = [mail('Votre identité est vérifiée', 2 * minute, { attachments: ['conditions.html'] }), mail('Une photo est à reprendre', 95 * minute), mail('Votre demande est bien arrivée', 1500 * minute)];
  const page = (/** @type {any} */ outbox) => ({ path: '/outbox', answers: { 'GET /api/me': reviewer, 'GET /api/outbox': outbox } });
  const framed = (/** @type {import('playwright-core').Page} */ p) => p.frameLocator('#html').locator('h1').waitFor();
  return {
    'outbox-list': { ...page({ messages }), then: framed, shown: '#html' },
    'outbox-text': { ...page({ messages }), then: async (p) => { await framed(p); await p.click('[data-action=text]'); }, shown: '#text' },
    'outbox-empty': { ...page({ messages: [] }), shown: 'body[data-state="empty"] #heading' },
    'outbox-failed': { ...page(refused(500, 'internal')), shown: '#failed-text' },
    'outbox-off': { ...page(refused(404, 'not-found')), shown: '#failed-text' },
  };
}

/** Answers that follow one another; the last one stays. @param {any[]} answers */
function oneByOne(...answers) {
  let at = 0;
  return () => answers[Math.min(at++, answers.length - 1)];
}

/** Drags inside an element, from and to in shares of it. @param {import('playwright-core').Page} page @param {string} selector @param {number[]} from @param {number[]} to */
export async function drag(page, selector, from, to) {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const box = /** @type {{x: number, y: number, width: number, height: number}} */ (await page.locator(selector).boundingBox());
  const at = (/** @type {number[]} */ [x, y]) => /** @type {const} */ ([box.x + x * box.width, box.y + y * box.height]);
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  await page.mouse.move(...at(to));
  await page.mouse.up();
}

/**
 * Opens a page and brings it into a state.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {StaffState} state
 * @param {object} look options of the page
 */
export async function showStaff(browser, origin, state, look) {
  const context = await browser.newContext({ ...desktopOptions, ...look });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const problems = watch(page);
  await page.route('**/api/**', async (route) => {
    const request = route.request();
    const key = `${request.method()} ${new URL(request.url()).pathname}`;
    const given = state.answers[key];
    const answer = typeof given === 'function' ? given(request) : given;
    if (answer === undefined) await route.fulfill({ status: 404, json: {} });
    else if (answer.status) await route.fulfill(answer);
    else await route.fulfill({ json: answer });
  });
  await page.goto(origin + state.path);
  await state.then?.(page);
  await page.waitForSelector(`${state.shown} >> visible=true`);
  return { context, page, problems };
}

/**
 * Goes through all states, a few at a time.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin of the pages, see pages-server.js
 * @param {object & {locale: string}} look options of every page
 * @param {Record<string, Buffer>} pictures
 * @param {(page: import('playwright-core').Page, name: string, problems: string[]) => Promise<void>} visit
 */
export function everyStaffState(browser, origin, look, pictures, visit) {
  return everyOf(staffStates(look.locale.slice(0, 2), pictures), browser, origin, look, visit);
}

/**
 * Goes through some states, a few at a time.
 * @param {Record<string, StaffState>} states by name
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin of the pages, see pages-server.js
 * @param {object} look options of every page
 * @param {(page: import('playwright-core').Page, name: string, problems: string[]) => Promise<void>} visit
 */
export async function everyOf(states, browser, origin, look, visit) {
  const work = Object.entries(states);
  const next = async () => {
    for (let one = work.shift(); one; one = work.shift()) {
      const [name, state] = one;
      const { context, page, problems } = await showStaff(browser, origin, state, look).catch((err) => {
        throw new Error(`${name}: ${err.message}`);
      });
      await visit(page, name, problems);
      await context.close();
    }
  };
  await Promise.all([next(), next(), next()]);
}
