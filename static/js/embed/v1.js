// @ts-check
/**
 * <visavis-verification client-secret src lang theme mode>: a verification within a
 * page of yours. One module, no dependency, loaded from the server that it talks to:
 *
 *   <script type="module" src="https://visavis.example/embed/v1.js"></script>
 *   <visavis-verification src="https://visavis.example" client-secret="…"></visavis-verification>
 *
 * What happens in a browser is a hint: your server reads the verification. See docs/embed.md.
 */

const HANDSHAKE_WITHIN = 15_000;

const style = new CSSStyleSheet();
style.replaceSync(`
  :host { display: block; --visavis-radius: .5rem; --visavis-border: 1px solid #8888; }
  :host([hidden]), :host([mode="modal"]:not(:state(open), :state(error))), :host([mode="redirect"]) { display: none; }
  iframe { display: block; box-sizing: border-box; inline-size: 100%; block-size: var(--visavis-height, var(--content, 26rem)); border: var(--visavis-border); border-radius: var(--visavis-radius); background: Canvas; }
  :host([theme="light"]) iframe { color-scheme: light; }
  :host([theme="dark"]) iframe { color-scheme: dark; }
  dialog { inline-size: min(40rem, 94vw); border: 0; padding: 0; background: none; }
  dialog::backdrop { background: #000a; }
  p { margin: 0; padding: 1rem; border: var(--visavis-border); border-radius: var(--visavis-radius); font: inherit; }
`);

/** Statuses that follow the pictures. The first ones may pass before one is heard. */
const afterPictures = new Set(['verifying', 'review', 'to_confirm', 'requested', 'verified', 'refused']);

/** Why nothing is shown, for who builds the page. @type {Record<string, string>} */
const words = {
  secret: 'client-secret is missing or not whole: give the client_secret of the verification, which your server was answered.',
  blocked: 'The Content-Security-Policy of this page lets no frame of Visavis in. Add its address to frame-src.',
  silent:
    'Visavis did not answer. Either this page’s origin is not one of the site’s origins (visavis site set --origins=… SITE), or the network is down.',
};

export class VisavisVerification extends HTMLElement {
  static observedAttributes = ['client-secret', 'mode'];

