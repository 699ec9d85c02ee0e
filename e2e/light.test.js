// After the gestures the phone's screen lights the face with colours that the server
// draws. A canvas in the camera's place reflects none of them: the reviewer is told. Who
// asks for reduced motion never sees them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { actingPhone } from './lib/actor.js';
import { screen } from './lib/enrolment.js';
import { specimens } from './lib/footage.js';
import { everyState } from './lib/gallery.js';
import { phoneScreen } from './lib/journey.js';
import { opened } from './lib/opened.js';
import { draw } from './lib/reviewer.js';
import { startServer } from './lib/server.js';

const { browser, server } = await opened(startServer({ env: { VISAVIS_CHALLENGE: 'on' } }));
/** @type {Record<string, string>} */
let pictures = {};
before(async () => { pictures = await specimens(); }, { timeout: 120_000 });

/** Notes what the screen shows round the face, and when. Runs before the page's own scripts. */
function watchColours() {
  /** @type {{colours: {at: number, colour: string, hint: string, contrast: number, skip: string}[]}} */
  const seen = { colours: [] };
  Object.assign(window, { seenLight: seen });
  const light = (/** @type {string} */ css) => {
    const [r, g, b] = (css.match(/[\d.]+/g) ?? []).map((v) => (Number(v) / 255 <= 0.04045 ? Number(v) / 255 / 12.92 : ((Number(v) / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (/** @type {string} */ a, /** @type {string} */ b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const look = () => {
    if (document.readyState === 'loading') return;
    const at = performance.now(); // before the styles are computed, which takes its time
    const dim = getComputedStyle(/** @type {Element} */ (document.getElementById('overlay-dim'))).fill;
    const hint = /** @type {HTMLElement} */ (document.getElementById('hint'));
    const mark = /** @type {Element} */ (document.querySelector('#marks > li[data-state="active"]') ?? hint);
    const colour = document.body.dataset.light === 'true' ? dim : '';
    if (colour === (seen.colours.at(-1)?.colour ?? '')) return;
    seen.colours.push({
      at, colour, hint: hint.textContent ?? '', skip: document.getElementById('skip')?.textContent ?? '',
      contrast: colour === '' ? 21 : Math.min(contrast(getComputedStyle(mark).color, colour), contrast(getComputedStyle(hint).color, getComputedStyle(hint).backgroundColor)),
    });
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-light', 'style', 'data-line'] });
}

/**
 * A capture with everything asked for, and the colours that its phone showed.
 * @param {import('node:test').TestContext} t
 */
async function capture(t) {
  const { applicant, phone } = await actingPhone(t, browser, server.origin, pictures, watchColours);
  await phoneScreen(phone.page, 'message');
  await screen(applicant.page, 'wait');
  /** @type {{at: number, colour: string, hint: string, contrast: number, skip: string}[]} */
  const colours = await phone.page.evaluate(() => /** @type {any} */ (window).seenLight.colours);
  const asked = await phone.page.evaluate(() => /** @type {any} */ (window).visavisGestures);
  assert.deepEqual([...applicant.problems, ...phone.problems], []);
  return { colours, asked, size: phone.page.viewportSize() };
}

test('the screen lights the face with drawn colours, gently; what reflects none is a doubt', { timeout: 240_000 }, async (t) => {
  const { colours, asked, size } = await capture(t);
  t.diagnostic(JSON.stringify({ colours, asked, size }));
  const shown = colours.filter(({ colour }) => colour !== '');
  assert.ok(shown.length >= 2 && new Set(shown.map(({ colour }) => colour)).size >= 2, 'colours are shown');
  for (const [i, { at, contrast }] of colours.entries()) {
    if (i > 0) assert.ok(at - colours[i - 1].at >= 480, `change ${i} came after ${at - colours[i - 1].at} ms`);
    assert.ok(contrast >= 4.5, `contrast ${contrast} on ${colours[i].colour}`);
  }
  assert.equal(colours.at(-1)?.colour, '', 'and then the screen is as before');
  assert.ok(asked.some((/** @type {string} */ one) => one === 'light neutral'), asked.join());

  const reviewer = await draw(browser, server.origin, 'reviewer-1');
  t.after(() => reviewer.context.close());
  // A machine with other work may see too few of the colours to tell, and says that.
  const told = `${await reviewer.page.textContent('#doubts')} ${await reviewer.page.textContent('#notes')}`;
  assert.match(told, /n’a pas reflété les couleurs de l’écran|reflet des couleurs de l’écran non mesuré/);
  t.diagnostic(told);
  assert.deepEqual(reviewer.problems, []);
});

test('who asks for reduced motion is not shown the colours, unless they want them', { timeout: 120_000 }, async () => {
  for (const reducedMotion of /** @type {const} */ (['reduce', 'no-preference'])) {
    const wanted = reducedMotion === 'no-preference';
    let seen = 0;
    await everyState(browser, server.origin, { locale: 'fr-FR', reducedMotion }, async (page, name, problems) => {
      if (name !== 'phone-menu') {
        const said = await page.locator(name === 'phone-face' ? '#sheet-left' : 'section[data-screen="ready"]').innerText();
        assert.equal(/l’écran change doucement de couleur/.test(said), wanted, `${reducedMotion}: before the selfie ${name} says « ${said} »`);
        assert.doesNotMatch(said, /trois photos/, 'the face alone is left');
      } else {
        await page.evaluate(() => {
          const { send } = WebSocket.prototype;
          Object.assign(window, { starts: [] });
          WebSocket.prototype.send = function sends(data) {
            if (typeof data === 'string' && JSON.parse(data).type === 'start') /** @type {any} */ (window).starts.push(JSON.parse(data).lights);
            return send.call(this, data);
          };
        });
        const choice = page.locator('#menu-lights');
        assert.equal(await choice.textContent(), wanted ? 'Se passer des couleurs de l’écran' : 'Permettre les couleurs de l’écran');
        await choice.click();
        await page.waitForFunction((said) => /** @type {any} */ (window).starts.includes(said), wanted ? 'left-out' : 'shown');
        await page.click('[data-action="menu"]');
        await page.waitForFunction((text) => document.getElementById('menu-lights')?.textContent === text, wanted ? 'Permettre les couleurs de l’écran' : 'Se passer des couleurs de l’écran');
        await page.click('#menu-voice');
        await page.waitForFunction(() => document.getElementById('menu-lights')?.hidden); // guided by voice there are none to choose
      }
      assert.deepEqual(problems, []);
      seen++;
    }, /^phone-(?:face|menu|ready-selfie)$/);
    assert.equal(seen, 3);
  }
});
