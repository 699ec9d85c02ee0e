// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desktopScreen, phoneScreen, sendable, short, signedName } from './state.js';

/** @param {Partial<import('./state.js').Signing>} more @returns {import('./state.js').Signing} */
const signing = (more) => ({ id: 's', name: 'a.pdf', sha256: 'ab', state: 'waiting', over: false, ...more });

test('the desktop follows its request', () => {
  assert.equal(desktopScreen(null, false), 'choose');
  assert.equal(desktopScreen(signing({}), false), 'phone');
  assert.equal(desktopScreen(signing({ state: 'confirmed' }), false), 'working');
  assert.equal(desktopScreen(signing({ state: 'refused', over: true }), false), 'over');
  assert.equal(desktopScreen(signing({ over: true }), false), 'over');
  assert.equal(desktopScreen(signing({ state: 'signed', over: true }), true), 'done');
});

test('the phone asks only while the request waits', () => {
  assert.equal(phoneScreen(null), 'over');
  assert.equal(phoneScreen(signing({})), 'ask');
  assert.equal(phoneScreen(signing({ over: true })), 'over');
  assert.equal(phoneScreen(signing({ state: 'refused', over: true })), 'refused');
  assert.equal(phoneScreen(signing({ state: 'confirmed' })), 'done');
  assert.equal(phoneScreen(signing({ state: 'signed', over: true })), 'done');
});

test('what is compared, kept and sent', () => {
  assert.equal(short('0123456789abcdef0123'), '0123 4567 89AB CDEF …');
  assert.equal(signedName('Contrat.PDF'), 'Contrat-signed.pdf');
  assert.equal(signedName('contrat'), 'contrat-signed.pdf');
  assert.equal(sendable(undefined), false);
  assert.equal(sendable({ size: 0 }), false);
  assert.equal(sendable({ size: 10 * 1024 * 1024 }), true);
  assert.equal(sendable({ size: 10 * 1024 * 1024 + 1 }), false);
});
