// Phones that are not as one expects: storage that throws, a clock that is a day off,
// low-power mode with slow timers and frames. Each goes through a whole capture.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browsers } from './lib/browsers.js';
import { desktopState, joinPhone, openDesktop, phoneScreen, scan } from './lib/journey.js';
import { startServer } from './lib/server.js';

const both = browsers();
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => { server = await startServer(); }, { timeout: 120_000 });
after(async () => { await server?.stop(); });

/** What is strange about a phone, as a script of its page. @type {Record<string, () => void>} */
const oddities = {
  'no storage of any kind': () => {
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
      Object.defineProperty(globalThis, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
    }
  },
  'a clock a day ahead': () => {
    const now = Date.now;
    Date.now = () => now() + 86_400_000;
  },
  'a clock a day behind': () => {
    const now = Date.now;
    Date.now = () => now() - 86_400_000;
  },
  'low-power mode': () => {
    // Frames come at half their rate, and no timer is quicker than a tenth of a second.
    const frame = requestAnimationFrame;
    globalThis.requestAnimationFrame = (run) => frame(() => frame(run));
    const timer = setTimeout;
    globalThis.setTimeout = /** @type {any} */ ((/** @type {any} */ run, ms = 0, ...rest) => timer(run, Math.max(ms, 100), ...rest));
  },
};

for (const [name, make] of Object.entries(oddities)) {
  test(`a whole capture with ${name}`, { timeout: 300_000 }, async (t) => {
    const desktop = await openDesktop(both.desktops, server.origin);
    t.after(() => desktop.context.close());
    const phone = await joinPhone(both.phones, await scan(desktop.page), {
      desktop: desktop.page, prepare: async (/** @type {import('playwright-core').Page} */ page) => { await page.addInitScript(make); },
      arrived: async (/** @type {import('playwright-core').Page} */ page, /** @type {string} */ screen) => {
        if (screen !== 'invitation') return;
        assert.match(await page.textContent('#invitation-time') ?? '', /\d\d:\d\d/);
      },
    });
    t.after(() => phone.context.close());
    await desktopState(desktop.page, 'done');
    await phoneScreen(phone.page, 'message');
    assert.deepEqual([...desktop.problems, ...phone.problems], []);
  });
}
