// « Signer un PDF »: a person with a certificate signs a file; another browser, without a
// login, is the phone. The certificate comes from a test site's verification.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { accessible } from './lib/axe.js';
import { desktop, phone } from './lib/browser.js';
import { ask } from './lib/enrolment.js';
import { scan, watch } from './lib/journey.js';
import { opened } from './lib/opened.js';
import { root, startServer } from './lib/server.js';

const { browser, server } = await opened(startServer());

/** Calls `visavis site`. @param {string[]} args */
function site(...args) {
  const { status, stdout, stderr } = spawnSync(join(root, 'var/bin/visavis'), ['site', args[0], `--data=${server.data}`, ...args.slice(1)], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

/** Posts to the server. @param {string} path @param {string} token @param {object | URLSearchParams} body */
async function call(path, token, body) {
  const form = body instanceof URLSearchParams;
  const res = await fetch(`${server.origin}${path}`, { method: 'POST', headers: { ...(token && { Authorization: `Bearer ${token}` }), ...(!form && { 'Content-Type': 'application/json' }) }, body: form ? body : JSON.stringify(body) });
  const answer = await res.json();
  assert.ok(res.ok, `${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/** What a site asks for one person. @param {string} email */
const wanted = (email) => ({ purpose: 'certificate', declared: { surname: 'Specimen', given_names: 'Maéva Claire', birth_date: '1990-07-13', mobile: '+33639980012', email } });

/** A page of its own browser context, and what goes wrong on it. @param {import('node:test').TestContext} t @param {import('playwright-core').BrowserContextOptions} options */
async function open(t, options) {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return { page, problems: watch(page) };
}

/** A PDF of one page. */
function pdf() {
  const content = 'BT /F1 18 Tf 72 760 Td (Contrat SPECIMEN) Tj ET';
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>',
    '<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>',
    `<</Length ${content.length}>>\nstream\n${content}\nendstream`,
  ];
  let text = '%PDF-1.7\n';
  const at = objects.map((object, i) => {
    const start = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return start;
  });
  const list = at.map((offset) => `${String(offset).padStart(10, '0')} 00000 n\r\n`).join('');
  return Buffer.from(`${text}xref\n0 5\n0000000000 65535 f\r\n${list}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`, 'latin1');
}

test('a PDF is signed with the phone’s word, and comes back', { timeout: 120_000 }, async (t) => {
  const key = site('key', '--scopes=read,write,personal', site('add', '--name=Exemple'));
  const v = await call('/v1/verifications', key, wanted('maeva.specimen@example.org'));
  const { page, problems } = await open(t, { ...desktop, acceptDownloads: true });
  await page.goto(v.url);
  await page.waitForURL('**/request?id=**');
  await call(`/v1/test/verifications/${v.id}/advance`, key, { to: 'verified' });
  await page.goto(`${server.origin}/signature`);
  await page.click('#certificate-list [data-part="sign"] >> visible=true'); // once the test authority has issued it
  await page.waitForSelector('body[data-state="choose"]');
  assert.match((await page.textContent('#badge')) ?? '', /TEST/);
  await accessible(page, 'a PDF to choose');
  await page.click('#form [type="submit"]');
  assert.equal(await page.getAttribute('#file', 'aria-invalid'), 'true');
  await page.setInputFiles('#file', { name: 'photo.pdf', mimeType: 'application/pdf', buffer: Buffer.from('no PDF') });
  await page.click('#form [type="submit"]');
  await page.waitForSelector('#problem:visible');
  assert.match((await page.textContent('#problem-text')) ?? '', /n’est pas un PDF/);
  await page.setInputFiles('#file', { name: 'Contrat.pdf', mimeType: 'application/pdf', buffer: pdf() });
  await page.click('#form [type="submit"]');
  await page.waitForSelector('body[data-state="phone"]');
  await page.waitForFunction(() => /** @type {HTMLImageElement} */ (document.querySelector('#qr'))?.naturalWidth > 0);
  await accessible(page, 'the code for the phone');
  await shoot(page, 'desktop');
  const link = await scan(page);
  assert.match(link, /\/confirm#[\w-]{43}$/);

  const { page: mobile, problems: more } = await open(t, phone);
  await mobile.goto(link.replace(/^https?:\/\/[^/]+/, server.origin));
  await mobile.waitForSelector('body[data-state="ask"]');
  assert.equal(await mobile.textContent('#document'), `${await page.textContent('#document')}${await signer(mobile)}`, 'both show the same document');
  await accessible(mobile, 'the phone that confirms');
  await shoot(mobile, 'phone');
  await mobile.fill('#digits', (await page.textContent('#digits')) ?? '');
  await mobile.click('#form [type="submit"]');
  await mobile.waitForSelector('body[data-state="done"]');

  await page.waitForSelector('body[data-state="done"]');
  assert.equal(await page.textContent('#done-level'), 'PAdES-BASELINE-LT');
  await shoot(page, 'done');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')]);
  assert.equal(download.suggestedFilename(), 'Contrat-signed.pdf');
  const signed = readFileSync(await download.path());
  assert.deepEqual(signed.subarray(0, pdf().length), pdf(), 'the file’s own bytes are as they were');
  assert.match(signed.toString('latin1'), /ETSI\.CAdES\.detached[\s\S]*\/Type \/DSS/);
  if (process.env.VISAVIS_SIGNED) (await import('node:fs')).writeFileSync(process.env.VISAVIS_SIGNED, signed);
  assert.deepEqual([...problems, ...more], []);
  assert.ok(!server.log().includes(new URL(link).hash.slice(1)), 'the log does not hold the secret');
});

test('a site asks for a signature, and the phone says who asks', { timeout: 120_000 }, async (t) => {
  const of = site('add', '--name=Exemple de site');
  const key = site('key', '--scopes=read,write,sign', of);
  const email = 'claire.specimen@example.org'; // nobody else has letters there
  const v = await call('/v1/verifications', key, wanted(email));
  const { access_token: token } = await call('/csc/v2/oauth2/token', '', new URLSearchParams({ grant_type: 'client_credentials', client_id: of, client_secret: key }));
  const { page, problems } = await open(t, phone);
  await page.goto(v.url);
  await page.waitForURL('**/request?id=**');
  await page.goto(`${server.origin}/privacy`); // a page that goes nowhere by itself while the server is asked
  await call(`/v1/test/verifications/${v.id}/advance`, key, { to: 'verified' });
  /** The link of the newest letter with it. @param {string} path */
  const letter = async (path) => {
    for (let i = 0; i < 400; i++) {
      const { messages } = await ask(page, 'GET', '/api/outbox');
      const text = messages.find((/** @type {any} */ one) => one.to === email && one.text.includes(path))?.text ?? '';
      if (text) return { text, link: new RegExp(`https?:\\S+${path}\\S+`).exec(text)?.[0] ?? '' };
      await page.waitForTimeout(100);
    }
    throw new Error(`no letter with ${path}`);
  };
  const confirms = await letter('/address#');
  await ask(page, 'POST', '/api/address', { token: new URL(confirms.link).hash.slice(1) });

  let credentialID = '';
  for (let i = 0; i < 400 && !credentialID; i++) { // once the test authority has issued it
    [credentialID = ''] = (await call('/csc/v2/credentials/list', token, { userID: v.id, onlyValid: true })).credentialIDs;
    if (!credentialID) await page.waitForTimeout(100);
  }
  assert.ok(credentialID, 'the certificate was issued');
  const hashes = [createHash('sha256').update('We agree.').digest('base64')];
  const { challenge } = await call('/csc/v2/credentials/getChallenge', token, { credentialID, authObjectID: 'phone' });
  const { handle } = await call('/csc/v2/credentials/authorize', token, { credentialID, numSignatures: 1, hashes, hashAlgorithmOID: '2.16.840.1.101.3.4.2.1', description: 'contract.txt', authData: [{ id: 'phone' }] });
  const asks = await letter('/confirm#');
  assert.match(asks.text, /Exemple de site/);
  await page.goto(asks.link);
  await page.waitForSelector('body[data-state="ask"]');
  assert.match((await page.textContent('#document')) ?? '', /Exemple de site.*contract\.txt/s);
  assert.match(await page.innerText('#form'), /Les deux chiffres affichés par le site/);
  assert.doesNotMatch(await page.innerText('#form'), /ordinateur/);
  await accessible(page, 'the phone that confirms for a site');
  await shoot(page, 'site');
  await page.fill('#digits', challenge);
  await page.click('#form [type="submit"]');
  await page.waitForSelector('body[data-state="done"]');
  assert.equal(await page.innerText('#heading'), 'C’est confirmé');
  assert.match(await page.innerText('#done-text'), /Revenez au site/);
  assert.doesNotMatch(await page.innerText('#done-text'), /ordinateur/);
  const { SAD } = await call('/csc/v2/credentials/authorizeCheck', token, { handle });
  const { signatures } = await call('/csc/v2/signatures/signHash', token, { credentialID, SAD, hashes, signAlgo: '1.2.840.10045.4.3.2' });
  assert.equal(signatures.length, 1);
  assert.deepEqual(problems, []);
});

/** What the phone shows besides the document. @param {import('playwright-core').Page} page */
function signer(page) {
  return page.textContent('#document > :last-child');
}

/** A screenshot, where a folder is named. @param {import('playwright-core').Page} page @param {string} name */
async function shoot(page, name) {
  if (process.env.VISAVIS_SHOTS) await page.screenshot({ path: join(process.env.VISAVIS_SHOTS, `sign-${name}.png`), fullPage: true });
}
