// @ts-check
// Written by eval attack; do not edit. What signals make of the bench of attacks, out of fold: docs/presence.md.

/** @typedef {{k: number, n: number, least: number, most: number}} Share k of n, Wilson's 95 % interval in percent */

/** @type {Readonly<Record<string, {noticed: Share, marked: Share}>>} */
export const rates = Object.freeze({
  'virtual-camera': { noticed: { k: 93, n: 100, least: 86, most: 97 }, marked: { k: 0, n: 2010, least: 0, most: 0 } },
  'camera-size': { noticed: { k: 100, n: 100, least: 96, most: 100 }, marked: { k: 0, n: 2010, least: 0, most: 0 } },
  'camera-facts': { noticed: { k: 200, n: 200, least: 98, most: 100 }, marked: { k: 0, n: 2010, least: 0, most: 0 } },
  'frame-times': { noticed: { k: 82, n: 100, least: 73, most: 88 }, marked: { k: 0, n: 1608, least: 0, most: 0 } },
  'repeated-frames': { noticed: { k: 73, n: 100, least: 64, most: 81 }, marked: { k: 0, n: 2010, least: 0, most: 0 } },
  'exposure-settles': { noticed: { k: 86, n: 200, least: 36, most: 50 }, marked: { k: 9, n: 2010, least: 0, most: 1 } },
  'camera-opens': { noticed: { k: 127, n: 200, least: 57, most: 70 }, marked: { k: 0, n: 2010, least: 0, most: 0 } },
  'camera-resizes': { noticed: { k: 44, n: 200, least: 17, most: 28 }, marked: { k: 6, n: 487, least: 1, most: 3 } },
  'torch-not-seen': { noticed: { k: 32, n: 200, least: 12, most: 22 }, marked: { k: 6, n: 567, least: 0, most: 2 } },
  'still-differs': { noticed: { k: 15, n: 16, least: 72, most: 99 }, marked: { k: 1, n: 96, least: 0, most: 6 } },
  'screen-trace': { noticed: { k: 52, n: 90, least: 47, most: 67 }, marked: { k: 0, n: 236, least: 0, most: 2 } },
  'screen-dots': { noticed: { k: 88, n: 90, least: 92, most: 99 }, marked: { k: 1, n: 236, least: 0, most: 2 } },
  'print-dots': { noticed: { k: 23, n: 24, least: 80, most: 99 }, marked: { k: 0, n: 96, least: 0, most: 4 } },
  'copy': { noticed: { k: 30, n: 64, least: 35, most: 59 }, marked: { k: 1, n: 96, least: 0, most: 6 } },
  'gesture-skipped': { noticed: { k: 64, n: 76, least: 74, most: 91 }, marked: { k: 0, n: 140, least: 0, most: 3 } },
  'flat': { noticed: { k: 17, n: 76, least: 14, most: 33 }, marked: { k: 0, n: 140, least: 0, most: 3 } },
  'light-not-seen': { noticed: { k: 32, n: 36, least: 75, most: 96 }, marked: { k: 0, n: 58, least: 0, most: 6 } },
  'swapped': { noticed: { k: 16, n: 16, least: 81, most: 100 }, marked: { k: 0, n: 140, least: 0, most: 3 } },
});

/** How often a note is true. @type {Readonly<Record<string, {attacks: Share, honest: Share}>>} */
export const noted = Object.freeze({
  'light-not-measured': { attacks: { k: 4, n: 36, least: 4, most: 25 }, honest: { k: 2, n: 60, least: 1, most: 11 } },
});
