// @ts-check
// What codes of the server and of the pages have to have words at the staff's desks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { catalogue as catalogueOf } from '../../test/words.js';
import { list } from '../review/keys.js';
import { reasons as reviewReasons } from '../review/model.js';
import { reasons as registrarReasons } from '../registrar/state.js';

/** @param {string} page @param {string} lang @returns {Promise<Record<string, any>>} */
const catalogue = async (page, lang) => catalogueOf(lang, page) ?? {};

test('every reason, key and doubt of the machine has words', async () => {
  const review = await catalogue('review', 'fr');
  const registrar = await catalogue('registrar', 'fr');
  for (const reason of reviewReasons) {
    assert.ok(review[`review.reason.${reason}`], reason);
    if (reason !== 'other') assert.ok(review[`review.suggest.refuse.${reason}`], `a sentence for ${reason}`);
  }
  for (const reason of registrarReasons) assert.ok(registrar[`registrar.reason.${reason}`], reason);
  const request = await catalogue('request', 'fr');
  for (const reason of [...reviewReasons, ...registrarReasons]) {
    if (reason !== 'other') assert.ok(request[`request.reason.${reason}`], `the applicant's page has no words for ${reason}`);
  }
  for (const [keys, what] of list) {
    assert.ok(review[`review.key.${what}`], what);
    for (const key of keys.flatMap((k) => k.split('+'))) if (key.length > 1) assert.ok(review[`review.key.${key}`], key);
  }
  const go = readFileSync(new URL('../../../enrolment/review.go', import.meta.url), 'utf8');
  const codes = [...go.matchAll(/= "([a-z-]+)"/g)].map((match) => match[1]);
  for (const code of ['kind-not-accepted', 'document-expired', 'under-age', 'replayed-sequence', 'step-not-retaken', 'face']) {
    assert.ok(codes.includes(code), `${code} is still a code of enrolment`);
    assert.ok(review[`review.doubt.${code}`], code);
  }
  for (const name of ['camera.go', 'continuity.go', 'parallax.go', 'replay.go']) {
    const signals = readFileSync(new URL(`../../../capture/${name}`, import.meta.url), 'utf8');
    const doubts = [...signals.matchAll(/^\s*(?:const )?Doubt\w+\s+= "([a-z-]+)"/gm)].map((match) => match[1]);
    assert.ok(doubts.length > 0, name);
    for (const code of doubts) assert.ok(review[`review.doubt.${code}`], `${code} of ${name}`);
  }
});
