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

/** Asks the browser for a camera. @param {Facing} facing @param {string} device @returns {Promise<MediaStream>} */
export function open(facing, device) {
  const which = device ? { deviceId: { exact: device } } : { facingMode: { ideal: facing } };
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { ...which, width: { ideal: 1920 }, height: { ideal: 1080 } },
  });
}

/** Ends a stream, which puts the camera's light out. @param {MediaStream} stream */
export function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Rejects after this long. @param {number} ms @returns {Promise<never>} */
export function rejectAfter(ms) {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('too slow')), ms));
}
