// @ts-check
// How large and how often previews go: large enough to be judged, small enough
// for the line. Pure: each answer gives the next settings.

/** Bytes of a preview on a slow line and on a fast one. */
const SLOW_BYTES = 20_000;
const FAST_BYTES = 60_000;
/** A whole capture stays within 12 MB: after half of it previews get lighter and rarer. */
const SAVE_AFTER = 6_000_000;
/** A round trip over this makes the line a slow one, in milliseconds. */
const SLOW_TRIP = 700;
const FAST_TRIP = 350;
const LOWEST = 0.35;
const HIGHEST = 0.8;

const FIRST_SIDE = 640;
const LARGEST_SIDE = 1280;
/** Without an answer by then the next preview goes. */
export const ANSWER_LIMIT = 2_000;

/**
 * @typedef {object} Pace
 * @property {number} side long side wished by the server, pixels
 * @property {number} quality of the JPEG, 0 to 1
 * @property {boolean} slow
 * @property {number} spent bytes of previews so far
 */

/** @returns {Pace} */
export function firstPace() {
  return { side: FIRST_SIDE, quality: 0.7, slow: false, spent: 0 };
}

/**
 * After an answer, or none.
 * @param {Pace} pace
 * @param {{bytes: number, trip: number, previewSide?: number}} seen trip in
 *   milliseconds from sending to the answer
 * @returns {Pace}
 */
export function nextPace(pace, seen) {
  const slow = seen.trip > SLOW_TRIP || (pace.slow && seen.trip > FAST_TRIP);
  const spent = pace.spent + seen.bytes;
  const budget = slow || spent > SAVE_AFTER ? SLOW_BYTES : FAST_BYTES;
  let quality = pace.quality;
  if (seen.bytes > budget) quality -= seen.bytes > budget * 1.5 ? 0.15 : 0.05;
  else if (seen.bytes < budget * 0.75) quality += 0.05;
  quality = Math.min(HIGHEST, Math.max(LOWEST, quality));
  const wished = Math.min(LARGEST_SIDE, Math.max(320, seen.previewSide ?? pace.side));
  return { side: wished, quality: Math.round(quality * 100) / 100, slow, spent };
}

/**
 * Least time between two previews, in milliseconds: about six a second. More cost
 * battery and bring nothing.
 * @param {Pace} pace
 * @returns {number}
 */
export function gapOf(pace) {
  return pace.spent > SAVE_AFTER ? 400 : 150;
}

/**
 * The long side to send now. When the lowest quality is still too heavy for a
 * slow line, pixels have to go.
 * @param {Pace} pace
 * @returns {number}
 */
export function sideOf(pace) {
  const limit = pace.slow && pace.quality <= LOWEST ? 512 : LARGEST_SIDE;
  return Math.min(pace.side, limit);
}
