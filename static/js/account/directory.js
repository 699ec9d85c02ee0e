// @ts-check
// The directory: certificates whose holders agreed to be found. For everybody.

import { errorWords, get } from '../lib/api.js';
import { loadWords, onLanguage, t } from '../lib/i18n.js';
import { focusAnew, hide, must, setText, setValue } from '../lib/dom.js';
import { fillList, part, renderFacts, setBusy, setFieldError } from '../lib/page.js';
import { day, grouped } from '../lib/format.js';
import { tone } from '../wire/certificate.js';
import { startShell } from '../frame/shell.js';

/**
 * @typedef {{subject: string, issuer: string, serial: string, from: string, until: string, state:
 *   import('../wire/enrolment.js').Certificate['state']}} Entry
 */

/** @type {{query: string, found: Entry[]} | null} */
let answer = null;

const field = () => /** @type {HTMLInputElement} */ (must('query'));

function render() {
  document.body.dataset.state = answer ? (answer.found.length > 0 ? 'found' : 'none') : 'ready';
  const words = !answer ? '' : answer.found.length === 0
    ? t('directory.none', { query: answer.query }) : t('directory.count', { n: answer.found.length });
  setText(must('status'), words);
  fillList(must('found'), 'entry-template', answer?.found ?? [], (element, entry) => {
    setValue(part(element, 'subject'), entry.subject);
    const badge = part(element, 'state');
    setText(badge, t(`signature.state.${entry.state}`));
    badge.dataset.tone = tone(entry.state);
    renderFacts(part(element, 'facts'), [
      ['signature.issuer', entry.issuer],
      ['signature.valid', t('signature.valid.range', { from: day(entry.from), until: day(entry.until) })],
      ['signature.serial', grouped(entry.serial), true],
    ]);
  }, (entry) => entry.serial);
}

async function search() {
  const query = field().value.trim();
  setFieldError('query', query ? '' : t('directory.empty'));
  if (!query) {
    focusAnew(field());
    return;
  }
  if (document.body.hasAttribute('data-busy')) return;
  setBusy(true);
  hide(must('problem'), true);
  try {
    answer = { query, found: (await get(`/api/directory?q=${encodeURIComponent(query)}`)).certificates };
    history.replaceState(null, '', `${location.pathname}?q=${encodeURIComponent(query)}`);
  } catch (error) {
    answer = null;
    hide(must('problem'), false);
    setText(must('problem-text'), errorWords(/** @type {import('../lib/api.js').ApiError} */ (error)));
  } finally {
    setBusy(false);
    render();
  }
}

function startPage() {
  onLanguage(render);
  document.addEventListener('submit', (event) => {
    event.preventDefault();
    void search();
  });
  must('query').addEventListener('input', () => setFieldError('query', ''));
  void startShell();
  field().value = new URLSearchParams(location.search).get('q') ?? '';
  if (field().value) void search();
  else render();
}

void loadWords('shell', 'directory', 'signature').then(startPage);
