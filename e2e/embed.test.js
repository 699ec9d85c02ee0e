// <visavis-verification> within another site's page: another site for cookies too, a
// strict policy, a page that is not allowed, a page that forgot its line, a stranger.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { desktop, launchFirefox, noFirefox } from './lib/browser.js';
import { opened } from './lib/opened.js';
import { root, startServer } from './lib/server.js';

const { browser, server } = await opened(startServer());
/** @type {import('node:http').Server} */
let host;
/** 127.0.0.1 is another site than localhost. */
let origin = '';
let key = '';
/** A bar, 96 × 24 pixels. */
const logo = 'iVBORw0KGgoAAAANSUhEUgAAAGAAAAAYCAIAAACKi2/DAAAARUlEQVR42u3YQQ0AQAgDQRxgDFOn/HDAl5DMpgrm2fgaCwSAAAHaBMp6NgwQIECAAAECBAiQAQIECBCgc0AeH4cZIECLNdbA7DNK7r56AAAAAElFTkSuQmCC';
/** What the host's page and its policy are, by path. @type {Record<string, {policy: string, html: string}>} */
const pages = {};

before(async () => {
  host = createServer((req, res) => {
    const page = pages[req.url ?? ''];
    if (!page) return void res.writeHead(404).end();
    res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': page.policy }).end(page.html);
  });
  await new Promise((resolve) => host.listen(0, '127.0.0.1', () => resolve(undefined)));
  origin = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (host.address()).port}`;
  const file = join(server.data, 'logo.png');
  writeFileSync(file, Buffer.from(logo, 'base64'));
  key = site('key', site('add', '--name=Exemple', `--origins=${origin}`, `--logo=${file}`));
}, { timeout: 60_000 });
after(() => host?.close());

/** Calls `visavis site`. @param {string[]} args */
function site(...args) {
  const { status, stdout, stderr } = spawnSync(join(root, 'var/bin/visavis'), ['site', args[0], `--data=${server.data}`, ...args.slice(1)], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

/** @param {string} path @param {object} body @param {string} [as] */
async function api(path, body, as = key) {
  const res = await fetch(server.origin + path, { method: 'POST', headers: { Authorization: `Bearer ${as}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const answer = await res.json();
  assert.ok(res.ok, JSON.stringify(answer));
  return answer;
}

/** A page of the host with the element; its policy has the one line for Visavis unless another is given. */
async function embed(/** @type {string} */ path, /** @type {string} */ secret, attributes = '', policy = `default-src 'self'; script-src ${server.origin}; frame-src ${server.origin}`, within = browser) {
  pages[path] = {
    policy,
    html: `<!doctype html><title>Exemple</title><script type="module" src="${server.origin}/embed/v1.js"></script>
      <visavis-verification client-secret="${secret}" src="${server.origin}" ${attributes}></visavis-verification>`,
  };
  const context = await within.newContext(desktop);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.addInitScript(() => {
    /** @type {any} */ (window).said = [];
    for (const type of ['ready', 'step', 'submitted', 'review', 'complete', 'error', 'close']) {
      addEventListener(type, (event) => { if (event instanceof CustomEvent) /** @type {any} */ (window).said.push([type, event.detail]); });
    }
  });
  await page.goto(origin + path);
  return { context, page };
}

/** Waits for an event of the element. @param {import('playwright-core').Page} page @param {string} type @returns {Promise<any>} its detail */
async function heard(page, type, timeout = 20_000) {
  const found = await page.waitForFunction((wanted) => /** @type {any} */ (window).said.find((/** @type {[string]} */ [name]) => name === wanted), type, { timeout });
  return (await found.jsonValue())[1];
}

/** The width in pixels of the logo that is shown, once it is there. @param {import('playwright-core').Locator} image */
function logoWidth(image) {
  return image.evaluate((/** @type {HTMLImageElement} */ shown) => shown.decode().then(() => shown.hidden ? 0 : shown.naturalWidth));
}

