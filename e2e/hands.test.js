// The whole journey, the reviewer's part too, by hands other than a mouse on what is drawn: by
// the accessibility tree alone, and by the keyboard alone. Everything is found by its role and its name, as a
// screen reader says them. What a person presses is counted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop as desktopOptions, phone as phoneOptions } from './lib/browser.js';
import { browsers } from './lib/browsers.js';
import { ask, person } from './lib/enrolment.js';
import { scan, watch } from './lib/journey.js';
import { startServer } from './lib/server.js';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').Locator} Locator */
/** @typedef {Parameters<Page['getByRole']>[0]} Role */
/** @typedef {{press: (role: Role, name: string | RegExp) => Promise<void>, use: (found: Locator, role: Role) => Promise<void>, type: (name: string | RegExp, text: string) => Promise<void>, presses: () => number}} Hands */

/** What a certificate may cost of a person, from « Ma signature personnelle » on. */
const CLICKS = 11;
const TAPS = 5;

const both = browsers();
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => { server = await startServer({ env: { VISAVIS_BLIND_SHARE: '0' } }); });
after(() => server?.stop());

/** The one element of a role and a name. @param {Page} page @param {Role} role @param {string | RegExp} name */
async function named(page, role, name) {
  const found = page.getByRole(role, { name, exact: typeof name === 'string' });
  await found.first().waitFor({ timeout: 60_000 });
  assert.equal(await found.count(), 1, `one ${role} « ${name} »`);
  return found;
}

/** Clicks, or taps on a phone. @param {Page} page @returns {Hands} */
function pointer(page) {
  let presses = 0;
  const use = async (/** @type {Locator} */ found) => {
    await found.click();
    presses++;
  };
  const press = async (/** @type {Role} */ role, /** @type {string | RegExp} */ name) => use(await named(page, role, name));
  return {
    press,
    use,
    async type(name, text) {
      await press('textbox', name);
      await page.keyboard.type(text);
    },
    presses: () => presses,
  };
}

/** Tab, arrows, Space and Enter. @param {Page} page @returns {Hands} */
function keyboard(page) {
  let presses = 0;
  /** @param {Locator} locator */
  const reach = async (locator) => {
    for (let i = 0; i < 60; i++) {
      const at = await locator.evaluate((element) => {
        const now = /** @type {HTMLInputElement} */ (document.activeElement);
        const its = /** @type {HTMLInputElement} */ (element);
        // The arrows move inside a group of choices, Tab only into it.
        return now === its ? 'there' : its.type === 'radio' && now?.type === 'radio' && now.name === its.name ? 'group' : '';
      });
      if (at === 'there') return;
      await page.keyboard.press(at === 'group' ? 'ArrowDown' : 'Tab');
    }
    assert.fail(`the keyboard does not reach ${locator}`);
  };
  const use = async (/** @type {Locator} */ found, /** @type {Role} */ role) => {
    await reach(found);
    await page.keyboard.press(role === 'radio' || role === 'checkbox' ? 'Space' : 'Enter');
    presses++;
  };
  return {
    use,
    press: async (role, name) => use(await named(page, role, name), role),
    async type(name, text) {
      await reach(await named(page, 'textbox', name));
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type(text);
    },
    presses: () => presses,
  };
}

const heading = async (/** @type {Page} */ page, /** @type {RegExp} */ name) => { await page.getByRole('heading', { level: 1, name }).waitFor({ timeout: 90_000 }); };

/**
 * A reviewer draws a file, looks at each picture, answers each point and accepts.
 * @param {import('node:test').TestContext} t
 * @param {(page: Page) => Hands} handsOf
 */
async function review(t, handsOf) {
  const context = await both.desktops.newContext({ ...desktopOptions, viewport: { width: 1440, height: 900 } });
  t.after(() => context.close());
  const page = await context.newPage();
  const problems = watch(page);
  const hands = handsOf(page);
  await page.goto(`${server.origin}/login?next=/review`);
  await hands.press('button', /Relecteur 1/);
  await heading(page, /Relecture des dossiers/);
  await page.getByRole('button', { name: 'Tirer un dossier', disabled: false }).waitFor({ timeout: 90_000 }); // its pictures are being read
  await hands.press('button', 'Tirer un dossier');
  await page.getByRole('heading', { name: 'À vérifier vous-même' }).waitFor();
  const pictures = page.getByRole('group', { name: 'Image affichée' }).getByRole('button');
  assert.ok(await pictures.count() >= 3, 'front, back and face');
  for (const picture of await pictures.all()) {
    await hands.use(picture, 'button');
    assert.equal(await picture.getAttribute('aria-pressed'), 'true');
  }
  const points = page.getByRole('group').filter({ has: page.getByRole('radio', { name: 'Oui', exact: true }) });
  assert.ok(await points.count() > 0, 'points to look at');
  for (const point of await points.all()) await hands.use(point.getByRole('radio', { name: 'Oui', exact: true }), 'radio');
  await hands.press('radio', 'Accepter');
  await hands.press('button', 'Accepter le dossier');
  await page.getByRole('status').filter({ hasText: /accepté/ }).first().waitFor();
  assert.deepEqual(problems, []);
}

