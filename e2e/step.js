// The whole journey with an authority that runs step-ca as the issuer, and keys in SoftHSM2;
// scripts/step-test.sh calls it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { browsers } from './lib/browsers.js';
import { capture, confirm, logIn, order, person, subscribe } from './lib/enrolment.js';
import { acceptFile, draw } from './lib/reviewer.js';
import { folder, freePort, root, startServer } from './lib/server.js';

const run = promisify(execFile);
const both = browsers();

/** A token of SoftHSM2, which holds the keys. @returns {Promise<Record<string, string>>} settings of the server */
async function token(/** @type {string} */ dir) {
  const config = join(dir, 'softhsm2.conf');
  await mkdir(join(dir, 'tokens'));
  await writeFile(config, `directories.tokendir = ${join(dir, 'tokens')}\nobjectstore.backend = file\n`);
  const env = { SOFTHSM2_CONF: config };
  await run('softhsm2-util', ['--init-token', '--free', '--label', 'visavis', '--pin', '1234', '--so-pin', '5678'], { env: { ...process.env, ...env } });
  return { ...env, VISAVIS_PKCS11_MODULE: '/usr/lib/softhsm/libsofthsm2.so', VISAVIS_PKCS11_PIN: '1234' };
}

/** Starts the authority and waits for it. */
async function startAuthority() {
  const dir = await folder('visavis-step-');
  const address = `127.0.0.1:${await freePort()}`;
  await run('go', ['run', './scripts/stepca', dir, address, join(root, 'examples/step/visavis.tpl')], { cwd: root });
  const child = spawn(process.env.VISAVIS_STEP_CA ?? 'step-ca', [join(dir, 'ca.json')], { env: { ...process.env, STEPPATH: dir }, stdio: 'ignore' });
  const exited = new Promise((resolve) => { child.once('exit', resolve); });
  const curl = (/** @type {string} */ path) => run('curl', ['-sf', '--cacert', join(dir, 'root.crt'), `https://${address}${path}`], { encoding: 'buffer' });
  for (let tries = 0; ; tries++) {
    try {
      await curl('/health');
      break;
    } catch (err) {
      if (tries === 300) throw err;
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }
  return {
    dir, curl, url: `https://${address}`,
    async stop() {
      child.kill('SIGKILL');
      await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

test('from the login to a certificate by step-ca, and its end', { timeout: 300_000 }, async (t) => {
  const authority = await startAuthority();
  t.after(() => authority.stop());
  const at = (/** @type {string} */ name) => join(authority.dir, name);
  const server = await startServer({ env: {
    ...await token(authority.dir),
    VISAVIS_ISSUER: 'step', VISAVIS_PROVIDER_NAME: 'EXEMPLE AC', VISAVIS_PROVIDER_URL: authority.url, VISAVIS_PROVIDER_CA: at('root.crt'),
    VISAVIS_PROVIDER_AUTHORITIES: at('root.crt'), VISAVIS_STEP_PROVISIONER: 'visavis', VISAVIS_STEP_KEY_FILE: at('provisioner.jwk'),
  } });
  t.after(() => server.stop());
  const applicant = await logIn(both.desktops, server.origin, '/signature', 'maeva', { locale: 'fr-FR' });
  t.after(() => applicant.context.close());
  const { page } = applicant;
  await subscribe(page, person);
  const phone = await capture(page, both.phones, { locale: 'fr-FR' });
  t.after(() => phone.context.close());
  const reviewer = await draw(both.desktops, server.origin, 'reviewer-1', { locale: 'fr-FR' });
  t.after(() => reviewer.context.close());
  assert.match(await acceptFile(reviewer.page), /accepté/);
  await confirm(page, person);
  await order(page, 'no');
  const list = (await page.textContent('#certificate-list')) ?? '';
  assert.match(list, /valide/i);
  assert.doesNotMatch(list, /TEST|qualifié/, 'neither a test certificate nor a qualified one');

  const link = await page.getAttribute('#certificate-list [data-part="pem"]', 'href');
  const pem = await (await page.context().request.get(new URL(link ?? '', page.url()).href)).body();
  await writeFile(at('own.pem'), pem);
  await writeFile(at('list.der'), (await authority.curl('/1.0/crl')).stdout);
  const openssl = async (/** @type {string[]} */ ...args) => (await run('openssl', args)).stdout;
  assert.match(await openssl('x509', '-in', at('own.pem'), '-noout', '-subject', '-nameopt', 'utf8'), /CN=Gaëlle Louise SPECIMEN/i);
  assert.match(await openssl('verify', '-CAfile', at('root.crt'), '-untrusted', at('ca.crt'), at('own.pem')), /: OK/);

  await page.click('#certificate-list [data-action="revoke"]');
  await page.check('input[name="reason"][value="cessation"]');
  await page.click('[data-action="revoke-yes"]');
  await page.waitForFunction(() => /révoqué/i.test(document.querySelector('#certificate-list')?.textContent ?? ''));
  await writeFile(at('list.der'), (await authority.curl('/1.0/crl')).stdout);
  const revoked = await openssl('crl', '-inform', 'DER', '-in', at('list.der'), '-noout', '-text');
  const serial = (await openssl('x509', '-in', at('own.pem'), '-noout', '-serial')).trim().replace('serial=', '');
  assert.ok(revoked.includes(serial), `the authority's list has ${serial}`);
  assert.deepEqual([...applicant.problems, ...phone.problems, ...reviewer.problems], []);
});
