// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cropOf } from './faces.js';
import {
  areaBetween, atRest, inside, lookAt, MAX_ZOOM, nudged, quarter, reset, scaleOf, shifted, toPicture, toStage, zoomed,
} from './geometry.js';
import { actionOf, isWriting } from './keys.js';
import { framesOf } from './pictures.js';
import { Player } from './player.js';
import { errorsOf, initialRegistrar, recordOf, reduceRegistrar, referenceError, referenceOf, screenOf } from '../registrar/state.js';
import { useWords } from '../../test/words.js';
import { linked, undressed } from '../outbox/mail.js';

useWords('registrar');

const pose = { ...atRest(), width: 2000, height: 1000, stageWidth: 800, stageHeight: 600 };
/** @param {{x: number, y: number}} a @param {{x: number, y: number}} b */
const near = (a, b) => assert.ok(Math.hypot(a.x - b.x, a.y - b.y) < 1e-6, `${JSON.stringify(a)} is not ${JSON.stringify(b)}`);

test('a picture fits the stage as it lies', () => {
  assert.equal(scaleOf(pose), 0.4);
  assert.equal(scaleOf(quarter(pose, 1)), 0.3, 'turned, its width is limited by the stage’s height');
});

test('stage and picture lead to each other, however the picture lies', () => {
  for (const turns of [0, 1, 2, 3]) {
    let at = zoomed(pose, 4);
    for (let i = 0; i < turns; i++) at = quarter(at, 1);
    at = shifted(at, 130, -70);
    near(toPicture(at, toStage(at, { x: 0.42, y: 0.61 })), { x: 0.42, y: 0.61 });
  }
});

test('zooming keeps the point under the pointer', () => {
  const at = zoomed(pose, 3);
  const pointer = { x: 120, y: 50 };
  near(toPicture(zoomed(at, 1.7, pointer), pointer), toPicture(at, pointer));
});

test('zoom has two ends, and the picture is not pushed off the stage', () => {
  assert.equal(zoomed(pose, 0.1).zoom, 1);
  assert.equal(zoomed(pose, 1000).zoom, MAX_ZOOM);
  assert.deepEqual([shifted(pose, 500, 500).x, shifted(pose, 500, 500).y], [0, 0]);
  assert.equal(shifted(zoomed(pose, 2), 9999, 0).x, 400);
});

test('turning keeps what is in the middle, four turns are none', () => {
  const at = shifted(zoomed(pose, 6), 300, 200);
  near(toPicture(quarter(at, 1), { x: 0, y: 0 }), toPicture(at, { x: 0, y: 0 }));
  const round = [1, 1, 1, 1].reduce((p) => quarter(p, 1), at);
  assert.equal(round.turn, 0);
  near(round, at);
  assert.deepEqual(reset(at), pose);
});

test('looking at an area brings it to the middle, as large as it gets', () => {
  const area = { x: 0.3, y: 0.4, width: 0.2, height: 0.2 };
  const at = lookAt(pose, area);
  near(toPicture(at, { x: 0, y: 0 }), { x: 0.4, y: 0.5 });
  assert.ok(at.zoom > 2 && at.zoom < 8, `zoom ${at.zoom}`);
});

test('areas stay inside the picture and large enough to be seen', () => {
  assert.deepEqual(areaBetween({ x: 0.5, y: 0.5 }, { x: 0.25, y: 0.75 }), { x: 0.25, y: 0.5, width: 0.25, height: 0.25 });
  assert.deepEqual(inside({ x: 0.95, y: -1, width: 0.5, height: 0 }), { x: 0.5, y: 0, width: 0.5, height: 0.02 });
});

test('arrows move an area as the eye sees it', () => {
  const area = { x: 0.4, y: 0.4, width: 0.2, height: 0.1 };
  assert.ok(nudged(area, 1, 0, { grow: false, turn: 0, by: 0.01 }).x > area.x);
  assert.ok(nudged(area, 1, 0, { grow: false, turn: 90, by: 0.01 }).y < area.y, 'turned right, right is the picture’s up');
  assert.ok(nudged(area, 0, 1, { grow: true, turn: 0, by: 0.01 }).height > area.height);
  assert.ok(nudged(area, 1, 0, { grow: true, turn: 90, by: 0.01 }).height > area.height);
});

test('a face is cut in the ratio of its box, inside the picture', () => {
  const picture = { width: 1000, height: 600 };
  const portrait = cropOf({ x: 0, y: 0.2, width: 0.2, height: 0.5 }, picture, 0.8);
  assert.equal(portrait.x, 0);
  assert.ok(Math.abs(portrait.width / portrait.height - 0.8) < 1e-9);
  assert.deepEqual(cropOf(undefined, picture, 0.8, true), { x: 260, y: 0, width: 480, height: 600 }, 'the middle of a selfie');
  assert.deepEqual(cropOf(undefined, picture, 0.8), { x: 0, y: 0, width: 1000, height: 600 }, 'the whole of a document');
});

test('keys: none where somebody writes, none with another modifier', () => {
  assert.equal(actionOf({ key: '?' }), 'keys');
  assert.equal(actionOf({ key: '3' }), 'item-3');
  assert.equal(actionOf({ key: 'r', ctrlKey: true }), '');
  assert.equal(actionOf({ key: 'Enter', ctrlKey: true }), 'send');
  assert.equal(actionOf({ key: 'Enter' }), '');
  assert.equal(isWriting({ tagName: 'TEXTAREA' }), true);
  assert.equal(isWriting({ tagName: 'INPUT', type: 'date' }), true);
  assert.equal(isWriting({ tagName: 'INPUT', type: 'radio' }), false);
  assert.equal(isWriting({ tagName: 'BUTTON' }), false);
});

