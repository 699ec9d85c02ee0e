// @ts-check
// How a camera behaves: what the browser says of it, and how its frames come. The server
// makes doubts for a reviewer of what does not fit a phone's camera.

/** Frames that are looked at, and for how long at most, in ms: some cameras are slow in the dark. */
const FRAMES = 60;
const LIMIT = 5_000;
/** Within the server's bounds: characters of a label, which has 200 bytes there, and names of what is able. */
const LABEL = 60;
const ABLE = 64;
/** Four squares of this many pixels a side are compared, unscaled: scaling takes the sensor's noise away. */
const SQUARE = 32;
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

/**
 * How the frames of a video come. Times are the camera's: when a frame was captured, not
 * when it was shown. Nothing where the browser does not tell of frames.
 * @param {HTMLVideoElement} video
 * @returns {Promise<{times?: number[], frames?: number, distinct?: number}>}
 */
export function watchFrames(video) {
  return new Promise((resolve) => {
    if (!video.requestVideoFrameCallback) return resolve({});
    const look = new Look();
    /** @type {number[]} */ const times = [];
    let seen = 0;
    let timer = setTimeout(end, LIMIT);
    function end() {
      clearTimeout(timer);
      resolve({ ...(times.length > 0 && { times }), ...look.count() });
    }
    /** @param {number} now @param {VideoFrameCallbackMetadata} frame */
    function next(now, frame) {
      if (frame.captureTime !== undefined) times.push(frame.captureTime);
      look.at(video);
      if (++seen < FRAMES) video.requestVideoFrameCallback(next);
      else end();
    }
    video.requestVideoFrameCallback(next);
  }).then(fromFirst);
}

/** Times from the first, to a thousandth. @param {any} seen */
function fromFirst(seen) {
  const { times } = seen;
  return times ? { ...seen, times: times.map((/** @type {number} */ t) => Math.round((t - times[0]) * 1000) / 1000) } : seen;
}

/** Counts the different pictures of a video. */
class Look {
  #context;
  #frames = 0;
  /** @type {Set<string>} */ #pictures = new Set();

  constructor() {
    const canvas = document.createElement('canvas');
    canvas.width = 4 * SQUARE;
    canvas.height = SQUARE;
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
    const print = printOf(this.#context.getImageData(0, 0, 4 * SQUARE, SQUARE).data);
    if (!print) return;
    this.#frames++;
    this.#pictures.add(print);
  }

  count() {
    return this.#frames > 0 ? { frames: this.#frames, distinct: this.#pictures.size } : {};
  }
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
