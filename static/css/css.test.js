// @ts-check
// What every stylesheet keeps: it knows no left and no right, so that a language
// written from right to left needs nothing of its own.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readPage } from '../test/page.js';

const root = new URL('./', import.meta.url);
const sheets = readdirSync(root, { recursive: true }).map(String).filter((name) => name.endsWith('.css')).sort();
const pages = readdirSync(new URL('../', root)).filter((name) => name.endsWith('.html'));
/** @param {string} name */
const read = (name) => readFileSync(new URL(name, root), 'utf8');

/** Where a side is meant, whatever the language: the sheet, the selector, the property, and why. */
const allowed = [
  [
    'frame/journey.css',
    'fieldset.rule > legend',
    'float',
    'takes the legend out of the border; as wide as its line. Chrome knows inline-start from 118 on',
  ],
  ['review/main.css', '.point > legend', 'float', 'the same'],
  ['frame/journey.css', '.ticks > li::before', 'border-width', 'a tick is the same in every language'],
  ['phone/main.css', '.ticks > li::before', 'border-width', 'a tick is the same in every language'],
  ['lib/controls.css', '.language::after', 'border-width', 'an arrow down'],
  ['lib/controls.css', 'details > summary::before', 'border-width', 'an arrow down'],
  ['phone/scene.css', '#arrow', 'left', 'places on the picture'],
  ['phone/scene.css', '#arrow', 'top', 'places on the picture'],
  ['phone/scene.css', '#arrow', 'margin', 'half of its size: places on the picture'],
  ['phone/scene.css', '#arrow[data-toward="left"]', 'left', 'a direction in the room'],
  ['phone/scene.css', '#arrow[data-toward="right"]', 'left', 'a direction in the room'],
  ['phone/scene.css', '#arrow[data-toward="up"]', 'top', 'a direction in the room'],
  ['phone/scene.css', '#arrow[data-toward="down"]', 'top', 'a direction in the room'],
  ['phone/scene.css', '#arrow[data-toward="closer"]', 'top', 'a direction in the room'],
  ['review/main.css', '.plane', 'top', 'the middle of the picture, turned and moved by the script'],
  ['review/main.css', '.plane', 'left', 'the middle of the picture, turned and moved by the script'],
].map(([sheet, selector, property]) => `${sheet} ${selector} ${property}`);

/**
 * The declarations of a sheet, also those within @media.
 * @param {string} css
 * @returns {{selector: string, property: string, value: string}[]}
 */
function declarations(css) {
  const plain = css.replace(/\/\*.*?\*\//gs, '').replace(/"(?:[^"\\]|\\.)*"/g, (text) => text.replace(/[{};]/g, ' '));
  return [...plain.matchAll(/([^{};]+)\{([^{}]*)\}/g)].flatMap(([, selector, body]) => body.split(/;/)
    .map((one) => /^\s*([\w-]+)\s*:\s*([^]*?)\s*$/.exec(one)).filter((one) => one !== null)
    .map(([, property, value]) => ({ selector: selector.trim().replace(/\s+/g, ' '), property, value })));
}

/** The parts of a value; what stands in brackets is one. @param {string} value @returns {string[]} */
function parts(value) {
  /** @type {string[]} */
  const found = [];
  let depth = 0;
  let now = '';
  for (const letter of `${value} `) {
    if (letter === '(') depth++;
    if (letter === ')') depth--;
    if (letter === ' ' && depth === 0) {
      if (now) found.push(now);
      now = '';
    } else {
      now += letter;
    }
  }
  return found;
}

/** Why a declaration knows a side; empty where it does not. @param {string} property @param {string} value @returns {string} */
function side(property, value) {
  if (
    /^(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-)?(?:left|right|top|bottom)(?:-(?:width|color|style))?$|^border-(?:top|bottom)-(?:left|right)-radius$/.test(
      property,
    )
  )
    return 'a physical property';
  if (/^(?:(?:min|max)-)?(?:width|height)$/.test(property)) return 'inline-size or block-size';
  if (/^(?:text-align|float|clear)$/.test(property) && /^(?:left|right)$/.test(value)) return 'start or end';
  const all = parts(value.replace('!important', '').split('/')[0]);
  if (
    /^(?:margin|padding|inset|border-width|border-style|border-color|scroll-margin|scroll-padding)$/.test(property) &&
    all.length === 4 &&
    all[1] !== all[3]
  )
    return 'left and right differ';
  // Corners: top left, top right, bottom right, bottom left.
  const [topLeft, topRight = topLeft, bottomRight = topLeft, bottomLeft = topRight] = all;
  if (property === 'border-radius' && (topLeft !== topRight || bottomLeft !== bottomRight)) return 'corners of left and right differ';
  return '';
}

test('the rule finds what it is for', () => {
  for (const [property, value] of [['left', '0'], ['margin-left', '1px'], ['border-right', '1px solid'], ['text-align', 'right'], ['float', 'left'],
    ['padding', '0 1px 2px 3px'], ['padding', '0 calc(1px + 2px) 0 0'], ['border-radius', '1px 0 0 1px'], ['border-top-left-radius', '1px'], ['max-width', '1px']]) {
    assert.ok(side(property, value), `${property}: ${value}`);
  }
  for (const [property, value] of [['inset-inline-start', '0'], ['margin', '0 auto'], ['text-align', 'end'], ['padding', '0 1px 2px'],
    ['border-radius', '1px 1px 2px 2px'], ['transform-origin', 'left'], ['padding', 'calc(8px + 1px) 12px 0 12px']]) {
    assert.equal(side(property, value), '', `${property}: ${value}`);
  }
});

test('logical properties only, but where a side is meant', () => {
  const found = sheets
    .flatMap((name) => declarations(read(name)).map((one) => ({ name, ...one, why: side(one.property, one.value) })))
    .filter(({ why }) => why);
  const where = found.map(({ name, selector, property }) => `${name} ${selector} ${property}`);
  assert.deepEqual(
    found
      .filter((_, i) => !allowed.includes(where[i]))
      .map(({ name, selector, property, value, why }) => `${name}: ${selector} { ${property}: ${value} } ${why}`),
    [],
  );
  assert.deepEqual(allowed.filter((one) => !where.includes(one)), [], 'allowed and not there');
});

test('a stylesheet is one duty: it can be read whole', () => {
  for (const name of sheets) assert.ok(read(name).split('\n').length <= 270, `${name}: ${read(name).split('\n').length} lines`);
});

test('a page links the stylesheets that it needs, once and each there', () => {
  for (const name of pages) {
    const html = readPage(name);
    const linked = [...html.matchAll(/<link rel="stylesheet" href="\/css\/([^"]+)">/g)].map((match) => match[1]);
    assert.deepEqual(linked.filter((one, i) => linked.indexOf(one) !== i || !existsSync(new URL(one, root))), [], name);
    assert.equal(linked[0], 'lib/base.css', name);
    assert.ok(!/class="[^"]*\b(?:steps|numbered)\b/.test(html) || linked.includes('lib/steps.css'), `${name} has steps`);
    assert.ok(!/<(?:button|input|select|details|dialog)\b/.test(html) || linked.includes('lib/controls.css'), `${name} has controls`);
  }
});
