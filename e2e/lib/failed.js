import { resolve } from 'node:path';

/**
 * A reporter of node:test: the test files that failed, and those that ran no test, one a line. A test or a hook is
 * placed where it is written, which may be a helper's file; so a file's own end is what counts. Node.js before
 * 20.17 does not tell it: there the places of what failed are named.
 * @param {AsyncIterable<{ type: string, data: { name?: string, file?: string, details?: { passed?: boolean } } }>} events
 */
export default async function* failed(events) {
  /** @type {Set<string>} */
  const files = new Set();
  /** @type {Set<string>} */
  const places = new Set();
  let ends = false;
  for await (const { type, data: { name, file, details } } of events) {
    if (!file) continue;
    const whole = name && resolve(name) === file; // of a file itself
    if (type === 'test:fail') places.add(file);
    if (type === 'test:complete' && whole) {
      ends = true;
      if (!details?.passed) files.add(file);
    }
    if (type === 'test:pass' && whole) files.add(file); // it counts as a test where it has none
  }
  for (const file of ends ? files : places) yield `${file}\n`;
}
