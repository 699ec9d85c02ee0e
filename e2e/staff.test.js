// The staff's pages: every state accessible in both languages and themes, on a desk
// and on a phone; a decision by keyboard alone; what is sent; that nothing of a file
// stays. What the server says is given there; the registrar's way and the outbox are
// walked for real.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { accessible } from './lib/axe.js';
import { logIn } from './lib/enrolment.js';
import { specimenBytes } from './lib/footage.js';
import { opened } from './lib/opened.js';
import { servePages } from './lib/pages-server.js';
import { startServer } from './lib/server.js';
import { tickPoints } from './lib/reviewer.js';
import { ask } from './lib/shortcut.js';
import { drag, everyStaffState, showStaff, staffStates } from './lib/staff-gallery.js';

const { browser, server: pages } = await opened(servePages());
/** @type {Record<string, Buffer>} */
let pictures;
before(async () => { pictures = await specimenBytes(); }, { timeout: 120_000 });

const looks = /** @type {const} */ ([
  { locale: 'fr-FR', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { locale: 'en-GB', colorScheme: 'dark', viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' },
  { locale: 'fr-FR', colorScheme: 'dark', viewport: { width: 720, height: 450 } }, // a desk at 200 %
]);

for (const look of looks) {
  test(`every state is accessible, ${look.locale} ${look.colorScheme} ${look.viewport.width} px`, { timeout: 400_000 }, async () => {
    /** @type {string[]} */
    const wrong = [];
    let seen = 0;
    await everyStaffState(browser, pages.origin, look, pictures, async (page, name, problems) => {
      await accessible(page, name).catch((err) => wrong.push(err.message));
      if (await page.getAttribute('html', 'lang') !== look.locale.slice(0, 2)) wrong.push(`${name} is in another language`);
      if (!/\S.* – Visavis$/.test(await page.title())) wrong.push(`${name} has the title ${await page.title()}`);
      wrong.push(...problems.map((problem) => `${name}: ${problem}`));
      seen++;
    });
    assert.deepEqual(wrong, []);
    assert.ok(seen > 45, `${seen} states`);
  });
}

/** Opens a state of the console. @param {import('node:test').TestContext} t @param {string} name */
async function open(t, name) {
  const state = staffStates('fr', pictures)[name];
  const shown = await showStaff(browser, pages.origin, state, { viewport: { width: 1440, height: 900 } });
  t.after(() => shown.context.close());
  return shown;
}

/** The body of the next decision that the page sends. @param {import('playwright-core').Page} page */
async function decision(page) {
  const sent = await page.waitForRequest((request) => new URL(request.url()).pathname.endsWith('/decide'));
  return sent.postDataJSON();
}

test('a decision by keyboard alone', { timeout: 60_000 }, async (t) => {
  const { page } = await open(t, 'outcome-accepted-before');
  const to = async (/** @type {string} */ selector) => {
    for (let i = 0; i < 60; i++) {
      if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`${selector} cannot be reached with the Tab key`);
  };
  await page.keyboard.press('2');
  await page.waitForSelector('[data-item=back][aria-pressed=true]');
  await page.keyboard.press('+');
  await page.keyboard.press('r');
  assert.match(await page.innerText('#zoom'), /125/);
  await page.keyboard.press('c');
  for (const id of ['ovi', 'relief', 'font']) {
    await to(`[data-point=${id}]`);
    await page.keyboard.press('Space');
  }
  await page.keyboard.press('d');
  await to('[name=verdict]');
  await page.keyboard.press('Space');
  const sent = decision(page);
  await page.keyboard.press('Control+Enter');
  assert.deepEqual(await sent, { verdict: 'accept', checklist: { ovi: true, relief: true, font: true } });
  await page.waitForSelector('#outcome:visible');
  assert.match(await page.innerText('#status'), /7QX4MN accepté/, 'the outcome is spoken');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'heading', 'the focus is on the new screen');
});

test('at 1440×900 a file is one screen, and the decision never leaves it', { timeout: 90_000 }, async (t) => {
  const { page } = await open(t, 'file');
  const place = (/** @type {string} */ selector) => page.locator(selector).evaluate((e) => { const { top, bottom, left, right } = e.getBoundingClientRect(); return { top, bottom, left, right }; });
  const length = await page.evaluate(() => document.documentElement.scrollHeight);
  assert.ok(length <= 900, `the page is ${length} px long`);
  for (const selector of ['#viewer', '#doubts-card', '#faces-card', '#readings-card', '#checks-card', '#checklist-card', '#decision', '#decide']) {
    const { top, bottom } = await place(selector);
    assert.ok(top >= 0 && bottom <= 900 && bottom > top, `${selector} lies from ${top} to ${bottom}`);
  }
  assert.ok((await place('.evidence')).right <= (await place('.rail')).left, 'evidence and decision are two columns');
  // A face is compared by its outline too: nothing of what was cut out of the picture is out of sight.
  for (const face of ['portrait', 'selfie']) {
    const shown = await page.locator(`#face-${face}`).evaluate((e) => {
      const { width, height } = e.getBoundingClientRect();
      const { width: w, height: h } = /** @type {HTMLCanvasElement} */ (e);
      return { width, ratio: width / height, drawn: w / h };
    });
    assert.ok(shown.width >= 140 && Math.abs(shown.ratio - shown.drawn) < 0.02, `${face}: ${JSON.stringify(shown)}`);
  }
  await page.setViewportSize({ width: 1024, height: 700 });
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  for (const selector of ['#decide', '#checklist-title']) {
    const { top, bottom } = await place(selector);
    assert.ok(top >= 0 && bottom <= 700, `at 1024 px ${selector} lies from ${top} to ${bottom} at the end of the page`);
  }
});

test('differences stand first, and what conforms is one line that opens', { timeout: 60_000 }, async (t) => {
  const { page } = await open(t, 'file');
  assert.deepEqual(await page.locator('#readings tr').evaluateAll((rows) => rows.map((r) => r.getAttribute('data-agreement'))), ['differs', 'differs']);
  assert.deepEqual(await page.locator('#checks tr').evaluateAll((rows) => rows.map((r) => r.getAttribute('data-mark'))), ['doubt', 'doubt', 'doubt']);
  assert.equal(await page.innerText('#alike-count'), '3 champs concordent, un champ lu une seule fois');
  assert.equal(await page.innerText('#held-count'), '4 contrôles conformes, un contrôle non mesuré');
  assert.equal(await page.locator('#held').isVisible(), false);
  await page.focus('#held-count');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#held tr:visible').count(), 5);
});

test('at the desk the declaration stays beside the form, and what differs is said at once', { timeout: 60_000 }, async (t) => {
  const { page } = await open(t, 'registrar-differs');
  assert.match(await page.innerText('#givenNames-differs'), /Hélène Alice/);
  assert.equal(await page.isVisible('#surname-differs'), false);
  await page.fill('#givenNames', 'HELENE ALICE');
  assert.equal(await page.isVisible('#givenNames-differs'), false, 'accents and capitals do not count');
  const [declared, form, save] = await Promise.all(['#declared', '#record', '#save'].map((selector) => page.locator(selector).evaluate((e) => {
    const { left, right, top, bottom } = e.getBoundingClientRect();
    return { left, right, top, bottom };
  })));
  assert.ok(declared.right <= form.left && declared.top < 900 && save.top >= 0 && save.bottom <= 900, JSON.stringify({ declared, form, save }));
  const sent = page.waitForRequest((request) => request.method() === 'POST' && new URL(request.url()).pathname === '/api/registrar/e2');
  for (const point of await page.locator('[data-point]').all()) await point.check();
  await page.keyboard.press('Control+Enter');
  assert.equal((await sent).postDataJSON().accept, true);
});

test('a file is held longer, and what was answered stays', { timeout: 60_000 }, async (t) => {
  const { page } = await open(t, 'extended-before');
  await page.check('[data-point=ovi][value=yes]');
  const sent = page.waitForRequest((request) => request.method() === 'POST' && new URL(request.url()).pathname === '/api/review/e1/extend');
  await page.keyboard.press('e');
  await sent;
  await page.waitForSelector('#extend', { state: 'hidden' });
  assert.match(await page.innerText('#clock'), /5\d min/);
  assert.match(await page.innerText('#status'), /encore (5\d|60)\s*min/, 'the new time is spoken');
  assert.ok(await page.isChecked('[data-point=ovi][value=yes]'));
});

test('single keys can be turned off, and stay off', { timeout: 60_000 }, async (t) => {
  const { page } = await open(t, 'keys');
  await page.uncheck('#keys-on');
  await page.click('[data-action=keys-close]');
  await page.keyboard.press('2');
  await page.keyboard.press('?');
  assert.equal(await page.locator('#keys').evaluate((d) => /** @type {HTMLDialogElement} */ (d).open), false);
  assert.equal(await page.getAttribute('[data-item=front]', 'aria-pressed'), 'true');
  await page.focus('#stage');
  await page.keyboard.press('+');
  assert.match(await page.innerText('#zoom'), /125/, 'the picture that has the focus still answers');
});

test('keys are letters where somebody writes', { timeout: 60_000 }, async (t) => {
  const { page } = await open(t, 'refuse');
  await page.focus('#words');
  await page.keyboard.type('t2?');
  assert.match(await page.inputValue('#words'), /t2\?/);
  assert.equal(await page.getAttribute('[data-item=front]', 'aria-pressed'), 'true');
});

test('an area by pointer, on a picture that is turned and zoomed, and then by keyboard', { timeout: 60_000 }, async (t) => {
  const { page } = await open(t, 'again-empty');
  await page.click('[data-action=turn-right]');
  await page.click('[data-action=zoom-in]');
  await page.click('#draw-area');
  await drag(page, '#stage', [0.4, 0.4], [0.6, 0.6]);
  const shown = await page.evaluate(() => {
    const [area, stage] = ['#area', '#stage'].map((s) => /** @type {Element} */ (document.querySelector(s)).getBoundingClientRect());
    return [(area.left - stage.left) / stage.width, (area.right - stage.left) / stage.width, (area.top - stage.top) / stage.height, (area.bottom - stage.top) / stage.height];
  });
  [0.4, 0.6, 0.4, 0.6].forEach((want, i) => assert.ok(Math.abs(shown[i] - want) < 0.02, `the area lies where it was drawn: ${shown}`));
  await page.click('#clear-area');
  await page.click('[data-action=reset]');
  await page.focus('#draw-area');
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'draw-area');
  await page.fill('[data-area=width]', '50');
  await page.click('.suggestion >> nth=0');
  const sent = decision(page);
  await page.click('#decide');
  const { again } = await sent;
  assert.equal(again.step, 'back');
  assert.deepEqual(again.area, { x: 0.36, y: 0.4, width: 0.5, height: 0.21 });
  assert.match(again.words, /lignes du bas/);
});

