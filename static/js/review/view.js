// @ts-check
// Writes what the model says into the console: the queue, the bar above a file
// and its notices. The file's papers are written by review-papers.js, the form by
// review-form.js. Every function may be called twice with the same state.

import { has, language, t } from '../lib/i18n.js';
import { hide, must, setText } from '../lib/dom.js';
import { nearTime, weekHours } from '../lib/format.js';
import { setOptional, showScreen } from '../lib/page.js';
import { figure, roundOf, screenOf, standsOut, timeLeft, urgency } from './model.js';
import { fieldName } from './state.js';
import { outcomeWords, problemWords } from './say.js';
import { make, refill } from '../frame/staff.js';

/** @typedef {import('./state.js').ReviewState} ReviewState */
/** @typedef {import('./state.js').File} File */

/** @param {ReviewState} state */
export function renderPage(state) {
  const screen = screenOf(state);
  showScreen(screen);
  renderHeading(state, screen);
  renderBanners(state);
  if (screen === 'refused') setText(must('refused-text'), t(`review.refused.${state.failure?.status ?? 401}`));
  if (screen === 'waiting') renderQueue(state);
  if (state.file) renderNotices(state, state.file);
  for (const id of ['draw', 'decide', 'extend']) must(id).toggleAttribute('data-busy', Boolean(state.busy));
}

/** The words of a kind of document. @param {string} kind */
function documentWords(kind) {
  return has(`review.document.${kind}`) ? t(`review.document.${kind}`) : kind;
}

/** @param {ReviewState} state @param {string} screen */
function renderHeading(state, screen) {
  const { file, overview } = state;
  const own = has(`review.heading.${screen}`) ? `review.heading.${screen}` : 'review.heading';
  setText(must('heading'), file ? t('review.file', { reference: file.reference }) : t(own));
  setOptional('about', file ? `${documentWords(file.document)} · ${t(`review.round.${roundOf(file)}`)}` : '');
  hide(must('file-tools'), !file);
  if (file) {
    renderClock(state);
    hide(must('extend'), !file.extendable);
  }
  const waiting = overview?.waiting ?? 0;
  const title = file ? t('review.title.file', { reference: file.reference })
    : waiting > 0 && screen === 'waiting' ? t('review.title.waiting', { n: waiting }) : t('review.title');
  if (document.title !== `${title} – Visavis`) document.title = `${title} – Visavis`;
}

/** @param {ReviewState} state */
function renderClock(state) {
  const seconds = Math.ceil(timeLeft(state) / 1000);
  const m = Math.floor(seconds / 60);
  // Whole minutes while there is time: what changes every second is a distraction.
  const time = urgency(state) ? t('review.clock.time', { m, s: seconds % 60 }) : t('review.minutes', { m: Math.max(1, m) });
  setText(must('clock'), t('review.clock', { time }));
  must('clock').dataset.urgency = urgency(state);
}

/** @param {ReviewState} state */
function renderBanners(state) {
  hide(must('problem'), !state.problem);
  if (state.problem) {
    const { key, params } = problemWords(state.problem);
    setText(must('problem-text'), state.problem.status === 422 && state.problem.text || t(key, params));
  }
  hide(must('outcome'), !state.outcome || Boolean(state.file));
  if (!state.outcome) return;
  const { key, params } = outcomeWords(state.outcome);
  setText(must('outcome-text'), t(key, params));
  must('outcome').classList.toggle('notice-ok', state.outcome.verdict !== 'put-back');
}

/** @param {ReviewState} state */
function renderQueue({ overview, none }) {
  const waiting = overview?.waiting ?? 0;
  const blind = overview?.blind ?? 0;
  setText(must('waiting'), waiting > 0 ? String(waiting) : '');
  setText(must('waiting-words'), waiting > 0 ? t('review.waiting.words', { n: waiting }) : t('review.waiting.none'));
  setOptional('blind-waiting', blind > 0 ? t('review.blind.waiting', { n: blind }) : '');
  setOptional('none', none ? t('review.draw.none') : '');
  setOptional('hours', overview?.hours ? t('review.hours', { hours: weekHours(overview.hours) }) : '');
  const nothing = waiting + blind === 0;
  hide(must('draw'), nothing);
  hide(must('draw-how'), nothing);
  renderOwn(overview?.own ?? null);
  renderStats(overview?.stats ?? {});
}

