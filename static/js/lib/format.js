// @ts-check
/** Dates, waits and long numbers as people read them, in the page's language. Pure. */

import { plainDigits } from './digits.js';
import { has, locale, t } from './i18n.js';

/**
 * A day in figures as the page's language writes it, such as 12/02/1963.
 * @param {string} [iso] YYYY-MM-DD
 * @returns {string} what was given where it is no day
 */
export function documentDate(iso = '') {
  if (!/^\d{4}-\d{2}-\d{2}/.test(iso)) return iso;
  const time = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(time.getTime()) || !time.toISOString().startsWith(iso.slice(0, 10))
    ? iso
    : // Without the marks that turn it around: it is compared with what is printed on the document.
      new Intl.DateTimeFormat(locale(), { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'UTC' })
        .format(time)
        .replace(/[\u200e\u200f\u061c]/g, '');
}

/**
 * Reads a day in the past as a person types it: 13.07.1990, 13/7/90, 13 07 1990,
 * 13071990, 13 juillet 1990, or what a browser fills in, 1990-07-13. A telephone's
 * number pad may have a comma alone: 13,07,1990. Days come before months. A year of
 * two digits is the last such year that is over.
 * @param {string} typed
 * @returns {string} YYYY-MM-DD; empty where it is no day of the calendar
 */
export function isoDate(typed) {
  const text = plainDate(typed);
  const [, d, m, y] =
    /^(\d{1,2})[.,/\s\p{Pd}]+(\d{1,2})[.,/\s\p{Pd}]+(\d{4}|\d{2})$/u.exec(text) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(text) ?? [];
  const [, fy, fm, fd] = /^(\d{4})[.,/\s\p{Pd}](\d{1,2})[.,/\s\p{Pd}](\d{1,2})$/u.exec(text) ?? [];
  const [, nd, name = '', ny] = /^(\d{1,2})[a-z.\s-]{0,3}?\s*(\p{L}{3,})[\s.,-]+(?:de\s+)?(\d{4}|\d{2})$/u.exec(text) ?? [];
  const month = m ?? fm ?? (name && monthOf(name));
  return calendarDay(d ?? fd ?? nd, month, y ?? fy ?? ny);
}

/** Digits as on documents, small letters without accents, single spaces, no invisible marks. @param {string} typed */
function plainDate(typed) {
  return plainDigits(typed.normalize('NFKD'))
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * The number of a month by its name or the beginning of it, in the page's language; empty where it may be none or
 *   several.
 * @param {string} name plain
 */
function monthOf(name) {
  const plain = (/** @type {string} */ text) => plainDate(text).replace(/[^\p{L}]/gu, '');
  const found = Array.from({ length: 12 }, (_, i) => i + 1).filter((n) => {
    const date = new Date(Date.UTC(2000, n - 1, 12));
    return [locale(), 'und'].some((tag) => {
      const parts = new Intl.DateTimeFormat(tag, { day: 'numeric', month: 'long', timeZone: 'UTC' }).formatToParts(date);
      return plain(parts.find(({ type }) => type === 'month')?.value ?? '').startsWith(plain(name));
    });
  });
  return found.length === 1 ? String(found[0]) : '';
}

/** @param {string | undefined} day @param {string | undefined} month @param {string | undefined} year of two or four digits */
function calendarDay(day, month, year) {
  if (!day || !month || !year) return '';
  const now = new Date().getUTCFullYear();
  const whole = year.length === 4 ? Number(year) : Math.floor(now / 100) * 100 + Number(year) - (Number(year) > now % 100 ? 100 : 0);
  const iso = `${whole}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
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

/** The name of a language in the page's own, such as « anglais ». @param {string} tag BCP 47 @returns {string} */
export function languageName(tag) {
  return new Intl.DisplayNames([locale()], { type: 'language' }).of(tag) ?? tag;
}

/** The browser's time zone, such as "Europe/Paris"; empty where it tells none. */
export function timeZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
}

/** @param {string | undefined} time RFC 3339 @param {Intl.DateTimeFormatOptions} options @param {string} [zone] */
function format(time, options, zone) {
  const date = new Date(time ?? '');
  if (Number.isNaN(date.getTime())) return '';
  return held(new Intl.DateTimeFormat(locale(), { ...options, timeZone: zone }).formatToParts(date));
}

/** A day of the month holds to its month: no line ends between them. The first is « 1er » before a month's name. @param {Intl.DateTimeFormatPart[]} parts */
function held(parts) {
  const named = parts.some(({ type, value }) => type === 'month' && /\p{L}/u.test(value));
  return parts.map(({ type, value }, i) => {
    if (type === 'day' && value === '1' && named && has('shell.first')) return t('shell.first');
    const between = type === 'literal' && value === ' ' && [parts[i - 1]?.type, parts[i + 1]?.type].sort().join() === 'day,month';
    return between ? '\u202f' : value;
  }).join('');
}

/** Such as « 25 novembre 2025 ». @param {string | undefined} time RFC 3339 @param {string} [zone] for tests */
export function day(time, zone) {
  return format(time, { day: 'numeric', month: 'long', year: 'numeric' }, zone);
}

/** Such as « mardi 25 novembre ». @param {string | undefined} time RFC 3339 @param {string} [zone] */
export function dayName(time, zone) {
  return format(time, { weekday: 'long', day: 'numeric', month: 'long' }, zone);
}

/** Whether the reader's clock shows a time as another zone's does. @param {string} time RFC 3339 @param {string} zone */
export function sameClock(time, zone) {
  return dayAndClock(time) === dayAndClock(time, zone);
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
  return t(`shell.on-day.${form}`, { day: dayName(time, zone), ...at });
}

/**
 * The hours of a week.
 * @typedef {object} Week
 * @property {number} first day of the week, 0 is Sunday
 * @property {number} last
 * @property {string} opens 09:00
 * @property {string} closes
 * @property {string} zone Europe/Paris
 */

/** Such as « lundi – vendredi, 09:00 – 18:00 (Paris) ». @param {Week} week */
export function weekHours({ first, last, opens, closes, zone }) {
  const name = (/** @type {number} */ weekday) => format(new Date(Date.UTC(2023, 0, 1 + weekday)).toISOString(), { weekday: 'long' }, 'UTC'); // 1 January was a Sunday
  const time = (/** @type {string} */ text) => clock(`2023-01-01T${text}Z`, 'UTC');
  const range = (/** @type {string[]} */ ...ends) => [...new Set(ends)].join(' – ');
  return `${range(name(first), name(last))}, ${range(time(opens), time(closes))} (${place(zone)})`;
}

/** The place that a time zone is named after. @param {string} zone Europe/Paris */
export function place(zone) {
  return zone.slice(zone.lastIndexOf('/') + 1).replaceAll('_', ' ');
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

/** Sentences one after the other, as they are read aloud: a heading ends without a full stop, and would run into the next. @param {string[]} all */
export function sentenced(all) {
  return all.map((one, i) => (i < all.length - 1 && !/[.!?…:؟۔]$/.test(one) ? `${one}.` : one)).join(' ');
}
