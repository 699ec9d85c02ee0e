// The parts of the journey that other tests walk, without a screen: what a person
// types and ticks goes straight to the server, and qa holds the phone.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { models, root } from './server.js';

const run = promisify(execFile);

/**
 * Asks the server as the page does. @param {import('playwright-core').Page} page of its origin
 * @param {string} path @param {object} [body] posted; without one the path is read
 */
export async function ask(page, path, body) {
  const { status, text } = await page.evaluate(async ([url, json]) => {
    const answer = await fetch(url, json ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: json } : {});
    return { status: answer.status, text: await answer.text() };
  }, [path, body ? JSON.stringify(body) : '']);
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  return JSON.parse(text);
}

/**
 * Opens a request and agrees to everything, as far as the page with the code.
 * @param {import('playwright-core').Page} page of an applicant
 * @param {{surname: string, givenNames: string, birthDate: string}} who the date as 1987-11-15
 * @returns {Promise<{id: string, reference: string}>}
 */
export async function agreed(page, who) {
  const { id, declared } = await ask(page, '/api/enrolments', { language: 'fr' });
  const path = `/api/enrolments/${id}`;
  const { texts } = await ask(page, `${path}/correct`, { ...declared, ...who });
  const answers = texts.map((/** @type {object} */ text) => ({ ...text, yes: true }));
  return ask(page, `${path}/consent`, { answers });
}

/**
 * Takes the pictures of the account's open request with qa.
 * @param {string} origin
 * @param {string} account
 * @param {string} scenario of e2e/scenarios
 * @param {Record<string, string | number>} [flags] of qa run
 */
export async function shoot(origin, account, scenario, flags = {}) {
  const args = Object.entries({ portrait: join(models, 'astronaut.png'), ...flags }).flatMap(([k, v]) => [`-${k}`, String(v)]);
  const file = join(root, 'e2e/scenarios', `${scenario}.yaml`);
  try {
    await run(join(root, 'var/bin/qa'), ['run', file, '-server', origin, '-account', account, ...args], { maxBuffer: 16 << 20 });
  } catch (err) {
    const { stdout, stderr } = /** @type {any} */ (err);
    throw new Error(`qa run ${scenario}: ${stdout}${stderr}`);
  }
}
