// Both pages in states that a person meets once in a thousand sessions, put there
// by what a server would send. The pages are the real ones; only the server's
// words and the camera are given.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { desktop as desktopOptions, phone as phoneOptions } from './browser.js';
import { desktopStates } from './desktop-gallery.js';
import { specimens } from './footage.js';
import { watch } from './journey.js';
import { phoneStates } from './phone-gallery.js';
import { root } from './server.js';

/**
 * What a page does to get into its state.
 * @typedef {object} Wire
 * @property {import('playwright-core').Page} page
 * @property {(message: object) => void} say what the server says
 * @property {(code: number) => void} close the server hangs up
 *
 * @typedef {object} State
 * @property {object[]} [say] what the server says after the hello
 * @property {object} [options] of the page
 * @property {object} [place] where the phone page stood before this load
 * @property {boolean} [ticket] a phone that has claimed
 * @property {() => void} [init] runs before the page's scripts
 * @property {string} [path]
 * @property {number} [opening] HTTP status of the desktop's opening; 200 when not said
 * @property {(wire: Wire) => Promise<unknown>} [then]
 * @property {string} shown a selector that is visible once the state is there
 */

/** What lies around a state where no server runs: the pairing message of the protocol's examples. @param {string} origin of servePages */
export async function givenMaterial(origin) {
  const pairing = JSON.parse(await readFile(join(root, 'protocol/testdata/messages/pairing.json'), 'utf8'));
  const now = Date.now();
  return { origin, pairing: { ...pairing, expiresAt: now + 120_000, renewsEnd: now + 600_000 }, pictures: await specimens() };
}

/** What lies around a state: its pairing message, drawn pictures. @param {import('playwright-core').Browser} browser @param {string} origin */
async function material(browser, origin) {
  const context = await browser.newContext(desktopOptions);
  const page = await context.newPage();
  const pairing = new Promise((resolve) => page.on('websocket', (ws) => ws.on('framereceived', ({ payload }) => {
    const message = typeof payload === 'string' ? JSON.parse(payload) : {};
    if (message.type === 'pairing') resolve(message);
  })));
  await page.goto(`${origin}/companion`);
  const message = await pairing;
  await context.close();
  return { origin, pairing: /** @type {any} */ (message), pictures: await specimens() };
}

/**
 * Opens a page and brings it into a state.
 * @param {import('playwright-core').Browser} browser
 * @param {'desktop'|'phone'} role
 * @param {State} state
 * @param {{origin: string, pictures: Record<string, string>}} about
 * @param {object & {language?: string}} [look] options of the page; language: a tag that was chosen before
 */
async function show(browser, role, state, about, { language = '', ...look } = {}) {
  const context = await browser.newContext({ ...(role === 'phone' ? phoneOptions : desktopOptions), ...look, ...state.options });
  if (language) await context.addCookies([{ name: 'visavis-language', value: language, url: about.origin }]);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const problems = watch(page);
  await page.addInitScript(prepare, { place: state.place, ticket: Boolean(state.ticket), pictures: role === 'phone' ? about.pictures : {} });
  if (state.init) await page.addInitScript(state.init);
  await page.route('**/api/sessions', (route) => (state.opening === 0 ? undefined
    : route.fulfill({ status: state.opening ?? 200, json: { reference: '7QX4MN' } })));
  let gone = false;
  /** @type {Wire} */
  const wire = { page, say() {}, close() {} };
  await page.routeWebSocket(/\/ws\//, (ws) => {
    if (gone) return; // a server that went away does not answer
    wire.say = (message) => ws.send(JSON.stringify(message));
    wire.close = (code) => { gone = true; void ws.close({ code }); };
    let said = false;
    ws.onMessage((data) => {
      if (said || typeof data !== 'string' || JSON.parse(data).type !== 'hello') return;
      said = true;
      for (const message of state.say ?? []) wire.say(message);
    });
  });
  await page.goto(about.origin + (state.path ?? (role === 'phone' ? '/p' : '/companion')));
  await state.then?.(wire);
  await page.waitForSelector(`${state.shown} >> visible=true`);
  return { context, page, problems };
}

/** Runs in the page: what it finds in its stores, and a canvas for its camera. */
function prepare(/** @type {{place?: object, ticket: boolean, pictures: Record<string, string>}} */ { place, ticket, pictures }) {
  if (place) sessionStorage.setItem('visavis-place', JSON.stringify(place));
  if (ticket) localStorage.setItem('visavis-device', 'gallery');
  if (!pictures.front || !navigator.mediaDevices) return;
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const user = JSON.stringify(wanted).includes('user');
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 720, height: 1280 });
    const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const bytes = Uint8Array.from(atob(pictures[user ? 'face' : 'front']), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
    const draw = () => {
      ctx.fillStyle = '#8a7763';
      ctx.fillRect(0, 0, 720, 1280);
      if (user) {
        const scale = 1280 / image.height;
        ctx.drawImage(image, 360 - (image.width * scale) / 2, 0, image.width * scale, 1280);
      } else {
        const height = (460 * image.height) / image.width;
        ctx.save();
        ctx.beginPath();
        ctx.roundRect(130, 398, 460, height, 17);
        ctx.clip();
        ctx.drawImage(image, 130, 398, 460, height);
        ctx.restore();
      }
    };
    draw();
    setInterval(draw, 100);
    return canvas.captureStream(10);
  };
}


/**
 * Goes through all states of both pages, a few at a time.
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin of a running server
 * @param {object & {locale: string, language?: string}} look options of every page; language: a tag that was chosen before
 * @param {(page: import('playwright-core').Page, name: string, problems: string[]) => Promise<void>} visit
 * @param {RegExp} [wanted] names of states, which begin with desktop- or phone-; all when not said
 * @param {Awaited<ReturnType<typeof material>>} [given] instead of asking the server
 */
export async function everyState(browser, origin, look, visit, wanted = /./, given = undefined) {
  const about = given ?? await material(browser, origin);
  const language = look.language ?? look.locale.slice(0, 2);
  const work = [
    ...Object.entries(desktopStates(language, about.pairing, about.pictures.front)).map(([name, state]) => ({ role: /** @type {const} */ ('desktop'), name, state })),
    ...Object.entries(phoneStates(language)).map(([name, state]) => ({ role: /** @type {const} */ ('phone'), name, state })),
  ];
  const next = async () => {
    for (let one = work.shift(); one; one = work.shift()) {
      const name = `${one.role}-${one.name}`;
      if (!wanted.test(name)) continue;
      const { context, page, problems } = await show(browser, one.role, one.state, about, look).catch((err) => {
        throw new Error(`${name}: ${err.message}`);
      });
      await visit(page, name, problems);
      await context.close();
    }
  };
  await Promise.all([next(), next(), next()]);
}
