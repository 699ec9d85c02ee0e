// The journey's pages with a server's words given: every state accessible in both
// languages and themes, small, enlarged, in forced colours and without motion; the
// keyboard alone; and what double clicks, other tabs and lost connections do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible } from './lib/axe.js';
import { phone } from './lib/browser.js';
import { opened } from './lib/opened.js';
import { about, everyPage, otherStates, requestStates, showPage } from './lib/pages-gallery.js';
import { certificate, choices, me, view } from './lib/pages-fixtures.js';
import { servePages } from './lib/pages-server.js';

const { browser, server: pages } = await opened(servePages());

const small = { viewport: { width: 320, height: 640 } };

for (const look of /** @type {const} */ ([
  { locale: 'fr-FR', colorScheme: 'light' }, { locale: 'en-GB', colorScheme: 'dark', ...small },
])) {
  test(`every state of the journey’s pages is accessible, ${look.locale} ${look.colorScheme}`, { timeout: 900_000 }, async () => {
    let seen = 0;
    /** @type {string[]} */
    const wrong = [];
    await everyPage(browser, pages.origin, look, async (page, name, problems) => {
      await accessible(page, name).catch((err) => wrong.push(err.message));
      if (await page.getAttribute('html', 'lang') !== look.locale.slice(0, 2)) wrong.push(`${name} is in another language`);
      // Chromium names no title for a moment while an answer of 204 ends a navigation, as that from capture-done does here.
      await page.waitForFunction(() => /.{4} – Visavis$|^Visavis – .{4}/.test(document.title), undefined, { timeout: 5_000 })
        .catch(async () => wrong.push(`${name} has the title ${await page.title()}`));
      wrong.push(...problems.map((problem) => `${name}: ${problem}`));
      seen++;
    });
    assert.deepEqual(wrong, []);
    assert.ok(seen > 70, `${seen} states`);
  });
}

for (const [name, look] of /** @type {const} */ ([
  ['at 200 %', { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 }],
  ['in forced colours, without motion', { forcedColors: 'active', reducedMotion: 'reduce' }],
])) {
  test(`the screens with the most on them are accessible ${name}`, { timeout: 300_000 }, async () => {
    /** @type {string[]} */
    const wrong = [];
    await everyPage(browser, pages.origin, { locale: 'fr-FR', ...look }, async (page, state) => {
      await accessible(page, state).catch((err) => wrong.push(err.message));
      const moving = await page.evaluate(() => document.getAnimations().filter((a) => Number(a.effect?.getComputedTiming().duration) > 10).length);
      if ('reducedMotion' in look && moving > 0) wrong.push(`${state}: ${moving} animations`);
    }, /^(request-(declared|consent|review|confirm|certificate|again)|signature-certificates|privacy|login-demo)$/);
    assert.deepEqual(wrong, []);
  });
}

test('words beside a refusal say whose they are, in the language of now', { timeout: 60_000 }, async (t) => {
  for (const [name, french, english] of [['refused-reviewed', /personne qui a décidé/, /person who decided/], ['refused-issuer', /^Précision de l’émetteur$/, /^What the issuer adds$/]]) {
    const { context, page } = await showPage(browser, pages.origin, requestStates('fr')[/** @type {string} */ (name)], { locale: 'fr-FR' });
    t.after(() => context.close());
    assert.match(await page.innerText('#refused-by'), /** @type {RegExp} */ (french));
    await page.selectOption('.language select', 'en');
    await page.waitForFunction(() => document.documentElement.lang === 'en');
    assert.match(await page.innerText('#refused-by'), /** @type {RegExp} */ (english));
  }
});

/** Presses Tab until something is focused, then a key. @param {import('playwright-core').Page} page @param {string} selector @param {string} key */
async function press(page, selector, key = 'Enter') {
  for (let i = 0; i < 60; i++) {
    const there = await page.evaluate((s) => Boolean(document.activeElement?.matches(s)) && /** @type {Element} */ (document.activeElement).getClientRects().length > 0, selector);
    if (there) {
      assert.ok(await page.evaluate(() => getComputedStyle(/** @type {Element} */ (document.activeElement)).outlineStyle !== 'none'
        || getComputedStyle(/** @type {Element} */ (document.activeElement?.closest('label') ?? document.activeElement)).outlineStyle !== 'none'), `${selector} shows no focus`);
      await page.keyboard.press(key);
      return;
    }
    await page.keyboard.press('Tab');
  }
  assert.fail(`${selector} cannot be reached with the Tab key`);
}