test('a member is verified from within the host’s page, without a cookie', { timeout: 120_000 }, async () => {
  const v = await api('/v1/verifications', { purpose: 'identity' });
  const { context, page } = await embed('/inline', v.client_secret);
  try {
    await heard(page, 'ready');
    assert.equal((await heard(page, 'step')).status, 'created');
    const frame = page.frameLocator('visavis-verification iframe');
    await frame.locator('#asked-by', { hasText: 'Demandé par Exemple' }).waitFor();
    assert.equal(await logoWidth(frame.locator('#site-logo')), 96);
    assert.deepEqual(await context.cookies(), [], 'the frame needs no cookie');
    assert.ok(await frame.locator('#close').isHidden(), 'nothing to close within the page');
    const shown = page.frames().find((one) => one.url().includes('/embed/frame'));
    await shown?.waitForFunction(() => { // as high as what it shows
      const rest = innerHeight - (document.querySelector('main')?.getBoundingClientRect().bottom ?? 0);
      return rest >= 0 && rest < 2 && document.documentElement.scrollWidth <= innerWidth;
    });
    assert.equal(await page.locator('visavis-verification iframe').getAttribute('allow'), '');

    // A second handshake, with another secret, is not heard.
    const other = await api('/v1/verifications', { purpose: 'identity' });
    const answered = await page.evaluate(({ secret, to }) => new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(true);
      const shown = /** @type {HTMLIFrameElement} */ (document.querySelector('visavis-verification')?.shadowRoot?.querySelector('iframe'));
      shown.contentWindow?.postMessage({ visavis: 1, nonce: 'x', secret }, to, [port2]);
      setTimeout(() => resolve(false), 2_000);
    }), { secret: other.client_secret, to: server.origin });
    assert.equal(answered, false);

    const [tab] = await Promise.all([context.waitForEvent('page'), frame.locator('#go').click()]);
    await tab.waitForSelector('body[data-state="correct"] #heading'); // top level, with the login of this request
    assert.equal(await logoWidth(tab.locator('#site-logo')), 96);
    await api(`/v1/test/verifications/${v.id}/advance`, { to: 'review' });
    for (const type of ['submitted', 'review']) assert.equal((await heard(page, type)).status, 'review');
    await api(`/v1/test/verifications/${v.id}/advance`, { to: 'verified' });
    const { status, final } = await heard(page, 'complete');
    assert.deepEqual({ status, final }, { status: 'verified', final: true });
    assert.ok(await page.evaluate(() => document.querySelector('visavis-verification')?.matches(':state(verified)')));
    await frame.locator('#over').waitFor();
  } finally {
    await context.close();
  }
});

test('in Firefox the element shows the same frame and hears the end', { timeout: 120_000, skip: noFirefox }, async (t) => {
  const fox = await launchFirefox();
  t.after(() => fox.close());
  const v = await api('/v1/verifications', { purpose: 'identity' });
  const { page } = await embed('/firefox', v.client_secret, '', undefined, fox);
  await heard(page, 'ready');
  assert.equal((await heard(page, 'step')).status, 'created');
  await page.frameLocator('visavis-verification iframe').locator('#asked-by', { hasText: 'Demandé par Exemple' }).waitFor();
  await api(`/v1/test/verifications/${v.id}/advance`, { to: 'verified' });
  const { status, final } = await heard(page, 'complete');
  assert.deepEqual({ status, final }, { status: 'verified', final: true });
  assert.ok(await page.evaluate(() => document.querySelector('visavis-verification')?.matches(':state(verified)')));
});

test('in a dialog, opened and closed by the host', { timeout: 60_000 }, async () => {
  const v = await api('/v1/verifications', { purpose: 'identity' });
  const { context, page } = await embed('/modal', v.client_secret, 'mode="modal"');
  try {
    assert.equal(await page.locator('visavis-verification iframe').count(), 0);
    await page.evaluate(() => /** @type {any} */ (document.querySelector('visavis-verification')).open());
    await heard(page, 'ready');
    await page.keyboard.press('Escape');
    await heard(page, 'close');
    assert.equal(await page.locator('visavis-verification iframe').count(), 0);

    await page.evaluate(() => { /** @type {any} */ (window).said = []; });
    await page.evaluate(() => /** @type {any} */ (document.querySelector('visavis-verification')).open());
    await heard(page, 'ready'); // the button is there before its module listens
    const button = page.frameLocator('visavis-verification iframe').locator('#close');
    await button.waitFor({ state: 'visible' });
    // A click by Playwright would wait for the frame that it takes away.
    await button.evaluate((/** @type {HTMLButtonElement} */ shown) => { setTimeout(() => shown.click()); });
    await heard(page, 'close');
    assert.equal(await page.locator('visavis-verification iframe').count(), 0);

    await page.evaluate(() => document.querySelector('visavis-verification')?.setAttribute('client-secret', 'x'));
    await page.evaluate(() => /** @type {any} */ (document.querySelector('visavis-verification')).open());
    await page.locator('visavis-verification p').waitFor({ state: 'visible' }); // a dialog that cannot open says so too
  } finally {
    await context.close();
  }
});

