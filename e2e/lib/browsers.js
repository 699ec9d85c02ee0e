// One browser for desktops, one with a camera file for phones, for a whole test
// file.
import { after, before } from 'node:test';
import { launch } from './browser.js';
import { footage } from './footage.js';

/**
 * Starts both before the tests of the calling file and ends them after.
 * @returns {{desktops: import('playwright-core').Browser, phones: import('playwright-core').Browser}} filled by then
 */
export function browsers() {
  const both = /** @type {any} */ ({});
  before(async () => {
    both.desktops = await launch();
    both.phones = await launch({ camera: await footage({ kind: 'identity-card', seed: 3 }) });
  }, { timeout: 120_000 });
  after(async () => {
    await both.desktops?.close();
    await both.phones?.close();
  });
  return both;
}
