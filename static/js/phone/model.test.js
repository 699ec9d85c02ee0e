import test from 'node:test';
import assert from 'node:assert/strict';
import { MESSAGE_NAMES, depthOf, messageOf, screenOf } from './model.js';
import { initialPhone } from './state.js';

const local = {
  ticket: true, connection: 'open', closeCode: 0, obstacle: '', obstacleSeen: false, noDocument: false,
  changing: false, launched: false, camera: 'idle', cameraReason: '', refused: false,
};
const steps = [{ step: 'document-front', state: 'active', phase: 'guiding', stillsLeft: 5 }];
const at = (state, fields = {}) => ({ ...initialPhone(), progress: { rev: 1, state, reference: 'K7Q2MX', language: 'fr', ...fields } });
const chosen = { document: 'passport', steps };

const cases = [
  ['no ticket asks for the typed code', initialPhone(), { ticket: false }, 'typed'],
  ['a ticket without an answer loads', initialPhone(), {}, 'loading'],
  ['an invitation is shown before anything is claimed', { ...initialPhone(), invitation: {} }, {}, 'invitation'],
  ['an in-app browser says so before the claim', { ...initialPhone(), invitation: {} }, { obstacle: 'in-app' }, 'in-app'],
  [
    'going on in an in-app browser is allowed',
    { ...initialPhone(), invitation: {} },
    { obstacle: 'in-app', obstacleSeen: true },
    'invitation',
  ],
  ['an insecure page comes before all', at('capturing', chosen), { obstacle: 'insecure' }, 'insecure'],
  ['a browser without camera is told before the claim', { ...initialPhone(), invitation: {} }, { obstacle: 'no-media' }, 'no-media'],
  ['comparing', at('comparing'), {}, 'compare'],
  ['paired chooses a document', at('paired'), {}, 'document'],
  ['no valid document', at('paired'), { noDocument: true }, 'no-document'],
  ['one page explains all after the choice', at('paired', chosen), {}, 'ready'],
  ['the camera is asked by the launch', at('paired', chosen), { launched: true, camera: 'starting' }, 'capture'],
  ['back from the capture', at('capturing', chosen), {}, 'ready'],
  ['a refused camera', at('paired', chosen), { launched: true, camera: 'failed', cameraReason: 'denied' }, 'camera.denied'],
  ['launched', at('capturing', chosen), { launched: true, camera: 'live' }, 'capture'],
  ['a reload in the middle comes back to the capture', at('capturing', chosen), { launched: true }, 'capture'],
  ['another document is chosen', at('capturing', chosen), { launched: true, changing: true }, 'document'],
  ['a lost connection keeps its screen', at('capturing', chosen), { launched: true, connection: 'lost' }, 'capture'],
  ['done', at('done', chosen), {}, 'done'],
  ['done stays done when the server closes', at('done', chosen), { connection: 'final', closeCode: 4501 }, 'done'],
  ['ended says why', at('ended', { reason: 'idle' }), {}, 'ended.idle'],
  ['not me, before the claim', { ...initialPhone(), invitation: {} }, { refused: true }, 'refused'],
  ['a dead code', initialPhone(), { connection: 'final', closeCode: 4500 }, 'invalid'],
  ['a session that is gone', at('paired'), { connection: 'final', closeCode: 4500 }, 'gone'],
  ['a wrong choice', at('waiting', { reason: 'wrong-code' }), {}, 'wrong-code'],
  ['a wrong choice, by its close code', at('comparing'), { connection: 'final', closeCode: 4507 }, 'wrong-code'],
  ['thrown out', at('paired'), { connection: 'final', closeCode: 4508 }, 'thrown-out'],
  ['replaced', at('capturing', chosen), { connection: 'final', closeCode: 4506 }, 'replaced'],
  ['a page that is too old for its server', initialPhone(), { connection: 'final', closeCode: 4505 }, 'outdated'],
];

for (const [name, state, change, want] of cases) {
  test(name, () => {
    const { screen, message } = screenOf(state, { ...local, ...change });
    assert.equal(message ?? screen, want);
  });
}

test('every message screen has a tone and, unless it is the end, a way out', () => {
  for (const name of MESSAGE_NAMES) {
    const { tone, actions, final } = messageOf(name);
    assert.ok(['ok', 'warn', 'bad', 'info'].includes(tone), name);
    assert.ok(actions.length > 0 || final, name);
  }
});

test('on one device every end leads back to the page that asked', () => {
  for (const name of MESSAGE_NAMES) {
    const { actions, final } = messageOf(name, true);
    assert.equal(actions.includes('go-back'), final, name);
    assert.ok(!final || !actions.includes('type-code'), name);
  }
});

test('Back goes through the screens of the capture, and through no others', () => {
  assert.deepEqual(['document', 'ready', 'capture'].map(depthOf), [0, 1, 2]);
  assert.ok(['message', 'invitation', 'compare'].every((screen) => Number.isNaN(depthOf(screen))));
});
