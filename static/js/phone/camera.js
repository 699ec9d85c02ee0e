// @ts-check
import { failureReason, fit, open, rejectAfter, stopTracks } from './camera-open.js';
import { facts, FrameWatch, LEAST } from './camera-report.js';
import { askSize } from './camera-resize.js';
import { askTorch, mayAsk } from './camera-torch.js';

// The camera of the phone. States:
//
//   idle --start--> starting --picture--> live <--> frozen (no new frame for 3 s)
//                      |
//                      +--> failed, with a reason: denied, missing, busy, unsupported, error
//
// stop() leads back to idle from everywhere and puts the camera's light out.

/** Without a new frame for this long the camera counts as frozen. */
const FROZEN_AFTER = 3_000;
const WATCH_EVERY = 500;
/** A first picture takes up to some seconds on old phones. */
const START_LIMIT = 10_000;
/** Some Androids never answer takePhoto. */
const PHOTO_LIMIT = 4_000;
const LOWEST_QUALITY = 0.4;

/** @typedef {'idle'|'starting'|'live'|'frozen'|'failed'} CameraState */
/** @typedef {import('./camera-open.js').Facing} Facing */

/**
 * One camera shown in one video element. Events: `state` with
 * `{state, reason}`, `report` with what report() did not know yet.
 */
