// @ts-check
// The demonstration's outbox: the e-mails and text messages that were not sent, to read.

import { ApiError, get } from '../lib/api.js';
import { loadWords, language, onLanguage, t } from '../lib/i18n.js';
import { must, setText } from '../lib/dom.js';
import { dayAndClock, nearTime } from '../lib/format.js';
import { listenActions, showScreen } from '../lib/page.js';
import { startShell } from '../frame/shell.js';
import { linked, showMail } from './mail.js';
import { make, refill } from '../frame/staff.js';

/** @typedef {{at: string, to: string, subject: string, text: string, html: string, attachments?: string[]}} Message */

const POLL = 5_000;

/** @type {{screen: 'loading' | 'failed' | 'empty' | 'list', status: number, messages: Message[], open: string, form: 'html' | 'text'}} */
let state = { screen: 'loading', status: 0, messages: [], open: '', form: 'html' };

/** What tells one message from the others. @param {Message} message */
const keyOf = ({ at, to, subject }) => `${at} ${to} ${subject}`;

/** @param {Partial<typeof state>} change */
function set(change) {
  const before = state;
  state = { ...state, ...change };
  if (state.screen === 'list' && !state.messages.some((m) => keyOf(m) === state.open)) state.open = keyOf(state.messages[0]);
  render();
  const fresh = state.messages.length - before.messages.length;
  if (before.screen !== 'loading' && fresh > 0) setText(must('status'), t('outbox.fresh', { n: fresh }));
}

function render() {
  showScreen(state.screen);
  const n = state.messages.length;
  document.title = `${n > 0 ? t('outbox.title.n', { n }) : t('outbox.title')} – Visavis`;
  if (state.screen === 'failed') setText(must('failed-text'), t(state.status === 404 ? 'outbox.failed.404' : 'outbox.failed'));
  if (state.screen !== 'list') return;
  renderList();
  const message = state.messages.find((m) => keyOf(m) === state.open);
  if (message) renderMessage(message);
}

function renderList() {
  refill(must('messages'), [language(), state.messages.map(keyOf)], () => state.messages.map((message) => make('li', {},
    make('button', { type: 'button', class: 'message', 'data-message': keyOf(message) },
      make('span', { class: 'message-subject', text: message.subject }),
      make('span', { class: 'message-about', text: message.to }),
      make('span', { class: 'message-about', text: nearTime(message.at, Date.now()) })))));
  for (const button of must('messages').querySelectorAll('button')) {
    if (button.dataset.message === state.open) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
}

/** @param {Message} message */
function renderMessage(message) {
  setText(must('subject'), message.subject);
  const attachments = message.attachments ?? [];
  const facts = [
    ['to', message.to],
    ['at', dayAndClock(message.at)],
    ...(attachments.length ? [['attachments', attachments.join(', ')]] : []),
  ];
  refill(must('envelope'), [language(), facts], () =>
    facts.map(([name, value]) => make('div', { class: 'fact' }, make('dt', { text: t(`outbox.${name}`) }), make('dd', { text: value }))),
  );
  const form = message.html ? state.form : 'text';
  must('forms').hidden = !message.html;
  for (const button of must('forms').querySelectorAll('button'))
    button.setAttribute('aria-pressed', String(button.dataset.action === form));
  const frame = /** @type {HTMLIFrameElement} */ (must('html'));
  frame.hidden = form !== 'html';
  must('text').hidden = form !== 'text';
  frame.title = t('outbox.frame', { subject: message.subject });
  refill(must('text'), message.text, () => linked(message.text).map(({ text, link }) => (link
    ? make('a', { href: text, target: '_blank', rel: 'noopener', text }) : document.createTextNode(text))));
  if (form === 'html' && frame.dataset.shows !== keyOf(message)) {
    frame.dataset.shows = keyOf(message);
    showMail(frame, message.html);
  }
}

async function look() {
  try {
    const { messages } = await get('/api/outbox');
    set({ screen: messages.length > 0 ? 'list' : 'empty', messages });
  } catch (error) {
    if (state.screen === 'list') return; // what was read stays readable
    set({ screen: 'failed', status: error instanceof ApiError ? error.status : 0 });
  }
}

listenActions({
  reload: () => void look(),
  html: () => set({ form: 'html' }),
  text: () => set({ form: 'text' }),
});
must('messages').addEventListener('click', (event) => {
  const open = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-message]'))?.dataset.message;
  if (!open) return;
  set({ open });
  must('subject').focus({ preventScroll: true });
  must('message').scrollIntoView({ block: 'nearest' });
});
setInterval(() => { if (!document.hidden && state.screen !== 'failed') void look(); }, POLL);

function startPage() {
  onLanguage(render);
  void startShell();
  void look();
}

void loadWords('shell', 'outbox').then(startPage);
