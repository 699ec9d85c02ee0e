// A scripted camera in the place of the real one: getUserMedia gives a canvas on which
// the server's pictures are shown, as a scenario says while the page runs. A classic
// script, to run before the page's own: as an init script of a browser test, or put
// into the phone's page by the server (the switch on /qa).
//
//   POST /qa/camera/NAME   {"condition": "dark"}              now, and until the next
//                          [{"condition": "blurred", "for": 2000}, {}]
//   await visavisCamera.show([{condition: 'dark', for: 1000}, {}])   the same from the page
//   visavisCamera.now      what is seen, e.g. {view: 'front', condition: 'dark'}
//
// An empty scene follows the page: what its step asks for, in good condition; tilts and
// gestures are answered. The camera's name is the cookie visavis-qa-camera, else "default".
(() => {
  'use strict';
  if (!location.protocol.startsWith('http')) return; // an init script runs in about:blank too
  const WIDTH = 1280;
  const HEIGHT = 720;
  const RATE = 15;
  /** Pictures of one scene that take turns: a hand never holds quite still. */
  const MOMENTS = 3;
  /** How long a movement that is asked for takes there and back, in ms. */
  const MOVEMENT = 4000;
  const STAGES = 6;
  const MOST_TILT = 18;
  const MOST_YAW = 28;
  const MOST_CLOSER = 1.5;

  const name = /(?:^|; )visavis-qa-camera=([A-Za-z0-9-]+)/.exec(document.cookie)?.[1] ?? 'default';
  const VIEWS = { 'document-front': 'front', 'document-back': 'back', selfie: 'face' };
  const WRONG = { left: 'up', right: 'down', up: 'left', down: 'right', 'turn-left': 'turn-right', 'turn-right': 'turn-left', 'come-closer': 'turn-left' };

  const page = { step: 'document-front', document: 'identity-card', gesture: '', kind: '', since: 0 };
  /** @type {{condition?: string, view?: string, kind?: string, seed?: number, answer?: string, for?: number, tiltX?: number, tiltY?: number, yaw?: number, closer?: number}[]} */
  let scenes = [{}];
  let began = performance.now();

  /** The scene of now: each lasts as long as it says, the last one for ever. */
  function scene() {
    let since = performance.now() - began;
    for (const one of scenes.slice(0, -1)) {
      if (since < (one.for ?? 0)) return one;
      since -= one.for ?? 0;
    }
    return scenes[scenes.length - 1];
  }

  /** What is asked for at a share of the way there, 0 to 1. */
  function movement(one, share) {
    const asked = one.answer === 'wrong' ? WRONG[page.gesture] : page.gesture;
    if (!asked || one.answer === 'never') return {};
    switch (asked) {
      case 'left':
      case 'right': return { tiltX: share * MOST_TILT };
      case 'up':
      case 'down': return { tiltY: share * MOST_TILT };
      case 'turn-left': return { yaw: share * MOST_YAW };
      case 'turn-right': return { yaw: -share * MOST_YAW };
      case 'come-closer': return { closer: 1 + share * (MOST_CLOSER - 1) };
      default: return {};
    }
  }

  /** What the camera sees now, as the address of a picture has it. */
  function seen() {
    const one = scene();
    const stage = page.gesture ? Math.round(STAGES * Math.max(0, Math.min(1, triangle((performance.now() - page.since) / MOVEMENT)))) / STAGES : 0;
    const moved = movement(one, stage);
    const kinds = { passport: 'passport', 'identity-card': 'identity-card', 'residence-permit': 'residence-permit' };
    return {
      view: one.view || VIEWS[page.step] || 'front',
      kind: one.kind && one.kind !== 'identity-card' ? one.kind : kinds[page.document] ?? 'identity-card',
      condition: one.condition || 'good',
      seed: one.seed ?? 1,
      tiltX: moved.tiltX ?? one.tiltX ?? 0,
      tiltY: moved.tiltY ?? one.tiltY ?? 0,
      yaw: moved.yaw ?? one.yaw ?? 0,
      closer: moved.closer ?? one.closer ?? 1,
      moment: stage > 0 ? 0 : (Math.floor(performance.now() / 400) % MOMENTS) / 10,
    };
  }

  /** Up to 1 at 0.4 and back to 0 at 0.9, after a moment of rest. */
  function triangle(t) {
    const turn = t % 1;
    return turn < 0.1 ? 0 : turn < 0.45 ? (turn - 0.1) / 0.35 : (0.9 - turn) / 0.45;
  }

  /** @type {Map<string, ImageBitmap|null>} null while it is on its way */
  const pictures = new Map();
  /** @type {ImageBitmap|null} */
  let last = null;

  /** Fetches a picture once; it is shown when it is there. */
  function picture(view) {
    const address = `/qa/picture.jpg?${new URLSearchParams(Object.entries(view).map(([k, v]) => [k, String(v)]))}`;
    const known = pictures.get(address);
    if (known !== undefined) return known;
    pictures.set(address, null);
    fetch(address)
      .then(async (answer) => {
        if (!answer.ok) throw new Error(await answer.text());
        pictures.set(address, await createImageBitmap(await answer.blob()));
      })
      .catch((error) => {
        console.error('scripted camera:', error);
        setTimeout(() => pictures.delete(address), 1000);
      });
    return null;
  }

  /** A card that is being tilted or a scene whose picture is on its way shows the picture before. */
  function draw(ctx) {
    const view = seen();
    last = picture(view) ?? last;
    api.now = { ...view, shown: last !== null };
    const shake = Math.sin(performance.now() / 700);
    ctx.setTransform(1, 0, 0, 1, shake, shake);
    if (last) ctx.drawImage(last, 0, 0, WIDTH, HEIGHT);
  }

  // What the server says, as the page hears it.
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', (event) => {
        if (typeof event.data === 'string') hear(JSON.parse(event.data));
      });
    }
  };

  function hear(m) {
    const progress = m.type === 'progress' ? m : m.progress;
    const active = progress?.steps?.find((s) => s.state === 'active');
    if (active) page.step = active.step;
    if (progress?.document) page.document = progress.document;
    if (m.type === 'challenge') {
      if (m.done) page.gesture = '';
      else if (m.gesture !== page.gesture || m.kind !== page.kind) Object.assign(page, { gesture: m.gesture, kind: m.kind, since: performance.now() });
      // Drawing takes a moment: all stages are asked for before they are needed.
      if (page.gesture) {
        for (let i = 0; i <= STAGES; i++) picture({ ...seen(), tiltX: 0, tiltY: 0, yaw: 0, closer: 1, ...movement(scene(), i / STAGES), moment: 0 });
      }
    }
    if (progress && active && !['tilt', 'gesture'].includes(active.phase)) page.gesture = '';
  }

  const api = {
    name,
    now: /** @type {any} */ ({}),
    /** Changes what the camera sees. @param {object|object[]} list */
    async show(list) {
      const answer = await fetch(`/qa/camera/${name}`, { method: 'POST', body: JSON.stringify(list) });
      if (!answer.ok) throw new Error(await answer.text());
    },
  };
  Object.assign(window, { visavisCamera: api });

  new EventSource(`/qa/camera/${name}`).addEventListener('message', (event) => {
    scenes = JSON.parse(event.data);
    began = performance.now();
  });

  // WebKit collects the object of navigator.mediaDevices, and what was set on it: its prototype stays.
  const devices = window.MediaDevices?.prototype ?? {};
  devices.getUserMedia = async () => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: WIDTH, height: HEIGHT });
    const ctx = canvas.getContext('2d');
    const timer = setInterval(() => draw(ctx), 1000 / RATE);
    draw(ctx);
    const stream = canvas.captureStream(RATE);
    const track = stream.getVideoTracks()[0];
    const stop = track.stop.bind(track);
    track.stop = () => {
      clearInterval(timer);
      stop();
    };
    return stream;
  };
  devices.enumerateDevices = async () => [{ kind: 'videoinput', deviceId: 'scripted', label: 'scripted camera', groupId: '' }];
})();
