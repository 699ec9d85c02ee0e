// @ts-check
// The pictures of the file in hand, as blobs in memory: fetched without the
// browser's cache, freed with the file.

import { ApiError } from '../lib/api.js';

/** @typedef {import('./state.js').Item} Item */
/** @typedef {{urls: string[], ms: number[]}} Shots one for a still; ms: when each was taken, from the first */

export class Pictures {
  constructor() {
    /** @type {Map<string, Promise<Shots>>} */
    this.held = new Map();
    /** @type {string[]} */
    this.urls = [];
    this.stop = new AbortController();
  }

  /**
   * The pictures of an item. Asked for once; one that failed may be asked again.
   * @param {Item} item
   * @returns {Promise<Shots>}
   */
  of(item) {
    const known = this.held.get(item.item);
    if (known) return known;
    const shots = this.load(item);
    this.held.set(item.item, shots);
    shots.catch(() => this.held.delete(item.item));
    return shots;
  }

  /** @param {Item} item @returns {Promise<Shots>} */
  async load(item) {
    const { signal } = this.stop;
    const answer = await fetch(item.url, { cache: 'no-store', credentials: 'same-origin', signal });
    if (!answer.ok) throw new ApiError(answer.status);
    const blobs = item.kind === 'sequence' ? framesOf(await answer.json()) : { blobs: [await answer.blob()], ms: [0] };
    if (signal.aborted) throw new ApiError(0); // the file left these hands meanwhile
    const urls = blobs.blobs.map((blob) => URL.createObjectURL(blob));
    this.urls.push(...urls);
    return { urls, ms: blobs.ms };
  }

  /** Frees everything; what is still on its way is not kept. */
  release() {
    this.stop.abort();
    this.stop = new AbortController();
    for (const url of this.urls) URL.revokeObjectURL(url);
    this.urls = [];
    this.held.clear();
  }
}

/**
 * A sequence as it comes: JPEGs in base64 and the time of each.
 * @param {{frames?: string[], ms?: number[]}} sequence
 */
export function framesOf({ frames = [], ms = [] }) {
  const blobs = frames.map((frame) => new Blob([Uint8Array.from(atob(frame), (letter) => letter.charCodeAt(0))], { type: 'image/jpeg' }));
  const start = ms[0] ?? 0;
  return { blobs, ms: blobs.map((_, i) => (ms[i] ?? start + i * 200) - start) }; // 200 ms: the pace of previews
}
