// @ts-check
// How a camera behaves: what the browser says of it, and how its frames come. The server
// makes doubts for a reviewer of what does not fit a phone's camera.

/** Frames that are looked at, and for how long at most, in ms: some cameras are slow in the dark. */
const FRAMES = 60;
const LIMIT = 5_000;
/** Frames of which their times and repetition tell the server anything. */
export const LEAST = 20;
/** Within the server's bounds: characters of a label, which has 200 bytes there, and names of what is able. */
const LABEL = 60;
const ABLE = 64;
/** Four squares of this many pixels a side are compared, unscaled: scaling takes the sensor's noise away. */
const SQUARE = 32;
/** Pixels of the whole picture of which its brightness is the mean. */
const WIDE = 16;
const HIGH = 12;
/** A picture with fewer grey levels between its darkest and its lightest is black or burnt out: noise cannot show. */
const LEVELS = 16;

/**
 * @typedef {object} Report
 * @property {string} facing
 * @property {string} label
 * @property {string} [reportedFacing]
 * @property {number} [reportedWidth]
 * @property {number} [reportedHeight]
 * @property {number} [reportedRate]
 * @property {number} width
 * @property {number} height
 * @property {number} [maxWidth]
 * @property {number} [maxHeight]
 * @property {string[]} able
 * @property {number[]} [times]
 * @property {number} [frames]
 * @property {number} [distinct]
 * @property {number[]} [luma]
 * @property {number} [openedIn]
 * @property {import('./camera-resize.js').Resize} [resize]
 * @property {import('./camera-torch.js').Torch} [torch]
 */

/**
 * What the browser says of a camera.
 * @param {string} facing that was asked for
 * @param {MediaStreamTrack} track
 * @param {{width: number, height: number}} size of the video
 * @returns {Report}
 */
export function facts(facing, track, size) {
  const settings = track.getSettings?.() ?? {};
  const able = /** @type {Record<string, any>} */ (track.getCapabilities?.() ?? {});
  return {
    facing, label: track.label.slice(0, LABEL), ...size,
    ...(settings.facingMode && { reportedFacing: settings.facingMode }),
    ...whole('reportedWidth', settings.width), ...whole('reportedHeight', settings.height),
    ...(settings.frameRate && { reportedRate: settings.frameRate }),
    ...whole('maxWidth', able.width?.max), ...whole('maxHeight', able.height?.max),
    able: Object.keys(able).filter((name) => able[name] !== false).sort().slice(0, ABLE),
  };
}

/** @param {string} name @param {number | undefined} value */
function whole(name, value) {
  return value ? { [name]: Math.round(value) } : {};
}

/** @typedef {{times?: number[], frames?: number, distinct?: number, luma?: number[]}} Seen */

/**
 * Looks at how the frames of a video come, until 60 came, 5 s passed or the caller ends it.
 * Times are the camera's: when a frame was captured, not when it was shown. Nothing is seen
 * where the browser does not tell of frames.
 */
export class FrameWatch {
  #video;
  #look = new Look();
  /** @type {number[]} */ #times = [];
  #count = 0;
  /** @type {any} */ #timer;
  #over = false;
  /** @type {(seen: Seen) => void} */ #resolve = () => {};
  /** What was seen, once the look is over. @type {Promise<Seen>} */ seen;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
    this.seen = new Promise((resolve) => { this.#resolve = resolve; });
    if (!video.requestVideoFrameCallback) {
      this.end();
      return;
    }
    this.#timer = setTimeout(() => this.end(), LIMIT);
    this.#wait();
  }

  get over() {
    return this.#over;
  }

  /** Ends the look if it saw so many frames. @param {number} [least] */
  end(least = 0) {
    if (this.#count < least) return;
    this.#over = true;
    clearTimeout(this.#timer);
    const [first] = this.#times;
    const times = this.#times.map((time) => Math.round((time - first) * 1000) / 1000);
    this.#resolve({ ...(times.length > 0 && { times }), ...this.#look.count() });
  }

  #wait() {
    this.#video.requestVideoFrameCallback((now, frame) => {
      if (this.#over) return;
      if (frame.captureTime !== undefined) this.#times.push(frame.captureTime);
      this.#look.at(this.#video);
      if (++this.#count < FRAMES) this.#wait();
      else this.end();
    });
  }
}

/** Counts the different pictures of a video, and notes how bright they are. */
class Look {
  #context;
  #frames = 0;
  /** @type {number[]} */ #luma = [];
  /** @type {Set<string>} */ #pictures = new Set();

  constructor() {
    const canvas = document.createElement('canvas');
    canvas.width = 4 * SQUARE;
    canvas.height = SQUARE + HIGH;
    this.#context = canvas.getContext('2d', { willReadFrequently: true });
  }

  /** @param {HTMLVideoElement} video */
  at(video) {
    const { videoWidth: w, videoHeight: h } = video;
    if (!this.#context || !w || !h) return;
    for (let i = 0; i < 4; i++) {
      const x = Math.round(w * (i % 2 ? 0.7 : 0.3)) - SQUARE / 2;
      const y = Math.round(h * (i < 2 ? 0.35 : 0.65)) - SQUARE / 2;
      this.#context.drawImage(video, x, y, SQUARE, SQUARE, i * SQUARE, 0, SQUARE, SQUARE);
    }
    this.#context.drawImage(video, 0, SQUARE, WIDE, HIGH);
    this.#luma.push(brightness(this.#context.getImageData(0, SQUARE, WIDE, HIGH).data));
    const print = printOf(this.#context.getImageData(0, 0, 4 * SQUARE, SQUARE).data);
    if (!print) return;
    this.#frames++;
    this.#pictures.add(print);
  }

  count() {
    return {
      ...(this.#luma.length > 0 && { luma: this.#luma }),
      ...(this.#frames > 0 && { frames: this.#frames, distinct: this.#pictures.size }),
    };
  }
}

/** The mean green level of a picture, 0 to 255, to a tenth. @param {Uint8ClampedArray} data four bytes a pixel */
export function brightness(data) {
  let sum = 0;
  for (let i = 1; i < data.length; i += 4) sum += data[i];
  return Math.round((40 * sum) / data.length) / 10;
}

/**
 * A short name of a picture: equal pictures have equal ones. Empty for one in which noise cannot show.
 * @param {Uint8ClampedArray} data four bytes a pixel
 * @returns {string}
 */
export function printOf(data) {
  let [least, most, a, b] = [255, 0, 0x811c9dc5, 0x01234567];
  for (let i = 0; i < data.length; i += 4) {
    const green = data[i + 1];
    least = Math.min(least, green);
    most = Math.max(most, green);
    a = Math.imul(a ^ green, 0x01000193);
    b = Math.imul(b ^ (data[i] + 256 * data[i + 2]), 0x85ebca6b) ^ (b >>> 13);
  }
  return most - least < LEVELS ? '' : `${a}/${b}`;
}
