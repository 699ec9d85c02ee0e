// @ts-check
// A camera that is about to be closed is asked for another size of its own, and what comes is noted. While
// it is in use it is not asked: Chromium stops and starts a camera for each of its sizes, which freezes the
// picture and now and then ends it.

/** A size that sensors have and that is seldom in use. */
const ASKED = { width: 640, height: 480 };
/** The next camera waits so long at most, in ms. */
const LIMIT = 600;
/** A browser grants a size once the camera has started again, for which a sensor needs longer than this, in ms. */
const SOON = 100;

/**
 * @typedef {object} Resize
 * @property {number} width that was asked for
 * @property {number} height
 * @property {boolean} [refused] the camera has no such size
 * @property {number} [reportedWidth] what the browser says afterwards
 * @property {number} [reportedHeight]
 * @property {number} [shownWidth] what frames have afterwards
 * @property {number} [shownHeight]
 * @property {number} [took] from asking to the first frame of that size, in ms; not when none came
 */

/**
 * Asks a camera for a size without letting the browser cut or scale. Null where the browser cannot ask so, the
 * camera shows that size already, or nothing is known after 600 ms: a slow camera may still be on its way then, unless
 * the size was granted sooner than a sensor is set anew.
 * @param {MediaStreamTrack} track
 * @param {HTMLVideoElement} video that shows it
 * @returns {Promise<Resize | null>}
 */
export async function askSize(track, video) {
  const able = /** @type {any} */ (navigator.mediaDevices?.getSupportedConstraints?.());
  if (!able?.resizeMode || shows(video)) return null;
  const began = performance.now();
  /** @type {any} */ let timer;
  /** @type {Promise<'late'>} */
  const late = new Promise((resolve) => { timer = setTimeout(() => resolve('late'), LIMIT); });
  try {
    const answer = await Promise.race([answerOf(track), late]);
    if (answer === 'refused') return { ...ASKED, refused: true };
    if (answer !== 'granted') return null;
    const soon = performance.now() - began < SOON;
    const came = await Promise.race([resized(video), late]);
    if (came === 'late' && !soon) return null;
    const { width = 0, height = 0 } = track.getSettings();
    return {
      ...ASKED, reportedWidth: width, reportedHeight: height, shownWidth: video.videoWidth, shownHeight: video.videoHeight,
      ...(came !== 'late' && { took: Math.max(1, Math.round(performance.now() - began)) }),
    };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A camera that does not start again fails without a constraint that is to blame.
 * @param {MediaStreamTrack} track
 * @returns {Promise<'granted' | 'refused' | 'failed'>}
 */
async function answerOf(track) {
  const { width, height } = ASKED;
  try {
    await track.applyConstraints(/** @type {any} */ ({ width: { exact: width }, height: { exact: height }, resizeMode: { exact: 'none' } }));
    return 'granted';
  } catch (error) {
    return /** @type {any} */ (error)?.constraint ? 'refused' : 'failed';
  }
}

/** Upright or not. @param {HTMLVideoElement} video */
function shows({ videoWidth: w, videoHeight: h }) {
  return Math.max(w, h) === ASKED.width && Math.min(w, h) === ASKED.height;
}

/** Resolves once the video has the size: a hidden one tells of that too. @param {HTMLVideoElement} video @returns {Promise<'came'>} */
function resized(video) {
  return new Promise((resolve) => {
    const look = () => {
      if (!shows(video)) return;
      video.removeEventListener('resize', look);
      resolve('came');
    };
    video.addEventListener('resize', look);
    look();
  });
}
