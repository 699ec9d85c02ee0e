// @ts-check
// « Signer un PDF »: a file is chosen, the phone confirms, the signed file comes back.

import { exchangeFile, get, loginFor, post, sendFile } from '../lib/api.js';
import { loadWords, onLanguage, t } from '../lib/i18n.js';
import { clock } from '../lib/format.js';
import { focusAnew, hide, must, setDrawing, setText } from '../lib/dom.js';
import { listenActions, renderFacts, setBusy, setFieldError, setOptional, showProblem, showScreen } from '../lib/page.js';
import { startShell } from '../frame/shell.js';
import { desktopScreen, sendable, short, signedName } from './state.js';

/** @typedef {import('../lib/api.js').ApiError} ApiError */
/** @typedef {import('../wire/enrolment.js').Certificate} Certificate */

/** How often the server is asked whether the phone has answered. */
const EVERY = 1_500;
/** The longest pause, in ms, after signing has failed several times: the document goes up anew each time. */
const LONGEST = 30_000;

/** How often signing has failed, one time after the other. */
let failures = 0;
/** Those that sign here. @type {Certificate[] | null} */
let certificates = null;
/** @type {File | undefined} */
let file;
/** @type {import('./state.js').Signing | null} */
let signing = null;
/** @type {{url: string, level: string} | null} */
let signed = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** The tab's title on a screen that has its own. @type {Record<string, {words: string, mark: string}>} */
const titles = {
  phone: { words: 'sign.phone.heading', mark: '' }, working: { words: 'sign.working', mark: '' },
  done: { words: 'sign.done.heading', mark: '✓ ' }, over: { words: 'sign.over.heading', mark: '(!) ' },
};

const fileField = () => /** @type {HTMLInputElement} */ (must('file'));
const withField = () => /** @type {HTMLSelectElement} */ (must('with'));
const chosen = () => certificates?.find((one) => one.id === withField().value) ?? certificates?.[0];

function render() {
  if (!certificates) return;
  const before = document.body.dataset.state;
  const screen = certificates.length === 0 ? 'none' : desktopScreen(signing, signed !== null);
  showScreen(screen);
  setOptional('badge', chosen()?.badge ?? '');
  hide(must('with-field'), certificates.length < 2);
  if (signing) {
    setText(must('digits'), signing.digits ?? '');
    setOptional('until', signing.expiresAt ? t('sign.until', { time: clock(signing.expiresAt) }) : '');
    renderFacts('document', [['sign.document', signing.name], ['sign.sha256', short(signing.sha256), true]]);
  }
  if (signed) {
    setText(must('done-text'), t(signed.level.endsWith('-LT') ? 'sign.done.lasting' : 'sign.done.lower'));
    setText(must('done-level'), signed.level);
  }
  // Who confirms on the phone looks at that: the tab says what came of it, and who listens hears that it goes on.
  document.title = titles[screen] ? `${titles[screen].mark}${t(titles[screen].words)} – Visavis` : t('sign.title');
  setText(must('status'), screen === 'working' ? t('sign.working') : '');
  if (before !== screen && before !== 'loading') (document.getElementById(`${screen}-heading`) ?? must('heading')).focus();
}

/** @param {ApiError | null} error */
function problem(error) {
  if (error?.status === 401) {
    location.replace(loginFor(location));
    return;
  }
  showProblem(error);
}

/** One call at a time. @param {() => Promise<void>} call */
async function once(call) {
  if (document.body.hasAttribute('data-busy')) return;
  setBusy(true);
  problem(null);
  try {
    await call();
  } catch (error) {
    problem(/** @type {ApiError} */ (error));
  } finally {
    setBusy(false);
    render();
  }
}

function ask() {
  file = fileField().files?.[0];
  setFieldError('file', sendable(file) ? '' : t(file && file.size > 0 ? 'sign.large' : 'sign.choose'));
  if (!sendable(file)) {
    focusAnew(fileField());
    return;
  }
  void once(async () => {
    const of = /** @type {Certificate} */ (chosen());
    const { name } = /** @type {File} */ (file);
    signing = await sendFile(
      `/api/certificates/${encodeURIComponent(of.id)}/signings?name=${encodeURIComponent(name)}`,
      /** @type {File} */ (file),
    );
    setDrawing(/** @type {HTMLImageElement} */ (must('qr')), signing?.qr ?? '');
    must('link').setAttribute('href', signing?.link ?? '');
    follow();
  });
}

/** Asks until the phone has answered. */
function follow() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    if (!signing || signed) return;
    try {
      signing = await get(`/api/signings/${encodeURIComponent(signing.id)}`);
      problem(null);
    } catch (error) {
      problem(/** @type {ApiError} */ (error));
    }
    render();
    if (signing?.state === 'confirmed' && !signing.over) await fetchSigned();
    else if (signing && !signing.over) follow();
  }, Math.min(LONGEST, EVERY * 2 ** failures));
}

async function fetchSigned() {
  if (!signing || !file) return;
  try {
    const answer = await exchangeFile(`/api/signings/${encodeURIComponent(signing.id)}/document`, file);
    signed = { url: URL.createObjectURL(answer.file), level: answer.header('Visavis-Signature-Level') };
    const link = must('download');
    link.setAttribute('href', signed.url);
    link.setAttribute('download', signedName(file.name));
    failures = 0;
    problem(null);
  } catch (error) {
    failures++;
    problem(/** @type {ApiError} */ (error));
    if (/** @type {ApiError} */ (error).code === 'signing') signing = { ...signing, over: true };
    else follow(); // the request has not changed, so the next turn tries again
  }
  render();
}

function again() {
  clearTimeout(timer);
  if (signed) URL.revokeObjectURL(signed.url);
  file = undefined;
  signing = null;
  signed = null;
  failures = 0;
  fileField().value = '';
  problem(null);
  render();
}

async function start() {
  const visitor = await startShell();
  if (!visitor.me) {
    if (visitor.error) problem(visitor.error);
    else location.replace(loginFor(location));
    return;
  }
  try {
    const lists = await get('/api/enrolments');
    certificates = /** @type {Certificate[]} */ (lists.certificates).filter((one) => one.signs);
  } catch (error) {
    problem(/** @type {ApiError} */ (error));
    return;
  }
  withField().replaceChildren(...certificates.map((one) => new Option(`${one.subject} – ${one.issuer}`, one.id)));
  const wanted = new URLSearchParams(location.search).get('certificate') ?? '';
  if (certificates.some((one) => one.id === wanted)) withField().value = wanted;
  render();
}

function startPage() {
  onLanguage(render);
  must('form').addEventListener('submit', (event) => {
    event.preventDefault();
    ask();
  });
  withField().addEventListener('change', render);
  fileField().addEventListener('change', () => setFieldError('file', ''));
  listenActions({
    cancel: () => void once(async () => {
      if (signing) signing = await post(`/api/signings/${encodeURIComponent(signing.id)}/cancel`);
    }),
    again,
  });
  void start();
}

void loadWords('shell', 'sign').then(startPage);
