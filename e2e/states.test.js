// Every state that people meet, walked as they walk it: what each page says, how
// it goes on, and that axe-core finds nothing on any of them. In light and dark,
// in French and English, down to 320 px.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './lib/axe.js';
import { launch, phone as phoneOptions } from './lib/browser.js';
import { browsers } from './lib/browsers.js';
import { footage } from './lib/footage.js';
import { everyState } from './lib/gallery.js';
import { desktopState, joinPhone, openDesktop, phoneScreen, scan, watch } from './lib/journey.js';
import { startServer } from './lib/server.js';

const both = browsers();
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => {
  server = await startServer({ env: { VISAVIS_SESSIONS_PER_HOUR: '1000' } });
});
after(() => server?.stop());

const small = { viewport: { width: 320, height: 640 } };

for (const [locale, colorScheme] of /** @type {const} */ ([['fr-FR', 'light'], ['en-GB', 'dark']])) {
  const look = { locale, colorScheme };
  test(`home and trust pages, ${locale} ${colorScheme}`, { timeout: 60_000 }, async (t) => {
    for (const options of [look, { ...look, ...small }]) {
      const context = await both.desktops.newContext({ ...options, ignoreHTTPSErrors: true });
      t.after(() => context.close());
      const page = await context.newPage();
      const problems = watch(page);
      for (const path of ['/', '/trust']) {
        await page.goto(server.origin + path);
        assert.equal(await page.getAttribute('html', 'lang'), locale.slice(0, 2));
        await accessible(page, `${path} at ${page.viewportSize()?.width}`);
      }
      assert.deepEqual(problems, []);
    }
  });

  test(`a whole session is accessible on both pages, ${locale} ${colorScheme}`, { timeout: 240_000 }, async (t) => {
    const desktop = await openDesktop(both.desktops, server.origin, { ...look, ...small });
    t.after(() => desktop.context.close());
    await accessible(desktop.page, 'desktop: pairing');
    const phone = await joinPhone(both.phones, await scan(desktop.page), {
      desktop: desktop.page,
      options: { ...look, ...small },
      arrived: async (page, screen) => accessible(page, `phone: ${screen}`),
    });
    t.after(() => phone.context.close());
    await desktopState(desktop.page, 'capturing');
    await accessible(desktop.page, 'desktop: capturing');
    await accessible(phone.page, 'phone: capture');
    await desktopState(desktop.page, 'done');
    await accessible(desktop.page, 'desktop: done');
    await phoneScreen(phone.page, 'message');
    await accessible(phone.page, 'phone: done');
    assert.deepEqual([...desktop.problems, ...phone.problems], []);
  });
}

for (const look of /** @type {const} */ ([{ locale: 'fr-FR', colorScheme: 'light', ...small }, { locale: 'en-GB', colorScheme: 'dark' }])) {
  test(`every state of both pages is accessible, ${look.locale} ${look.colorScheme}`, { timeout: 600_000 }, async () => {
    let seen = 0;
    /** @type {string[]} */
    const wrong = [];
    await everyState(both.desktops, server.origin, look, async (page, name, problems) => {
      await accessible(page, name).catch((err) => wrong.push(err.message));
      if (await page.getAttribute('html', 'lang') !== look.locale.slice(0, 2)) wrong.push(`${name} is in another language`);
      if (!/\S.* – Visavis$/.test(await page.title())) wrong.push(`${name} has the title ${await page.title()}`);
      wrong.push(...problems.map((problem) => `${name}: ${problem}`));
      seen++;
    });
    assert.deepEqual(wrong, []);
    assert.ok(seen > 60, `${seen} states`);
  });
}

