import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { catalogue } from '../../test/words.js';
import { MESSAGE_NAMES, messageOf } from '../phone/model.js';
import { hintKey } from '../wire/hints.js';

const [phoneFr, phoneEn, hintsFr] = [['fr', 'phone'], ['en', 'phone'], ['fr', 'hints']].map(([tag, name]) => catalogue(tag, name));
const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('every hint of capture/hint.go has words, as a hint and as a cause', () => {
  const codes = [...read('../../../capture/hint.go').matchAll(/^\tHint\w+\s+Hint = "([\w-]+)"/gm)].map((match) => match[1]);
  assert.ok(codes.length > 20, `found ${codes.length} hints`);
  for (const code of codes) {
    assert.ok(`hint.${code}` in hintsFr, `hint.${code}`);
    assert.ok(`refused.${code}` in hintsFr, `refused.${code}`);
  }
});

test('every check of capture has a name for people', () => {
  const files = ['judge', 'judge_document', 'judge_selfie', 'movement'].map((name) => read(`../../../capture/${name}.go`)).join('');
  const names = [...files.matchAll(/(?:j\.(?:atLeast|atMost|within|offset)\(|Name: )"([\w-]+)"/g)].map((match) => match[1]);
  assert.ok(new Set(names).size > 20, `found ${new Set(names).size} checks`);
  for (const name of names) assert.ok(`check.${name}` in hintsFr, `check.${name}`);
});

test('every message screen and action has words', () => {
  for (const name of MESSAGE_NAMES) {
    assert.ok(`phone.message.${name}.title` in phoneFr, name);
    assert.ok(`phone.message.${name}.text` in phoneFr, name);
    for (const here of [false, true]) {
      for (const action of messageOf(name, here).actions) assert.ok(`phone.action.${action}` in phoneFr, action);
    }
  }
});

test('a hint is spoken in the words of its step, document and direction', () => {
  const has = (key) => key in hintsFr;
  assert.equal(hintKey('move', { step: 'document-front', toward: 'left' }, has), 'hint.move.left');
  assert.equal(hintKey('move-closer', { step: 'selfie' }, has), 'hint.move-closer.selfie');
  assert.equal(hintKey('other-side', { step: 'document-front', document: 'identity-card' }, has), 'hint.other-side.document-front');
  assert.equal(hintKey('glare', { step: 'document-back' }, has), 'hint.glare');
  assert.equal(hintKey('brand-new', { step: 'selfie' }, has), 'hint.other');
});

test('on one device nothing speaks of a computer or of this phone after the claim', () => {
  for (const [words, other] of [[phoneFr, /ordinateur|ce téléphone/], [phoneEn, /computer|this phone/]]) {
    const said = (key) => words[`${key}.here`] ?? words[key];
    for (const name of ['done', 'gone', 'thrown-out', ...MESSAGE_NAMES.filter((one) => /^(camera|ended)\./.test(one))]) {
      // A wrong comparison needs two devices, and who says it was somebody else has none of their own.
      if (['ended.wrong-code-twice', 'ended.not-me'].includes(name)) continue;
      assert.doesNotMatch(said(`phone.message.${name}.title`), other, name);
      assert.doesNotMatch(said(`phone.message.${name}.text`), other, name);
    }
    for (const key of ['notice.seen', 'stop.text', 'terms.where.text', 'terms.stop.text'])
      assert.doesNotMatch(said(`phone.${key}`), other, key);
    for (const key of Object.keys(words)) if (key.endsWith('.here')) assert.ok(key.slice(0, -5) in words, key);
  }
});

test('the terms say what the server does', () => {
  for (const words of [phoneFr, phoneEn]) {
    assert.doesNotMatch(words['phone.terms.where.text'], /nulle part|nowhere/);
    assert.match(words['phone.terms.where.text'], /dossier|file/);
    assert.match(words['phone.terms.long.text'], /une heure et quart|an hour and a quarter/); // 75 minutes: pairing's test holds it
  }
});
