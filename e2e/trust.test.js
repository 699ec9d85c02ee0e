// The page on trust, as a phone sees it first: over plain HTTP, with its code, a picture
// of each step, and a try that says whether the secure address is trusted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible } from './lib/axe.js';
import { phone as phoneOptions } from './lib/browser.js';
import { opened } from './lib/opened.js';
import { freePort, startServer } from './lib/server.js';

const port = await freePort();
const plain = `http://localhost:${port}`;
const { browser, server } = await opened(startServer({ tls: true, env: { VISAVIS_HTTP_LISTEN: `127.0.0.1:${port}` } }));

/** The share of a PNG that is black. @param {import('playwright-core').BrowserContext} context @param {Buffer} png */
async function darkShare(context, png) {
  const page = await context.newPage();
  const share = await page.evaluate(async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    pen.drawImage(image, 0, 0);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] + data[i + 1] + data[i + 2] < 120) dark++;
    return (dark * 4) / data.length;
  }, `data:image/png;base64,${png.toString('base64')}`);
  await page.close();
  return share;
}

for (const [trusted, result, locale] of /** @type {const} */ ([[false, 'no', 'fr-FR'], [true, 'yes', 'en-GB']])) {
  test(`a phone that ${trusted ? 'trusts' : 'does not trust'} this computer is told so`, { timeout: 60_000 }, async (t) => {
    const context = await browser.newContext({ ...phoneOptions, locale, ignoreHTTPSErrors: trusted });
    t.after(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(plain);
    const words = page.locator(`[data-words="${locale.slice(0, 2)}"]`);
    await words.locator('[data-trust="test"]').waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing overflows');
    assert.ok((await page.locator('meta[name=viewport]').count()) === 1, 'the page has the parts that every page has');
    assert.equal(await words.locator('.pictured .step-picture').count(), 9);
    const drawn = await words.locator('.step-picture').first().evaluate((svg) => /** @type {SVGGraphicsElement} */ (svg).getBBox().height);
    assert.ok(drawn > 50, `a picture is drawn: ${drawn} px`);
    const black = await darkShare(context, await words.locator('.step-picture').first().screenshot());
    assert.ok(black < 0.1, `the picture has its colours: ${black} of it is black`);
    await accessible(page, `trust, ${result}`);
    await words.locator('[data-action="try"]').click();
    await words.locator(`[data-result="${result}"]`).waitFor();
    assert.equal(await words.locator('[data-result]:visible').count(), 1);
    if (trusted) {
      await words.locator('[data-trust="secure"]').click();
      await page.waitForURL(`${server.origin}/`);
    }
  });
}

test('the computer shows the code of the phone’s address', { timeout: 60_000 }, async (t) => {
  const context = await browser.newContext({ locale: 'fr-FR', ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 } });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${server.origin}/trust`);
  const code = page.locator('[data-words="fr"] [data-trust="qr"]');
  await code.waitFor();
  await page.waitForFunction(() => /** @type {HTMLImageElement} */ (document.querySelector('[data-words="fr"] [data-trust="qr"]')).naturalWidth > 0);
  assert.equal(await page.innerText('[data-words="fr"] [data-trust="url"]'), `${plain}/`);
  assert.equal(await page.locator('[data-trust="test"]:visible').count(), 0, 'a browser that was told to go on says nothing about trust');
});

test('where no phone can come, going on here is first', { timeout: 60_000 }, async (t) => {
  const context = await browser.newContext({ locale: 'fr-FR', ignoreHTTPSErrors: true });
  t.after(() => context.close());
  for (const reach of ['alone', 'container']) {
    const page = await context.newPage();
    await page.route('**/trust.json', (route) => route.fulfill({ json: { url: '', qr: '', secure: server.origin, plain: false, reach } }));
    await page.goto(`${server.origin}/trust`);
    await page.waitForSelector(`[data-words="fr"] [data-reach="${reach}"] >> visible=true`);
    assert.equal(await page.locator('[data-reach]:visible').count(), 1);
    assert.equal(await page.locator('main .button-primary:visible').first().innerText(), 'Continuer sur cet appareil');
    assert.equal(await page.locator('[data-trust="code"]:visible').count(), 0);
    await page.close();
  }
});
