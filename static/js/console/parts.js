// @ts-check
// What the console's pages are made of: tables, fields, buttons, code to copy.

import { dayAndClock } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { make } from '../frame/staff.js';

/** @typedef {string | Node | null | undefined} Cell */

/** A word that a line may break within: an address, an identifier, a reference. */
const UNSPOKEN = /\S{18}/;

/**
 * A table whose rows become lists on a phone. The first cell is the row's heading; a cell more than
 * there are heads stands below its row, over the whole width.
 * @param {string} caption
 * @param {string[]} heads
 * @param {Cell[][]} rows
 * @param {string} [empty] what stands there without rows
 */
export function table(caption, heads, rows, empty = t('console.none')) {
  if (rows.length === 0)
    return make('div', { class: 'stack-tight' }, make('p', { class: 'label', text: caption }), make('p', { class: 'muted', text: empty }));
  const cell = (/** @type {Cell} */ value, /** @type {number} */ i) => make(i ? 'td' : 'th', {
    role: i ? 'cell' : 'rowheader', scope: i ? null : 'row', 'data-label': i ? heads[i] : null,
  }, value instanceof Node ? value : make('span', { class: UNSPOKEN.test(value ?? '') ? null : 'spoken', text: value ?? '' }));
  return make(
    'table',
    { class: 'table', role: 'table' },
    make('caption', { text: caption }),
    make(
      'thead',
      { role: 'rowgroup' },
      make('tr', { role: 'row' }, ...heads.map((head) => make('th', { scope: 'col', role: 'columnheader', text: head }))),
    ),
    make('tbody', { role: 'rowgroup' }, ...rows.flatMap((row) => [
      make('tr', { role: 'row' }, ...row.slice(0, heads.length).map(cell)),
      ...row.slice(heads.length).map((below) =>
        make('tr', { role: 'row', class: 'below' }, make('td', { role: 'cell', colspan: String(heads.length) }, below ?? ''))),
    ])),
  );
}

/**
 * @param {string} words
 * @param {() => unknown} act
 * @param {{primary?: boolean, refuse?: boolean, label?: string}} [how] label: its name for who does not see the row
 */
export function button(words, act, { primary = false, refuse = false, label } = {}) {
  const element = make('button', {
    type: 'button',
    class: `button${primary ? ' button-primary' : ''}${refuse ? ' button-refuse' : ''}`,
    'data-waits': true,
    'aria-label': label,
    text: words,
  });
  element.addEventListener('click', () => { if (element.getAttribute('aria-disabled') !== 'true') void act(); });
  return element;
}

let fields = 0;

/**
 * A field with its label. The control has the name.
 * @param {string} name
 * @param {string} label
 * @param {{value?: string, hint?: string, lines?: boolean, options?: [value: string, words: string][], type?: string,
 *   narrow?: boolean}} [more]
 */
export function field(name, label, { value = '', hint = '', lines = false, options, type = 'text', narrow = false } = {}) {
  const id = `field-${++fields}`;
  const about = hint ? `${id}-hint` : null;
  const common = { id, name, 'aria-describedby': about };
  const control = options
    ? make('select', common, ...options.map(([v, words]) => new Option(words, v, false, v === value)))
    : make(lines ? 'textarea' : 'input', {
        ...common,
        type: lines ? null : type,
        rows: lines ? '3' : null,
        spellcheck: 'false',
        autocomplete: 'off',
      });
  /** @type {HTMLInputElement} */ (control).value = value;
  return make(
    'div',
    { class: `field${narrow ? ' field-narrow' : ''}` },
    make('label', { for: id, text: label }),
    ...(hint ? [make('p', { class: 'hint-line', id: /** @type {string} */ (about), text: hint })] : []),
    control,
  );
}

/**
 * Boxes of one name.
 * @param {string} name
 * @param {string} legend
 * @param {[value: string, words: string][]} options
 * @param {string[]} chosen
 */
export function boxes(name, legend, options, chosen) {
  return make(
    'fieldset',
    {},
    make('legend', { class: 'label', text: legend }),
    make(
      'div',
      { class: 'checks' },
      ...options.map(([value, words]) =>
        make(
          'label',
          { class: 'choice' },
          make('input', { type: 'checkbox', name, value, checked: chosen.includes(value) }),
          make('span', { text: words }),
        ),
      ),
    ),
  );
}

/** Names and values; a dash stands where nothing is known. @param {string[][]} pairs */
export function facts(pairs) {
  return make(
    'dl',
    { class: 'facts' },
    ...pairs.map(([name, value]) => make('div', { class: 'fact' }, make('dt', { text: name }), make('dd', { text: value || '–' }))),
  );
}

/** A time in a table, which stays on one line where there is room. @param {string} time RFC 3339 */
export function when(time) {
  return make('time', { class: 'when', datetime: time, text: dayAndClock(time) });
}

/** The link to what is older than a list; nothing where there is none. @param {unknown} next the list's cursor @param {string} href */
export function older(next, href) {
  return next ? [make('p', {}, make('a', { href, text: t('console.older') }))] : [];
}

/** A form. send gets what was filled in. @param {string} label @param {(data: FormData) => unknown} send @param {Node[]} children */
export function form(label, send, ...children) {
  const element = /** @type {HTMLFormElement} */ (
    make('form', { class: 'card stack', 'aria-label': label, novalidate: true }, make('h2', { text: label }), ...children)
  );
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!document.body.hasAttribute('data-busy')) void send(new FormData(element));
  });
  return element;
}

/** The button that sends a form. @param {string} words */
export function submit(words) {
  return make(
    'p',
    { class: 'actions' },
    make('button', { class: 'button button-primary', type: 'submit', 'data-waits': true, text: words }),
  );
}

/** Something to copy. @param {string} label @param {string} text @param {(words: string) => void} say */
export function code(label, text, say) {
  const copy = button(t('console.copy'), async () => {
    await navigator.clipboard.writeText(text).then(() => say(t('console.copied')), () => say(t('console.not-copied')));
  }, { label: t('console.copy.what', { what: label }) });
  return make(
    'div',
    { class: 'stack-tight' },
    make('p', { class: 'label', text: label }),
    make('code', { class: 'code', text }),
    make('p', { class: 'actions' }, copy),
  );
}

/** A secret that is shown once. @param {string} label @param {string} text @param {(words: string) => void} say */
export function secret(label, text, say) {
  return make(
    'section',
    { class: 'card stack secret', id: 'secret', 'aria-label': label },
    make('h2', { text: label }),
    make('p', { text: t('console.secret.once') }),
    code(label, text, say),
  );
}

/** A bar beside its figure: for the eye alone, the figure says the same. @param {number} share 0 to 1 */
export function bar(share) {
  const inside = make('span');
  inside.style.setProperty('--share', String(share));
  return make('span', { class: 'bar', 'aria-hidden': 'true' }, inside);
}

/** @param {string} tone ok, warn or bad; empty: plain @param {string} words */
export function badge(tone, words) {
  return make('span', { class: 'badge', 'data-tone': tone || null, text: words });
}
