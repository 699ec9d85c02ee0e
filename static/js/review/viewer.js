// @ts-check
// The viewer: strip of pictures, stage, toolbar, the sequence's slider, and the
// two faces. Keeps what of it is no decision: how a picture lies, which frame.

import { language, t } from '../lib/i18n.js';
import { hide, must, setText } from '../lib/dom.js';
import { setOptional } from '../lib/page.js';
import { drawFace, wipe } from './faces.js';
import { ZOOM_STEP } from './geometry.js';
import { itemWords } from './papers.js';
import { Pictures } from './pictures.js';
import { Player } from './player.js';
import { Stage } from './stage.js';
import { stills } from './state.js';
import { make, refill } from '../frame/staff.js';

/** @typedef {import('./state.js').ReviewState} ReviewState */
/** @typedef {import('./state.js').File} File */
/** @typedef {import('./state.js').Item} Item */

export class Viewer {
  /** @param {(event: import('./state.js').ReviewEvent) => void} dispatch */
  constructor(dispatch) {
    this.dispatch = dispatch;
    this.pictures = new Pictures();
    this.player = new Player();
    this.stage = new Stage({
      stage: must('stage'), plane: must('plane'), picture: /** @type {HTMLImageElement} */ (must('picture')), area: must('area'),
    });
    /** Of the item on the stage. @type {import('./pictures.js').Shots} */
    this.shots = { urls: [], ms: [] };
    this.shown = '';
    this.alt = '';
    this.file = '';
    this.listen();
  }

  /** @param {ReviewState} state */
  render(state) {
    const { file } = state;
    if ((file?.id ?? '') !== this.file) this.begin(file);
    if (!file) return;
    const item = (file.items ?? []).find((one) => one.item === state.item);
    this.renderStrip(file, state.item);
    if (state.item !== this.shown) void this.open(file, item);
    this.alt = item ? t('review.picture.alt', { name: itemWords(item, file.document), reference: file.reference }) : '';
    const { form } = state;
    const ofStep = item?.kind === 'still' && item.step === form.step && form.verdict === 'ask-again';
    this.stage.mark(ofStep ? form.area : null, ofStep && form.drawing);
    this.renderArea(form);
    this.renderFrame();
    this.renderTools();
  }

  /** A new file, or none: nothing of the one before stays. @param {File | null} file */
  begin(file) {
    this.pictures.release();
    this.file = file?.id ?? '';
    this.shown = '';
    this.shots = { urls: [], ms: [] };
    this.player.load([]);
    this.stage.show('', '');
    for (const id of ['face-portrait', 'face-selfie']) wipe(/** @type {HTMLCanvasElement} */ (must(id)));
    if (file) void this.faces(file);
  }

  /** @param {File} file @param {Item | undefined} item */
  async open(file, item) {
    this.shown = item?.item ?? '';
    this.player.load([]);
    this.shots = { urls: [], ms: [] };
    this.stage.show('', '');
    hide(must('sequence'), item?.kind !== 'sequence');
    setOptional('stage-note', t(item ? 'review.picture.loading' : 'review.picture.none'));
    if (!item) return;
    const mine = () => this.file === file.id && this.shown === item.item;
    try {
      const shots = await this.pictures.of(item);
      if (!mine()) return;
      this.shots = shots;
      setOptional('stage-note', '');
      this.player.load(shots.ms);
    } catch {
      if (mine()) setOptional('stage-note', t('review.picture.failed'));
    }
  }

  /** @param {File} file @param {string} shown */
  renderStrip(file, shown) {
    const items = file.items ?? [];
    refill(must('strip'), [language(), file.id, items], () =>
      items.map((item, index) =>
        make(
          'button',
          { type: 'button', class: 'chip', 'data-item': item.item, 'data-kind': item.kind },
          make('span', { text: itemWords({ ...item, kind: 'still' }, file.document) }),
          ...(item.kind === 'sequence' ? [make('span', { class: 'visually-hidden', text: t('review.item.sequence.more') })] : []),
          ...(index < 9 ? [make('kbd', { 'aria-hidden': 'true', 'data-key-shown': true, text: String(index + 1) })] : []),
        ),
      ),
    );
    for (const button of must('strip').children) button.setAttribute('aria-pressed', String(button.getAttribute('data-item') === shown));
  }

