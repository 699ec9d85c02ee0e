// @ts-check
// Portrait and selfie side by side, in boxes of one size.

/** @typedef {import('./geometry.js').Area} Area */

/** A face is shown with this share of its size on every side: hair, ears, chin. */
const AROUND = 0.5;

/**
 * The part of a picture that is drawn, as wide for its height as the box where
 * the picture allows it: the area with something around it. Where the face's
 * place is not known, the middle of a selfie, whose face was asked to be there,
 * and the whole of a document. Pixels.
 * @param {Area | undefined} area
 * @param {{width: number, height: number}} picture
 * @param {number} ratio of the box, width for height
 * @param {boolean} [middle]
 * @returns {Area}
 */
export function cropOf(area, picture, ratio, middle = false) {
  const known = area !== undefined;
  if (!known && !middle) return { x: 0, y: 0, ...picture };
  const a = known ? area : { x: 0, y: 0, width: 1, height: 1 };
  const around = known ? AROUND : 0;
  let width = a.width * picture.width * (1 + 2 * around);
  let height = a.height * picture.height * (1 + 2 * around);
  if (!known && width / height > ratio) width = height * ratio;
  else if (!known) height = width / ratio;
  else if (width / height < ratio) width = height * ratio;
  else height = width / ratio;
  width = Math.min(width, picture.width);
  height = Math.min(height, picture.height);
  const within = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ whole) =>
    Math.max(0, Math.min(whole - size, at));
  const x = (a.x + a.width / 2) * picture.width - width / 2;
  const y = (a.y + a.height / 2) * picture.height - height / 2;
  return { x: within(x, width, picture.width), y: within(y, height, picture.height), width, height };
}

/**
 * Draws a face into its box, as large as it fits.
 * @param {HTMLCanvasElement} canvas
 * @param {string} url
 * @param {Area | undefined} area of the face; without one, the middle or the whole
 * @param {boolean} middle
 */
export async function drawFace(canvas, url, area, middle) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const crop = cropOf(area, { width: image.naturalWidth, height: image.naturalHeight }, canvas.width / canvas.height, middle);
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