/**
 * From the login to the certificate.
 * @param {import('node:test').TestContext} t
 * @param {(page: Page) => Hands} handsOf
 * @param {RegExp} account
 * @param {{correct: boolean, scans: boolean}} how correct: the data are corrected first; scans: the code is scanned, not typed
 */
async function journey(t, handsOf, account, { correct, scans }) {
  const context = await both.desktops.newContext({ ...desktopOptions, viewport: { width: 1440, height: 900 } });
  t.after(() => context.close());
  const page = await context.newPage();
  const problems = watch(page);
  let hands = handsOf(page);
  await page.goto(`${server.origin}/signature`);
  await hands.press('button', account);
  await heading(page, /Ma signature personnelle/);
  if (!correct) { // the account says already what the document says
    const { id, declared } = await ask(page, 'POST', '/api/enrolments', { language: 'fr' });
    await ask(page, 'POST', `/api/enrolments/${id}/correct`, { ...declared, surname: person.surname, givenNames: person.givenNames, birthDate: '1987-11-15' });
    await page.reload();
  }
  hands = handsOf(page); // counted from here
  await (correct ? hands.press('button', /^Souscrire/) : hands.press('link', 'Continuer'));
  await heading(page, /Avant de démarrer/);
  if (correct) {
    await hands.press('radio', /^Non/);
    await hands.press('button', 'Valider');
    await heading(page, /Corriger/);
    await hands.type(/Nom de naissance/, person.surname);
    await hands.type(/Prénom/, person.givenNames);
    await hands.type(/Date de naissance/, person.birthDate);
    await hands.press('button', 'Enregistrer');
    await heading(page, /Avant de démarrer/);
  }
  await hands.press('radio', /^Oui/);
  await hands.press('button', 'Valider');
  await heading(page, /vérification de votre identité/);
  for (const box of [/données de ma pièce/, /confidentialité/, /photo de mon visage/]) await hands.press('checkbox', box);
  await hands.press('button', 'Commencer');

  // The phone: the same hands on another page.
  await heading(page, /Scannez ce code/);
  const mobile = await both.phones.newContext(phoneOptions);
  t.after(() => mobile.close());
  const phone = await mobile.newPage();
  const problemsThere = watch(phone);
  const thumbs = handsOf(phone);
  const picture = await named(page, 'img', /^Code à scanner/);
  if (scans) {
    await phone.goto(await scan(picture));
  } else {
    const spelled = (await page.getByText(/^Code à taper/).textContent()) ?? '';
    await phone.goto(`${server.origin}/p`);
    await thumbs.type(/Code à 8\slettres/, spelled.split(':')[1].trim());
    await thumbs.press('button', 'Continuer');
  }
  await thumbs.press('button', /^C’est moi/);
  await heading(page, /Saisissez ce nombre/);
  const said = (await page.getByRole('status').filter({ hasText: /nombre sur votre téléphone/ }).first().textContent()) ?? '';
  await thumbs.type('Nombre à deux chiffres', /\d\d/.exec(said)?.[0] ?? '');
  await thumbs.press('button', 'Continuer');
  await thumbs.press('button', /^Carte nationale d’identité/);
  await thumbs.press('button', 'Lancer la capture');
  await heading(phone, /C’est terminé/);

  await heading(page, /Vérification en cours/);
  await review(t, handsOf);
  await heading(page, /confirmer votre identité/);
  await hands.press('button', 'Confirmer ces données');
  await heading(page, /Demande de certificat/);
  await hands.press('radio', 'Non');
  await hands.press('checkbox', /j’accepte le document/);
  await hands.press('button', 'Continuer');
  await page.getByRole('heading', { name: 'Mes certificats' }).waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: /^Révoquer/ }).waitFor({ timeout: 60_000 });
  assert.deepEqual([...problems, ...problemsThere], []);
  return { clicks: hands.presses(), taps: thumbs.presses() };
}

test('by the accessibility tree alone, in eleven clicks and five taps', { timeout: 300_000 }, async (t) => {
  const { clicks, taps } = await journey(t, pointer, /Maéva/, { correct: false, scans: true });
  t.diagnostic(`${clicks} clicks, ${taps} taps`);
  assert.ok(clicks <= CLICKS, `${clicks} clicks, at most ${CLICKS}`);
  assert.ok(taps <= TAPS, `${taps} taps, at most ${TAPS}`);
});

test('by the keyboard alone, with data that are corrected and a code that is typed', { timeout: 300_000 }, async (t) => {
  await journey(t, keyboard, /louan/, { correct: true, scans: false });
});
