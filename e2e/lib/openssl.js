// What openssl says of a certificate of the test authority: the oracle of the
// journey's end.
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { folder } from './server.js';

const run = promisify(execFile);

/** @param {string[]} args @returns {Promise<string>} what it says, on both outputs, whatever its exit code */
async function openssl(...args) {
  try {
    const { stdout, stderr } = await run('openssl', args);
    return stdout + stderr;
  } catch (err) {
    const { stdout, stderr, code } = /** @type {any} */ (err);
    if (typeof code !== 'number') throw err; // not even started
    return stdout + stderr;
  }
}

/** @param {string} url @returns {Promise<Buffer>} */
async function download(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

/**
 * Examines a certificate with what it points at itself.
 * @param {Buffer} pem
 * @param {string} origin of the server, where the test authority answers
 * @returns {Promise<{text: string, verify: string, ocsp: string}>}
 */
export async function examine(pem, origin) {
  const dir = await folder('visavis-openssl-');
  const at = (/** @type {string} */ name) => join(dir, name);
  try {
    await writeFile(at('own.pem'), pem);
    for (const name of ['root.cer', 'issuing.cer', 'root.crl', 'issuing.crl']) {
      await writeFile(at(name), await download(`${origin}/test-ca/${name}`));
      const kind = name.endsWith('crl') ? 'crl' : 'x509';
      await run('openssl', [kind, '-inform', 'DER', '-in', at(name), '-out', at(`${name}.pem`)]);
    }
    return {
      text: await openssl('x509', '-in', at('own.pem'), '-noout', '-text', '-nameopt', 'utf8,sep_comma_plus_space'),
      verify: await openssl('verify', '-CAfile', at('root.cer.pem'), '-untrusted', at('issuing.cer.pem'),
        '-CRLfile', at('root.crl.pem'), '-CRLfile', at('issuing.crl.pem'), '-crl_check_all', at('own.pem')),
      ocsp: await openssl('ocsp', '-issuer', at('issuing.cer.pem'), '-cert', at('own.pem'), '-CAfile', at('root.cer.pem'), '-url', `${origin}/test-ca/ocsp`),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
