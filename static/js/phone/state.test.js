import test from 'node:test';
import assert from 'node:assert/strict';
import { activeStep } from '../wire/session.js';
import { initialPhone, reducePhone } from './state.js';

const progress = (rev, fields = {}) => ({ type: 'progress', rev, state: 'capturing', language: 'fr', reference: 'K7Q2MX', ...fields });
const steps = (front, back, phase = 'guiding') => [
  { step: 'document-front', state: front, stillsLeft: 5, ...(front === 'active' ? { phase } : {}) },
  { step: 'document-back', state: back, stillsLeft: 5, ...(back === 'active' ? { phase } : {}) },
];
const after = (...messages) => messages.reduce((state, message) => reducePhone(state, message, 1000), initialPhone());

test('an older progress of the same session is ignored', () => {
  const state = after(progress(5, { state: 'paired' }), progress(4, { state: 'comparing' }));
  assert.equal(state.progress.state, 'paired');
});

test('a welcome says that the code is to be typed, and the next state that it was', () => {
  const comparing = after({ type: 'welcome', serverTime: 4000, site: 'S', progress: progress(1, { state: 'comparing' }) });
  assert.equal(comparing.progress?.state, 'comparing');
  assert.equal(comparing.clock, 3000);
  assert.equal(reducePhone(comparing, progress(2, { state: 'paired' }), 0).progress?.state, 'paired');
});

test('a result of a step that is not open changes nothing', () => {
  const state = after(progress(1, { steps: steps('active', 'waiting') }));
  assert.equal(reducePhone(state, { type: 'frame-result', status: 'judged', step: 'document-back', seq: 1 }, 0), state);
  const judged = reducePhone(state, { type: 'frame-result', status: 'judged', step: 'document-front', seq: 1 }, 0);
  assert.equal(judged.frame.seq, 1);
});

test('a new step forgets what was of the one before', () => {
  const state = after(
    progress(1, { steps: steps('active', 'waiting', 'tilt') }),
    { type: 'frame-result', status: 'judged', step: 'document-front', seq: 1 },
    { type: 'challenge', kind: 'tilt', gesture: 'left' },
    progress(2, { steps: steps('accepted', 'active') }),
  );
  assert.equal(activeStep(state.progress).step, 'document-back');
  assert.equal(state.frame, null);
  assert.equal(state.task, null);
});

test('a challenge stays while its phase does', () => {
  const state = after(
    progress(1, { steps: steps('active', 'waiting', 'tilt') }),
    { type: 'challenge', kind: 'tilt', gesture: 'left' },
    progress(2, { steps: steps('active', 'waiting', 'tilt') }),
  );
  assert.equal(state.task.gesture, 'left');
});

test('a still that is asked for waits until its result', () => {
  const asked = after(progress(1, { steps: steps('active', 'waiting') }), { type: 'capture-still', step: 'document-front', seq: 4 });
  assert.equal(asked.request.seq, 4);
  const judged = reducePhone(asked, { type: 'still-result', step: 'document-front', seq: 4, accepted: false, hint: 'glare' }, 0);
  assert.equal(judged.request, null);
  assert.equal(judged.still.hint, 'glare');
});

test('an unknown message changes nothing', () => {
  const phone = initialPhone();
  assert.equal(reducePhone(phone, { type: 'later' }, 0), phone);
});
