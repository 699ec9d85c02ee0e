// @ts-check
// How a picture lies on the viewer's stage: zoom, turn, shift, and the way back
// from a point of the stage to a point of the picture. Pure; lengths of the
// stage are CSS pixels from its centre, areas are 0..1 of the picture.

/**
 * @typedef {object} Pose
 * @property {number} width of the picture, pixels
 * @property {number} height
 * @property {number} stageWidth CSS pixels
 * @property {number} stageHeight
 * @property {number} zoom 1: the whole picture fits
 * @property {number} turn degrees clockwise: 0, 90, 180, 270
 * @property {number} x shift of the picture's centre, CSS pixels
 * @property {number} y
 */

/** @typedef {{x: number, y: number, width: number, height: number}} Area */

/** Nobody needs more: one pixel of a sensor as large as a fingertip. */
export const MAX_ZOOM = 16;
/** One press of + or −. */
export const ZOOM_STEP = 1.25;
/** The smallest area worth marking. */
const MIN_AREA = 0.02;

/** @returns {Pose} */
export function atRest() {
  return { width: 0, height: 0, stageWidth: 0, stageHeight: 0, zoom: 1, turn: 0, x: 0, y: 0 };
}

/** Stage pixels for one pixel of the picture. @param {Pose} pose */
export function scaleOf(pose) {
  const { width, height } = turned(pose);
  if (!width || !height) return 1;
  return Math.min(pose.stageWidth / width, pose.stageHeight / height) * pose.zoom;
}

/** The picture's size as it lies. @param {Pose} pose */
function turned(pose) {
  return pose.turn % 180 === 0 ? { width: pose.width, height: pose.height } : { width: pose.height, height: pose.width };
}

/** The same pose, its picture not pushed off the stage. @param {Pose} pose @returns {Pose} */
export function held(pose) {
  const scale = scaleOf(pose);
  const { width, height } = turned(pose);
  const most = (/** @type {number} */ size, /** @type {number} */ stage) => Math.max(0, (size * scale - stage) / 2);
  const within = (/** @type {number} */ at, /** @type {number} */ limit) => Math.max(-limit, Math.min(limit, at));
  return { ...pose, x: within(pose.x, most(width, pose.stageWidth)), y: within(pose.y, most(height, pose.stageHeight)) };
}

/**
 * Zooms so that the point under the pointer stays there.
 * @param {Pose} pose
 * @param {number} factor
 * @param {{x: number, y: number}} [at] of the stage; its centre by default
 * @returns {Pose}
 */
export function zoomed(pose, factor, at = { x: 0, y: 0 }) {
  const zoom = Math.max(1, Math.min(MAX_ZOOM, pose.zoom * factor));
  const by = zoom / pose.zoom;
  return held({ ...pose, zoom, x: at.x - (at.x - pose.x) * by, y: at.y - (at.y - pose.y) * by });
}

/** @param {Pose} pose @param {number} dx @param {number} dy @returns {Pose} */
export function shifted(pose, dx, dy) {
  return held({ ...pose, x: pose.x + dx, y: pose.y + dy });
}

/** Turns by a quarter, to the right for 1 and to the left for -1. @param {Pose} pose @param {1 | -1} way @returns {Pose} */
export function quarter(pose, way) {
  const turn = (pose.turn + way * 90 + 360) % 360;
  // What was in the middle stays in the middle.
  const fit = scaleOf({ ...pose, turn }) / scaleOf(pose);
  const [x, y] = way === 1 ? [-pose.y, pose.x] : [pose.y, -pose.x];
  return held({ ...pose, turn, x: x * fit, y: y * fit });
}

/** The whole picture again, as it was taken. @param {Pose} pose @returns {Pose} */
export function reset(pose) {
  return { ...pose, zoom: 1, turn: 0, x: 0, y: 0 };
}

/**
 * Brings an area of the picture to the middle, as large as it gets.
 * @param {Pose} pose
 * @param {Area} area
 * @returns {Pose}
 */
export function lookAt(pose, area) {
  const whole = { ...pose, zoom: 1, x: 0, y: 0 };
  const { width, height } = turned({ ...pose, width: area.width * pose.width, height: area.height * pose.height });
  const fit = scaleOf(whole);
  const zoom = Math.max(1, Math.min(MAX_ZOOM, 0.8 * Math.min(pose.stageWidth / (width * fit), pose.stageHeight / (height * fit))));
  const near = { ...whole, zoom };
  const middle = toStage(near, { x: area.x + area.width / 2, y: area.y + area.height / 2 });
  return held({ ...near, x: -middle.x, y: -middle.y });
}

/** @param {Pose} pose @param {{x: number, y: number}} point 0..1 of the picture @returns {{x: number, y: number}} of the stage */
export function toStage(pose, point) {
  const scale = scaleOf(pose);
  const { x, y } = rotated((point.x - 0.5) * pose.width * scale, (point.y - 0.5) * pose.height * scale, pose.turn);
  return { x: x + pose.x, y: y + pose.y };
}

/** @param {Pose} pose @param {{x: number, y: number}} point of the stage @returns {{x: number, y: number}} 0..1 of the picture, clamped */
export function toPicture(pose, point) {
  const scale = scaleOf(pose);
  const { x, y } = rotated(point.x - pose.x, point.y - pose.y, -pose.turn);
  const share = (/** @type {number} */ at, /** @type {number} */ size) => Math.max(0, Math.min(1, at / (size * scale) + 0.5));
  return { x: share(x, pose.width), y: share(y, pose.height) };
}

/** @param {number} x @param {number} y @param {number} degrees a multiple of 90 */
function rotated(x, y, degrees) {
  switch ((degrees + 360) % 360) {
    case 90: return { x: -y, y: x };
    case 180: return { x: -x, y: -y };
    case 270: return { x: y, y: -x };
    default: return { x, y };
  }
}

/** The area between two points of the picture. @param {{x: number, y: number}} a @param {{x: number, y: number}} b @returns {Area} */
export function areaBetween(a, b) {
  return inside({ x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) });
}

/** The area, large enough to be seen and inside the picture. @param {Area} area @returns {Area} */
export function inside(area) {
  const width = Math.min(1, Math.max(MIN_AREA, area.width));
  const height = Math.min(1, Math.max(MIN_AREA, area.height));
  const round = (/** @type {number} */ share) => Math.round(share * 1e4) / 1e4; // finer than any pixel
  return {
    x: round(Math.max(0, Math.min(1 - width, area.x))),
    y: round(Math.max(0, Math.min(1 - height, area.y))),
    width: round(width),
    height: round(height),
  };
}

/**
 * Moves an area, or with grow changes its size, as the eye sees it: right is
 * right however the picture is turned.
 * @param {Area} area
 * @param {number} dx -1, 0 or 1 to the right
 * @param {number} dy -1, 0 or 1 downwards
 * @param {{grow: boolean, turn: number, by: number}} how by: share of the picture
 * @returns {Area}
 */
export function nudged(area, dx, dy, { grow, turn, by }) {
  const { x, y } = rotated(dx * by, dy * by, -turn);
  if (!grow) return inside({ ...area, x: area.x + x, y: area.y + y });
  const wider = turn % 180 === 0 ? dx * by : dy * by;
  const higher = turn % 180 === 0 ? dy * by : dx * by;
  return inside({ ...area, width: area.width + wider, height: area.height + higher });
}