test('a page that may not embed, or forgot its line, says why in the frame’s place', { timeout: 120_000 }, async () => {
  const v = await api('/v1/verifications', { purpose: 'identity' });
  const forgot = await embed('/forgot', v.client_secret, '', `default-src 'self'; script-src ${server.origin}`);
  const wrong = await embed('/wrong', 'x');
  const strangers = site('key', site('add', '--name=Autre', '--origins=https://www.example.org'));
  const theirs = await api('/v1/verifications', { purpose: 'identity' }, strangers);
  const stranger = await embed('/stranger', theirs.client_secret);
  try {
    assert.equal((await heard(forgot.page, 'error')).code, 'blocked');
    assert.match(await forgot.page.locator('visavis-verification p').textContent() ?? '', /frame-src/);
    assert.equal((await heard(wrong.page, 'error')).code, 'secret');
    assert.equal((await heard(stranger.page, 'error', 40_000)).code, 'silent');
    assert.match(await stranger.page.locator('visavis-verification p').textContent() ?? '', /origins/);
  } finally {
    for (const { context } of [forgot, wrong, stranger]) await context.close();
  }
});

/** Notes each message that reaches a window. */
function noteMessages() {
  const arrived = /** @type {any} */ (window).arrived = /** @type {{from: string, data: any}[]} */ ([]);
  addEventListener('message', ({ origin: from, data }) => arrived.push({ from, data }));
}

/** What has reached a window, once there are as many. @param {import('playwright-core').Frame} at @param {number} n @returns {Promise<{from: string, data: any}[]>} */
async function arrivals(at, n) {
  await at.waitForFunction((wanted) => /** @type {any} */ (window).arrived.length >= wanted, n);
  return at.evaluate(() => /** @type {any} */ (window).arrived);
}

/** Windows within a host's page that are not the frame: of the host's origin, and of another one. */
function strangersOf(/** @type {string} */ path, /** @type {string} */ inside) {
  const another = origin.replace('127.0.0.1', 'localhost');
  pages['/inside'] = { policy: "default-src 'none'", html: '<!doctype html><title>SPECIMEN</title>' };
  pages[path] = {
    policy: `default-src 'self'; script-src ${server.origin}; frame-src 'self' ${server.origin} ${another}`,
    html: `<!doctype html><title>Exemple</title>${inside}<iframe name="beside" src="/inside"></iframe><iframe name="another" src="${another}/inside"></iframe>`,
  };
  return another;
}

