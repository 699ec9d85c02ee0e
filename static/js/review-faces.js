// @ts-check
// Portrait and selfie side by side, in boxes of one size.

/** @typedef {import('./review-geometry.js').Area} Area */

/** A portrait is shown with this much around it. */
const AROUND = 0.18;

/**
 * The part of a picture that is drawn, as wide for its height as the box where
 * the picture allows it: the area with something around it, or the middle of a
 * picture whose face was asked to be there. Pixels.
 * @param {Area | undefined} area
 * @param {{width: number, height: number}} picture
 * @param {number} ratio of the box, width for height
 * @returns {Area}
 */
export function cropOf(area, picture, ratio) {
  const a = area ?? { x: 0, y: 0, width: 1, height: 1 };
  const around = area ? AROUND : 0;
  let width = a.width * picture.width * (1 + 2 * around);
  let height = a.height * picture.height * (1 + 2 * around);
  if (!area && width / height > ratio) width = height * ratio;
  else if (!area) height = width / ratio;
  else if (width / height < ratio) width = height * ratio;
  else height = width / ratio;
  width = Math.min(width, picture.width);
  height = Math.min(height, picture.height);
  const within = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ whole) => Math.max(0, Math.min(whole - size, at));
  const x = (a.x + a.width / 2) * picture.width - width / 2;
  const y = (a.y + a.height / 2) * picture.height - height / 2;
  return { x: within(x, width, picture.width), y: within(y, height, picture.height), width, height };
}

/**
 * Draws a face into its box, as large as it fits.
 * @param {HTMLCanvasElement} canvas
 * @param {string} url
 * @param {Area | undefined} area
 */
export async function drawFace(canvas, url, area) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const crop = cropOf(area, { width: image.naturalWidth, height: image.naturalHeight }, canvas.width / canvas.height);
  const scale = Math.min(canvas.width / crop.width, canvas.height / crop.height);
  const [width, height] = [crop.width * scale, crop.height * scale];
  wipe(canvas);
  canvas.getContext('2d')?.drawImage(image, crop.x, crop.y, crop.width, crop.height,
    (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
}

/** @param {HTMLCanvasElement} canvas */
export function wipe(canvas) {
  canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
}
