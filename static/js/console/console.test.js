// @ts-check
// The console's address, figures and words.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { catalogue, useWords } from '../../test/words.js';
import { dataKey, duration, linesOf, percent, sentence, sentences, shareOf, words, wrongWords } from './model.js';
import { apiOf, hashOf, pages, routeOf, sitePages } from './route.js';

useWords('console');
const plain = (/** @type {string} */ text) => text.replace(/[\u00a0\u202f]/g, ' ');
const go = (/** @type {string} */ file) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

test('an address and what it shows are one', () => {
  for (const page of pages) assert.deepEqual({ ...routeOf(hashOf({ page })), query: '' }, { page, site: '', id: '', query: '' });
  for (const page of sitePages) {
    const route = routeOf(hashOf({ page, site: 'site_a/b', id: 'ver_x', query: { status: 'review', cursor: '', reference: 'a&b ?' } }));
    assert.deepEqual(
      [route.page, route.site, route.id, route.query.get('status'), route.query.get('cursor'), route.query.get('reference')],
      [page, 'site_a/b', 'ver_x', 'review', null, 'a&b ?'],
    );
  }
  assert.equal(routeOf('').page, 'sites');
  assert.equal(routeOf('#/nothing').page, 'sites');
  assert.deepEqual([routeOf('#/site/s/nothing/ver').page, routeOf('#/site/s/nothing/ver').id], ['verifications', '']);
  assert.equal(routeOf('#/site/%E0%A4%A/keys').site, '', 'an address that cannot be read names no site');
  assert.equal(apiOf('site_x', 'keys', '../y'), '/api/console/sites/site_x/keys/..%2Fy');
});

test('figures as people read them', () => {
  assert.equal(shareOf(1, 0), 0);
  assert.equal(shareOf(3, 4), 0.75);
  assert.equal(plain(percent(0.756)), '76 %');
  assert.equal(plain(duration(0)), '0 s');
  assert.equal(plain(duration(59.6)), '1 min');
  assert.equal(plain(duration(7500)), '2 h 5 min');
  assert.equal(plain(duration(90_061)), '1 j 1 h');
  assert.deepEqual(linesOf(' https://a.example\n\nhttps://b.example, https://c.example '), [
    'https://a.example',
    'https://b.example',
    'https://c.example',
  ]);
});

test('the sentences that the server stores have words here', () => {
  const sources = ['sites/webhook/send.go', 'sites/endpoint.go', 'sites/registry/deliveries.go'].map(go).join('\n');
  for (const [start] of sentences) assert.ok(sources.includes(`"${start}`), `the server says no longer: ${start}`);
  const problems = [
    ...go('sites/webhook/send.go').matchAll(/(?:Problem: |a\.Problem = |return |New\()(?:fmt\.Sprintf\()?"([^"]{9,})"/g),
  ].map(([, text]) => text);
  assert.ok(problems.length > 8, problems.join('\n'));
  for (const problem of problems) {
    if (!problem.startsWith('the message has')) assert.notEqual(sentence(problem), problem, problem);
  }
  assert.match(sentence('answered 503, want 200 to 299'), /503/);
  assert.equal(sentence('something new'), 'something new');
  assert.match(wrongWords({ code: 'unreachable', field: 'url', problem: 'no connection: refused', text: '' }), /pas de connexion/);
  assert.equal(wrongWords({ code: 'value', field: 'else', problem: '', text: 'as the server says' }), 'as the server says');
});

test('why personal data cannot be looked at: a role, the person, or nothing is left', () => {
  const french = (/** @type {string} */ key) => catalogue('fr', 'console')?.[key];
  assert.match(french(dataKey(true, true, false)), /journal des accès/);
  assert.match(french(dataKey(false, false, false)), /n’a pas le rôle/);
  assert.match(french(dataKey(false, true, false)), /confirmées par la personne/);
  assert.match(french(dataKey(false, true, true)), /effacées/);
});

test('every code of the server has words', () => {
  const verification = go('sites/verification.go');
  const codes = (/** @type {string} */ text, /** @type {string} */ type) =>
    [...text.matchAll(new RegExp(`^\\s+\\w+\\s+(?:${type} )?\\s*= "([a-z_.-]+)"`, 'gm'))].map(([, code]) => code);
  const consts = (/** @type {string} */ start) => verification.slice(verification.indexOf(start)).split('\n)\n')[0];
  const statuses = codes(consts('// The statuses'), 'Status');
  const reasons = codes(consts('// The reasons.'), 'Reason');
  const journey = readdirSync(new URL('../../../enrolment/journey', import.meta.url)).filter((name) => name.endsWith('.go'));
  const audit = journey.flatMap((name) => [...go(`enrolment/journey/${name}`).matchAll(/^\s+[aA]udit\w+\s+= "([a-z-]+)"/gm)].map(([, code]) => code));
  assert.ok(['look', 'limit', 'sms', 'signed'].every((code) => audit.includes(code)), audit.join());
  assert.ok(statuses.length === 13 && reasons.length > 20, `${statuses.length} ${reasons.length}`);
  const kinds = /** @type {Record<string, string[]>} */ ({
    status: statuses, reason: reasons, event: [...statuses.map((s) => `verification.${s}`), ...[...go('sites/event.go').matchAll(/EventType = "([a-z_.]+)"/g)].map(([, code]) => code)],
    stage: codes(go('sites/funnel.go'), 'Stage'), find: codes(go('sites/hostpage.go'), ''), scope: codes(go('sites/key.go'), 'Scope').filter((code) => !code.endsWith('_')),
    moved: codes(go('enrolment/events.go'), 'Action'), role: codes(go('enrolment/record.go'), 'Role'),
    audit,
    rule: codes(go('enrolment/retention.go').split('// The rules named in deletions.')[1].split('RuleReceipt')[0], ''),
  });
  for (const [kind, list] of Object.entries(kinds)) {
    assert.ok(list.length > 3, `${kind}: ${list}`);
    for (const code of list) assert.ok(catalogue('fr', 'console')?.[`console.${kind}.${code}`], `${kind} ${code}`);
  }
  assert.equal(words('status', 'review'), 'en relecture');
  assert.equal(words('status', 'new-one'), 'new-one');
});
