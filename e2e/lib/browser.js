// Chromium as a person has it: a desktop window, and a phone with a camera file.
import { existsSync } from 'node:fs';
import { PNG } from 'pngjs';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, firefox } from 'playwright-core';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const executablePath = process.env.VISAVIS_CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium'].find((p) => existsSync(p));

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--no-pings'];

/** @param {{camera?: string, deny?: boolean, args?: string[], ignoreDefaultArgs?: string[]}} [o] camera: an .mjpeg or .y4m file */
export async function launch(o = {}) {
  if (!executablePath) throw new Error('no Chromium found: make test installs it, or set VISAVIS_CHROMIUM');
  const args = [...quiet, ...(o.args ?? [])];
  if (o.camera) args.push('--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${o.camera}`);
  if (o.camera && !o.deny) args.push('--use-fake-ui-for-media-stream');
  return chromium.launch({ executablePath, args, ignoreDefaultArgs: o.ignoreDefaultArgs });
}

const firefoxPath = process.env.VISAVIS_FIREFOX ?? ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((p) => existsSync(p));

/** Why no Firefox can be started; false if one can. Where make test runs, a missing one fails. */
export const noFirefox = firefoxPath || process.env.VISAVIS_REQUIRE_FIREFOX ? false : 'SKIPPED: no Firefox (scripts/setup.sh test installs it)';

/** Starts the Firefox of the distribution, as it is, by WebDriver BiDi. It knows neither isMobile nor a camera file. */
export async function launchFirefox() {
  if (!firefoxPath) throw new Error('no Firefox found: make test installs it, or set VISAVIS_FIREFOX');
  return firefox.launch({ executablePath: firefoxPath, channel: 'moz-firefox', timeout: 120_000 });
}

/** The options of a page as a desktop has it. */
export const desktop = { viewport: { width: 1280, height: 800 }, locale: 'fr-FR', ignoreHTTPSErrors: true };

/** The options of a page as a phone has it. */
export const phone = {
  viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'fr-FR', ignoreHTTPSErrors: true,
  userAgent: 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
};

prepareZXingModule({
  overrides: { wasmBinary: readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')) },
});

/**
 * Reads the QR code that a person would see.
 * @param {Buffer} png a screenshot
 * @returns {Promise<string>} its text, empty when there is none
 */
export async function readQR(png) {
  const { width, height, data } = PNG.sync.read(png);
  const found = await readBarcodes(/** @type {ImageData} */ ({ width, height, data: new Uint8ClampedArray(data) }), { formats: ['QRCode'] });
  return found[0]?.text ?? '';
}
