import test from 'node:test';
import assert from 'node:assert/strict';
import { initialDesktop, newer, reduceDesktop } from './session.js';

const progress = (rev, fields = {}) => ({ type: 'progress', rev, state: 'capturing', language: 'fr', reference: 'K7Q2MX', ...fields });

test('a progress of another session counts whatever its rev', () => {
  assert.equal(newer(progress(9), progress(1, { reference: 'OTHER1' })).rev, 1);
});

test('an unknown message changes nothing', () => {
  const desktop = initialDesktop();
  assert.equal(reduceDesktop(desktop, { type: 'later' }, 0), desktop);
});
