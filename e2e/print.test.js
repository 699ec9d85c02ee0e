// What a person prints: the certificates, what is kept of them with the word that it
// is deleted, the answer to a request. On paper it is black on white, whatever the
// screen's theme, and nothing stands there that can only be pressed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clipped } from './lib/clipped.js';
import { opened } from './lib/opened.js';
import { everyPage } from './lib/pages-gallery.js';
import { servePages } from './lib/pages-server.js';

const { browser, server: pages } = await opened(servePages());

/** What has to be readable on each. @type {Record<string, RegExp>} */
const said = {
  'signature-certificates': /Maéva Claire TEST[^]*Émetteur[^]*Validité[^]*Numéro de série/,
  'privacy-receipt': /Gardez ce reçu signé[^]*Ce qui est gardé/,
  'request-certificate': /Contrat d’abonnement[^]*Conservation du dossier/,
  'request-refused-reviewed': /Pourquoi[^]*copie ou une photo d’écran/,
};

test('pages on paper', { timeout: 300_000 }, async () => {
  const seen = new Set();
  await everyPage(browser, pages.origin, { locale: 'fr-FR', colorScheme: 'dark' }, async (page, name) => {
    await page.setViewportSize({ width: 674, height: 990 }); // A4 without its margins
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const { colours, pressed, text } = await page.evaluate(() => ({
      colours: [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color],
      pressed: [...document.querySelectorAll('button, select, summary, .site-footer, .rail')].filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 80)),
      text: document.body.innerText,
    }));
    assert.deepEqual(colours, ['rgb(255, 255, 255)', 'rgb(0, 0, 0)'], name);
    assert.deepEqual(pressed, [], name);
    assert.match(text, said[name], name);
    assert.deepEqual(await clipped(page), [], name);
    assert.match((await page.pdf({ format: 'A4' })).subarray(0, 5).toString('latin1'), /^%PDF-/);
    seen.add(name);
  }, new RegExp(`^(${Object.keys(said).join('|')})$`));
  assert.deepEqual([...seen].sort(), Object.keys(said).sort());
});
