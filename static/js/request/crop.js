// @ts-check
// A photo shown as its document: the rest of the table is cut away. Pure.

/** Air around the document, as a share of its larger side. */
const AIR = 0.04;

/**
 * Where a photo lies in its frame so that the frame shows the document as large as it can.
 * @param {number[] | undefined} box x, y, width, height of the document, 0..1 of the photo
 * @param {{width: number, height: number}} photo pixels
 * @param {number} frame width over height of the frame
 * @returns {{width: number, left: number, top: number} | null} percent: of the frame's width, width, height;
 *   null where the photo is to be shown whole
 */
export function crop(box, photo, frame) {
  if (box?.length !== 4 || !(box[2] > 0.05 && box[3] > 0.05) || !photo.width || !photo.height) return null;
  const [x, y, width, height] = box;
  const air = AIR * Math.max(width * photo.width, height * photo.height) * 2;
  // Frame widths a pixel of the photo takes.
  const scale = Math.min(1 / (width * photo.width + air), 1 / (frame * (height * photo.height + air)));
  return {
    width: 100 * photo.width * scale,
    left: 50 - 100 * (x + width / 2) * photo.width * scale,
    top: 50 - 100 * (y + height / 2) * photo.height * scale * frame,
  };
}

/**
 * Lays a loaded photo into its frame.
 * @param {HTMLImageElement} image
 * @param {number[] | undefined} box
 * @param {number} frame width over height
 */
export function layCrop(image, box, frame) {
  const place = crop(box, { width: image.naturalWidth, height: image.naturalHeight }, frame);
  image.toggleAttribute('data-cropped', place !== null);
  image.style.inlineSize = place ? `${place.width}%` : '';
  image.style.left = place ? `${place.left}%` : '';
  image.style.top = place ? `${place.top}%` : '';
}
