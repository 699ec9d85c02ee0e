// Where WebSockets are blocked: the whole capture with every Upgrade answered
// 403, and again behind a proxy that also holds event streams back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browsers } from './lib/browsers.js';
import { desktopState, joinPhone, openDesktop, phoneScreen, scan } from './lib/journey.js';
import { withoutUpgrades } from './lib/proxy.js';
import { freePort, startServer } from './lib/server.js';

const both = browsers();

for (const [name, bufferStreams] of /** @type {const} */ ([
  ['every Upgrade is answered 403', false],
  ['a proxy also holds event streams back', true],
])) {
  test(`the whole capture where ${name}`, { timeout: 300_000 }, async (t) => {
    const port = await freePort();
    const publicURL = `http://localhost:${port}`;
    const server = await startServer({ publicURL });
    t.after(() => server.stop());
    const proxy = await withoutUpgrades(server.port, { port, bufferStreams });
    t.after(() => proxy.stop());

    const desktop = await openDesktop(both.desktops, publicURL);
    t.after(() => desktop.context.close());
    const phone = await joinPhone(both.phones, await scan(desktop.page), { desktop: desktop.page });
    t.after(() => phone.context.close());
    await phone.page.waitForSelector('#banner-fallback:visible');
    await desktopState(desktop.page, 'capturing');
    await desktop.page.waitForSelector('#fallback:visible');
    await desktop.page.waitForSelector('#thumbnail:visible');
    await desktopState(desktop.page, 'done');
    await phoneScreen(phone.page, 'message');

    assert.ok(proxy.seen.upgrades > 0, 'the sockets were tried');
    assert.ok(proxy.seen.streams > 0, 'the stream was tried');
    assert.deepEqual([...desktop.problems, ...phone.problems], []);
  });
}