const stands = (/** @type {import('playwright-core').Page} */ page, /** @type {string} */ state) =>
  page.waitForSelector(`body[data-state="${state}"] #heading`);

test('from declared data to the certificate with the keyboard alone', { timeout: 120_000 }, async (t) => {
  const declared = view('fr', 'declared');
  /** @type {any[]} */
  const sent = [];
  const path = `/api/enrolments/${declared.id}`;
  let now = declared;
  const goes = (/** @type {string} */ state) => (/** @type {any} */ body) => {
    sent.push([state, body]);
    now = view('fr', state, { rev: now.rev + 1 });
    return { json: now };
  };
  const api = {
    ...about(declared), [`GET ${path}`]: () => ({ json: now }), [`POST ${path}/consent`]: goes('consented'),
    [`POST ${path}/confirm`]: goes('confirmed'), [`POST ${path}/request`]: goes('requested'), 'POST /api/sessions': { status: 409, json: { error: { code: 'out-of-order' } } },
  };
  const { context, page, problems } = await showPage(browser, pages.origin, { path: `/request?id=${declared.id}`, api, shown: '#form-declared' });
  t.after(() => context.close());
  await press(page, 'input[name="exact"]', 'Space');
  await press(page, '#form-declared [type="submit"]');
  await stands(page, 'consent');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'heading', 'the focus follows to the new screen');
  for (const box of ['processing', 'privacy', 'faces']) await press(page, `#box-${box}`, 'Space');
  await press(page, '#form-consent [type="submit"]');
  // The capture's page: its session is refused here, and the request says where it stands.
  await stands(page, 'capture');
  now = view('fr', 'to-confirm', { rev: now.rev + 1 });
  await stands(page, 'confirm');
  assert.match(await page.title(), /^\(!\) À confirmer/);
  await press(page, '.picture');
  await page.waitForSelector('#enlarged[open]');
  await page.keyboard.press('Escape');
  await press(page, '#form-confirm [type="submit"]');
  await stands(page, 'certificate');
  await press(page, 'input[name="publish"]', 'Space');
  await page.keyboard.press('ArrowDown'); // « Non »
  await press(page, '#accept', 'Space');
  await press(page, '#form-certificate [type="submit"]');
  await stands(page, 'issuing');
  now = view('fr', 'issued', { rev: now.rev + 1 });
  await page.waitForURL('**/signature#certificates');
  assert.deepEqual(sent.map(([state]) => state), ['consented', 'confirmed', 'requested']);
  assert.deepEqual(sent[0][1].answers.map((/** @type {any} */ a) => [a.kind, a.yes, a.hash.length]),
    [['processing', true, 64], ['terms', true, 64], ['privacy', true, 64], ['faces', true, 64]]);
  assert.deepEqual(sent[2][1].answers.map((/** @type {any} */ a) => [a.kind, a.yes]), [['subscription', true], ['archive', true], ['publication', false]]);
  assert.deepEqual(problems, []);
});

test('a double click sends once, and says so when the server takes its time', { timeout: 60_000 }, async (t) => {
  const one = view('fr', 'to-confirm');
  let sent = 0;
  /** @type {(value?: unknown) => void} */
  let go = () => {};
  const wait = new Promise((resolve) => { go = resolve; });
  const { context, page } = await showPage(browser, pages.origin, {
    path: `/request?id=${one.id}`, shown: '#form-confirm',
    api: about(one, me(), { [`POST /api/enrolments/${one.id}/confirm`]: () => { sent++; return { json: view('fr', 'confirmed', { rev: 6 }), wait }; } }),
  });
  t.after(() => context.close());
  await page.dblclick('#form-confirm [type="submit"]');
  assert.equal(await page.getAttribute('#form-confirm [type="submit"]', 'aria-disabled'), 'true');
  await page.waitForSelector('#banner-busy:visible');
  go();
  await stands(page, 'certificate');
  assert.equal(sent, 1);
});