export class Camera extends EventTarget {
  #video;
  /** @type {MediaStream | null} */ #stream = null;
  /** @type {CameraState} */ #state = 'idle';
  #reason = '';
  /** @type {Facing} */ #facing = 'environment';
  #device = '';
  #epoch = 0;
  /** From asking for the camera to its first picture, in ms. */ #openedIn = 0;
  #reported = -1;
  /** The look at the frames of this opening, once it was asked for. @type {FrameWatch | null} */ #frames = null;
  /** The person wants the torch lit. */ #lit = false;
  /** The opening whose torch was asked for. */ #pulsed = -1;
  #lastFrame = 0;
  #lastTime = -1;
  /** @type {any} */ #watch;
  #canvas = document.createElement('canvas');
  #photoWorks = true;
  /** The part of the video that is sent: what the person sees of it, as shares of its sides. */
  visible = { x: 0, y: 0, width: 1, height: 1 };
  /** Long side of the sensor's photos in pixels; 0 when not known. */
  #photoSide = 0;
  /** @type {any} */ #wakeLock = null;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    super();
    this.#video = video;
  }

  get state() {
    return this.#state;
  }

  get reason() {
    return this.#reason;
  }

  get facing() {
    return this.#facing;
  }

  /** Pixels of the video as it is shown, upright. */
  get size() {
    return { width: this.#video.videoWidth, height: this.#video.videoHeight };
  }

  /** What is visible of the video, in its pixels. */
  part() {
    const { videoWidth, videoHeight } = this.#video;
    const { x, y, width, height } = this.visible;
    return { x: x * videoWidth, y: y * videoHeight, width: width * videoWidth, height: height * videoHeight };
  }

  /**
   * Opens a camera and shows it. Resolves when a picture is there or it failed;
   * look at state and reason. A later call wins over an earlier one.
   * @param {Facing} facing
   * @param {string} [device] a deviceId from cameras()
   */
  async start(facing, device = '') {
    if (this.#state === 'live' && facing === this.#facing && device === this.#device) return;
    if (this.#state === 'live' && facing !== this.#facing && !(await this.leave(facing))) return;
    const epoch = this.release();
    this.#facing = facing;
    this.#device = device;
    this.enter('starting');
    const asked = performance.now();
    try {
      if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error(), { name: 'Unsupported' });
      const stream = await open(facing, device);
      if (epoch !== this.#epoch) return stopTracks(stream);
      this.#stream = stream;
      stream.getVideoTracks()[0].addEventListener('ended', () => {
        if (epoch === this.#epoch) this.enter('frozen');
      });
      this.#video.srcObject = stream;
      await Promise.race([this.#video.play(), rejectAfter(START_LIMIT)]);
      if (epoch !== this.#epoch) return;
      this.#openedIn = Math.max(1, Math.round(performance.now() - asked));
      this.#lastFrame = Date.now();
      this.enter('live');
      this.watch();
      this.lockScreen();
      this.learnPhoto();
    } catch (error) {
      if (epoch !== this.#epoch) return;
      this.release();
      const name = /** @type {any} */ (error)?.name;
      this.#reason = name === 'Unsupported' ? 'unsupported' : failureReason(error);
      this.enter('failed');
    }
  }

  /** Closes the camera. */
  stop() {
    this.release();
    this.enter('idle');
  }

  /** Opens the camera after the one that was tried last, among all of this device. */
  async next() {
    const all = await this.cameras();
    const at = all.findIndex((one) => one.deviceId === (this.device || this.#device));
    if (all.length > 0) await this.start(this.#facing, all[(at + 1) % all.length].deviceId);
    else await this.restart();
  }

  /** Opens the same camera again. */
  restart() {
    this.release();
    return this.start(this.#facing, this.#device);
  }

  /** The cameras of this device that could be used instead; empty before a permission. */
  async cameras() {
    try {
      const devices = await navigator.mediaDevices.enumerateDevices();
      return devices.filter((device) => device.kind === 'videoinput' && device.deviceId);
    } catch {
      return [];
    }
  }

  /** The deviceId in use. */
  get device() {
    return this.#stream?.getVideoTracks()[0]?.getSettings?.().deviceId ?? '';
  }

  get hasTorch() {
    const track = /** @type {any} */ (this.#stream?.getVideoTracks()[0]);
    return Boolean(track?.getCapabilities?.().torch);
  }

  /** The torch is lit as the person wants it; a camera that opens again has it out. */
  get lit() {
    return this.#lit;
  }

  /** @param {boolean} on */
  async torch(on) {
    const track = this.#stream?.getVideoTracks()[0];
    if (!track) return;
    const epoch = this.#epoch;
    const was = this.#lit;
    this.#lit = on; // a pulse that runs leaves the torch so
    try {
      await track.applyConstraints(/** @type {any} */ ({ advanced: [{ torch: on }] }));
    } catch {
      if (epoch === this.#epoch) this.#lit = was;
    }
  }

  /**
   * Asks the documents' camera to show the torch that it claims, once for each opening, and tells what came in a
   * `report`. For up to 1.2 s the picture is not as it was: to be called when nothing is looked at. Not while the
   * frames of this opening are still looked at, whose brightness it would move.
   */
  async pulse() {
    const track = this.#stream?.getVideoTracks()[0];
    const epoch = this.#epoch;
    if (!track || this.#state !== 'live' || this.#facing !== 'environment' || this.#pulsed === epoch) return;
    if (!this.#frames?.over || !mayAsk(track)) return;
    this.#pulsed = epoch;
    const said = facts(this.#facing, track, this.size);
    const torch = await askTorch(track, this.#video, () => this.#lit);
    if (torch && epoch === this.#epoch) this.dispatchEvent(new CustomEvent('report', { detail: { ...said, torch } }));
  }

  /**
   * How the camera behaves, for the server: once for each opening. A still that is taken, or a
   * camera that closes, ends the look, so that a quick person's camera is told of too. Null
   * when it was told already.
   * @returns {Promise<import('./camera-report.js').Report | null>}
   */
  async report() {
    const track = this.#stream?.getVideoTracks()[0];
    if (!track || this.#reported === this.#epoch) return null;
    this.#reported = this.#epoch;
    const said = facts(this.#facing, track, this.size);
    this.#frames = new FrameWatch(this.#video);
    return { ...said, openedIn: this.#openedIn, ...(await this.#frames.seen) };
  }

  /**
   * The picture of now as a JPEG. Null when there is none.
   * @param {number} longSide pixels
   * @param {number} quality 0 to 1
   * @returns {Promise<{blob: Blob, width: number, height: number, at: number} | null>}
   */
  async grab(longSide, quality) {
    if (this.#state !== 'live' || !this.#video.videoWidth) return null;
    const at = Date.now();
    const size = this.draw(this.#video, this.part(), longSide);
    const blob = await this.encode(quality);
    return blob && { blob, ...size, at };
  }

  /**
   * The best picture the device gives, under a byte limit: quality steps down
   * first, then the size.
   * @param {number} longSide pixels
   * @param {number} maxBytes
   */
  async still(longSide, maxBytes) {
    if (this.#state !== 'live') return null;
    this.#frames?.end(LEAST);
    const at = Date.now();
    const photo = await this.photo(longSide);
    const source = photo ?? this.#video;
    // A sensor's photo has a field of view of its own, mostly a wider one: it is kept whole.
    const part = photo ? { x: 0, y: 0, width: photo.naturalWidth, height: photo.naturalHeight } : this.part();
    let blob = null;
    let size = { width: 0, height: 0 };
    // One drawing per size: the video moves on while the JPEG is made.
    for (let side = longSide, from = source; side >= 640; side = Math.round(side * 0.8)) {
      size = this.draw(from, part, side);
      for (let quality = 0.92; quality >= LOWEST_QUALITY; quality -= 0.1) {
        blob = await this.encode(quality);
        if (blob && blob.size <= maxBytes) break;
      }
      if (blob && blob.size <= maxBytes) break;
    }
    if (photo) URL.revokeObjectURL(photo.src);
    return blob && blob.size <= maxBytes ? { blob, ...size, at } : null;
  }

  // The members below are private.

  /**
   * Asks the camera for another size before it is closed for the one of another facing, and tells what came.
   * @param {Facing} next
   * @returns {Promise<boolean>} false: a later call took over
   */
  async leave(next) {
    const track = this.#stream?.getVideoTracks()[0];
    const epoch = ++this.#epoch;
    const said = track && facts(this.#facing, track, this.size);
    this.#frames?.end();
    this.#facing = next;
    this.enter('starting');
    const resize = track ? await askSize(track, this.#video) : null;
    if (resize) this.dispatchEvent(new CustomEvent('report', { detail: { ...said, resize } }));
    return epoch === this.#epoch;
  }

  /** @param {CanvasImageSource} source @param {{x: number, y: number, width: number, height: number}} part @param {number} longSide */
  draw(source, part, longSide) {
    const size = fit(part.width, part.height, longSide);
    if (this.#canvas.width !== size.width) this.#canvas.width = size.width;
    if (this.#canvas.height !== size.height) this.#canvas.height = size.height;
    this.#canvas
      .getContext('2d', { alpha: false })
      ?.drawImage(source, part.x, part.y, part.width, part.height, 0, 0, size.width, size.height);
    return size;
  }

  /** @param {number} quality @returns {Promise<Blob | null>} */
  encode(quality) {
    return new Promise((resolve) => this.#canvas.toBlob(resolve, 'image/jpeg', quality));
  }

  /** Asks once what the sensor can give, long before it is needed: some phones take seconds to say. */
  async learnPhoto() {
    const track = this.#stream?.getVideoTracks()[0];
    const ImageCapture = /** @type {any} */ (globalThis).ImageCapture;
    this.#photoSide = 0;
    if (!track || !ImageCapture) return;
    try {
      const able = await new ImageCapture(track).getPhotoCapabilities();
      if (track !== this.#stream?.getVideoTracks()[0]) return;
      this.#photoSide = Math.max(able.imageWidth?.max ?? 0, able.imageHeight?.max ?? 0);
    } catch {
      // The video keeps its own size.
    }
  }

  /**
   * A photo by the sensor, where it has more to give than the video. Only
   * Chromium has takePhoto; a device that once failed is not asked again.
   * @param {number} longSide
   * @returns {Promise<HTMLImageElement | null>}
   */
  async photo(longSide) {
    const track = this.#stream?.getVideoTracks()[0];
    const videoSide = Math.max(this.#video.videoWidth, this.#video.videoHeight);
    if (!track || !this.#photoWorks || videoSide >= longSide || this.#photoSide < videoSide * 1.2) return null;
    try {
      const capture = new /** @type {any} */ (globalThis).ImageCapture(track);
      const blob = await Promise.race([capture.takePhoto(), rejectAfter(PHOTO_LIMIT)]);
      const image = new Image();
      image.src = URL.createObjectURL(blob);
      await image.decode(); // an image element turns the photo upright, a bitmap does not everywhere
      return image;
    } catch {
      this.#photoWorks = false;
      return null;
    }
  }

  /** @param {CameraState} state */
  enter(state) {
    if (state !== 'failed') this.#reason = '';
    if (state === this.#state && state !== 'failed') return;
    this.#state = state;
    this.dispatchEvent(new CustomEvent('state', { detail: { state, reason: this.#reason } }));
  }

  watch() {
    clearTimeout(this.#watch);
    if (this.#state !== 'live' && this.#state !== 'frozen') return;
    const time = this.#video.currentTime;
    if (time !== this.#lastTime) {
      this.#lastTime = time;
      this.#lastFrame = Date.now();
      if (this.#state === 'frozen' && this.#stream?.active) this.enter('live');
    } else if (Date.now() - this.#lastFrame >= FROZEN_AFTER) {
      this.enter('frozen');
    }
    this.#watch = setTimeout(() => this.watch(), WATCH_EVERY);
  }

  /** Ends stream and timers; returns the epoch that the next start belongs to. */
  release() {
    clearTimeout(this.#watch);
    this.#frames?.end();
    this.#frames = null;
    if (this.#stream) stopTracks(this.#stream);
    this.#stream = null;
    this.#lit = false;
    this.#video.srcObject = null;
    this.#lastTime = -1;
    this.#wakeLock?.release?.().catch(() => {});
    this.#wakeLock = null;
    return ++this.#epoch;
  }

  async lockScreen() {
    try {
      this.#wakeLock = await /** @type {any} */ (navigator).wakeLock?.request('screen');
      if (this.#state !== 'live') this.#wakeLock?.release();
    } catch {
      // The browser refuses in low-power mode. The screen then goes dark as usual.
    }
  }
}
