// What a phone waits for: `make bench-pages` prints requests and bytes of the phone's
// page, how long it takes from the scan to the invitation and to the camera on a slow line
// (500 kbit/s both ways, 300 ms there and back), and how long the capture takes on a phone
// of a quarter of this machine's speed, for each shape of the camera's picture. Each figure
// stands beside its goal; one that is missed makes the program fail.
import { launch, desktop as desktopOptions, phone as phoneOptions } from './lib/browser.js';
import { footage } from './lib/footage.js';
import { desktopState, joinPhone, openDesktop, phoneScreen, scan } from './lib/journey.js';
import { startServer } from './lib/server.js';

const line = { offline: false, latency: 300, downloadThroughput: 500_000 / 8, uploadThroughput: 500_000 / 8 };

/** @type {{what: string, value: number, unit: string, goal: number}[]} */
const rows = [];
/** @param {string} what @param {number} value @param {string} unit @param {number} goal */
const note = (what, value, unit, goal) => { rows.push({ what, value, unit, goal }); };

/** The line and the speed of a page. @param {import('playwright-core').Page} page @param {{slow?: boolean, cpu?: number}} how */
async function throttle(page, { slow = false, cpu = 1 }) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  if (slow) await cdp.send('Network.emulateNetworkConditions', line);
  if (cpu > 1) await cdp.send('Emulation.setCPUThrottlingRate', { rate: cpu });
  return cdp;
}

/**
 * What a camera gives: its pixels, and the share of its width that the document fills.
 * The phone's screen shows all of the first one and 82 % of the width of the second,
 * whose document is held farther away so that the screen shows the whole of it.
 */
const shapes = [{ width: 720, height: 1560, fill: 0.86 }, { width: 720, height: 1280, fill: 0.7 }];
const desktops = await launch();
const cameras = await Promise.all(shapes.map(async (shape) => launch({ camera: await footage({ kind: 'identity-card', seed: 3, ...shape }) })));
const [phones] = cameras;
const server = await startServer();
try {
  await weigh();
  await waitOnASlowLine();
  for (const [i, shape] of shapes.entries()) await captureOnASlowPhone(cameras[i], shape);
} finally {
  await Promise.all([desktops, ...cameras].map((one) => one.close()));
  await server.stop();
}
for (const { what, value, unit, goal } of rows) {
  console.log(`${value <= goal ? 'ok  ' : 'MISS'}  ${what.padEnd(70)} ${value.toFixed(unit === 's' || unit === 'kB' ? 1 : 0).padStart(7)} ${unit.padEnd(8)} goal ${goal}`);
}
if (rows.some(({ value, goal }) => value > goal)) process.exitCode = 1;

/** Requests and bytes on the wire of the phone's page, nothing in the browser's memory. */
async function weigh() {
  const context = await phones.newContext(phoneOptions);
  const page = await context.newPage();
  const cdp = await throttle(page, {});
  let requests = 0;
  let bytes = 0;
  cdp.on('Network.requestWillBeSent', () => { requests++; });
  cdp.on('Network.webSocketCreated', () => { requests++; });
  cdp.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
  await page.goto(`${server.origin}/p`);
  await phoneScreen(page, 'typed');
  await page.waitForLoadState('networkidle');
  note('the phone page: requests', requests, '', 12);
  note('the phone page: on the wire', bytes / 1000, 'kB', 90);
  await context.close();
}

/** From the scan to the invitation and, with every screen tapped through, to the camera; and the desktop's page to its code. */
async function waitOnASlowLine() {
  const context = await desktops.newContext(desktopOptions);
  const page = await context.newPage();
  await throttle(page, { slow: true });
  let since = performance.now();
  await page.goto(`${server.origin}/companion`);
  await desktopState(page, 'pairing');
  await page.waitForFunction(() => /** @type {HTMLImageElement} */ (document.querySelector('#qr')).naturalWidth > 0);
  note('desktop page to QR code, slow line', (performance.now() - since) / 1000, 's', 2.5);
  const url = await scan(page);
  /** @type {number} */
  let invited = 0;
  since = performance.now();
  const phone = await joinPhone(phones, url, {
    desktop: page,
    prepare: async (one) => { await throttle(one, { slow: true }); since = performance.now(); },
    arrived: async (_, screen) => { if (screen === 'invitation') invited = performance.now(); },
  });
  await phone.page.waitForFunction(() => /** @type {HTMLVideoElement} */ (document.querySelector('#video')).videoWidth > 0);
  note('scan to invitation, slow line', (invited - since) / 1000, 's', 2.5);
  note('scan to camera, slow line, every screen tapped through', (performance.now() - since) / 1000, 's', 5);
  await phone.context.close();
  await context.close();
}

/**
 * « Lancer la capture » to done, on a quarter of the speed.
 * @param {import('playwright-core').Browser} browser with a camera of this shape
 * @param {{width: number, height: number}} shape
 */
async function captureOnASlowPhone(browser, { width, height }) {
  const desktop = await openDesktop(desktops, server.origin);
  const phone = await joinPhone(browser, await scan(desktop.page), { desktop: desktop.page, until: 'ready' });
  await throttle(phone.page, { cpu: 4 });
  const since = performance.now();
  await phone.page.click('[data-action="launch"]');
  await desktop.page.waitForFunction(() => document.body.dataset.state === 'done', null, { timeout: 200_000 });
  note(`« Lancer la capture » to done, a quarter of the speed, ${width} × ${height}`, (performance.now() - since) / 1000, 's', 40);
  await phone.context.close();
  await desktop.context.close();
}