test('what another tab has done is read again, and said', { timeout: 60_000 }, async (t) => {
  const one = view('fr', 'to-confirm');
  let now = one;
  const { context, page } = await showPage(browser, pages.origin, {
    path: `/request?id=${one.id}`, shown: '#form-confirm',
    api: about(one, me(), {
      [`GET /api/enrolments/${one.id}`]: () => ({ json: now }),
      [`POST /api/enrolments/${one.id}/confirm`]: () => {
        now = view('fr', 'confirmed', { rev: 7 });
        return { status: 409, json: { error: { code: 'out-of-order', state: 'confirmed', allowed: [] } } };
      },
    }),
  });
  t.after(() => context.close());
  await page.click('#form-confirm [type="submit"]');
  await stands(page, 'certificate');
  await page.waitForSelector('#banner-moved:visible');
  assert.match(await page.textContent('#status') ?? '', /avancé entre-temps/);
});

test('the back button goes back through the parts of a screen, and a reload stays', { timeout: 60_000 }, async (t) => {
  const one = view('fr', 'declared');
  const { context, page } = await showPage(browser, pages.origin, { path: `/request?id=${one.id}`, api: about(one), shown: '#form-declared' });
  t.after(() => context.close());
  await page.check('input[name="exact"][value="yes"]');
  await page.click('#form-declared [type="submit"]');
  await stands(page, 'consent');
  await page.reload();
  await stands(page, 'consent');
  await page.goBack();
  await stands(page, 'declared');
  await page.goForward();
  await stands(page, 'consent');
});

test('the server’s words stand at the fields they are about, and go when they are changed', { timeout: 60_000 }, async (t) => {
  const one = view('fr', 'declared');
  const { context, page } = await showPage(browser, pages.origin, {
    path: `/request?id=${one.id}#correct`, shown: '#form-correct',
    api: about(one, me(), { [`POST /api/enrolments/${one.id}/correct`]: { status: 422, json: { error: {
      code: 'value', field: 'surname', text: 'Ce nom mêle deux écritures.', fields: [
        { field: 'surname', code: 'name.mixed-scripts', text: 'Ce nom mêle deux écritures.' }, { field: 'email', code: 'email.local', text: 'Une adresse d’Internet.' },
      ] } } } }),
  });
  t.after(() => context.close());
  await page.fill('#surname', 'Ѕpecimen');
  await page.click('#form-correct [type="submit"]');
  await page.waitForSelector('#surname-error:visible');
  assert.equal(await page.textContent('#surname-error'), 'Ce nom mêle deux écritures.');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'surname');
  assert.equal(await page.textContent('#email-error'), 'Une adresse d’Internet.');
  assert.equal(await page.isVisible('#birthDate-error'), false);
  await page.fill('#surname', 'Specimen');
  assert.equal(await page.isVisible('#surname-error'), false);
  assert.equal(await page.isVisible('#email-error'), true);
});

test('the way in person is named only where somebody checks there, and takes no photos', { timeout: 60_000 }, async (t) => {
  for (const [more, offered] of /** @type {const} */ ([[{}, true], [{ allowed: ['cancel', 'consent', 'correct'] }, false]])) {
    const one = view('fr', 'declared', more);
    const { context, page } = await showPage(browser, pages.origin, { path: `/request?id=${one.id}#consent`, api: about(one), shown: '#form-consent' });
    t.after(() => context.close());
    assert.equal(await page.isVisible('#form-consent [data-action="otherwise"]'), offered);
    await page.click('#form-consent [type="submit"]');
    await page.waitForSelector('#box-faces-error:visible');
    assert.equal(/en personne|Faire autrement/.test(await page.innerText('main')), offered);
  }
  const { context, page } = await showPage(browser, pages.origin, requestStates('fr')['in-person']);
  t.after(() => context.close());
  assert.deepEqual(await page.locator('#rail > li').evaluateAll((steps) => steps.map((step) => step.hasAttribute('data-done'))), [true, true, false, false, false, false]);
});

