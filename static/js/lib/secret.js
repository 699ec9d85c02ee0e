// @ts-check
// The secrets of links, as they come through mailers, trackers, scanners and keyboards.

/** What a mailer or a keyboard puts into a word without showing it. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]/g;

/**
 * A link without escapes, up to three deep, and without invisible characters.
 * @param {string} link
 */
export function plainLink(link) {
  let text = link;
  for (let turn = 0; turn < 3; turn++) text = text.replace(/(?:%[0-9a-f]{2})+/gi, decoded);
  return text.replace(INVISIBLE, '');
}

/**
 * The secret of a link or fragment; empty when there is none.
 * @param {string} link
 * @param {RegExp} shape its first group is the whole secret
 * @returns {string}
 */
export function secretIn(link, shape) {
  return shape.exec(plainLink(link))?.[1] ?? '';
}

/** @param {string} escaped such as %23 */
function decoded(escaped) {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return ' '; // no letter of a token
  }
}
