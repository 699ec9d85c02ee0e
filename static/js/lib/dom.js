// @ts-check
// How views write into the page. Each function is idempotent.

/**
 * The element of that id, which the page must have.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function must(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element ${id}`);
  return element;
}

/**
 * Writes a text unless it stands there already: a live region speaks on change.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Writes a value that is in no language: a name, a number, a reference. It keeps its
 * own direction of writing, whatever stands around it.
 * @param {HTMLElement} element
 * @param {string} value
 */
export function setValue(element, value) {
  const only = element.childNodes.length === 1 ? element.firstElementChild : null;
  const own = only?.localName === 'bdi' ? only : document.createElement('bdi');
  if (own.textContent !== value) own.replaceChildren(...breakable(value));
  if (own !== only) element.replaceChildren(...(value ? [own] : []));
}

/**
 * A value as the parts between which a line may break first: an e-mail address before its @.
 * @param {string} value
 * @returns {Array<string | HTMLElement>}
 */
function breakable(value) {
  const at = value.lastIndexOf('@');
  return at > 0 ? [value.slice(0, at), document.createElement('wbr'), value.slice(at)] : [value];
}

/**
 * @param {HTMLElement} element
 * @param {boolean} hidden
 */
export function hide(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/**
 * Gives the focus to what needs another look. What has it already gets it once more, so
 * that a screen reader reads the error that now describes it.
 * @param {HTMLElement} element
 */
export function focusAnew(element) {
  if (document.activeElement === element) element.blur();
  element.focus();
}

/** Shows a file of this server, or hides its place where there is none. @param {string} id @param {string | undefined} source */
export function setLogo(id, source) {
  const at = must(id);
  hide(at, !source);
  if (source && at.getAttribute('src') !== source) at.setAttribute('src', source);
}

/** What each image shows now. @type {WeakMap<HTMLImageElement, string>} */
const shown = new WeakMap();

/**
 * Shows a JPEG given in base64, or hides the image when there is none.
 * @param {HTMLImageElement} image
 * @param {string} base64
 * @param {string} alt
 */
export function setPicture(image, base64, alt) {
  hide(image, !base64);
  if (image.alt !== alt) image.alt = alt;
  if ((shown.get(image) ?? '') === base64) return;
  shown.set(image, base64);
  showBlob(image, base64 ? new Blob([bytesOf(base64)], { type: 'image/jpeg' }) : null);
}

/**
 * Shows an SVG document as an image: scripts in it could not run.
 * @param {HTMLImageElement} image
 * @param {string} svg
 */
export function setDrawing(image, svg) {
  if (shown.get(image) === svg) return;
  shown.set(image, svg);
  showBlob(image, new Blob([svg], { type: 'image/svg+xml' }));
}

/**
 * Points an image to a blob and frees the one before once it is replaced.
 * @param {HTMLImageElement} image
 * @param {Blob | null} blob
 */
function showBlob(image, blob) {
  const before = image.src;
  const free = () => { if (before.startsWith('blob:')) URL.revokeObjectURL(before); };
  if (!blob) {
    image.removeAttribute('src');
    free();
    return;
  }
  image.addEventListener('load', free, { once: true });
  image.addEventListener('error', free, { once: true });
  image.src = URL.createObjectURL(blob);
}

/** @param {string} base64 */
function bytesOf(base64) {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array(0); // not base64: no picture
  }
}
