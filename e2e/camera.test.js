// The scripted camera of a test site: a browser without a camera file shows what the
// test says while the page runs, and the /qa page shows the session.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop as desktopOptions, launch, launchFirefox, noFirefox } from './lib/browser.js';
import { desktopState, joinPhone, openDesktop, scan, watch } from './lib/journey.js';
import { startServer } from './lib/server.js';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => { browser = await launch(); }, { timeout: 60_000 });
after(() => browser?.close());

test('the camera goes from dark to good while the page runs; /qa shows it all', { timeout: 300_000 }, async (t) => {
  const server = await startServer({ args: ['--qa=on'] });
  t.after(() => server.stop());
  const script = await (await fetch(`${server.origin}/qa/camera.js`)).text();
  /** @param {object} scene */
  const show = async (scene) => {
    const answer = await fetch(`${server.origin}/qa/camera/default`, { method: 'POST', body: JSON.stringify(scene) });
    assert.equal(answer.status, 200, await answer.text());
  };
  await show({ condition: 'dark' });

  const lab = await (await browser.newContext(desktopOptions)).newPage();
  const problems = watch(lab);
  await lab.goto(`${server.origin}/qa`);
  const desktop = await openDesktop(browser, server.origin);
  /** @type {any[]} */ const reports = [];
  const phone = await joinPhone(browser, await scan(desktop.page), {
    desktop: desktop.page, document: 'passport', prepare: async (page) => {
      await page.addInitScript({ content: script });
      page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => {
        if (typeof payload === 'string' && payload.includes('"camera-report"')) reports.push(JSON.parse(payload));
      }));
    },
  });
  t.after(() => Promise.all([desktop.context.close(), phone.context.close(), lab.context().close()]));

  // In the dark nothing is taken, and the measured light stands on the page of the lab.
  await lab.waitForFunction(() => document.querySelector('#log')?.textContent?.includes('"hint":"too-dark"'), undefined, { timeout: 90_000 });
  await lab.waitForFunction(() => (document.querySelector('#charts')?.children.length ?? 0) > 0);
  assert.ok(await lab.locator('#frame').isVisible(), 'the newest picture is shown');
  assert.equal((await phone.page.evaluate(() => /** @type {any} */ (window).visavisCamera.now)).condition, 'dark');

  // A button drops the phone's socket; the page comes back by itself.
  await lab.click('#faults button[value="drop=phone"]');
  await lab.waitForFunction(() => document.querySelector('#faults output')?.textContent === '1 dropped');

  await show([{ condition: 'blurred', for: 1500 }, {}]);
  await desktopState(desktop.page, 'done');
  await lab.waitForFunction(() => /state\s*done/.test(document.querySelector('#desktop')?.textContent ?? ''));
  assert.deepEqual([...problems, ...desktop.problems, ...phone.problems], []);
  // What stands in getUserMedia's place says less of itself than a camera does.
  assert.ok(reports.length > 0 && reports.every(({ width, height }) => width > 0 && height > 0), JSON.stringify(reports));
  const said = reports.map(({ reportedFacing, able }) => [reportedFacing, ...able]).flat();
  for (const phones of ['torch', 'zoom', 'focusMode', 'user', 'environment']) assert.ok(!said.includes(phones), `a canvas says ${phones}`);
  // How soon it opened and how bright it is are told, and how it answers to another size before it is closed for the selfie's.
  assert.ok(reports.some(({ openedIn, luma }) => openedIn > 0 && luma?.length > 0), JSON.stringify(reports));
  assert.ok(reports.every(({ resize }) => !resize || resize.refused), `a canvas has one size: ${JSON.stringify(reports)}`);
  t.diagnostic(`asked for another size: ${JSON.stringify(reports.map(({ openedIn, resize }) => ({ openedIn, resize })))}`);
  t.diagnostic(`a canvas in the camera's place: ${JSON.stringify({ ...reports[0], times: reports[0].times?.slice(0, 5) })}`);
});