test('in a demonstration the reviewer is played from the page that waits, which stays', { timeout: 60_000 }, async (t) => {
  const { context, page, api, problems } = await showPage(browser, pages.origin, requestStates('fr').review);
  t.after(() => context.close());
  /** @type {any[]} */
  const sent = [];
  Object.assign(api, { 'POST /api/login/demo': (/** @type {any} */ body) => { sent.push(body); return { json: { next: body.next } }; } });
  const [desk] = await Promise.all([context.waitForEvent('page'), page.getByRole('button', { name: 'Jouer le relecteur (nouvel onglet)' }).click()]);
  await desk.waitForURL(`${pages.origin}/review`);
  assert.deepEqual(sent, [{ account: 'reviewer-1', beside: true, next: '/review' }]);
  await stands(page, 'wait');
  // A login that fails leaves no empty tab, and is said.
  Object.assign(api, { 'POST /api/login/demo': { status: 503, json: {} } });
  await desk.close();
  const [empty] = await Promise.all([context.waitForEvent('page'), page.click('[data-action="play"]')]);
  await page.waitForSelector('#banner-error:visible');
  await stands(page, 'wait');
  if (!empty.isClosed()) await empty.waitForEvent('close'); // the browser may tell of it after the page's words
  assert.equal(context.pages().length, 1);
  assert.deepEqual(problems, []);
});

test('a login that ran out leads to the login page and back', { timeout: 60_000 }, async (t) => {
  const one = view('fr', 'review');
  const state = { path: `/request?id=${one.id}`, api: { 'GET /api/me': { status: 401, json: { error: {}, login: choices } }, [`GET /api/enrolments/${one.id}`]: { status: 401, json: {} } }, shown: '#applicants' };
  const { context, page, api } = await showPage(browser, pages.origin, state);
  t.after(() => context.close());
  /** @type {any} */
  let asked;
  Object.assign(api, about(one), { 'POST /api/login/demo': (/** @type {any} */ body) => { asked = body; return { json: { next: body.next } }; } });
  await page.click('[data-account="maeva"]');
  await stands(page, 'wait');
  assert.deepEqual(asked, { account: 'maeva', next: `/request?id=${one.id}` });
});

test('a page opened as somebody else offers another account', { timeout: 60_000 }, async (t) => {
  const one = view('fr', 'review');
  const { context, page, api } = await showPage(browser, pages.origin, { path: `/request?id=${one.id}`, api: about(one), shown: 'body[data-state="wait"] #heading' });
  t.after(() => context.close());
  Object.assign(api, { 'GET /api/me': { json: me({ account: { subject: 'demo:reviewer-1', name: 'Relecteur 1 Specimen', roles: ['reviewer'] } }) }, [`GET /api/enrolments/${one.id}`]: { status: 403, json: {} } });
  await stands(page, 'foreign');
  assert.match(await page.textContent('#single-text') ?? '', /Relecteur 1/);
});

test('a certificate is revoked after a reason and a second question, and the list says so', { timeout: 60_000 }, async (t) => {
  let state = 'valid';
  /** @type {any[]} */
  const sent = [];
  const { context, page } = await showPage(browser, pages.origin, {
    path: '/signature', shown: '.certificate',
    api: {
      'GET /api/me': { json: me() },
      'GET /api/enrolments': () => ({ json: { enrolments: [], certificates: [certificate('fr', { state, ...(state === 'revoked' ? { revokedAt: new Date().toISOString(), reason: 'cessation' } : {}) })] } }),
      'POST /api/certificates/c1/revoke': (/** @type {any} */ body) => { sent.push(body); state = 'revoked'; return { json: certificate('fr', { state }) }; },
    },
  });
  t.after(() => context.close());
  assert.match(await page.textContent('.certificate .level') ?? '', /TEST/);
  await page.click('[data-action="revoke"]');
  await page.check('input[name="reason"][value="cessation"]');
  await page.dblclick('[data-action="revoke-yes"]');
  await page.waitForSelector('.badge[data-tone="bad"]');
  assert.equal(await page.isVisible('.certificate [data-action="revoke"]'), false);
  assert.deepEqual(sent, [{ reason: 'cessation' }]);
});

