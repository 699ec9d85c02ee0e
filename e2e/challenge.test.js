// With the challenges on: the document is tilted and the head turned as the
// server draws it, by a canvas that stands for the camera. The frames of each lie
// before the reviewer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { actingPhone } from './lib/actor.js';
import { launch } from './lib/browser.js';
import { screen } from './lib/enrolment.js';
import { specimens } from './lib/footage.js';
import { phoneScreen } from './lib/journey.js';
import { draw } from './lib/reviewer.js';
import { startServer } from './lib/server.js';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Record<string, string>} */
let pictures = {};

before(async () => {
  browser = await launch();
  pictures = await specimens();
}, { timeout: 60_000 });

after(() => browser?.close());

/** Notes what lives over the camera's picture. Runs before the page's own scripts. */
function watchScene() {
  const seen = { hints: new Set(), outlines: 0, sides: new Set(), drawings: new Set(), ring: 0, arrows: new Set() };
  Object.assign(window, { seenScene: seen });
  const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const look = () => {
    if (document.readyState === 'loading') return; // its parts come one by one
    seen.hints.add(at('hint').textContent ?? '');
    if (at('overlay-card').getAttribute('d')) seen.outlines++;
    if (at('overlay-side').getAttribute('d')) seen.sides.add(at('task-picture').dataset.toward);
    if (at('task-picture').checkVisibility() && at('task-picture').querySelector('.lift')) seen.drawings.add(at('task-picture').dataset.toward);
    if (at('stage').dataset.ring === 'true') seen.ring = Math.max(seen.ring, 1 - Number(at('stage').style.getPropertyValue('--ring')));
    if (!at('arrow').hasAttribute('hidden')) seen.arrows.add(at('arrow').dataset.toward);
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  // A program that claims a torch: the browser, which it leaves as it is, knows of none.
  const able = MediaStreamTrack.prototype.getCapabilities;
  MediaStreamTrack.prototype.getCapabilities = function claimed() {
    return Object.assign(able.call(this), { torch: true });
  };
}

test('tilts and gestures are asked, answered, seen and shown to the reviewer', { timeout: 240_000 }, async (t) => {
  const server = await startServer({ env: { VISAVIS_CHALLENGE: 'on' } });
  t.after(() => server.stop());
  const { applicant, phone } = await actingPhone(t, browser, server.origin, pictures, watchScene, {
    arrived: async (at, name) => {
      if (name !== 'ready') return;
      assert.match((await at.textContent('#ready-tilt')) ?? '', /soulèverez lentement un bord/, 'said before the document is laid down');
      assert.ok(await at.isVisible('#ready-tilt .lift'), 'and drawn');
      const moves = () => at.evaluate(() => getComputedStyle(/** @type {Element} */ (document.querySelector('#ready-tilt .lift'))).animationName);
      assert.equal(await moves(), 'lift');
      await at.emulateMedia({ reducedMotion: 'reduce' });
      assert.equal(await moves(), 'none');
      await at.emulateMedia({ reducedMotion: 'no-preference' });
    },
  });
  await phoneScreen(phone.page, 'message');
  const asked = await phone.page.evaluate(() => /** @type {any} */ (window).visavisGestures);
  t.diagnostic(`asked: ${asked.join(', ')}`);
  assert.ok(asked.filter((/** @type {string} */ a) => a.startsWith('tilt')).length >= 2, 'both sides were tilted');
  assert.ok(asked.filter((/** @type {string} */ a) => a.startsWith('gesture')).length >= 2, 'two gestures were asked');
  const seen = await phone.page.evaluate(() => {
    const { hints, outlines, sides, drawings, ring, arrows } = /** @type {any} */ (window).seenScene;
    return { hints: [...hints], outlines, sides: [...sides], drawings: [...drawings], ring, arrows: [...arrows] };
  });
  const edges = asked.filter((/** @type {string} */ a) => a.startsWith('tilt')).map((/** @type {string} */ a) => a.split(' ')[1]);
  const bord = { left: 'bord gauche', right: 'bord droit', up: 'bord du haut', down: 'bord du bas' };
  for (const edge of /** @type {(keyof typeof bord)[]} */ (edges)) {
    assert.ok(seen.hints.some((/** @type {string} */ hint) => hint.includes(bord[edge])), `${edge}: the words say ${seen.hints.join(' | ')}`);
    assert.ok(seen.sides.includes(edge), `${edge}: that side of the document is drawn, of ${seen.sides}`);
    assert.ok(seen.drawings.includes(edge), `${edge}: a hand lifts it`);
  }
  assert.ok(seen.outlines > 10, `the outline of the document was drawn ${seen.outlines} times`);
  assert.ok(seen.ring > 0.5, `the ring filled to ${seen.ring}`);
  assert.ok(seen.arrows.some((/** @type {string} */ arrow) => ['left', 'right', 'closer'].includes(arrow)), 'a gesture has its arrow');
  await screen(applicant.page, 'wait');

  const reviewer = await draw(browser, server.origin, 'reviewer-1');
  t.after(() => reviewer.context.close());
  const chips = reviewer.page.locator('#strip [data-kind="sequence"]');
  assert.equal(await chips.count(), 3, 'a sequence of each side and of the face');
  for (const chip of await chips.all()) {
    await chip.click();
    await reviewer.page.waitForFunction(() => /** @type {HTMLImageElement} */ (document.querySelector('#picture')).naturalWidth > 0);
    assert.match((await reviewer.page.textContent('#frame')) ?? '', /^1 sur (?:[2-9]|\d\d),/);
    const before = await reviewer.page.getAttribute('#picture', 'src');
    await reviewer.page.focus('#scrub');
    await reviewer.page.keyboard.press('End');
    await reviewer.page.waitForFunction((src) => document.querySelector('#picture')?.getAttribute('src') !== src, before);
  }
  assert.doesNotMatch((await reviewer.page.textContent('#notes')) ?? '', /non fait/, 'no challenge was skipped');
  // The actor plays in getUserMedia's place: the reviewer reads that it is no phone's camera, and how much such a doubt is worth.
  const doubts = (await reviewer.page.textContent('#doubts')) ?? '';
  assert.match(doubts, /n’est pas ce que dit un téléphone \(mesuré\u202f: 0,\d+/);
  assert.match(doubts, /dit avoir une lampe, et sa lumière ne s’est pas vue/, 'it claims a torch');
  assert.match(doubts, /Banc d’essai\u202f: attaques remarquées \d+ sur \d+ \(/);
  assert.deepEqual([...applicant.problems, ...phone.problems, ...reviewer.problems], []);
});