test('a torch is seen in the picture, lit by the page or put out for a person who lit it', { timeout: 60_000 }, async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const page = await (await browser.newContext(desktopOptions)).newPage();
  t.after(() => page.context().close());
  await page.goto(server.origin);
  const seen = await page.evaluate(async () => {
    const path = '/js/phone/camera-torch.js';
    const { askTorch, mayAsk } = await import(path);
    const canvas = document.createElement('canvas');
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    let lit = false;
    const timer = setInterval(() => {
      context.fillStyle = lit ? '#b4b4b4' : '#505050';
      context.fillRect(0, 0, canvas.width, canvas.height);
    }, 33);
    const video = document.createElement('video');
    video.srcObject = canvas.captureStream();
    await video.play();
    const [track] = video.srcObject.getVideoTracks();
    const claimed = { getCapabilities: () => ({ torch: true }), getSettings: () => track.getSettings() };
    const lamp = { applyConstraints: async (/** @type {any} */ { advanced }) => { setTimeout(() => { lit = advanced[0].torch; }, 120); } };
    const began = performance.now();
    const pulse = await askTorch(lamp, video, () => false);
    const lasted = performance.now() - began;
    lit = true;
    await new Promise((resolve) => { setTimeout(resolve, 200); });
    const out = await askTorch(lamp, video, () => true);
    const none = await askTorch(track, video, () => false);
    clearInterval(timer);
    return { may: [mayAsk(claimed), mayAsk(track)], pulse, out, none, lasted };
  });
  t.diagnostic(`${Math.round(seen.lasted)} ms: ${JSON.stringify(seen.pulse)}`);
  assert.deepEqual(seen.may, [true, false]);
  const bright = (/** @type {number[]} */ levels) => levels.length === 12 && levels.every((level) => Math.abs(level - 0xb4) < 4);
  const dark = (/** @type {number[]} */ levels) => levels.length === 12 && levels.every((level) => Math.abs(level - 0x50) < 4);
  assert.ok(dark(seen.pulse.before) && bright(seen.pulse.during) && dark(seen.pulse.after), JSON.stringify(seen.pulse));
  assert.ok(seen.pulse.took >= 100 && seen.lasted < 1_300, `${seen.pulse.took} ms of ${seen.lasted}`);
  assert.ok(seen.out.off && bright(seen.out.before) && dark(seen.out.during) && bright(seen.out.after), JSON.stringify(seen.out));
  assert.deepEqual(seen.none, { refused: true }, 'Chromium knows of no torch of a canvas');
});

test('in Firefox the same camera goes from dark to good', { timeout: 300_000, skip: noFirefox }, async (t) => {
  const server = await startServer({ args: ['--qa=on'] });
  t.after(() => server.stop());
  const fox = await launchFirefox();
  t.after(() => fox.close());
  const script = await (await fetch(`${server.origin}/qa/camera.js`)).text();
  const dark = await fetch(`${server.origin}/qa/camera/default`, { method: 'POST', body: '{"condition": "dark"}' });
  assert.equal(dark.status, 200, await dark.text());
  const desktop = await openDesktop(browser, server.origin);
  const phone = await joinPhone(fox, await scan(desktop.page), {
    desktop: desktop.page, document: 'passport', prepare: async (page) => { await page.addInitScript({ content: script }); },
    options: { isMobile: undefined, hasTouch: undefined, userAgent: undefined },
  });
  t.after(() => Promise.all([desktop.context.close(), phone.context.close()]));
  assert.match(await phone.page.evaluate(() => navigator.userAgent), /Firefox/);
  await phone.page.waitForFunction(() => /sombre|lumière/.test(document.querySelector('main')?.innerText ?? ''), undefined, { timeout: 90_000 });
  const good = await fetch(`${server.origin}/qa/camera/default`, { method: 'POST', body: '{}' });
  assert.equal(good.status, 200, await good.text());
  await desktopState(desktop.page, 'done');
  assert.deepEqual([...desktop.problems, ...phone.problems], []);
});