test('the frame hears the page around it alone', { timeout: 60_000 }, async (t) => {
  const v = await api('/v1/verifications', { purpose: 'identity' });
  const context = await browser.newContext(desktop);
  t.after(() => context.close());
  await context.addInitScript(noteMessages);
  const another = strangersOf('/knock', `<iframe name="shown" src="${server.origin}/embed/frame?verification=${v.id}"></iframe>`);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${origin}/knock`);
  const [shown, beside, foreign] = ['shown', 'beside', 'another'].map((name) => /** @type {import('playwright-core').Frame} */ (page.frame({ name })));
  assert.deepEqual(await arrivals(page.mainFrame(), 1), [{ from: server.origin, data: { visavis: 1, type: 'hello' } }]);

  const knock = (/** @type {string} */ secret) => {
    const { port1, port2 } = new MessageChannel();
    const answers = /** @type {any} */ (window).answers = /** @type {object[]} */ ([]);
    port1.onmessage = ({ data }) => answers.push(data);
    parent.frames[0].postMessage({ visavis: 1, nonce: 'x', secret }, '*', [port2]);
  };
  // One has the origin of the site, which the frame admits: its window is another one.
  for (const [stranger, from] of /** @type {const} */ ([[beside, origin], [foreign, another]])) {
    await stranger.evaluate(knock, v.client_secret);
    assert.equal((await arrivals(shown, stranger === beside ? 1 : 2)).at(-1)?.from, from);
  }
  // The page itself is heard after them: the frame was listening.
  await page.evaluate(knock, v.client_secret);
  await page.waitForFunction(() => /** @type {any} */ (window).answers.some((/** @type {{type: string}} */ { type }) => type === 'step'));
  for (const stranger of [beside, foreign]) assert.deepEqual(await stranger.evaluate(() => /** @type {any} */ (window).answers), []);
});

test('the element hands its secret to its frame alone', { timeout: 60_000 }, async (t) => {
  const v = await api('/v1/verifications', { purpose: 'identity' });
  const context = await browser.newContext(desktop);
  t.after(() => context.close());
  // Frames of the server that say nothing of themselves.
  await context.route(`${server.origin}/embed/frame?*`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>SPECIMEN</title>' }));
  await context.addInitScript(noteMessages);
  await context.addInitScript(() => { // the element's patience has no end
    const later = setTimeout;
    Object.assign(window, { setTimeout: (/** @type {() => void} */ f, /** @type {number} */ ms) => (ms === 15_000 ? 0 : later(f, ms)) });
  });
  const another = strangersOf('/hello', `<script type="module" src="${server.origin}/embed/v1.js"></script>
    <visavis-verification client-secret="${v.client_secret}" src="${server.origin}"></visavis-verification>
    <iframe name="twin" src="${server.origin}/embed/frame?verification=ver_none"></iframe>`);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${origin}/hello`);
  await page.locator('visavis-verification iframe').waitFor();
  const own = page.frames().find((frame) => frame.url().includes(`verification=${v.id}`));
  assert.ok(own);
  const hello = () => parent.postMessage({ visavis: 1, type: 'hello' }, '*');
  const from = [];
  for (const name of ['beside', 'another', 'twin']) {
    await page.frame({ name })?.evaluate(hello);
    from.push((await arrivals(page.mainFrame(), from.length + 1)).at(-1)?.from);
  }
  await page.evaluate(hello);
  await arrivals(page.mainFrame(), 4);
  assert.deepEqual(from, [origin, another, server.origin]);
  // What the element says now comes after what it would have said to them.
  const say = () => {
    const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('visavis-verification')?.shadowRoot?.querySelector('iframe'));
    frame.contentWindow?.postMessage('after', '*');
  };
  await page.evaluate(say);
  assert.deepEqual((await arrivals(own, 1)).map(({ data }) => data), ['after']);
  await own.evaluate(hello);
  assert.equal((await arrivals(own, 2))[1].data.secret, v.client_secret);
  for (const name of ['beside', 'another', 'twin']) assert.deepEqual(await page.frame({ name })?.evaluate(() => /** @type {any} */ (window).arrived), [], name);
});

test('the frame and the module say who may use them', async () => {
  const v = await api('/v1/verifications', { purpose: 'identity' });
  const frame = await fetch(`${server.origin}/embed/frame?verification=${v.id}`);
  assert.match(frame.headers.get('content-security-policy') ?? '', new RegExp(`frame-ancestors ${origin};`));
  assert.equal(frame.headers.get('x-frame-options'), null);
  assert.match(frame.headers.get('permissions-policy') ?? '', /camera=\(\)/);
  assert.equal(frame.headers.get('set-cookie'), null);
  const unknown = await fetch(`${server.origin}/embed/frame?verification=ver_none`);
  assert.match(unknown.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
  assert.equal(unknown.headers.get('x-frame-options'), 'DENY');
  const module = await fetch(`${server.origin}/embed/v1.js`);
  assert.equal(module.headers.get('access-control-allow-origin'), '*');
  assert.equal(module.headers.get('cross-origin-resource-policy'), 'cross-origin');
});
