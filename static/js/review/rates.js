// @ts-check
// Written by eval attack; do not edit. What signals make of the bench of attacks, out of fold: docs/presence.md.

/** @typedef {{k: number, n: number, least: number, most: number}} Share k of n, Wilson's 95 % interval in percent */

/** @type {Readonly<Record<string, {noticed: Share, marked: Share}>>} */
export const rates = Object.freeze({
  'virtual-camera': { noticed: { k: 93, n: 100, least: 86, most: 97 }, marked: { k: 0, n: 200, least: 0, most: 2 } },
  'camera-size': { noticed: { k: 100, n: 100, least: 96, most: 100 }, marked: { k: 0, n: 200, least: 0, most: 2 } },
  'camera-facts': { noticed: { k: 172, n: 200, least: 81, most: 90 }, marked: { k: 0, n: 200, least: 0, most: 2 } },
  'frame-times': { noticed: { k: 82, n: 100, least: 73, most: 88 }, marked: { k: 0, n: 160, least: 0, most: 2 } },
  'repeated-frames': { noticed: { k: 73, n: 100, least: 64, most: 81 }, marked: { k: 0, n: 200, least: 0, most: 2 } },
  'still-differs': { noticed: { k: 13, n: 16, least: 57, most: 93 }, marked: { k: 2, n: 96, least: 1, most: 7 } },
  'screen-trace': { noticed: { k: 33, n: 85, least: 29, most: 49 }, marked: { k: 0, n: 176, least: 0, most: 2 } },
  'screen-dots': { noticed: { k: 78, n: 85, least: 84, most: 96 }, marked: { k: 0, n: 176, least: 0, most: 2 } },
  'copy': { noticed: { k: 28, n: 64, least: 32, most: 56 }, marked: { k: 0, n: 96, least: 0, most: 4 } },
  'gesture-skipped': { noticed: { k: 59, n: 64, least: 83, most: 97 }, marked: { k: 0, n: 80, least: 0, most: 5 } },
  'flat': { noticed: { k: 15, n: 64, least: 15, most: 35 }, marked: { k: 0, n: 80, least: 0, most: 5 } },
  'swapped': { noticed: { k: 16, n: 16, least: 81, most: 100 }, marked: { k: 0, n: 80, least: 0, most: 5 } },
});
