// @ts-check
// The demonstration's page: a tour of five steps, the reviewer played beside the
// applicant of the same browser, and the ten drawn requests.

import { ApiError, errorWords, get, post } from '../lib/api.js';
import { has, language, loadWords, onLanguage, t } from '../lib/i18n.js';
import { hide, must, setText } from '../lib/dom.js';
import { listenActions } from '../lib/page.js';
import { playBeside } from '../frame/beside.js';
import { startShell } from '../frame/shell.js';
import { make, refill } from '../frame/staff.js';

/**
 * @typedef {object} Cast
 * @property {{name: string, document: string, reference: string, state: string}[]} applicants those who are there
 * @property {number} of all of them
 * @property {boolean} busy they are being drawn and read
 * @property {boolean} failed the last work did not come to its end
 */

/** How often the page asks while the requests are being made. */
const POLL = 1_000;

/** @type {Cast | null} */
let cast = null;
/** @type {ApiError | null} */
let problem = null;
let timer = 0;

function render() {
  hide(must('problem'), !problem);
  setText(must('problem-text'), problem ? errorWords(problem) : '');
  if (!cast) return;
  const { applicants, of, busy, failed } = cast;
  const key = busy ? 'demo.cast.busy' : failed ? 'demo.cast.failed' : applicants.length > 0 ? 'demo.cast.there' : 'demo.cast.none';
  setText(must('cast-state'), t(key, { n: applicants.length, of }));
  hide(must('cast-table'), applicants.length === 0);
  must('restart').toggleAttribute('disabled', busy);
  refill(must('cast-rows'), [language(), applicants], () =>
    applicants.map(({ name, document, reference, state }) =>
      make(
        'tr',
        { role: 'row' },
        make('th', { role: 'rowheader', scope: 'row' }, make('bdi', { text: name })),
        make('td', { role: 'cell', 'data-label': t('demo.cast.document'), text: words('document', document) }),
        make('td', { role: 'cell', 'data-label': t('demo.cast.reference') }, make('bdi', { class: 'figures nowrap', text: reference })),
        make('td', { role: 'cell', 'data-label': t('demo.cast.stands'), text: words('state', state) }),
      ),
    ),
  );
}

/** The words of a code, or the code where it is newer than this page. @param {string} kind @param {string} code */
function words(kind, code) {
  return has(`demo.${kind}.${code}`) ? t(`demo.${kind}.${code}`) : code;
}

/** @param {() => Promise<Cast>} call */
async function ask(call) {
  clearTimeout(timer);
  try {
    cast = await call();
    problem = null;
  } catch (error) {
    problem = error instanceof ApiError ? error : new ApiError(0);
  }
  render();
  if (cast?.busy) timer = setTimeout(() => void ask(() => get('/api/demo')), POLL);
}

/** @param {string} account @param {string} page */
async function play(account, page) {
  try {
    await playBeside(account, page);
  } catch (error) {
    problem = error instanceof ApiError ? error : new ApiError(0);
    render();
    return;
  }
  setText(must('status'), t('demo.opened'));
  void ask(() => post('/api/demo/fill'));
}

function startPage() {
  onLanguage(render);
  listenActions({
    play: () => void play('reviewer-1', '/review'),
    desk: () => void play('registrar', '/registrar'),
    restart: () => void ask(() => post('/api/demo/restart')),
  });
  for (const button of document.querySelectorAll('[data-action]')) button.removeAttribute('disabled'); // a click before this would be lost
  void startShell();
  void ask(() => get('/api/demo'));
}

void loadWords('shell', 'demo').then(startPage);
