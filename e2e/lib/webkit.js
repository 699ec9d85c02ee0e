// WebKit as Debian has it: WebKitGTK's MiniBrowser on a screen of its own, by WebDriver.
// Playwright knows only a WebKit that it has patched.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './server.js';

/** @param {string} command @param {string[]} args @param {Record<string, string>} [env] */
function start(command, args, env = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  let log = '';
  for (const out of [child.stdout, child.stderr]) out?.on('data', (b) => { log += b; });
  const exited = new Promise((resolve) => { child.once('exit', resolve); child.once('error', (e) => { log += e.message; resolve(0); }); });
  return { child, log: () => log, stop: () => { child.kill(); return exited; }, exited };
}

/** The newest MiniBrowser of the distribution: /usr/lib/MACHINE/webkit2gtk-VERSION/MiniBrowser. */
function miniBrowser() {
  const inside = (/** @type {string} */ folder) => readdirSync(folder).map((name) => join(folder, name));
  return inside('/usr/lib').filter((folder) => folder.endsWith('-linux-gnu')).flatMap(inside)
    .filter((folder) => folder.includes('/webkit2gtk-')).map((folder) => join(folder, 'MiniBrowser')).filter((file) => existsSync(file)).sort().at(-1);
}

/** A screen that nobody sees. @returns {Promise<{display: string, stop: () => Promise<unknown>}>} */
async function screen() {
  const x = start('Xvfb', ['-displayfd', '3', '-screen', '0', '900x1400x24', '-nolisten', 'tcp']);
  const number = await new Promise((resolve, reject) => {
    /** @type {import('node:stream').Readable} */ (x.child.stdio[3]).once('data', (b) => resolve(String(b).trim()));
    x.exited.then(() => reject(new Error(`Xvfb ended: ${x.log()}`)));
  });
  return { display: `:${number}`, stop: x.stop };
}

/**
 * Starts a browser that trusts any certificate.
 * @returns what a test needs of WebDriver; run() gives a function's result in the page
 */
export async function launchWebKit() {
  const binary = miniBrowser();
  if (!binary) throw new Error('no MiniBrowser found: make webkit-test installs webkit2gtk-driver');
  const shown = await screen();
  const port = await freePort();
  const driver = start('WebKitWebDriver', [`--port=${port}`], { DISPLAY: shown.display });
  /** @param {string} method @param {string} path @param {object} [body] */
  const call = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = /** @type {any} */ (await answer.json());
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  const ready = async () => {
    for (;;) {
      try {
        return await call('GET', '/status');
      } catch (e) {
        if (driver.child.exitCode !== null) throw new Error(`WebKitWebDriver ended: ${driver.log()}`, { cause: e });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  await ready();
  const { sessionId, capabilities } = await call('POST', '/session', { capabilities: { alwaysMatch: {
    acceptInsecureCerts: true, 'webkitgtk:browserOptions': { binary, args: ['--automation'] },
  } } });
  const at = `/session/${sessionId}`;
  await call('POST', `${at}/window/rect`, { width: 420, height: 900 }); // as upright as a phone
  /** @param {string} css */
  const element = async (css) => Object.values(await call('POST', `${at}/element`, { using: 'css selector', value: css }))[0];
  return {
    version: capabilities.browserVersion,
    /** @param {string} url */
    goto: (url) => call('POST', `${at}/url`, { url }),
    /** @param {string} css */
    click: async (css) => call('POST', `${at}/element/${await element(css)}/click`, {}),
    /** @param {string} css @param {string} text */
    type: async (css, text) => call('POST', `${at}/element/${await element(css)}/value`, { text }),
    /** @param {(...args: any[]) => any} what runs in the page @param {any[]} args */
    run: (what, ...args) => call('POST', `${at}/execute/sync`, { script: `return (${what}).apply(null, arguments)`, args }),
    /** Asks the page until it says yes. @param {(...args: any[]) => any} what @param {any[]} args */
    async until(what, ...args) {
      for (const deadline = Date.now() + 90_000; ;) {
        if (await this.run(what, ...args)) return;
        if (Date.now() > deadline) throw new Error(`not within 90 s: ${what}; the page says ${await this.run(() => document.body.innerText)}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    async stop() {
      await call('DELETE', at).catch(() => undefined);
      await driver.stop();
      await shown.stop();
    },
  };
}
