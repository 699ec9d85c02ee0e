// @ts-check
/** Dates, waits and long numbers as people read them, in the page's language. Pure. */

import { locale, t } from './i18n.js';

/** A day as documents print it. @param {string} [iso] YYYY-MM-DD @returns {string} DD.MM.YYYY; what was given where it is no day */
export function documentDate(iso = '') {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso);
  return parts ? `${parts[3]}.${parts[2]}.${parts[1]}` : iso;
}

/**
 * Reads a day as a person types it: 13.07.1990, 13/7/1990, 13 07 1990 or what a
 * browser fills in, 1990-07-13.
 * @param {string} typed
 * @returns {string} YYYY-MM-DD; empty where it is no day of the calendar
 */
export function isoDate(typed) {
  const text = typed.trim();
  const filled = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  const written = /^(\d{1,2})[./\s-](\d{1,2})[./\s-](\d{4})$/.exec(text);
  const [year, month, day] = filled ? filled.slice(1) : written ? written.slice(1).reverse() : [];
  if (!year || !month || !day) return '';
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? iso : '';
}

/**
 * A telephone number as it is read aloud: French ones in pairs, others as they are.
 * @param {string} [e164] +33639980012
 * @returns {string} +33 6 39 98 00 12
 */
export function telephone(e164 = '') {
  const french = /^\+33([1-9])(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(e164);
  return french ? ['+33', ...french.slice(1)].join('\u00a0') : e164;
}

/** @param {string | undefined} time RFC 3339 @param {Intl.DateTimeFormatOptions} options @param {string} [zone] */
function format(time, options, zone) {
  const date = new Date(time ?? '');
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(locale(), { ...options, timeZone: zone }).format(date);
}

/** Such as « 25 novembre 2025 ». @param {string | undefined} time RFC 3339 @param {string} [zone] for tests */
export function day(time, zone) {
  return format(time, { day: 'numeric', month: 'long', year: 'numeric' }, zone);
}

/** Such as « 14:05 ». @param {string | undefined} time RFC 3339 @param {string} [zone] */
export function clock(time, zone) {
  return format(time, { hour: '2-digit', minute: '2-digit' }, zone);
}

/** Such as « 25 novembre 2025 à 14:05 ». @param {string | undefined} time RFC 3339 @param {string} [zone] */
export function dayAndClock(time, zone) {
  return day(time, zone) && t('shell.at', { day: day(time, zone), time: clock(time, zone) });
}

/**
 * A time near now, by the day's name where it has one: « demain à 09:30 », or
 * « demain avant 09:30 ».
 * @param {string} time RFC 3339
 * @param {number} now milliseconds since 1970
 * @param {{zone?: string, before?: boolean}} [options]
 */
export function nearTime(time, now, { zone, before = false } = {}) {
  const at = { time: clock(time, zone) };
  const form = before ? 'before' : 'at';
  const wanted = day(time, zone);
  if (wanted === day(new Date(now).toISOString(), zone)) return t(`shell.today.${form}`, at);
  if (wanted === day(new Date(now + 86_400_000).toISOString(), zone)) return t(`shell.tomorrow.${form}`, at);
  return t(`shell.on-day.${form}`, { day: format(time, { weekday: 'long', day: 'numeric', month: 'long' }, zone), ...at });
}

/** The next quarter of an hour: a forecast that does not pretend to know the minute. @param {number} time milliseconds */
export function quarter(time) {
  const size = 15 * 60_000;
  return new Date(Math.ceil(time / size) * size).toISOString();
}

/**
 * How long something takes, as a range that does not pretend to be exact.
 * @param {number} from seconds
 * @param {number} to seconds
 */
export function range(from, to) {
  const unit = to > 5400 ? 'hours' : 'minutes';
  const size = unit === 'hours' ? 3600 : 60;
  const low = Math.max(1, Math.floor(from / size));
  const high = Math.max(low, Math.ceil(to / size));
  if (high === low) return t(`shell.about.${unit}`, { n: high });
  return t(`shell.range.${unit}`, { from: low, to: high });
}

/** Hex in groups of four, for reading aloud and comparing. @param {string} [hex] */
export function grouped(hex = '') {
  return (hex.replace(/[^0-9a-f]/gi, '').toUpperCase().match(/.{1,4}/g) ?? []).join(' ');
}

/** The letters in a round badge. @param {string} name */
export function initials(name) {
  const words = name.trim().split(/[\s-]+/).filter(Boolean);
  const first = [...(words[0] ?? '')][0] ?? '';
  const last = words.length > 1 ? [...words[words.length - 1]][0] : '';
  return (first + last).toLocaleUpperCase();
}
