// Wrong data: every way that does not lead to a certificate at once ends in a
// screen that says why and what next. The documents are drawn and go through the
// real readers; qa holds the phone where the phone's screens say nothing new.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { actor } from './lib/actor.js';
import { confirm, logIn, person, screen } from './lib/enrolment.js';
import { specimens } from './lib/footage.js';
import { desktopState, joinPhone, phoneScreen, scan } from './lib/journey.js';
import { opened } from './lib/opened.js';
import { acceptFile, acceptInPerson, askAgain, draw, refuseFile } from './lib/reviewer.js';
import { root, startServer } from './lib/server.js';
import { agreed, ask, shoot } from './lib/shortcut.js';
import { stranger } from './lib/stranger.js';

const account = 'maeva';
/** What is declared: as person has it, the date as forms send it. */
const declared = { surname: 'Specimen', givenNames: person.givenNames, birthDate: '1987-11-15' };
/** How the page for confirming has to write it. */
const shown = { ...person, surname: declared.surname };

// No blind second look: it would lie in the queue beside the file of the next test. One
// account makes all requests: attempts are counted by person.
const { browser, server } = await opened(startServer({ env: { VISAVIS_BLIND_SHARE: '0', VISAVIS_ATTEMPTS: '50' } }));
/** @type {Awaited<ReturnType<typeof logIn>>} */
let applicant;
before(async () => { applicant = await logIn(browser, server.origin, '/signature', account); }, { timeout: 60_000 });

/**
 * A request that waits for its pictures, its page open; cancelled after the test.
 * @param {import('node:test').TestContext} t
 * @param {Partial<typeof declared>} [who] what is declared besides
 * @param {{page: import('playwright-core').Page, origin: string}} [at] an applicant of another server
 */
async function request(t, who = {}, at = { page: applicant.page, origin: server.origin }) {
  const { page } = at;
  const { id, reference } = await agreed(page, { ...declared, ...who });
  t.after(() => ask(page, `/api/enrolments/${id}/cancel`, {}).catch(() => {})); // refused ones are closed
  await page.goto(`${at.origin}/request?id=${id}`);
  await screen(page, 'capture');
  return { page, id, reference };
}

/** @param {import('node:test').TestContext} t @param {string} who */
async function reviewer(t, who) {
  const drawn = await draw(browser, server.origin, who);
  t.after(() => drawn.context.close());
  return drawn.page;
}

const text = async (/** @type {import('playwright-core').Page} */ page, /** @type {string} */ at) => (await page.textContent(at)) ?? '';

/** @param {import('playwright-core').Page} page @param {RegExp} why @param {RegExp} next */
async function refused(page, why, next) {
  await screen(page, 'refused');
  assert.match(await text(page, '#refused-why'), why);
  assert.match(await text(page, '#refused-next'), next);
  assert.match(await text(page, '#reference'), /[B-Z]{6}/);
  assert.ok(await page.isVisible('[data-screen="refused"] [data-action="again-new"]'), 'there is one thing to do');
}

const years = (/** @type {number} */ n) => `${new Date().getFullYear() + n}-01-01`;
const minor = years(-15);
const expired = { issued: '2013-03-02' };
for (const [name, scenario, flags, who, why, next] of /** @type {const} */ ([
  ['an expired document', 'passport', expired, {}, /n’est plus valable/, /en cours de validité/],
  ['a minor', 'passport', { birth: minor }, { birthDate: minor }, /pas encore 18\sans/, /à partir de vos 18\sans/],
  ['a driving licence', 'licence', {}, {}, /Un permis de conduire n’est pas accepté/, /carte nationale d’identité, un passeport ou un titre de séjour/],
])) {
  test(`${name} is refused at once`, { timeout: 120_000 }, async (t) => {
    const { page } = await request(t, who);
    await shoot(server.origin, account, scenario, flags);
    await refused(page, why, next);
    assert.ok(await page.isVisible('#refused-automatic'), 'said: by the machine');
  });
}

test('an old French card is accepted past its printed date', { timeout: 120_000 }, async (t) => {
  const { page } = await request(t);
  await shoot(server.origin, account, 'old-card', { issued: '2012-07-13' });
  await screen(page, 'wait');
  const console = await reviewer(t, 'reviewer-1');
  assert.match(await text(console, '#readings-card'), /12\/07\/2022/);
  assert.match(await text(console, '#notes'), /prolong/i);
  assert.match(await acceptFile(console), /accepté/);
  await screen(page, 'confirm');
  assert.match(await text(page, '#extracted'), /15\/11\/1987/);
});

