// @ts-check
// The frame within another site's page. It has no cookie and no camera: it shows
// where the verification stands, and leads to a page of its own for the rest.

import { ApiError, errorWords, post } from '../lib/api.js';
import { has, loadWords, onLanguage, t } from '../lib/i18n.js';
import { hide, must, setLogo, setText } from '../lib/dom.js';
import { setOptional, showScreen } from '../lib/page.js';

/** @typedef {{site: string, logo?: string, status: string, reason?: string, final: boolean, rev: number}} Standing */

/** The pause after a question without an answer, in milliseconds. */
const PAUSE = 3_000;

const verification = new URLSearchParams(location.search).get('verification') ?? '';
/** @type {Standing | null} */
let standing = null;
/** @type {ApiError | null} */
let problem = null;
let secret = '';
/** @type {(message: object) => void} */
let tell = () => {};

function render() {
  showScreen(problem ? 'refused' : !standing ? 'waiting' : standing.final ? 'over' : 'open');
  const site = standing?.site ?? '';
  setLogo('site-logo', standing?.logo);
  setOptional('asked-by', site && t('link.embed.site', { site }));
  setText(must('lead'), t(standing && standing.status !== 'created' ? 'link.embed.going' : 'link.embed.lead', { site }));
  setText(must('over'), t('link.embed.over', { site }));
  must('go').setAttribute('href', secret ? `/v#${secret}` : '/v');
  hide(must('go'), !secret);
  const key = `link.error.${problem?.code}`;
  setText(must('problem'), problem ? (has(key) ? t(key) : errorWords(problem)) : '');
  setText(must('status'), standing?.final ? t('link.embed.over', { site }) : '');
  measure();
}

/** Tells how high the frame has to be for all that it shows. */
function measure() {
  tell({ type: 'height', height: must('main').getBoundingClientRect().bottom + scrollY });
}

/** Asks for the status until it is final. The server answers each question when there is news. */
async function follow() {
  for (;;) {
    try {
      const next = /** @type {Standing} */ (await post('/api/embed/status', { secret, rev: standing?.rev ?? 0 }));
      const fresh = next.rev !== standing?.rev;
      standing = next;
      problem = null;
      render();
      if (fresh) tell({ type: 'step', status: next.status, reason: next.reason, final: next.final });
      if (next.final) return;
    } catch (error) {
      problem = /** @type {ApiError} */ (error);
      render();
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

async function start() {
  const { origins } = await post('/api/embed/origins', { verification });
  addEventListener('message', function once(event) {
    // One message is heard: that of the page around this one, from an origin of the site.
    if (event.source !== parent || !origins.includes(event.origin) || event.data?.visavis !== 1 || !event.ports[0]) return;
    removeEventListener('message', once);
    const port = event.ports[0];
    const { nonce } = event.data;
    secret = String(event.data.secret);
    tell = (message) => port.postMessage({ ...message, nonce });
    hide(must('closing'), event.data.closable !== true);
    must('close').addEventListener('click', () => tell({ type: 'close' }));
    new ResizeObserver(measure).observe(must('main'));
    tell({ type: 'ready' });
    void follow();
  });
  for (const origin of origins) parent.postMessage({ visavis: 1, type: 'hello' }, origin); // one of them hears it
}

void loadWords('link').then(() => {
  onLanguage(render);
  render();
  void start();
});
