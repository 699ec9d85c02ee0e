// @ts-check
// Which letters of a field differ between its sources. Pure.
//
// Letters are compared as a machine readable zone writes them: capitals without
// accents, hyphens, apostrophes and commas as spaces. So Maéva and MAEVA do not differ,
// and Specinem and SPECIMEN differ in two letters each.

/** @typedef {{text: string, differs: boolean}} Part */

/** Letters that the zone writes with two. @type {Record<string, string>} */
const two = { Œ: 'OE', Æ: 'AE', ẞ: 'SS', ß: 'SS', Þ: 'TH', Ĳ: 'IJ' };
/** Letters that lose more than an accent. @type {Record<string, string>} */
const one = { Ł: 'L', Đ: 'D', Ð: 'D', Ø: 'O', Ħ: 'H', ı: 'I', Ŧ: 'T' };

/**
 * A letter as the zone writes it; '' for a mark of its own.
 * @param {string} letter
 * @returns {string}
 */
export function fold(letter) {
  const high = letter.toUpperCase();
  if (two[letter] ?? two[high]) return two[letter] ?? two[high];
  if (one[letter] ?? one[high]) return one[letter] ?? one[high];
  if (/[-'’<,\s]/.test(letter)) return ' ';
  return high.normalize('NFD').replace(/\p{M}/gu, '');
}

/** Whether two values are written alike. @param {string} a @param {string} b */
export function alike(a, b) {
  const plain = (/** @type {string} */ s) => [...s.normalize('NFC')].map(fold).join('').replace(/ +/g, ' ').trim();
  return plain(a) === plain(b);
}

/**
 * Each value cut into parts that agree with all others and parts that do not. A
 * value that is empty takes no part in the comparison.
 * @param {string[]} values
 * @returns {Part[][]} one list a value
 */
export function compare(values) {
  const letters = values.map((value) => [...value.normalize('NFC')]);
  return letters.map((mine, index) => {
    const odd = mine.map(() => false);
    letters.forEach((other, at) => {
      if (at === index || other.length === 0 || alike(values[index], values[at])) return;
      unmatched(mine, other).forEach((differs, i) => { odd[i] ||= differs; });
    });
    return parts(mine, odd);
  });
}

/** @param {string[]} letters @param {boolean[]} odd @returns {Part[]} */
function parts(letters, odd) {
  /** @type {Part[]} */
  const out = [];
  letters.forEach((letter, i) => {
    const last = out[out.length - 1];
    if (last && last.differs === odd[i]) last.text += letter;
    else out.push({ text: letter, differs: odd[i] });
  });
  return out;
}

/**
 * Which letters of a have no counterpart in b. Numbers and dates of one length
 * are compared place by place, all else by the longest common sequence.
 * @param {string[]} a
 * @param {string[]} b
 * @returns {boolean[]}
 */
function unmatched(a, b) {
  const left = a.map(fold);
  const right = b.map(fold);
  if (a.length === b.length && /\d/.test(a.join(''))) return left.map((letter, i) => letter !== right[i]);
  // Letters that fold to two are matched when both find a place.
  const from = left.flatMap((folded, index) => [...folded].map((letter) => ({ letter, index })));
  const to = right.join('');
  const found = common(from.map(({ letter }) => letter), [...to]);
  const odd = a.map(() => false);
  from.forEach(({ letter, index }, i) => { if (!found[i] && letter !== ' ') odd[index] = true; });
  return odd;
}

/** Which of a are in the longest sequence that a and b share. @param {string[]} a @param {string[]} b @returns {boolean[]} */
function common(a, b) {
  const length = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i][j] = a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const found = a.map(() => false);
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      found[i] = true;
      i++;
      j++;
    } else if (length[i + 1][j] >= length[i][j + 1]) i++;
    else j++;
  }
  return found;
}