test('over the camera nothing moves without end but the side to lift, with its drawing', { timeout: 60_000 }, async () => {
  /** @type {Record<string, string[]>} */
  const moving = {};
  await everyState(both.desktops, server.origin, { locale: 'fr-FR' }, async (page, name) => {
    moving[name] = await page.evaluate(() => document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().iterations === Infinity)
      .map((one) => /** @type {CSSAnimation} */ (one).animationName).sort());
  }, /^phone-(hold|gesture-left|tilt)$/);
  assert.deepEqual(moving, { 'phone-hold': [], 'phone-gesture-left': [], 'phone-tilt': ['beckon', 'lift'] });
});

test('« Ce n’est pas moi » ends it at once, on both pages', { timeout: 60_000 }, async (t) => {
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  const phone = await joinPhone(both.phones, await scan(desktop.page), { desktop: desktop.page, until: 'compare' });
  t.after(() => phone.context.close());
  await phone.page.click('.screen[data-screen="compare"] [data-action="not-me"]');
  await desktopState(desktop.page, 'ended');
  await phoneScreen(phone.page, 'message');
  await accessible(desktop.page, 'desktop: not me');
  await accessible(phone.page, 'phone: not me');
});

test('a wrong choice of the code gives a new one, a second one ends it', { timeout: 90_000 }, async (t) => {
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  for (const [tries, want] of /** @type {const} */ ([[1, 'pairing'], [2, 'ended']])) {
    const url = await scan(desktop.page);
    const phone = await joinPhone(both.phones, url, { desktop: desktop.page, until: 'compare' });
    t.after(() => phone.context.close());
    const right = (await desktop.page.textContent('#code'))?.trim() ?? '';
    await phone.page.fill('#compare-code', right[0]);
    await phone.page.click('#compare-send');
    await phone.page.waitForFunction(() => document.querySelector('#compare-error')?.textContent);
    await accessible(phone.page, `phone: half a code ${tries}`);
    await phone.page.fill('#compare-code', `${right[0]}${(Number(right[1]) + 1) % 10}`);
    await phone.page.click('#compare-send');
    await desktopState(desktop.page, want);
    await phoneScreen(phone.page, 'message');
    await accessible(phone.page, `phone: wrong code ${tries}`);
    await accessible(desktop.page, `desktop: wrong code ${tries}`);
    if (tries === 1) assert.match((await desktop.page.textContent('main')) ?? '', /n’était pas le bon/);
  }
});

test('an answer that is lost at the claim: the phone goes on, and nobody is alarmed', { timeout: 90_000 }, async (t) => {
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  let cuts = 0;
  const phone = await joinPhone(both.phones, await scan(desktop.page), {
    desktop: desktop.page,
    until: 'document',
    // What the server says to the first claim is lost, with the connection.
    prepare: (page) => page.routeWebSocket(/\/ws\/phone/, (ws) => {
      const upstream = ws.connectToServer();
      let lost = false;
      ws.onMessage((message) => {
        if (typeof message === 'string' && JSON.parse(message).type === 'claim') lost = cuts === 0;
        upstream.send(message);
      });
      upstream.onMessage((message) => {
        if (!lost) return ws.send(message);
        if (cuts++ === 0) void upstream.close().then(() => ws.close({ code: 3000, reason: 'the line is cut' }));
      });
    }),
  });
  t.after(() => phone.context.close());
  assert.ok(cuts > 0, 'an answer was lost');
  assert.equal(await desktop.page.isVisible('#banner-notice'), false);
});

test('a tap that nobody answers is told so, and can be tried again', { timeout: 90_000 }, async (t) => {
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  let deaf = true;
  const phone = await joinPhone(both.phones, await scan(desktop.page), {
    desktop: desktop.page,
    until: 'invitation',
    prepare: (page) => page.routeWebSocket(/\/ws\/phone/, (ws) => {
      const upstream = ws.connectToServer();
      ws.onMessage((message) => {
        if (!(deaf && typeof message === 'string' && JSON.parse(message).type === 'claim')) upstream.send(message);
      });
    }),
  });
  t.after(() => phone.context.close());
  const { page } = phone;
  await Promise.all([ // both states end by themselves
    page.waitForFunction(() => /** @type {HTMLButtonElement} */ (document.querySelector('[data-action="claim"]')).disabled),
    page.locator('#banner-error', { hasText: 'Pas de réponse' }).waitFor(),
    page.click('[data-action="claim"]'),
  ]);
  await page.waitForFunction(() => !(/** @type {HTMLButtonElement} */ (document.querySelector('[data-action="claim"]')).disabled));
  deaf = false;
  await page.click('[data-action="claim"]');
  await phoneScreen(page, 'compare');
  assert.deepEqual([...desktop.problems, ...phone.problems], []);
});