  renderFrame() {
    const { player, shots } = this;
    const url = shots.urls[player.at] ?? '';
    this.stage.show(url, url && this.alt, { keep: player.at > 0 || player.playing });
    const scrub = /** @type {HTMLInputElement} */ (must('scrub'));
    scrub.max = String(Math.max(0, shots.urls.length - 1));
    if (scrub.value !== String(player.at)) scrub.value = String(player.at);
    const time = t('review.seconds', {
      s: new Intl.NumberFormat(language(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(
        (player.ms[player.at] ?? 0) / 1000,
      ),
    });
    const words = shots.urls.length ? t('review.frame', { n: player.at + 1, count: shots.urls.length, time }) : '';
    setText(must('frame'), words);
    scrub.setAttribute('aria-valuetext', words);
    must('play').setAttribute('aria-label', t(player.playing ? 'review.pause' : 'review.play'));
    must('play').toggleAttribute('data-playing', player.playing);
  }

  renderTools() {
    const { stage } = this;
    setText(must('zoom'), t('review.zoom.percent', { n: Math.round(stage.pose.zoom * 100) }));
    for (const [id, value] of /** @type {const} */ ([['light', stage.light], ['contrast', stage.contrast]])) {
      const slider = /** @type {HTMLInputElement} */ (must(id));
      if (slider.value !== String(value)) slider.value = String(value);
      slider.setAttribute('aria-valuetext', t('review.zoom.percent', { n: value }));
    }
  }

  /** @param {import('./state.js').Form} form */
  renderArea({ area, drawing, verdict, step }) {
    const draws = drawing && verdict === 'ask-again' && Boolean(step);
    setText(must('draw-area'), t(draws ? 'review.area.draw.stop' : 'review.area.draw'));
    if (draws) setOptional('stage-note', t('review.area.drawing'));
    else if (must('stage-note').textContent === t('review.area.drawing')) setOptional('stage-note', '');
    if (!area) return;
    const share = (/** @type {number} */ of) => Math.round(of * 100);
    must('area').setAttribute(
      'aria-label',
      t('review.area.name', { x: share(area.x), y: share(area.y), width: share(area.width), height: share(area.height) }),
    );
  }

  /** Both faces, each in its box. @param {File} file */
  async faces(file) {
    const selfie = file.selfie ?? { item: stills(file).find((item) => item.step === 'selfie')?.item ?? '' };
    hide(must('faces-card'), !file.portrait && !selfie.item);
    await Promise.all([this.face('portrait', file, file.portrait ?? null), this.face('selfie', file, selfie)]);
  }

  /** @param {'portrait' | 'selfie'} name @param {File} file @param {{item: string, area?: import('./geometry.js').Area} | null} place */
  async face(name, file, place) {
    const canvas = /** @type {HTMLCanvasElement} */ (must(`face-${name}`));
    const item = (file.items ?? []).find((one) => one.item === place?.item);
    const button = /** @type {HTMLButtonElement} */ (canvas.closest('button'));
    button.dataset.item = item?.item ?? '';
    button.disabled = !item;
    button.dataset.area = place?.area ? JSON.stringify(place.area) : '';
    canvas.setAttribute('aria-label', t(item ? 'review.face.open' : 'review.face.none', { name: t(`review.face.${name}`) }));
    if (!item) return;
    try {
      const { urls } = await this.pictures.of(item);
      if (this.file === file.id) await drawFace(canvas, urls[0], place?.area, name === 'selfie');
    } catch {
      if (this.file === file.id) canvas.setAttribute('aria-label', t('review.picture.failed'));
    }
  }

  /** Ends what the pointer drew, and goes back to the form. */
  endDrawing() {
    this.dispatch({ type: 'form', change: { drawing: false } });
  }

  /** What the page's buttons and keys do here. @returns {Record<string, () => void>} */
  actions() {
    const { stage, player } = this;
    return {
      'zoom-in': () => stage.zoom(ZOOM_STEP),
      'zoom-out': () => stage.zoom(1 / ZOOM_STEP),
      'turn-left': () => stage.turn(-1),
      'turn-right': () => stage.turn(1),
      reset: () => { stage.reset(); this.renderTools(); },
      play: () => player.toggle(),
      'frame-back': () => player.step(-1),
      'frame-on': () => player.step(1),
    };
  }

  listen() {
    const { stage, player } = this;
    player.addEventListener('frame', () => this.renderFrame());
    stage.addEventListener('pose', () => this.renderTools());
    stage.addEventListener('area', (event) => this.dispatch({ type: 'area', area: /** @type {CustomEvent} */ (event).detail }));
    stage.addEventListener('end', () => {
      this.endDrawing();
      if (must('area') === document.activeElement) must('draw-area').focus();
    });
    must('scrub').addEventListener('input', (event) => {
      player.pause();
      player.seek(Number(/** @type {HTMLInputElement} */ (event.target).value));
    });
    must('light').addEventListener('input', (event) => stage.lit({ light: Number(/** @type {HTMLInputElement} */ (event.target).value) }));
    must('contrast').addEventListener('input', (event) =>
      stage.lit({ contrast: Number(/** @type {HTMLInputElement} */ (event.target).value) }),
    );
    must('strip').addEventListener('click', (event) => {
      const item = /** @type {Element} */ (event.target).closest('[data-item]')?.getAttribute('data-item');
      if (item) this.dispatch({ type: 'show', item });
    });
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.face'))) {
      button.addEventListener('click', () => this.lookAtFace(button));
    }
  }

  /** Opens a face large on the stage. @param {HTMLElement} button */
  lookAtFace({ dataset }) {
    if (!dataset.item) return;
    this.dispatch({ type: 'show', item: dataset.item });
    if (dataset.area) this.stage.look(JSON.parse(dataset.area));
    must('viewer').scrollIntoView({ block: 'nearest' });
  }
}
