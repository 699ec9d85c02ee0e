// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choosing, slotDays } from './appointment.js';

test('slots are listed by the days of the desk, not of the reader', () => {
  const slots = ['2026-03-02T22:30:00Z', '2026-03-02T23:30:00Z', '2026-03-03T00:30:00Z', '2026-03-05T08:00:00Z'].map((at) => ({
    at,
    left: 1,
  }));
  assert.deepEqual(slotDays({ zone: 'Europe/Paris', slots }).map(({ times }) => times.length), [1, 2, 1]);
  assert.deepEqual(slotDays({ zone: 'UTC', slots }).map(({ times }) => times.length), [2, 1, 1]);
  assert.deepEqual(slotDays({ zone: 'UTC', slots: [] }), []);
});

test('slots are offered to who has none, or looks for another', () => {
  const view = (/** @type {object} */ of, allowed = ['book-appointment']) => /** @type {any} */ ({ allowed, ...of });
  const appointment = { at: '2026-03-02T09:00:00Z', until: '2026-03-02T09:20:00Z', zone: 'UTC' };
  assert.equal(choosing(view({}), ''), true);
  assert.equal(choosing(view({ appointment }), ''), false);
  assert.equal(choosing(view({ appointment }), 'appointment'), true);
  assert.equal(choosing(view({ appointment }, []), 'appointment'), false);
  assert.equal(choosing(view({}, []), ''), false);
});
