// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mayMail } from './journey.js';

test('a link is sent to those alone whose letters hold one', () => {
  const me = (/** @type {string} */ subject) => /** @type {any} */ ({ account: { subject } });
  for (const subject of ['demo:maeva', 'oidc:site:1', 'b7c1-site']) assert.equal(mayMail(me(subject)), true, subject);
  for (const subject of ['site:test:ver_1', 'site:live:ver_1']) assert.equal(mayMail(me(subject)), false, subject);
  assert.equal(mayMail(null), true, 'who is not known yet');
});