/** What this reviewer decided: figures, and the last files by reference. @param {import('./state.js').Own | null} own */
function renderOwn(own) {
  hide(must('own'), !own?.decisions);
  if (!own?.decisions) return;
  const figures = [
    ['decisions', String(own.decisions)],
    ['accepted', String(own.accepted)],
    ['refused', String(own.refused)],
    ['asked-again', String(own.askedAgain)],
    ['median', duration(own.median)],
  ];
  refill(must('own-figures'), [language(), figures], () =>
    figures.map(([name, value]) => make('div', {}, make('dt', { text: t(`review.own.${name}`) }), make('dd', { text: value }))),
  );
  setText(must('own-count'), t('review.own.last', { n: own.last.length }));
  refill(must('own-last'), [language(), own.last], () =>
    own.last.map(({ reference, at, verdict, reason, blind, took }) =>
      make(
        'tr',
        { role: 'row' },
        make('th', { role: 'rowheader', scope: 'row' }, make('bdi', { class: 'figures nowrap', text: reference })),
        make('td', {
          role: 'cell',
          'data-label': t('review.decision'),
          text: [
            t(`review.previous.${verdict}`),
            reason && has(`review.reason.${reason}`) ? t(`review.reason.${reason}`) : '',
            blind ? t('review.own.blind') : '',
          ]
            .filter(Boolean)
            .join(' · '),
        }),
        make('td', { role: 'cell', 'data-label': t('review.own.when'), text: nearTime(at, Date.now()) }),
        make('td', { role: 'cell', 'data-label': t('review.own.took'), text: took > 0 ? duration(took) : '–' }),
      ),
    ),
  );
}

/** The numbers of review that the server gives, in the order of the page, and how each is written. */
const stats = /** @type {const} */ ([
  ['median', duration],
  ['blind', String],
  ['rate', share],
  ['hasty', String],
  ['neverDisagrees', String],
]);

/** Who decides how; those who stand out say why. @param {import('./state.js').ReviewerStats[]} people */
function renderReviewers(people) {
  hide(must('reviewers-table'), people.length === 0);
  const columns = ['decisions', 'accepted', 'hasty', 'mark'];
  refill(must('reviewers'), [language(), people], () =>
    people.map((one) =>
      make(
        'tr',
        { role: 'row' },
        make('th', { role: 'rowheader', scope: 'row' }, make('bdi', { text: one.reviewer })),
        ...[
          String(one.decisions),
          String(one.accepted),
          String(one.hasty),
          standsOut(one)
            .map((key) => t(key))
            .join(t('review.comma')) || '–',
        ].map((text, i) => make('td', { role: 'cell', 'data-label': t(`review.reviewers.${columns[i]}`), text })),
      ),
    ),
  );
}

/** @param {import('./state.js').Stats} given */
function renderStats(given) {
  renderReviewers(given.reviewers ?? []);
  // Without a decision so far there is nothing to measure.
  const shown = stats.filter(([name]) => (name === 'rate' ? given.blind ?? 0 : given[name] ?? 0) > 0);
  hide(must('measured'), shown.length === 0);
  refill(must('stats'), [language(), shown.map(([name]) => given[name])], () => shown.map(([name, write]) => make('div', {},
    make('dt', { text: t(`review.stats.${name}`) }), make('dd', { text: write(given[name] ?? 0) }))));
}

/** @param {number} seconds */
function duration(seconds) {
  return seconds < 60 ? t('review.seconds', { s: Math.round(seconds) }) : t('review.minutes', { m: Math.round(seconds / 60) });
}

/** @param {number} of 0..1 */
function share(of) {
  return t('review.zoom.percent', { n: figure(of * 100, language()) });
}

/** @param {ReviewState} state @param {File} file */
function renderNotices(state, file) {
  const short = urgency(state);
  hide(must('short'), !short);
  if (short) setText(must('short-text'), t(`review.clock.${short}`));
  renderRound(file);
  hide(must('dispute'), !file.dispute);
  if (!file.dispute) return;
  const name = fieldName(file.dispute.field);
  setText(must('dispute-field'), t('review.dispute.field', { field: has(`review.field.${name}`) ? t(`review.field.${name}`) : name }));
  setOptional('dispute-words', file.dispute.words ?? '');
}

/** @param {File} file */
function renderRound(file) {
  const round = roundOf(file);
  const contested = file.contest ?? '';
  const key = round === 'first' ? (file.second ? 'review.round.need-two.text' : '')
    : round === 'contest' && !contested ? 'review.round.contest.silent' : `review.round.${round}.text`;
  hide(must('round'), !key);
  if (!key) return;
  must('round').classList.toggle('notice-warn', round === 'contest');
  setText(must('round-title'), t(`review.round.${round === 'first' ? 'second' : round}`));
  setText(must('round-text'), t(key));
  setOptional('round-words', round === 'contest' ? contested : '');
}