test('a provider’s pages are linked to where it gives them, and gone once they are', { timeout: 60_000 }, async (t) => {
  const { context, page, api } = await showPage(browser, pages.origin, otherStates('fr')['signature-links']);
  t.after(() => context.close());
  const links = () => page.$$eval('.certificate [data-part="links"] a', (all) => all.filter((one) => one.checkVisibility()).map((one) => [one.textContent, one.getAttribute('href'), one.getAttribute('rel')]));
  assert.deepEqual(await links(), [
    ['Activer ma clé chez le prestataire', 'https://provider.example/a', 'noopener noreferrer'],
    ['Signer chez le prestataire', 'https://provider.example/s', 'noopener noreferrer'],
  ]);
  assert.deepEqual(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  Object.assign(api, otherStates('fr')['signature-certificates'].api);
  await page.reload();
  await page.waitForSelector('.certificate');
  assert.deepEqual(await links(), []);
});

test('the receipt of a deletion can be kept as a file', { timeout: 60_000 }, async (t) => {
  const { context, page } = await showPage(browser, pages.origin, otherStates('fr')['privacy-receipt']);
  t.after(() => context.close());
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('[data-action="receipt"]')]);
  assert.equal(file.suggestedFilename(), 'visavis-7QX4MN.json');
});

test('on a phone nothing that is touched is smaller than a finger', { timeout: 120_000 }, async (t) => {
  for (const name of ['consent', 'confirm', 'certificate', 'review']) {
    const { context, page } = await showPage(browser, pages.origin, requestStates('fr')[name], phone);
    t.after(() => context.close());
    const tiny = await page.evaluate(() => [...document.querySelectorAll('main button, main a[href], main label.choice')]
      .filter((e) => { const box = e.getBoundingClientRect(); return box.height > 0 && (box.height < 24 || box.width < 24); }).map((e) => e.textContent?.trim()));
    assert.deepEqual(tiny, [], name);
  }
});

test('a page whose modules never come, or fail, says so and can be tried again', { timeout: 120_000 }, async (t) => {
  await Promise.all([['/request', 'hang'], ['/p', 'fail'], ['/signature', 'fail']].map(async ([path, how]) => {
    const context = await browser.newContext({ locale: 'fr-FR' });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.route(/\/js\/lib\/i18n\.js$/, (route) => (how === 'fail' ? route.abort() : undefined));
    await page.goto(`${pages.origin}${path === '/p' ? '/phone' : path}`, { waitUntil: 'commit' });
    const shown = () => { const late = document.querySelector('.late'); return late && getComputedStyle(late).display !== 'none' && getComputedStyle(late).visibility === 'visible'; };
    const gone = () => { const late = document.querySelector('.late'); return late && getComputedStyle(late).display === 'none'; };
    await page.waitForFunction(shown, null, { timeout: 30_000 });
    await page.unroute(/\/js\/lib\/i18n\.js$/);
    await page.locator('.late a').evaluate((link) => /** @type {HTMLElement} */ (link).click());
    await page.waitForFunction(gone, null, { timeout: 30_000 });
  }));
});

test('an e-mail address that is too long for its line breaks before its @', async () => {
  await everyPage(browser, pages.origin, { locale: 'fr-FR', ...small }, async (page) => {
    const lines = await page.locator('#profile-facts bdi', { hasText: '@' }).evaluate((bdi) => {
      /** @type {Map<number, string>} */
      const rows = new Map();
      const walker = document.createTreeWalker(bdi, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (let i = 0; i < (node.textContent ?? '').length; i++) {
          const range = document.createRange();
          range.setStart(node, i);
          range.setEnd(node, i + 1);
          const top = Math.round(range.getBoundingClientRect().top);
          rows.set(top, (rows.get(top) ?? '') + range.toString());
        }
      }
      return [...rows.values()];
    });
    assert.deepEqual(lines, ['maeva.specimen', '@example.org']);
  }, /^signature-certificates$/);
});
