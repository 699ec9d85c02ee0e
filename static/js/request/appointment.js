// @ts-check
// The appointment of a check in person: what was booked, or the slots to choose from.

import { hide, must, setText } from '../lib/dom.js';
import { clock, dayName, place, sameClock } from '../lib/format.js';
import { language, t } from '../lib/i18n.js';
import { setOptional } from '../lib/page.js';
import { may } from '../wire/enrolment.js';

/** @typedef {import('./state.js').RequestState} RequestState */
/** @typedef {import('../wire/enrolment.js').View} View */
/** @typedef {import('../wire/enrolment.js').Slots} Slots */

/**
 * The slots by their days, by the clock where the desk is.
 * @param {Slots} slots
 * @returns {Array<{day: string, times: string[]}>} day: its first time, RFC 3339
 */
export function slotDays({ slots, zone }) {
  /** @type {Array<{day: string, times: string[]}>} */
  const out = [];
  for (const { at } of slots) {
    const last = out[out.length - 1];
    if (last && dayName(last.day, zone) === dayName(at, zone)) last.times.push(at);
    else out.push({ day: at, times: [at] });
  }
  return out;
}

/** Whether the page has slots to offer: none is booked, or another is looked for. @param {View} view @param {string} part */
export function choosing(view, part) {
  return may(view, 'book-appointment') && (!view.appointment || part === 'appointment');
}

const select = (/** @type {string} */ id) => /** @type {HTMLSelectElement} */ (must(id));

/**
 * Fills a list of choices where it is another one; what was chosen stays where it can.
 * @param {HTMLSelectElement} list
 * @param {Array<[value: string, words: string]>} choices
 */
function fill(list, choices) {
  const key = JSON.stringify([language(), choices]);
  if (list.dataset.filled === key) return;
  list.dataset.filled = key;
  const chosen = list.value;
  list.replaceChildren(...choices.map(([value, words]) => new Option(words, value)));
  if (choices.some(([value]) => value === chosen)) list.value = chosen;
}

/** Says whose clock it is, where it is not the reader's. @param {string} at @param {string} zone */
function whoseClock(at, zone) {
  return at && !sameClock(at, zone) ? t('request.appointment.clock', { zone: place(zone) }) : '';
}

/** @param {View} view @param {RequestState} state */
export function renderAppointment(view, { slots, part }) {
  const { appointment } = view;
  const open = choosing(view, part);
  hide(must('appointment'), !appointment && !open);
  hide(must('appointment-booked'), !appointment || open);
  if (appointment) {
    const { at, zone } = appointment;
    setText(must('appointment-when'), t('shell.at', { day: dayName(at, zone), time: clock(at, zone) }));
    setOptional('appointment-clock', whoseClock(at, zone));
    hide(must('appointment-change'), !may(view, 'book-appointment'));
  }
  hide(must('form-appointment'), !open || !slots?.slots.length);
  hide(must('appointment-none'), !open || !slots || slots.slots.length > 0);
  hide(must('appointment-keep'), !appointment);
  if (!open || !slots) return;
  const days = slotDays(slots);
  fill(select('slot-day'), days.map(({ day }) => [day, dayName(day, slots.zone)]));
  renderTimes(slots);
  setOptional('slots-clock', whoseClock(days[0]?.day ?? '', slots.zone));
}

/** The times of the day that is chosen. @param {Slots} slots */
export function renderTimes(slots) {
  const chosen = select('slot-day').value;
  const times = slotDays(slots).find(({ day }) => day === chosen)?.times ?? [];
  fill(select('at'), times.map((at) => [at, clock(at, slots.zone)]));
}
