// @ts-check
// A camera that claims a torch is asked to show it: one short pulse while nothing is looked at, and how far the
// picture followed. A torch that the person has lit goes out for that moment instead.

/** The picture is looked at in so many parts, rows from the top, so that a light near the lens is told from a gain. */
const ACROSS = 4;
const DOWN = 3;
/** Pixels a side of a part. */
const PART = 4;
/** The pulse lasts so long at most, in ms: a camera's request and its LED need up to half of that. */
const PULSE = 500;
/** So long the picture has to come back, in ms: a LED goes out as slowly as it comes. */
const BACK = 500;
/** A frame before it comes within this time, in ms, or nothing is asked. */
const FRAME = 200;
/** A picture that changed by this share has shown its torch: the pulse ends. */
const CLEAR = 0.25;
/** An exposure shorter than this, in units of 100 µs as browsers count, is one of a scene too bright for a torch. */
const BRIGHT = 40;

/**
 * @typedef {object} Torch mean green levels of the parts, 0 to 255
 * @property {boolean} [off] the person had lit it: it went out for a moment
 * @property {boolean} [refused] the browser knows of no torch, whatever is claimed
 * @property {number[]} [before]
 * @property {number[]} [during] of the frame of the pulse that differs most
 * @property {number[]} [after] of the frame after it that differs most from that
 * @property {number} [took] from asking to the first frame with half of the change, in ms
 */

/**
 * Whether a camera is to be asked: it claims a torch, does not look at the person, and its exposure, where the
 * browser tells it, is not that of a bright scene.
 * @param {MediaStreamTrack} track
 */
export function mayAsk(track) {
  const able = /** @type {any} */ (track.getCapabilities?.() ?? {});
  const { facingMode, exposureTime } = /** @type {any} */ (track.getSettings?.() ?? {});
  return Boolean(able.torch) && facingMode !== 'user' && !(exposureTime > 0 && exposureTime < BRIGHT);
}

/**
 * Asks for the pulse and leaves the torch as the person wants it. Null where nothing is known: no frames came, the
 * browser failed or did not answer in time, or the person used the torch meanwhile.
 * @param {MediaStreamTrack} track
 * @param {HTMLVideoElement} video that shows it
 * @param {() => boolean} wanted whether the person wants it lit
 * @returns {Promise<Torch | null>}
 */
export async function askTorch(track, video, wanted) {
  const look = lookAt(video);
  const lit = wanted();
  const way = lit ? -1 : 1;
  const [first] = await look(FRAME, () => true);
  if (!first || wanted() !== lit) return null;
  /** How far a frame is from another one, the way that the torch changes it. @param {Frame} one @param {Frame} other */
  const gain = (one, other) => way * (one.mean - other.mean);
  const asked = performance.now();
  /** @type {Answer[]} */ const answers = [];
  const answered = set(track, !lit).then((said) => { answers.push(said); });
  const pulse = await look(PULSE, (one) => (answers[0] ?? 'granted') !== 'granted' || gain(one, first) >= CLEAR * first.mean);
  const undo = () => set(track, wanted());
  const back = undo().then((said) => (said === 'failed' ? undo() : said)); // whatever was answered: nothing is left lit
  if (answers[0] === 'refused') return { ...(lit && { off: true }), refused: true };
  const during = pulse.reduce((most, one) => (gain(one, most) > 0 ? one : most), pulse[0] ?? first);
  const later = await look(BACK, (one) => gain(during, one) * 2 >= gain(during, first) && gain(during, first) > 0);
  const after = later.reduce((least, one) => (gain(least, one) > 0 ? one : least), later[0]);
  await Promise.race([Promise.all([answered, back]), new Promise((resolve) => setTimeout(resolve, BACK))]);
  if (answers[0] !== 'granted' || pulse.length === 0 || !after || wanted() !== lit) return null;
  const half = pulse.find((one) => 2 * gain(one, first) >= gain(during, first)) ?? during;
  return {
    ...(lit && { off: true }), before: first.parts, during: during.parts, after: after.parts,
    took: Math.max(1, Math.round(half.at - asked)),
  };
}

/** @typedef {'granted' | 'refused' | 'failed'} Answer */

/**
 * Lights a torch or puts it out. A torch that is to blame is one that the browser does not know of.
 * @param {MediaStreamTrack} track @param {boolean} on
 * @returns {Promise<Answer>}
 */
async function set(track, on) {
  try {
    await track.applyConstraints(/** @type {any} */ ({ advanced: [{ torch: on }] }));
    return 'granted';
  } catch (error) {
    return /** @type {any} */ (error)?.constraint === 'torch' ? 'refused' : 'failed';
  }
}

/** @typedef {{at: number, mean: number, parts: number[]}} Frame */

/**
 * A way to look at the frames of a video that come within a time, in ms, until one is enough.
 * @param {HTMLVideoElement} video
 * @returns {(ms: number, enough: (frame: Frame) => boolean) => Promise<Frame[]>}
 */
function lookAt(video) {
  const canvas = document.createElement('canvas');
  canvas.width = ACROSS * PART;
  canvas.height = DOWN * PART;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (ms, enough) => new Promise((resolve) => {
    /** @type {Frame[]} */ const seen = [];
    let over = false;
    const end = () => {
      over = true;
      clearTimeout(timer);
      resolve(seen);
    };
    const timer = setTimeout(end, ms);
    const next = () => video.requestVideoFrameCallback(() => {
      if (over || !context) return;
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const parts = levels(context.getImageData(0, 0, canvas.width, canvas.height).data);
      const frame = { at: performance.now(), parts, mean: parts.reduce((sum, part) => sum + part, 0) / parts.length };
      seen.push(frame);
      if (enough(frame)) end();
      else next();
    });
    if (context && 'requestVideoFrameCallback' in video) next();
    else end();
  });
}

/** The mean green levels of the parts of a picture, to a tenth. @param {Uint8ClampedArray} data four bytes a pixel */
export function levels(data) {
  const sums = new Array(ACROSS * DOWN).fill(0);
  for (let i = 0; i < data.length / 4; i++) {
    const [x, y] = [i % (ACROSS * PART), Math.floor(i / (ACROSS * PART))];
    sums[Math.floor(y / PART) * ACROSS + Math.floor(x / PART)] += data[4 * i + 1];
  }
  return sums.map((sum) => Math.round((10 * sum) / PART ** 2) / 10);
}
