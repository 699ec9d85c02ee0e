// How long the README's way takes from `make run` to a photo by the phone, on programs that are
// built: `make first-success` types the command, opens the addresses in headless Chromium, scans
// the code, and waits until the computer shows the first picture. What a person reads on the way
// is added as a second for each thing to look at. It fails after two minutes.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { desktop as desktopOptions, launch } from './lib/browser.js';
import { footage } from './lib/footage.js';
import { desktopState, joinPhone, scan } from './lib/journey.js';
import { freePort, root } from './lib/server.js';

const GOAL = 120;
/** What a person looks at before each tap, in seconds, and how often: the address, the warning, the button, and the phone's screens. */
const LOOKS = 8;

const camera = await footage({ kind: 'identity-card', seed: 3 });
const [desktops, phones] = await Promise.all([launch(), launch({ camera })]);
const data = await mkdtemp(join(tmpdir(), 'visavis-first-'));
const port = await freePort();
const origin = `https://localhost:${port}`;
/** @type {[what: string, seconds: number][]} */
const laps = [];
let since = performance.now();
const lap = (/** @type {string} */ what) => {
  const now = performance.now();
  laps.push([what, (now - since) / 1000]);
  since = now;
};

const run = spawn('make', ['run', `ARGS=--listen=127.0.0.1:${port} --public-url=${origin} --http-listen=off --data=${data}`], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
let said = '';
for (const out of [run.stdout, run.stderr]) out.on('data', (text) => { said += text; });
const ended = new Promise((resolve) => run.once('exit', resolve));
try {
  const context = await desktops.newContext({ ...desktopOptions, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  while (await page.goto(origin).then((answer) => answer?.status(), () => 0) !== 200) {
    if (run.exitCode !== null) throw new Error(`make run ended:\n${said}`);
    await page.waitForTimeout(200);
  }
  lap('make run to the first page');
  await page.click('a[href="/companion"]:visible');
  await desktopState(page, 'pairing');
  const url = await scan(page);
  lap('first page to the code');
  const phone = await joinPhone(phones, url, { desktop: page, options: { ignoreHTTPSErrors: true } });
  lap('scan to the camera');
  await page.waitForFunction(() => document.querySelector('#steps [data-done] .step-picture[src]'), null, { timeout: GOAL * 1000 });
  lap('camera to the first photo');
  await phone.context.close();
  await context.close();
} finally {
  if (run.pid && run.exitCode === null) process.kill(-run.pid, 'SIGTERM');
  await ended;
  await Promise.all([desktops.close(), phones.close()]);
  await rm(data, { recursive: true, force: true });
}
const machine = laps.reduce((sum, [, seconds]) => sum + seconds, 0);
for (const [what, seconds] of [...laps, /** @type {[string, number]} */ ([`a person's looks, ${LOOKS} of a second`, LOOKS])]) console.log(`${what.padEnd(40)} ${seconds.toFixed(1).padStart(6)} s`);
console.log(`${'in all'.padEnd(40)} ${(machine + LOOKS).toFixed(1).padStart(6)} s     goal ${GOAL} s`);
if (machine + LOOKS > GOAL) process.exitCode = 1;