test('another name: refused with words, contested once', { timeout: 120_000 }, async (t) => {
  const { page } = await request(t, { surname: 'Durand' });
  await shoot(server.origin, account, 'passport');
  await screen(page, 'wait');
  const first = await reviewer(t, 'reviewer-1');
  assert.match(await text(first, '#readings tr[data-agreement="differs"]'), /Durand.*SPECIMEN/s);
  await refuseFile(first, 'wrong-name', 'La pièce porte le nom Specimen.');
  await refused(page, /n’est pas celui du document/, /tel qu’il figure sur la pièce/);
  assert.equal(await text(page, '#refused-words'), 'La pièce porte le nom Specimen.');
  assert.ok(!(await page.isVisible('#refused-automatic')), 'not said: by the machine');

  await page.click('#refused-contest');
  await screen(page, 'contest');
  await page.fill('#contest-words', 'Je me suis mariée.');
  await page.click('#form-contest [type="submit"]');
  await screen(page, 'wait');
  await first.reload();
  await first.click('#draw');
  await first.waitForSelector('#none', { state: 'visible' });
  const second = await reviewer(t, 'reviewer-2');
  assert.match(await text(second, '#round'), /Je me suis mariée\./);
  await refuseFile(second, 'wrong-name', 'Le nom de naissance est Specimen.');
  await screen(page, 'refused');
  assert.equal(await text(page, '#refused-words'), 'Le nom de naissance est Specimen.');
  assert.ok(!(await page.isVisible('#refused-contest')), 'a contest is possible once');
});

test('a zone that cannot be read: that one picture again', { timeout: 120_000 }, async (t) => {
  const { page, id } = await request(t);
  await shoot(server.origin, account, 'unreadable');
  await screen(page, 'wait');
  const first = await reviewer(t, 'reviewer-1');
  assert.match(await text(first, '#doubts'), /illisible|pas pu être lue|n’a pas été lue/i);
  const { left } = (await ask(page, `/api/enrolments/${id}`)).attempts;
  await askAgain(first, 'front', 'Les deux lignes du bas sont floues. Reculez un peu.');
  await screen(page, 'again');
  assert.equal(await text(page, '#again-words'), 'Les deux lignes du bas sont floues. Reculez un peu.');
  await page.waitForFunction(() => /** @type {HTMLImageElement} */ (document.querySelector('#again-picture')).naturalWidth > 0);
  const mark = await page.locator('#again-rect').evaluate((rect) => ['x', 'y', 'width', 'height'].map((side) => Number(rect.getAttribute(side))));
  for (const [i, want] of [30, 60, 30, 20].entries()) assert.ok(Math.abs(mark[i] - want) < 3, `the area is marked at ${mark}`);
  assert.equal((await ask(page, `/api/enrolments/${id}`)).attempts.left, left, 'it costs no attempt');

  await shoot(server.origin, account, 'front-again'); // fails if another step is asked for
  await screen(page, 'wait');
  assert.match(await acceptFile(await reviewer(t, 'reviewer-1')), /accepté/);
  await confirm(page, shown);
  await screen(page, 'certificate');
});

test('another person’s selfie takes two reviewers', { timeout: 120_000 }, async (t) => {
  const { page } = await request(t);
  await shoot(server.origin, account, 'passport', { selfie: await stranger() });
  await screen(page, 'wait');
  const first = await reviewer(t, 'reviewer-1');
  assert.match(await text(first, '#doubts'), /visage/i);
  assert.match(await text(first, '#round'), /deux relecteurs/);
  assert.match(await acceptFile(first), /second relecteur/i);
  await screen(page, 'wait');
  const second = await reviewer(t, 'reviewer-2');
  await refuseFile(second, 'other-person', 'Le visage n’est pas celui de la pièce.');
  await refused(page, /n’a pas pu être rapproché/, /en personne/);
});

