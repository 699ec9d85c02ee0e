// A browser and the server that its pages come from, for a whole test file.
import { after } from 'node:test';
import { launch } from './browser.js';

/**
 * Starts both, and stops both after the tests of the calling file. Where one of them does not start, the other is
 * stopped and the file fails.
 * @template {{stop: () => Promise<unknown>}} T
 * @param {Promise<T>} starting startServer(…) or servePages()
 * @param {Parameters<typeof launch>[0]} [options] of the browser
 * @returns {Promise<{browser: import('playwright-core').Browser, server: T}>}
 */
export async function opened(starting, options) {
  const [launched, started] = await Promise.allSettled([launch(options), starting]);
  const stop = async () => {
    if (launched.status === 'fulfilled') await launched.value.close();
    if (started.status === 'fulfilled') await started.value.stop();
  };
  if (launched.status === 'fulfilled' && started.status === 'fulfilled') {
    after(stop);
    return { browser: launched.value, server: started.value };
  }
  await stop();
  throw launched.status === 'rejected' ? launched.reason : /** @type {PromiseRejectedResult} */ (started).reason;
}
