// @ts-check
// What the buttons do, by the name in their data-action. The page renders after
// each.

import { t } from '../lib/i18n.js';
import { OUTGOING } from '../wire/protocol.js';
import { activeStep } from '../wire/session.js';
import { copyText } from './copy.js';
import { enterLayer, goBack, leaveLayer } from './back.js';
import { must, setText, show } from './view.js';

/**
 * What the buttons may touch.
 * @typedef {object} Page
 * @property {() => import('./state.js').PhoneState} state
 * @property {() => import('./place.js').Place} place
 * @property {(change: Partial<import('./place.js').Place>) => void} moveTo
 * @property {{noDocument: boolean, changing: boolean, refused: boolean, waiting: boolean, retried: boolean}} local
 * @property {import('./link.js').Link} link
 * @property {import('./signer.js').Signer} signer
 * @property {import('./camera.js').Camera} camera
 * @property {import('../wire/connection.js').Connection} connection
 * @property {import('./shoot.js').Shoot} shoot
 * @property {(message: {type: string, [field: string]: any}) => void} command
 * @property {() => void} start says that the capture begins
 * @property {(token: string, code?: string) => void} begin
 * @property {() => void} render
 * @property {() => boolean} lights the screen may show colours
 */

/** @typedef {Record<string, (element: HTMLElement) => void>} Actions */

/** @param {Page} page @returns {Actions} */
export function createActions(page) {
  return { ...joining(page), ...choosing(page), ...capturing(page), ...leaving(page) };
}

/** Opens or closes the menu over the camera; its button has the focus afterwards where the menu had it. @param {boolean} open */
export function toggleMenu(open) {
  const menu = must('menu');
  const opener = /** @type {HTMLElement} */ (document.querySelector('[data-action="menu"]'));
  if (!open && menu.contains(document.activeElement)) opener.focus({ preventScroll: true });
  show(menu, open);
  opener.setAttribute('aria-expanded', String(open));
}

/** @param {Page} page @returns {Actions} */
function joining({ local, link, signer, command, connection, moveTo, shoot }) {
  async function claim() {
    const said = link.claim();
    command({ type: OUTGOING.claim, ...said, ...await signer.claim(said.key) });
  }
  return {
    claim() {
      local.waiting = true;
      void claim();
    },
    refuse() {
      local.refused = true;
      // The server keeps no ticket between two calls over HTTP, so the session is claimed before it can be ended.
      if (connection.state === 'fallback') void claim();
      else command({ type: OUTGOING.notMe });
    },
    'not-me': () => command({ type: OUTGOING.notMe }),
    async 'copy-link'(element) {
      const address = `${location.origin}${location.pathname}${link.token ? `#${link.token}` : ''}`;
      if (!await copyText(address)) return;
      setText(element, t('phone.action.copied'));
      shoot.voice.say(t('phone.action.copied'));
    },
    'go-on-here': () => moveTo({ obstacleSeen: true }),
    'open-secure': () => location.replace(
      `https://${location.host}${location.pathname}${link.token ? `#${link.token}` : location.hash}`),
  };
}

/** @param {Page} page @returns {Actions} */
function choosing({ local, command, moveTo, camera, shoot, start, place }) {
  return {
    document(element) {
      local.changing = false;
      leaveLayer();
      command({ type: OUTGOING.chooseDocument, document: element.dataset.document });
    },
    'no-document'() {
      local.noDocument = true;
      enterLayer();
    },
    'back-document'() {
      local.noDocument = false;
      leaveLayer();
    },
    'change-document'() {
      local.changing = true;
      enterLayer();
      toggleMenu(false);
    },
    'camera-again'() {
      local.retried = true;
      camera.restart();
    },
    'camera-other': () => { camera.next(); },
    'restart-camera': () => { camera.restart(); },
    launch() {
      moveTo({ launched: true, voice: must('voice').checked });
      shoot.voice.turn(place().voice);
      shoot.feedback.turn(place().feedback);
      local.retried = false;
      if (camera.state === 'live') start(); // else it starts when the camera is live
    },
  };
}

/** @param {Page} page @returns {Actions} */
function capturing({ camera, command, moveTo, place, shoot, start, state, render, lights }) {
  return {
    menu: () => toggleMenu(must('menu').hidden),
    'toggle-voice'() {
      moveTo({ voice: !shoot.voice.on });
      shoot.voice.turn(place().voice);
      start();
      toggleMenu(false);
    },
    'toggle-feedback'() {
      moveTo({ feedback: !shoot.feedback.on });
      shoot.feedback.turn(place().feedback);
      toggleMenu(false);
    },
    'toggle-lights'() {
      moveTo({ lights: !lights() });
      start();
      toggleMenu(false);
    },
    shutter: () => shoot.capture.manual(),
    async torch() {
      await camera.torch(!camera.lit);
      render();
    },
    switch: () => { camera.next(); },
    skip() {
      const task = state().task;
      if (!task) return;
      if (task.kind === 'light') shoot.leaveOut();
      command({ type: OUTGOING.skip, challenge: task.kind });
    },
    'intro-go': () => shoot.closeSheet(),
    again: () => shoot.closeSheet(),
    'go-on': () => shoot.closeSheet(),
    redo() {
      const steps = state().progress?.steps ?? [];
      const at = steps.findIndex((step) => step.state === 'active');
      if (at > 0) command({ type: OUTGOING.retake, step: steps[at - 1].step });
      shoot.closeSheet();
    },
    'use-anyway'() {
      const step = activeStep(state().progress);
      if (step) command({ type: OUTGOING.useAnyway, step: step.step });
      shoot.closeSheet();
    },
  };
}

/** @param {Page} page @returns {Actions} */
function leaving({ command, connection, begin, shoot }) {
  return {
    bye() {
      toggleMenu(false);
      if (document.body.dataset.screen === 'capture') shoot.askStop();
      else command({ type: OUTGOING.bye });
    },
    'bye-now'() {
      shoot.closeSheet();
      command({ type: OUTGOING.bye });
    },
    extend: () => command({ type: OUTGOING.extend }),
    'type-code': () => begin(''),
    'take-back': () => connection.start(),
    reload: () => location.reload(),
    'go-back': goBack,
  };
}