  #root = this.attachShadow({ mode: 'open' });
  #internals = this.attachInternals();
  /** @type {MessagePort | null} */
  #port = null;
  /** @type {() => void} */
  #end = () => {};
  #submitted = false;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [style];
  }

  connectedCallback() {
    if (this.mode === 'inline') this.#show();
  }

  disconnectedCallback() {
    this.#clear();
  }

  /** @param {string} _name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(_name, before, now) {
    if (before !== now && this.isConnected && this.mode === 'inline') this.#show();
  }

  /** inline, modal or redirect; on a phone, where the capture is, always redirect. */
  get mode() {
    if (matchMedia('(pointer: coarse) and (max-width: 50rem)').matches) return 'redirect';
    const mode = this.getAttribute('mode') ?? 'inline';
    return ['modal', 'redirect'].includes(mode) ? mode : 'inline';
  }

  /** Shows it: in its dialog, in its place, or by leaving this page. */
  open() {
    const secret = this.#secret();
    if (this.mode === 'redirect' && secret) location.assign(`${this.#server()}/v#${secret}`);
    else this.#show();
  }

  /** Takes it away; the verification goes on where it is. */
  close() {
    const shown = this.#root.childElementCount > 0;
    this.#clear();
    if (shown) this.#tell('close');
  }

  #server() {
    return new URL(this.getAttribute('src') ?? import.meta.url, document.baseURI).origin;
  }

  #secret() {
    const secret = this.getAttribute('client-secret') ?? '';
    return /^[a-z2-7]{26}\.\d{1,9}\.[\w-]{43}$/.test(secret) ? secret : '';
  }

  #clear() {
    this.#end();
    this.#end = () => {};
    this.#port?.close();
    this.#port = null;
    this.#root.replaceChildren();
    this.#internals.states.clear();
    this.#submitted = false;
  }

  #show() {
    this.#clear();
    const secret = this.#secret();
    if (!secret) return this.#fail('secret');
    const server = this.#server();
    const frame = document.createElement('iframe');
    frame.part.add('frame');
    frame.title = 'Visavis';
    frame.allow = ''; // no camera, no microphone: those are the phone's
    frame.referrerPolicy = 'no-referrer';
    const query = new URLSearchParams({ verification: `ver_${secret.split('.')[0]}` });
    if (this.lang) query.set('lang', this.lang);
    frame.src = `${server}/embed/frame?${query}`;
    const late = setTimeout(() => this.#fail('silent'), HANDSHAKE_WITHIN);
    const blocked = (/** @type {SecurityPolicyViolationEvent} */ event) => {
      if (event.blockedURI.startsWith(server) && event.effectiveDirective.includes('frame')) this.#fail('blocked');
    };
    document.addEventListener('securitypolicyviolation', blocked);
    // The frame says that it listens. It is then handed one channel, to exactly that origin,
    // with a number that it repeats.
    const greeted = (/** @type {MessageEvent} */ event) => {
      if (this.#port || event.source !== frame.contentWindow || event.origin !== server || event.data?.visavis !== 1) return;
      removeEventListener('message', greeted);
      const { port1, port2 } = new MessageChannel();
      const nonce = crypto.randomUUID();
      this.#port = port1;
      port1.onmessage = ({ data }) => {
        if (data?.nonce !== nonce) return;
        clearTimeout(late);
        this.#heard(data);
      };
      frame.contentWindow?.postMessage({ visavis: 1, nonce, secret, closable: this.mode === 'modal' }, server, [port2]);
    };
    addEventListener('message', greeted);
    this.#end = () => {
      clearTimeout(late);
      removeEventListener('message', greeted);
      document.removeEventListener('securitypolicyviolation', blocked);
    };
    if (this.mode === 'modal') {
      const dialog = document.createElement('dialog');
      dialog.part.add('dialog');
      dialog.append(frame);
      dialog.addEventListener('close', () => this.close());
      this.#root.replaceChildren(dialog);
      this.#internals.states.add('open');
      dialog.showModal();
    } else {
      this.#root.replaceChildren(frame);
    }
  }

  /** @param {{type: string, status?: string, reason?: string, final?: boolean, height?: number}} said */
  #heard({ type, status, reason, final, height }) {
    const frame = this.#root.querySelector('iframe');
    if (type === 'height' && height && frame) {
      frame.style.setProperty('--content', `${Math.ceil(height) + frame.offsetHeight - frame.clientHeight}px`); // with its border
    }
    if (type === 'ready') this.#tell('ready');
    if (type === 'close') this.close();
    if (type !== 'step') return;
    this.#internals.states.clear();
    this.#internals.states.add((status ?? '').replaceAll('_', '-'));
    if (this.mode === 'modal') this.#internals.states.add('open');
    const detail = { status, reason, final };
    this.#tell('step', detail);
    if (!this.#submitted && afterPictures.has(status ?? '')) {
      this.#submitted = true;
      this.#tell('submitted', detail);
    }
    if (status === 'review') this.#tell('review', detail);
    if (final) this.#tell('complete', detail);
  }

  /** @param {string} type @param {object} [detail] */
  #tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
  }

  /** @param {string} code */
  #fail(code) {
    this.#clear();
    const text = document.createElement('p');
    text.part.add('error');
    text.setAttribute('role', 'alert');
    text.textContent = words[code];
    this.#root.replaceChildren(text);
    this.#internals.states.add('error');
    this.#tell('error', { code, message: words[code] });
  }
}

if (!customElements.get('visavis-verification')) customElements.define('visavis-verification', VisavisVerification);