test('nothing of a file stays once it is decided', { timeout: 60_000 }, async (t) => {
  const { page } = await open(t, 'outcome-refused-before');
  await page.click('[data-item=front-seq]');
  await page.waitForFunction(() => /** @type {HTMLImageElement} */ (document.querySelector('#picture')).naturalWidth > 0);
  const url = /** @type {string} */ (await page.getAttribute('#picture', 'src'));
  assert.match(url, /^blob:/);
  await page.check('[name=verdict][value=refuse]');
  await page.selectOption('#reason', 'not-original');
  const sent = decision(page);
  await page.click('#decide');
  assert.deepEqual((await sent).reason, 'not-original');
  await page.waitForSelector('#outcome:visible');
  assert.equal(await page.evaluate((u) => new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve('still there');
    image.onerror = () => resolve('gone');
    image.src = u;
  }), url), 'gone');
  assert.equal(await page.getAttribute('#picture', 'src'), null);
  assert.equal(await page.inputValue('#words'), '');
  assert.doesNotMatch(await page.evaluate(() => document.body.textContent ?? ''), /Hélène|HELENE|X05DZHHW2/, 'not even in what is hidden');
  const left = await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('#face-portrait'));
    return canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data.some((v) => v !== 0);
  });
  assert.equal(left, false, 'the faces are wiped');
});

