// @ts-check
// Opening a camera and closing it, without state.

/** @typedef {'environment'|'user'} Facing */

/** Why a camera did not start, as the reason of the state `failed`. @param {any} error @returns {string} */
export function failureReason(error) {
  switch (error?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
    case 'PermissionDeniedError':
      return 'denied';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'busy';
    default:
      return 'error';
  }
}

/**
 * The size of a picture shrunk to a long side; never enlarged.
 * @param {number} width @param {number} height @param {number} longSide
 * @returns {{width: number, height: number}}
 */
export function fit(width, height, longSide) {
  const scale = Math.min(1, longSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

const FRONT = /front|user|face|selfie|avant|facetime/i;
const BACK = /back|rear|environment|arri[eè]re|dos/i;

/**
 * The cameras to try after the one that the browser picked could not start: those
 * that look the right way first, the others' names saying nothing next.
 * @param {MediaDeviceInfo[]} devices
 * @param {Facing} facing
 * @returns {string[]} deviceIds
 */
export function others(devices, facing) {
  const [right, wrong] = facing === 'user' ? [FRONT, BACK] : [BACK, FRONT];
  const able = devices.filter((device) => device.kind === 'videoinput' && device.deviceId && !wrong.test(device.label));
  return [...able.filter((device) => right.test(device.label)), ...able.filter((device) => !right.test(device.label))].map(
    (device) => device.deviceId,
  );
}

/**
 * Opens a camera. Where the one that the browser picked cannot start, the next that
 * looks the same way is tried; the first error is thrown when none can.
 * @param {Facing} facing
 * @param {string} device a deviceId; empty for the browser's pick
 * @returns {Promise<MediaStream>}
 */
export async function open(facing, device) {
  try {
    return await ask(facing, device);
  } catch (error) {
    if (device || failureReason(error) !== 'busy') throw error;
    for (const next of others(await navigator.mediaDevices.enumerateDevices().catch(() => []), facing)) {
      const stream = await ask(facing, next).catch(() => null);
      if (stream) return stream;
    }
    throw error;
  }
}

const HD = { width: { ideal: 1920 }, height: { ideal: 1080 } };
const UHD = { width: { ideal: 3840 }, height: { ideal: 2160 } };

/**
 * The sizes to ask for, the best first. A document's small letters are worth 4K, of which
 * previews are drawn smaller; a face is not, nor is it for a device that could not keep up.
 * @param {Facing} facing
 * @param {{deviceMemory?: number, hardwareConcurrency?: number}} machine
 */
export function sizes(facing, { deviceMemory = 8, hardwareConcurrency = 8 }) {
  return facing === 'environment' && deviceMemory >= 4 && hardwareConcurrency >= 4 ? [UHD, HD] : [HD];
}

/** Asks the browser for a camera. @param {Facing} facing @param {string} device @returns {Promise<MediaStream>} */
async function ask(facing, device) {
  const which = device ? { deviceId: { exact: device } } : { facingMode: { ideal: facing } };
  const [best, ...smaller] = sizes(facing, navigator);
  // A size that the sensor has: one that the browser cuts to measure loses the edges of a tall picture.
  const of = (/** @type {typeof HD} */ size) =>
    navigator.mediaDevices.getUserMedia({ audio: false, video: /** @type {any} */ ({ ...which, ...size, resizeMode: { ideal: 'none' } }) });
  try {
    return await of(best);
  } catch (error) {
    // Some cameras are "in use" at a size that they offer and cannot run.
    if (smaller.length === 0 || failureReason(error) !== 'busy') throw error;
    return of(smaller[0]);
  }
}

/** Ends a stream, which puts the camera's light out. @param {MediaStream} stream */
export function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Rejects after this long. @param {number} ms @returns {Promise<never>} */
export function rejectAfter(ms) {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('too slow')), ms));
}
