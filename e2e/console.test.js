// The console, walked for real: a site, its key, an endpoint that fails, verifications
// that were played, the funnel, the lines for a host's page; accessible on each page, on
// a desk in French and light, on a phone in English and dark.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { accessible } from './lib/axe.js';
import { logIn } from './lib/enrolment.js';
import { opened } from './lib/opened.js';
import { startServer } from './lib/server.js';

const { browser, server } = await opened(startServer());
/** @type {import('node:http').Server} */
let host;
let hostOrigin = '';
/** A PNG of 96 × 24 pixels. */
const logo = 'iVBORw0KGgoAAAANSUhEUgAAAGAAAAAYCAIAAACKi2/DAAAARUlEQVR42u3YQQ0AQAgDQRxgDFOn/HDAl5DMpgrm2fgaCwSAAAHaBMp6NgwQIECAAAECBAiQAQIECBCgc0AeH4cZIECLNdbA7DNK7r56AAAAAElFTkSuQmCC';
let policy = "default-src 'self'";
before(async () => {
  host = createServer((request, response) => {
    response.writeHead(request.method === 'POST' ? 503 : 200, { 'Content-Security-Policy': policy, 'Content-Type': 'text/html' });
    response.end(request.method === 'POST' ? 'maintenance' : '<!doctype html><title>SPECIMEN</title>');
  });
  await new Promise((resolve) => host.listen(0, '127.0.0.1', () => resolve(null)));
  hostOrigin = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (host.address()).port}`;
}, { timeout: 120_000 });
after(() => host?.close());

/** A call of the site's own server. @param {string} key @param {string} path @param {object} body @returns {Promise<any>} */
async function call(key, path, body) {
  const answer = await fetch(`${server.origin}/v1${path}`, { method: 'POST', headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** Goes to a page by its link and waits for it. @param {import('playwright-core').Page} page @param {string} link @param {string} heading */
async function follow(page, link, heading) {
  await page.click(`#nav a:text-is("${link}")`);
  await page.waitForFunction((text) => document.querySelector('#heading')?.textContent === text && document.querySelector('#view')?.childElementCount, heading);
}