test('three failed attempts say when the next may begin', { timeout: 120_000 }, async (t) => {
  const strict = await startServer();
  t.after(() => strict.stop());
  const own = await logIn(browser, strict.origin, '/signature', account);
  t.after(() => own.context.close());
  const { page } = await request(t, {}, { page: own.page, origin: strict.origin });
  await shoot(strict.origin, account, 'nothing');
  await page.waitForSelector('#failure', { state: 'visible' });
  assert.match(await text(page, '#failure-text'), /aucune des photos/);
  assert.match(await text(page, '#capture-left'), /2\stentatives sur 3/);
  await shoot(strict.origin, account, 'nothing');
  await shoot(strict.origin, account, 'nothing');
  await screen(page, 'attempts');
  assert.match(await text(page, '#attempts-next'), /réessayer demain/);
  assert.ok(await page.isVisible('[data-screen="attempts"] [data-action="otherwise"]'), 'the other way is offered');
});

test('a visa is refused on the phone; otherwise, in person', { timeout: 120_000 }, async (t) => {
  const { page, reference } = await request(t);
  const pictures = await specimens('visa');
  await page.click('#capture-link');
  const phone = await joinVisa(t, page, pictures);
  await press(phone);
  await phone.waitForSelector('#sheet', { state: 'visible' });
  assert.match(await text(phone, '#sheet'), /pas le document choisi/);
  assert.ok(await phone.isVisible('#sheet [data-action="change-document"]'), 'another document may be chosen');
  for (let left = 4; left > 0; left--) { // who insists
    await phone.waitForFunction((n) => new RegExp(`reste\\s${n}\\sessai`).test(document.querySelector('#sheet')?.textContent ?? ''), left);
    await phone.click('#sheet [data-action="again"]');
    // Closed, or open again: the next picture may be taken by itself, and refused, before anybody looks.
    await phone.waitForFunction((n) => {
      const sheet = /** @type {HTMLElement} */ (document.querySelector('#sheet'));
      return sheet.hidden || !new RegExp(`reste\\s${n}\\sessai`).test(sheet.textContent ?? '');
    }, left);
    await press(phone);
  }
  await phoneScreen(phone, 'message');

  await page.goto(`${server.origin}/request`);
  await page.waitForSelector('#failure', { state: 'visible' });
  assert.match(await text(page, '#failure-text'), /n’est pas celui que vous aviez choisi/);
  await page.click('#capture-otherwise');
  await page.click('#otherwise [data-action="in-person"]');
  await screen(page, 'in-person');
  assert.equal(await text(page, '#in-person-reference'), reference);
  const registrar = await logIn(browser, server.origin, '/registrar', 'registrar');
  t.after(() => registrar.context.close());
  await acceptInPerson(registrar.page, reference);
  await confirm(page, shown);
  await screen(page, 'certificate');
});

/** Takes a picture, unless it was taken by itself meanwhile. @param {import('playwright-core').Page} phone */
const press = (phone) => phone.click('#shutter', { timeout: 2_000 }).catch(() => {});

/** @param {import('node:test').TestContext} t @param {import('playwright-core').Page} desktop @param {Record<string, string>} pictures */
async function joinVisa(t, desktop, pictures) {
  await desktopState(desktop, 'pairing');
  const phone = await joinPhone(browser, await scan(desktop), {
    desktop, document: 'passport',
    prepare: async (/** @type {import('playwright-core').Page} */ page) => {
      await page.exposeFunction('visavisPicture', (/** @type {string} */ name) => pictures[name]);
      await page.addInitScript(actor, { width: 1920, height: 1080 });
    },
  });
  t.after(() => phone.context.close());
  return phone.page;
}

test('who gives up keeps nothing; what was refused is deleted with a receipt', { timeout: 120_000 }, async (t) => {
  await request(t);
  await shoot(server.origin, account, 'passport', expired);
  await screen(applicant.page, 'refused');
  const { page } = await request(t);
  await page.click('#cancel');
  await page.click('#confirm-cancel [data-action="cancel-yes"]');
  await screen(page, 'cancelled');
  assert.match(await text(page, '#single-text'), /photos sont effacées/);

  await page.goto(`${server.origin}/privacy`);
  await page.locator('[data-action="delete"]:visible').first().click();
  await page.click('[data-action="delete-yes"]');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-action="receipt"]')]);
  const file = await download.path();
  assert.match(await readFile(file, 'utf8'), /refused|request/);
  const env = { ...process.env, VISAVIS_DATA: server.data };
  const { stdout } = await promisify(execFile)(join(root, 'var/bin/visavis'), ['evidence', 'receipt', file], { env });
  t.diagnostic(stdout.trim());
  assert.deepEqual(applicant.problems, []);
});