test('a second phone hears that the code is used, the desktop is told', { timeout: 90_000 }, async (t) => {
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  const url = await scan(desktop.page);
  const first = await joinPhone(both.phones, url, { desktop: desktop.page, until: 'compare' });
  t.after(() => first.context.close());
  const context = await both.phones.newContext(phoneOptions);
  t.after(() => context.close());
  const second = await context.newPage();
  await second.goto(url);
  await phoneScreen(second, 'message');
  assert.match((await second.textContent('#message-title')) + ' ' + (await second.textContent('#message-text')), /plus valable|déjà servi/);
  await desktop.page.waitForSelector('#banner-notice:visible');
  await accessible(desktop.page, 'desktop: second phone');
  await accessible(second, 'phone: code used');
});

test('the typed code leads to the same session', { timeout: 60_000 }, async (t) => {
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  const code = ((await desktop.page.textContent('#typed-shown')) ?? '').replace(/[^A-Z]/g, '');
  assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/);
  const context = await both.phones.newContext(phoneOptions);
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${server.origin}/p`);
  await phoneScreen(page, 'typed');
  await accessible(page, 'phone: typed code');
  await page.fill('#typed-code', 'bcdf ghjk');
  await page.press('#typed-code', 'Enter');
  await page.waitForFunction(() => document.querySelector('#typed-error')?.textContent || document.body.dataset.screen === 'message');
  await page.goto(`${server.origin}/p`);
  await phoneScreen(page, 'typed');
  await page.fill('#typed-code', ` ${code.slice(0, 4).toLowerCase()}-${code.slice(4)} `);
  await page.press('#typed-code', 'Enter');
  await phoneScreen(page, 'invitation');
  await desktopState(desktop.page, 'scanned');
});

test('a refused camera shows how to allow it, and goes on when it is', { timeout: 90_000 }, async (t) => {
  const refusing = await launch({ camera: await footage({ kind: 'identity-card', seed: 3 }), deny: true, args: ['--deny-permission-prompts'] });
  t.after(() => refusing.close());
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  const url = await scan(desktop.page);
  const phone = await joinPhone(refusing, url, { desktop: desktop.page, until: 'ready' });
  t.after(() => phone.context.close());
  await phone.page.click('[data-action="launch"]');
  await phoneScreen(phone.page, 'message');
  await desktop.page.waitForSelector('#phone[data-presence="denied"]');
  assert.equal(await desktop.page.textContent('#hint'), 'Le téléphone refuse l’accès à l’appareil photo');
  assert.match((await desktop.page.textContent('#hint-more')) ?? '', /touchez «\u202fRéessayer\u202f»/);
  await accessible(desktop.page, 'desktop: camera refused');
  assert.equal(await phone.page.isVisible('#message-again'), false);
  await phone.page.click('[data-action="camera-again"]');
  await phone.page.waitForSelector('#message-again:visible'); // a try that failed says so
  await accessible(phone.page, 'phone: camera refused');
  assert.match((await phone.page.textContent('main')) ?? '', /réglages|autoris/i);
});

test('a phone that goes away is shown as absent, and comes back to its place', { timeout: 120_000 }, async (t) => {
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  const link = await scan(desktop.page);
  const phone = await joinPhone(both.phones, link, { desktop: desktop.page });
  t.after(() => phone.context.close());
  await desktopState(desktop.page, 'capturing');
  await phone.context.setOffline(true);
  await phone.page.goto('about:blank').catch(() => {});
  await desktop.page.waitForFunction(() => document.querySelector('#phone')?.getAttribute('data-presence') !== 'present', null, { timeout: 20_000 });
  await accessible(desktop.page, 'desktop: phone absent');
  assert.equal(await desktop.page.textContent('#way-address'), `${server.origin}/p`, 'the way back is said');
  await desktop.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await desktop.page.click('[data-action="send-again"]');
  await desktop.page.waitForFunction(() => document.querySelector('#way-copied')?.textContent);
  assert.equal(await desktop.page.evaluate(() => navigator.clipboard.readText()), `${server.origin}/p`);
  await phone.context.setOffline(false);
  await phone.page.goto(`${server.origin}/p`);
  await phoneScreen(phone.page, 'capture');
  await desktop.page.waitForFunction(() => document.querySelector('#phone')?.getAttribute('data-presence') === 'present');
  assert.equal(await desktop.page.isVisible('#way-back'), false);

  // The link again, in the browser that has claimed with it: its own capture, and nobody is alarmed.
  await phone.page.goto('about:blank');
  await phone.page.goto(link);
  await phoneScreen(phone.page, 'capture');
  assert.equal(await desktop.page.isVisible('#banner-notice'), false);

  // The phone is lost for good: another one comes in by the new code.
  await phone.context.close();
  await desktop.page.click('#way-back [data-action="not-my-phone"]');
  await desktopState(desktop.page, 'pairing');
  assert.match((await desktop.page.textContent('#typed-shown')) ?? '', /^[A-Z]{4} [A-Z]{4}$/);
  const next = await joinPhone(both.phones, await scan(desktop.page), { desktop: desktop.page, until: 'document' });
  await next.context.close();
});

test('the desktop cancels: the phone says so', { timeout: 60_000 }, async (t) => {
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  const phone = await joinPhone(both.phones, await scan(desktop.page), { desktop: desktop.page, until: 'compare' });
  t.after(() => phone.context.close());
  await desktop.page.click('.screen[data-screen="comparing"] [data-action="cancel"]');
  await accessible(desktop.page, 'desktop: cancel?');
  await desktop.page.click('#confirm-yes');
  await desktopState(desktop.page, 'ended');
  await phoneScreen(phone.page, 'message');
});

test('the phone page works with the keyboard alone', { timeout: 90_000 }, async (t) => {
  const desktop = await openDesktop(both.desktops, server.origin);
  t.after(() => desktop.context.close());
  const phone = await joinPhone(both.phones, await scan(desktop.page), { desktop: desktop.page, until: 'invitation' });
  t.after(() => phone.context.close());
  const press = async (/** @type {string} */ selector) => {
    for (let i = 0; i < 25; i++) {
      if (await phone.page.evaluate((s) => document.activeElement?.matches(s) && document.activeElement.getClientRects().length > 0, selector)) {
        await phone.page.keyboard.press('Enter');
        return;
      }
      await phone.page.keyboard.press('Tab');
    }
    assert.fail(`${selector} cannot be reached with the Tab key`);
  };
  await press('[data-action="claim"]');
  await phoneScreen(phone.page, 'compare');
  await desktopState(desktop.page, 'comparing');
  const code = (await desktop.page.textContent('#code'))?.trim() ?? '';
  await press('#compare-code'); // an empty field says what it wants, and keeps the focus
  await phone.page.keyboard.type(code);
  await phone.page.keyboard.press('Enter');
  await phoneScreen(phone.page, 'document');
  await press('[data-document="passport"]');
  await phoneScreen(phone.page, 'ready');
  await press('[data-action="launch"]');
  await phoneScreen(phone.page, 'capture');
  await desktopState(desktop.page, 'capturing');
  assert.equal(await desktop.page.locator('#steps > li').count(), 2, 'a passport has no back');
});
