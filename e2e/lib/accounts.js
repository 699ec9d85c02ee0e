// Demo accounts, logged in as their page does it.
import assert from 'node:assert/strict';

/**
 * Logs a page's context in.
 * @param {import('playwright-core').Page} page
 * @param {string} origin
 * @param {string} account its id, such as reviewer-1
 */
export async function logIn(page, origin, account) {
  await page.goto(`${origin}/login`);
  assert.equal((await ask(page, 'POST', '/api/login/demo', { account })).status, 200, `${account} cannot log in`);
}

/**
 * Calls the server as the page would.
 * @param {import('playwright-core').Page} page
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<{status: number, body: any}>}
 */
export async function ask(page, method, path, body) {
  return page.evaluate(async (call) => {
    const answer = await fetch(call.path, {
      method: call.method, headers: { 'Content-Type': 'application/json' }, body: call.body && JSON.stringify(call.body),
    });
    return { status: answer.status, body: await answer.json().catch(() => null) };
  }, { method, path, body });
}

/**
 * Opens an enrolment and consents to its texts.
 * @param {import('playwright-core').Page} page of an applicant
 * @returns {Promise<any>} its view
 */
export async function consented(page) {
  const begun = await ask(page, 'POST', '/api/enrolments', { language: 'fr' });
  const answers = begun.body.texts.map((/** @type {any} */ { kind, version, hash, language }) => ({ kind, version, hash, language, yes: true }));
  const view = await ask(page, 'POST', `/api/enrolments/${begun.body.id}/consent`, { answers });
  assert.equal(view.body.state, 'consented', JSON.stringify(view.body));
  return view.body;
}
