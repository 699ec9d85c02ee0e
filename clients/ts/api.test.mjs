// The OpenAPI file of /v1 is usable: types are made of it, and a program that calls the API by them compiles. One that
// is wrong does not.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const file = new URL('../../server/api/openapi/current.json', import.meta.url);

const program = `
import type { components, paths } from './v1.js';

type Verification = components['schemas']['Verification'];
type Wish = paths['/v1/verifications']['post']['requestBody']['content']['application/json'];
type Created = paths['/v1/verifications']['post']['responses'][201]['content']['application/json'];
type Problem = components['schemas']['Problem'];

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch('https://visavis.example' + path, {
    method, headers: { Authorization: 'Bearer vv_test_x', 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(((await answer.json()) as Problem).code);
  return (await answer.json()) as T;
}

/** What a site tells its member. */
function words(status: Verification['status']): string {
  switch (status) {
    case 'created': case 'capturing': case 'verifying': case 'review': case 'requested': return 'in progress';
    case 'requires_input': case 'to_confirm': return 'go on';
    case 'in_person': return 'come by';
    case 'verified': return 'verified';
    case 'refused': case 'cancelled': case 'expired': case 'redacted': return 'over';
  }
}

export async function begin(member: string): Promise<string> {
  const wish: Wish = { purpose: 'identity', reference: member, declared: { surname: 'Specimen' } };
  const created = await call<Created>('POST', '/v1/verifications', wish);
  const now: Verification = await call('GET', '/v1/verifications/' + created.id);
  const hook = (event: components['schemas']['Message']): number => event.data.seq;
  return words(now.status) + (now.link?.expires_at ?? '') + (created.url ?? '') + hook.length;
}
`;

/**
 * Compiles a program beside the types.
 * @param {string} folder
 * @param {string} source
 * @returns {string[]} what is wrong with it
 */
function wrong(folder, source) {
  const file = join(folder, 'site.ts');
  writeFileSync(file, source);
  const options = {
    strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, types: [],
  };
  return ts.getPreEmitDiagnostics(ts.createProgram([file], options)).map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'));
}

test('types are made of the OpenAPI file, and programs are checked by them', { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'visavis-api-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'v1.d.ts'), astToString(await openapiTS(JSON.parse(readFileSync(file, 'utf8')))));
  assert.deepEqual(wrong(folder, program), []);
  let other = program;
  for (const [right, mistake] of [["purpose: 'identity'", "purpose: 'anything'"], ['created.id', 'created.ident'], ["case 'in_person'", "case 'elsewhere'"]]) {
    assert.ok(other.includes(right));
    other = other.replace(right, mistake);
  }
  const said = wrong(folder, other).join('\n');
  for (const mistake of ['anything', 'ident', 'elsewhere']) assert.ok(said.includes(`"${mistake}"`) || said.includes(`'${mistake}'`), `${mistake} compiles: ${said}`);
});