test('a registrar finds a request, records the check, and its letter is in the outbox', { timeout: 90_000 }, async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const applicant = await logIn(browser, server.origin, '/signature', 'maeva');
  t.after(() => applicant.context.close());
  const { id, reference } = await ask(applicant.page, '/api/enrolments', { language: 'fr' });
  assert.equal((await ask(applicant.page, `/api/enrolments/${id}/in-person`, {})).state, 'in-person');

  const { context, page, problems } = await logIn(browser, server.origin, '/registrar', 'registrar');
  t.after(() => context.close());
  await page.fill('#reference', reference.toLowerCase());
  await page.click('#search');
  await page.waitForSelector('#declared-title:visible');
  await page.check('[value=accept]');
  await page.fill('#surname', 'Specimen');
  await page.fill('#givenNames', 'Maéva Claire');
  await page.fill('#birthDate', '13.07.1990');
  await page.click('#save');
  await page.waitForSelector('#checklist-error:visible');
  await tickPoints(page);
  await page.click('#save');
  await page.waitForSelector('#outcome:visible');
  const seen = await ask(applicant.page, `/api/enrolments/${id}`);
  assert.equal(seen.state, 'to-confirm');
  assert.deepEqual(seen.extracted, { surname: 'Specimen', givenNames: 'Maéva Claire', birthDate: '1990-07-13' });

  await page.goto(`${server.origin}/outbox`);
  const mail = page.frameLocator('#html');
  await mail.locator('h1').waitFor();
  const action = mail.locator('a').first();
  assert.equal(await action.getAttribute('target'), '_blank');
  assert.notEqual(await action.evaluate((a) => getComputedStyle(a).backgroundColor), 'rgba(0, 0, 0, 0)', 'the letter has its styles');
  await accessible(page, 'outbox');
  assert.deepEqual(problems, []);
});