test('an operator makes a site, its key and endpoint, and sees what happens', { timeout: 180_000 }, async (t) => {
  const { context, page, problems } = await logIn(browser, server.origin, '/console', 'operator', { locale: 'fr-FR', colorScheme: 'light', viewport: { width: 1440, height: 900 } });
  t.after(() => context.close());
  await page.waitForSelector('#view form');
  await accessible(page, 'sites');
  await page.click('button:text-is("Ajouter un site")');
  await page.waitForSelector('#problem:visible');
  assert.equal(await page.getAttribute('[name=name]', 'aria-invalid'), 'true', 'the field that is wrong says so');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'name');
  await page.fill('[name=name]', 'Mutuelle SPECIMEN');
  await page.fill('[name=returnUrls]', `${hostOrigin}/retour`);
  await page.fill('[name=origins]', hostOrigin);
  await page.check('[name=languages][value=fr]');
  await page.click('button:text-is("Ajouter un site")');
  await page.waitForFunction(() => document.querySelector('#heading')?.textContent === 'Réglages');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'heading', 'a new page takes the focus to its heading');
  await accessible(page, 'settings');

  await page.click('button:text-is("Enregistrer le logo")');
  await page.waitForSelector('#problem:visible');
  assert.equal(await page.getAttribute('[name=logo]', 'aria-invalid'), 'true', 'no file was chosen');
  await page.setInputFiles('[name=logo]', { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from(logo, 'base64') });
  await page.click('button:text-is("Enregistrer le logo")');
  await page.waitForFunction(() => /** @type {HTMLImageElement | null} */ (document.querySelector('#view .site-logo'))?.naturalWidth === 96);
  await accessible(page, 'settings with a logo');
  await page.click('button:text-is("Retirer le logo")');
  await page.waitForFunction(() => !document.querySelector('#view .site-logo'));

  await follow(page, 'Clés', 'Clés');
  await page.fill('[name=label]', 'serveur');
  await page.check('[name=scopes][value=personal]');
  await page.click('button:text-is("Créer une clé")');
  const key = await page.innerText('#secret code');
  assert.match(key, /^vv_test_[\w-]{43}$/);
  await accessible(page, 'a key, shown once');
  await follow(page, 'Points d’accès', 'Points d’accès');
  await follow(page, 'Clés', 'Clés');
  assert.ok(!(await page.content()).includes(key), 'a key is shown once');

  await follow(page, 'Points d’accès', 'Points d’accès');
  await page.fill('[name=url]', `${hostOrigin}/hook`);
  await page.fill('[name=label]', 'crochet');
  await page.click('button:text-is("Ajouter un point d’accès")');
  await page.waitForSelector('#secret');
  await page.click('button:text-is("Envoyer un événement d’essai")');
  await page.waitForSelector('tbody td:has-text("essai"), tbody th:has-text("essai")');
  // Each click draws the view anew: what is opened is of the last one.
  for (const until = Date.now() + 30_000; !(await page.innerText('#view table')).includes('réponse 503');) {
    assert.ok(Date.now() < until, await page.innerText('#view table'));
    const drawn = await page.waitForSelector('#view table');
    await page.click('form[aria-label=Filtrer] button');
    await drawn.waitForElementState('hidden');
    await page.waitForSelector('#view table');
  }
  await page.click('details summary');
  assert.match(await page.innerText('details[open]'), /webhook-signature: v1,[\s\S]*maintenance/);
  await page.fill('[name=id]', 'evt_x');
  await page.fill('[name=timestamp]', '1764400000');
  await page.fill('[name=body]', '{}');
  await page.click('button:text-is("Vérifier")');
  await page.waitForSelector('#why:has-text("Il n’y a pas de signature")');
  await accessible(page, 'an endpoint');

  const made = await call(key, '/verifications', { purpose: 'identity', reference: 'membre-7', declared: { surname: 'Specimen', given_names: 'Maéva', birth_date: '1990-07-13' } });
  await call(key, `/test/verifications/${made.id}/advance`, { to: 'verified' });
  const refused = await call(key, '/verifications', { purpose: 'identity', reference: 'membre-8' });
  await call(key, `/test/verifications/${refused.id}/advance`, { to: 'refused' });
  await follow(page, 'Vérifications', 'Vérifications');
  await page.fill('[name=reference]', 'membre-7');
  await page.click('button:text-is("Chercher")');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  await accessible(page, 'verifications');
  await page.click('tbody a');
  await page.waitForSelector('.timeline li');
  assert.ok(await page.locator('.timeline li[data-kind=event]').count() >= 5 && await page.locator('.timeline li[data-kind=transition]').count() >= 5, 'both planes are told');
  assert.ok(!(await page.innerText('#view')).includes('13/07/1990'), 'no personal data before they are asked for');
  await page.click('button:text-is("Montrer les données")');
  await page.waitForSelector('#data:has-text("13/07/1990")');
  await accessible(page, 'a verification');

  await follow(page, 'Parcours', 'Parcours');
  assert.match(await page.innerText('table >> nth=0'), /créée\s+2\s+100\s%[\s\S]*vérifiée\s+1\s+50\s%/);
  assert.match(await page.innerText('table >> nth=1'), /une autre personne/);
  await accessible(page, 'the funnel');

  await follow(page, 'Intégrer', 'Intégrer');
  await page.fill('[name=url]', `${hostOrigin}/membre`);
  await page.click('button:text-is("Vérifier les en-têtes")');
  await page.waitForSelector('#findings table');
  assert.match(await page.innerText('#findings'), new RegExp(`script-src 'self' ${server.origin}`));
  await accessible(page, 'a page that lacks the lines');
  policy += `; ${await page.innerText('code:has-text("frame-src ") >> nth=0')}`;
  await page.click('button:text-is("Vérifier les en-têtes")');
  await page.waitForFunction(() => document.querySelector('#findings')?.textContent && !document.querySelector('#findings')?.textContent?.includes('À corriger'));

  for (const [link, heading] of [['File de relecture', 'File de relecture'], ['Effacements à venir', 'Effacements à venir'], ['Journal des accès', 'Journal des accès']]) {
    await page.click(`#nav ul >> nth=0 >> a:text-is("${link}")`);
    await page.waitForFunction((text) => document.querySelector('#heading')?.textContent === text, heading);
    await accessible(page, link);
  }
  assert.match(await page.innerText('table'), new RegExp(`a consulté[\\s\\S]*data of ${made.id}`));
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('a:text-is("Exporter en CSV")')]);
  assert.equal(file.suggestedFilename(), 'audit.csv');
  assert.deepEqual(problems.filter((problem) => !/\b422\b/.test(problem)), []);

  const phone = await logIn(browser, server.origin, '/console', 'operator', { locale: 'en-GB', colorScheme: 'dark', viewport: { width: 390, height: 844 } });
  t.after(() => phone.context.close());
  const { page: small } = phone;
  await small.click('tbody a:text-is("Mutuelle SPECIMEN")');
  await small.waitForFunction(() => document.querySelector('#heading')?.textContent === 'Verifications');
  await accessible(small, 'verifications on a phone');
  for (const name of ['Funnel', 'Keys', 'Endpoints', 'Embed', 'Settings', 'Audit log']) {
    await small.click(`#nav ul >> nth=1 >> a:text-is("${name}")`);
    await small.waitForFunction((text) => document.querySelector('#heading')?.textContent === text, name);
    await accessible(small, `${name} on a phone`);
  }
  await small.goBack();
  await small.waitForFunction(() => document.querySelector('#heading')?.textContent === 'Settings');
  await small.goto(`${server.origin}/console#/site/site_${'q'.repeat(26)}/keys`);
  await small.waitForSelector('#problem:visible');
  assert.deepEqual(phone.problems, []);
});

test('a reviewer has no console', { timeout: 60_000 }, async (t) => {
  const { context, page } = await logIn(browser, server.origin, '/review', 'reviewer-1');
  t.after(() => context.close());
  const answer = await page.goto(`${server.origin}/console`);
  assert.equal(answer?.status(), 403);
  await accessible(page, 'the page that says so');
});