test('a sequence becomes JPEGs, its times count from the first', async () => {
  const { blobs, ms } = framesOf({ frames: [btoa('one'), btoa('two')], ms: [1000, 1180] });
  assert.deepEqual(ms, [0, 180]);
  assert.deepEqual(await Promise.all(blobs.map((blob) => blob.text())), ['one', 'two']);
  assert.equal(blobs[0].type, 'image/jpeg');
});

test('playing takes the time of the recording, and stops at its end', () => {
  /** @type {{fn: () => void, ms: number}[]} */
  const waits = [];
  const player = new Player({ setTimeout: (fn, ms) => waits.push({ fn, ms }), clearTimeout: () => {} });
  player.load([0, 180, 5000]);
  player.toggle();
  assert.equal(waits[0].ms, 180);
  waits[0].fn();
  assert.deepEqual([player.at, waits[1].ms], [1, 1000], 'a long gap is cut');
  waits[1].fn();
  assert.deepEqual([player.at, player.playing], [2, false]);
  player.toggle();
  assert.deepEqual([player.at, player.playing], [0, true], 'from the start again');
  player.step(-1);
  assert.deepEqual([player.at, player.playing], [0, false]);
});

test('registrar: a reference as people type it', () => {
  for (const typed of [' 7qx-4mn ', '７ＱＸ　４ＭＮ', '\u2068٧qx\u2011٤mn\u2069', '7QX\u200b4MN']) assert.equal(referenceOf(typed), '7QX4MN', typed);
  assert.equal(referenceError('7qx 4mn'), '');
  assert.equal(referenceError('7QX4'), 'registrar.error.reference');
});

test('registrar: found, written, recorded, and nothing kept', () => {
  const file = {
    id: 'e2',
    reference: '7QX4MN',
    state: 'in-person',
    declared: { surname: 'Specimen', givenNames: 'Hélène', birthDate: '1963-02-12' },
  };
  let state = reduceRegistrar(initialRegistrar(), { type: 'found', file });
  assert.equal(screenOf(state), 'found');
  assert.deepEqual(Object.keys(errorsOf(state.form)), ['verdict']);
  state = reduceRegistrar(state, { type: 'form', change: { verdict: 'accept' } });
  assert.deepEqual(Object.keys(errorsOf(state.form)), ['surname', 'givenNames', 'birthDate']);
  state = reduceRegistrar(state, { type: 'copy' });
  assert.equal(state.form.birthDate, '12/02/1963', 'as the hint of the field writes a date');
  assert.deepEqual(errorsOf(state.form), {});
  assert.deepEqual(Object.keys(errorsOf(state.form, [{ id: 'a' }, { id: 'b' }])), ['checklist']);
  state = reduceRegistrar(state, { type: 'answer', id: 'a', yes: true });
  assert.deepEqual(Object.keys(errorsOf(state.form, [{ id: 'a' }, { id: 'b' }])), ['checklist']);
  assert.deepEqual(errorsOf(state.form, [{ id: 'a' }]), {});
  assert.deepEqual(recordOf(state.form), {
    accept: true,
    checklist: { a: true },
    extracted: { surname: 'Specimen', givenNames: 'Hélène', birthDate: '1963-02-12' },
  });
  state = reduceRegistrar(state, { type: 'saved', accept: true });
  assert.equal(state.file, null);
  assert.deepEqual(state.outcome, { accept: true, reference: '7QX4MN', second: false });
  assert.equal(screenOf(reduceRegistrar(state, { type: 'found', file: { ...file, state: 'issued' } })), 'closed');
});

test('registrar: the server’s words go to the field they are about', () => {
  const fault = (/** @type {string} */ field, /** @type {string} */ text) => ({ field, code: 'value', text });
  const problem = {
    status: 422, code: 'value', text: 'Pas de chiffre.', reference: '',
    fields: [fault('extracted.surname', 'Pas de chiffre.'), fault('extracted.birthDate', 'Une date.'), fault('checklist', ''), fault('elsewhere', 'Non.')],
  };
  const failed = (/** @type {object} */ more) => reduceRegistrar(initialRegistrar(), { type: 'failed', problem: { ...problem, ...more } });
  assert.deepEqual(
    failed({}).errors,
    { surname: 'Pas de chiffre.', birthDate: 'Une date.', checklist: 'registrar.error.checklist' },
    'all at once',
  );
  assert.equal(failed({}).problem, null);
  assert.deepEqual(
    failed({ fields: [fault('elsewhere', 'Non.')] }).errors,
    {},
    'a field that the form does not have is the form’s problem',
  );
  assert.equal(failed({ fields: [] }).problem?.text, 'Pas de chiffre.');
  const unknown = failed({ status: 404, fields: [] });
  assert.deepEqual(unknown.errors, { reference: 'registrar.error.unknown' });
  assert.equal(screenOf(reduceRegistrar(initialRegistrar(), { type: 'failed', problem: { ...problem, status: 403 } })), 'refused');
});

test('outbox: addresses in a text become links, the full stop after them does not', () => {
  assert.deepEqual(linked('Voir https://localhost:8443/request?id=e1. Merci'), [
    { text: 'Voir ', link: false }, { text: 'https://localhost:8443/request?id=e1', link: true }, { text: '. Merci', link: false },
  ]);
  assert.deepEqual(linked('rien'), [{ text: 'rien', link: false }]);
});

test('outbox: style attributes change their name, words do not', () => {
  assert.equal(
    undressed('<p class="a" style="margin:0">a style="b" c</p><hr style="x">'),
    '<p class="a" data-style="margin:0">a style="b" c</p><hr data-style="x">',
  );
});
