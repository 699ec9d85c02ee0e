// @ts-check
// From a hint code to the key of its words. A code has general words
// (`hint.CODE`) and, where the gesture differs, words for one step or document:
// `hint.CODE.selfie`, `hint.CODE.passport`, `hint.move.left`.

/**
 * The most fitting key that has words; `hint.other` for a code this page does
 * not know.
 * @param {string} code
 * @param {{step?: string, document?: string, toward?: string}} about
 * @param {(key: string) => boolean} has
 * @returns {string}
 */
export function hintKey(code, about, has) {
  const subject = about.step === 'selfie' ? 'selfie' : about.document;
  const candidates = [
    about.toward && subject ? `hint.${code}.${about.toward}.${subject}` : '',
    about.toward ? `hint.${code}.${about.toward}` : '',
    about.step ? `hint.${code}.${about.step}` : '',
    subject ? `hint.${code}.${subject}` : '',
    `hint.${code}`,
  ];
  return candidates.find((key) => key && has(key)) ?? 'hint.other';
}

/** Hints that say what is wrong, not where to move: they stay a little longer. */
const ERRORS = new Set([
  'several-faces',
  'wrong-document',
  'other-side',
  'too-dark',
  'too-bright',
  'glare',
  'covered',
  'screen',
  'copy',
  'not-readable',
  'shown-again',
]);

/** How long a hint stays at least, in milliseconds. @param {string} code @returns {number} */
export function shownFor(code) {
  return ERRORS.has(code) ? 1500 : 1000;
}

/**
 * How near a preview is to a capture, 0 to 1: the share of checks that pass,
 * then the good ones in a row.
 * @param {{good?: boolean, streak?: number, checks?: {ok: boolean}[]} | null} result
 * @returns {number}
 */
export function closeness(result) {
  if (!result) return 0;
  if (result.good) return 0.7 + 0.1 * Math.min(3, result.streak ?? 1);
  const checks = result.checks ?? [];
  if (checks.length === 0) return 0;
  return 0.65 * (checks.filter((check) => check.ok).length / checks.length);
}
