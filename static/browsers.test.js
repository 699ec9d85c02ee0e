// The pages call nothing that the oldest browsers they promise lack (Chrome 87, Safari 14.5,
// Firefox 100): the build lowers the syntax of scripts, not what they call.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('js/', import.meta.url);
/** What came later, and with which Chrome and Safari. */
const later = {
  'Array.at': [/[\w)\]]\.at\(-?\d/, 92, 15.4],
  'Object.hasOwn': [/Object\.hasOwn\(/, 93, 15.4],
  structuredClone: [/\bstructuredClone\(/, 98, 15.4],
  findLast: [/\.findLast(Index)?\(/, 97, 15.4],
  'copies of arrays': [/\.(toSorted|toReversed|toSpliced|with)\(/, 110, 16],
  groupBy: [/\.groupBy\(/, 117, 17.4],
  'AbortSignal.timeout': [/AbortSignal\.(timeout|any)\(/, 103, 16],
  'Promise.withResolvers': [/Promise\.withResolvers\(/, 119, 17.4],
};

test('scripts call what the oldest browsers have', () => {
  const files = readdirSync(root, { recursive: true }).map(String).filter((name) => name.endsWith('.js') && !name.endsWith('.test.js'));
  assert.ok(files.length > 100, `${files.length} scripts`);
  for (const name of files) {
    const text = readFileSync(new URL(name, root), 'utf8');
    for (const [what, [pattern, chrome, safari]] of Object.entries(later)) {
      assert.doesNotMatch(text, /** @type {RegExp} */ (pattern), `${name}: ${what} needs Chrome ${chrome}, Safari ${safari}`);
    }
  }
});
