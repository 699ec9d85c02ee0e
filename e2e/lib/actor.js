// A person with a card, played inside the phone's page: getUserMedia gives a
// canvas on which pictures are shown as the server asks for them, tilted and
// turned when it asks for that. Runs before the page's own scripts; the page and
// its policy stay as they are.

import { logIn } from './enrolment.js';
import { desktopState, joinPhone, scan } from './journey.js';
import { agreed } from './shortcut.js';

/**
 * Asks for a certificate, and plays the capture on a phone whose camera is the actor.
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin of the server
 * @param {Record<string, string>} pictures that the actor shows, by name
 * @param {() => void} watch runs in the phone's page before its own scripts
 * @param {Pick<NonNullable<Parameters<typeof joinPhone>[2]>, 'arrived'>} [more]
 */
export async function actingPhone(t, browser, origin, pictures, watch, more = {}) {
  const applicant = await logIn(browser, origin, '/signature', 'maeva');
  t.after(() => applicant.context.close());
  const { page } = applicant;
  const { id } = await agreed(page, { surname: 'Specimen', givenNames: 'Gaëlle Louise', birthDate: '1987-11-15' });
  await page.goto(`${origin}/capture?id=${id}`);
  await desktopState(page, 'pairing');
  const phone = await joinPhone(browser, await scan(page), {
    ...more, desktop: page,
    prepare: async (/** @type {import('playwright-core').Page} */ at) => {
      await at.exposeFunction('visavisPicture', (/** @type {string} */ name) => pictures[name]);
      await at.addInitScript(actor);
      await at.addInitScript(watch);
    },
  });
  t.after(() => phone.context.close());
  return { applicant, phone };
}

/**
 * The script, to be given to addInitScript. It asks window.visavisPicture(name)
 * for JPEGs in base64: front, back, face.
 * @param {{width: number, height: number}} [size] of the camera's pictures
 */
export function actor({ width, height } = { width: 1280, height: 720 }) {
  const now = { step: 'document-front', gesture: '', kind: '', since: 0, box: /** @type {number[]|null} */ (null) };
  Object.assign(window, { visavisActor: now, visavisGestures: /** @type {string[]} */ ([]) });

  // What the server says, as the page hears it.
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(/** @type {string | URL} */ url, /** @type {string | string[] | undefined} */ protocols) {
      super(url, protocols);
      this.addEventListener('message', (event) => {
        if (typeof event.data !== 'string') return;
        const m = JSON.parse(event.data);
        const steps = (m.progress ?? m).steps;
        const active = steps?.find((/** @type {{state: string}} */ s) => s.state === 'active');
        if (active) now.step = active.step;
        if (m.type === 'frame-result' && m.box && !now.box) now.box = m.box;
        if (m.type === 'challenge') {
          if (!m.done && (m.gesture !== now.gesture || m.kind !== now.kind)) {
            Object.assign(now, { gesture: m.gesture, kind: m.kind, since: performance.now() });
            /** @type {any} */ (window).visavisGestures.push(`${m.kind} ${m.gesture}`);
          }
          if (m.done) now.gesture = '';
        }
        if (m.type === 'progress' && active && !['tilt', 'gesture'].includes(active.phase)) now.gesture = '';
      });
    }
  };

  /** @type {Record<string, ImageBitmap>} */
  const pictures = {};
  const load = async (/** @type {string} */ name) => {
    const text = atob(await /** @type {any} */ (window).visavisPicture(name));
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    pictures[name] = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
  };

  /** @param {CanvasRenderingContext2D} ctx @param {ImageBitmap} card @param {number} lift @param {string} edge */
  function drawCard(ctx, card, lift, edge) {
    ctx.fillStyle = '#39465a';
    ctx.fillRect(0, 0, width, height);
    const h = 0.72 * height;
    const w = (h * card.width) / card.height;
    const flat = edge === 'left' || edge === 'right';
    const along = flat ? w : h;
    const across = flat ? h : w;
    // One edge nearer: strips between two lengths, the near one longer.
    const sign = edge === 'right' || edge === 'down' ? 1 : -1;
    const depth = 1.4 * w;
    const at = (/** @type {number} */ t) => 1 / (1 - (sign * (t - 0.5) * along * Math.sin(lift)) / depth);
    for (let i = 0; i < along; i++) {
      const t = i / along;
      const scale = at(t);
      const place = (t - 0.5) * along * Math.cos(lift) * scale;
      const long = across * scale;
      if (flat) ctx.drawImage(card, t * card.width, 0, card.width / along, card.height, width / 2 + place, height / 2 - long / 2, 2, long);
      else ctx.drawImage(card, 0, t * card.height, card.width, card.height / along, width / 2 - long / 2, height / 2 + place, long, 2);
    }
  }
  /** @param {CanvasRenderingContext2D} ctx @param {ImageBitmap} face @param {number} yaw @param {number} closer */
  function drawFace(ctx, face, yaw, closer) {
    const box = now.box ?? [0.4, 0.25, 0.2, 0.4];
    const cx = (box[0] + box[2] / 2) * width;
    const radius = box[2] * width * 0.8;
    ctx.save();
    ctx.translate(width / 2, height / 2);
    ctx.scale(closer, closer);
    ctx.translate(-width / 2, -height / 2);
    ctx.drawImage(face, 0, 0, width, height);
    // The head as a cylinder that turns: its surface moves, its outline stays.
    for (let x = Math.ceil(cx - radius); yaw !== 0 && x < cx + radius; x++) {
      const angle = Math.asin((x - cx) / radius) - yaw;
      const from = cx + radius * Math.sin(Math.max(-Math.PI / 2, Math.min(Math.PI / 2, angle)));
      ctx.drawImage(face, (from / width) * face.width, 0, 1, face.height, x, 0, 1.5, height);
    }
    ctx.restore();
  }

  /** @param {CanvasRenderingContext2D} ctx */
  function draw(ctx) {
    // The movement goes there and back in two seconds, and is repeated until it is seen.
    const t = now.gesture ? ((performance.now() - now.since) % 4000) / 1000 : 0;
    const much = Math.max(0, Math.min(1, t < 2 ? t - 0.3 : 3.4 - t));
    const shake = Math.sin(performance.now() / 700);
    ctx.setTransform(1, 0, 0, 1, shake, shake);
    if (now.step === 'selfie') {
      const yaw = now.gesture === 'turn-left' ? -much * 0.9 : now.gesture === 'turn-right' ? much * 0.9 : 0;
      drawFace(ctx, pictures.face, -yaw, now.gesture === 'come-closer' ? 1 + 0.45 * much : 1);
    } else {
      drawCard(ctx, now.step === 'document-back' ? pictures.back : pictures.front, now.kind === 'tilt' ? much * 0.45 : 0, now.gesture);
    }
  }

  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    if (!pictures.face) await Promise.all(['front', 'back', 'face'].map(load));
    setInterval(() => draw(ctx), 66);
    draw(ctx);
    return canvas.captureStream(15);
  };
}
