// A desktop and a phone without a screen. Written from docs/protocol.md; the same API as the Go and the Python client.
import type { FromDesktop, FromPhone, FromServer, Opened, Pairing, Start, Welcome } from './messages.js';
import type { Answer, Platform, Socket } from './platform.js';
import { FINAL, final, packFrame, PREVIEW, STILL, SUBPROTOCOL, type Frame, type StepName } from './wire.js';

const BEAT_EVERY = 4_000;
const POLL_EVERY = 2_000;
const REQUEST_LIMIT = 20_000;
const SOCKET_WAIT = 5_000;
const RESUME_FIRST = 500;
const RESUME_MOST = 15_000;
/** States, and the close codes that say the same. */
const OVER: Record<string, number> = { done: 1000, ended: 4501 };

export interface Config {
  /** Origin of the server, such as https://localhost:8443. */
  server: string;
  platform: Platform;
  language?: string;
  /** What a desktop opens its session for, or follows. */
  enrolment?: string;
  /** Go by HTTP alone; poll: ask every 2 s instead of reading a stream. */
  noSocket?: boolean;
  poll?: boolean;
  /** Milliseconds between two beats; below 0: never. */
  beatEvery?: number;
}

/** A message that arrived, or the end of the connection with its close code (0: it broke without one). */
export type Event = { at: number; message: FromServer } | { at: number; message?: undefined; code: number };

/** An answer that is no success; answer is the server's error, as far as it held one. */
export class HTTPError extends Error {
  constructor(readonly status: number, readonly answer: { code?: string; text?: string } = {}) {
    super(`http ${status}: ${answer.code}: ${answer.text}`);
  }
}

/** The connection is not open. */
export class Closed extends Error {}

const sleep = (ms: number) => new Promise<void>((resolve) => { setTimeout(resolve, ms); });

/** What a desktop and a phone have in common. */
abstract class Party<Out extends { type: string }> {
  rev = 0;
  protected noSocket: boolean;
  private opened = false;
  private socket: Socket | undefined;
  private stop = new AbortController();
  private readonly queue: Event[] = [];
  private wake: (() => void) | undefined;
  private order: Promise<unknown> = Promise.resolve(); // POSTs go one after another

  constructor(protected readonly config: Config, private readonly role: 'desktop' | 'phone') {
    this.noSocket = config.noSocket ?? false;
  }
  protected abstract hello(): Out;
  protected headers(): Record<string, string> { return {}; }
  protected query(): Record<string, string> { return {}; }
  protected note(message: FromServer): void {
    const shown = message.type === 'progress' ? message : message.type === 'welcome' ? message.progress : undefined;
    this.rev = Math.max(this.rev, shown?.rev ?? 0);
  }
  /** What is said again after a return. */
  protected async again(_message: FromServer): Promise<void> {}
  /** What goes on beside a connection until it ends. */
  protected beside(_signal: AbortSignal): void {}
  /** Waits for the next event. */
  async next(): Promise<Event> {
    while (this.queue.length === 0) await new Promise<void>((resolve) => { this.wake = resolve; });
    return this.queue.shift() as Event;
  }
  /** Yields what happens until an end that is final, and comes back in between by the rules of the protocol. */
  async* events(): AsyncGenerator<Event> {
    for (;;) {
      const event = await this.next();
      if (event.message) await this.again(event.message);
      yield event;
      if (!event.message && (final(event.code) || !(await this.comeBack()))) return;
    }
  }
  private async comeBack(): Promise<boolean> {
    const began = Date.now();
    this.noSocket = this.config.noSocket ?? false;
    for (let delay = RESUME_FIRST; ; delay = Math.min(2 * delay, RESUME_MOST)) {
      await sleep(delay / 2 + (Math.random() * delay) / 2);
      try {
        await this.resume();
        return true;
      } catch (error) {
        if (error instanceof HTTPError && error.status < 500 && error.status !== 429) return false;
      }
      if (Date.now() - began > SOCKET_WAIT) this.noSocket = true;
    }
  }
  /** Connects, and says hello with what is known. */
  async resume(): Promise<void> {
    this.drop();
    this.stop = new AbortController();
    if (!this.noSocket) await this.dial();
    this.opened = true;
    await this.say(this.hello());
    this.beside(this.stop.signal);
    if (this.noSocket && this.role === 'desktop') void this.listen(this.stop.signal);
  }
  private dial(): Promise<void> {
    return new Promise((resolve, reject) => {
      const url = `ws${this.config.server.slice('http'.length)}/ws/${this.role}`;
      const own: Socket = this.config.platform.connect(url, SUBPROTOCOL, {
        open: resolve,
        text: (data) => { if (own === this.socket) this.arrived(JSON.parse(data)); },
        end: (code) => { reject(new Closed('no socket')); if (own === this.socket) this.end(code); },
      }, this.role === 'desktop');
      this.socket = own;
    });
  }
  private put(event: Event): void {
    this.queue.push(event);
    this.wake?.();
  }
  private arrived(message: FromServer): void {
    this.note(message);
    this.put({ at: Date.now(), message });
    // Over HTTP a session that is over says so in its progress alone.
    const shown = message.type === 'progress' ? message : message.type === 'welcome' ? message.progress : undefined;
    const code = shown && OVER[shown.state];
    if (this.noSocket && code !== undefined) this.end(code);
  }
  private end(code: number): void {
    if (!this.opened) return;
    this.opened = false;
    this.stop.abort();
    this.put({ at: Date.now(), code });
  }
  /** Sends one message. */
  send(message: Out): Promise<void> { return this.say(message); }
  protected say(message: Out): Promise<void> { return this.transmit(JSON.stringify(message)); }
  protected async transmit(data: string | Uint8Array): Promise<void> {
    if (!this.opened) throw new Closed('connection is not open');
    if (!this.noSocket) return this.socket?.send(data);
    const done = this.order.then(() => this.post(data));
    this.order = done.catch(() => undefined);
    return done;
  }
  /** Loses the connection without a word. */
  drop(): void { this.leave((socket) => socket.drop()); }
  /** Ends the connection in good order; the session lives on. */
  close(): void { this.leave((socket) => socket.close()); }
  private leave(how: (socket: Socket) => void): void {
    this.opened = false;
    this.stop.abort();
    const socket = this.socket;
    this.socket = undefined;
    if (socket) how(socket);
  }

  // -- over HTTP --

  protected ask(method: string, path: string, headers: Record<string, string>, body?: string | Uint8Array, signal?: AbortSignal): Promise<Answer> {
    return this.config.platform.request(this.config.server + path, {
      method, headers, body, signal: signal ?? AbortSignal.timeout(REQUEST_LIMIT), cookies: this.role === 'desktop',
    });
  }
  private async post(data: string | Uint8Array): Promise<void> {
    const { tab } = this.query();
    const headers = {
      'Content-Type': typeof data === 'string' ? 'application/json' : 'application/octet-stream', 'Visavis-Rev': String(this.rev), ...this.headers(),
    };
    let answer: Answer;
    let body: string;
    try {
      answer = await this.ask('POST', `/api/${this.role}${tab ? `?tab=${tab}` : ''}`, headers, data);
      body = await answer.text();
    } catch {
      this.end(0);
      throw new Closed('connection is not open');
    }
    this.take(answer.status, body);
  }
  /** What a socket would have brought: its messages, its error, its end. */
  private take(status: number, body: string): void {
    const answer = parsed(body);
    if (status !== 200 && !answer.error) throw new HTTPError(status);
    for (const message of answer.messages ?? []) this.arrived(message);
    if (!answer.error) return;
    this.arrived({ type: 'error', ...answer.error });
    const code = answer.close ?? FINAL[answer.error.code];
    if (code) this.end(code);
  }
  /** Reads the state: as events, or by asking. */
  private async listen(signal: AbortSignal): Promise<void> {
    try {
      const state = (accept: string) => this.ask('GET', `/api/desktop/state?${new URLSearchParams(this.query())}`, { Accept: accept }, undefined, signal);
      while (this.config.poll && !signal.aborted) {
        const answer = await state('application/json');
        this.take(answer.status, await answer.text());
        await sleep(POLL_EVERY);
      }
      if (signal.aborted) return;
      const answer = await state('text/event-stream');
      if (answer.status !== 200) return this.take(answer.status, await answer.text());
      await answer.lines((line) => { if (line.startsWith('data:') && !signal.aborted) this.arrived(JSON.parse(line.slice('data:'.length))); });
      if (!signal.aborted) this.end(0);
    } catch {
      if (!signal.aborted) this.end(0);
    }
  }
}

function parsed(body: string): { messages?: FromServer[]; error?: { code: any; text: string }; close?: number } {
  try {
    return JSON.parse(body);
  } catch { return {}; }
}

/** A desktop page without a screen: of a session, or following config.enrolment. */
export class Desktop extends Party<FromDesktop> {
  /** Six characters that find the session in the logs. */
  reference = '';
  /** The newest one. */
  pairing: Pairing | undefined;
  private tab = newTab();

  constructor(config: Config, private readonly follow = false) { super(config, 'desktop'); }
  /** Opens a session, or finds the one of the cookie, and connects. */
  async open(): Promise<void> {
    if (!this.follow) {
      const { language, enrolment } = this.config;
      const answer = await this.ask('POST', '/api/sessions', { 'Content-Type': 'application/json' }, JSON.stringify({ language, enrolment }));
      const body = await answer.text();
      if (answer.status !== 200) throw new HTTPError(answer.status, parsed(body).error);
      this.reference = (JSON.parse(body) as Opened).reference;
    }
    await this.resume();
  }
  /** What a reload of the page does: everything but the cookie is forgotten. */
  async refresh(): Promise<void> {
    this.drop();
    this.rev = 0;
    this.pairing = undefined;
    this.tab = newTab();
    await this.open();
  }
  protected hello(): FromDesktop {
    const { language, enrolment } = this.config;
    return { type: 'hello', rev: this.rev, language, ...(this.follow ? { enrolment } : {}) };
  }
  protected query(): Record<string, string> {
    const { language = '', enrolment = '' } = this.config;
    return this.follow ? { enrolment, language } : { since: String(this.rev), tab: this.tab };
  }
  protected note(message: FromServer): void {
    super.note(message);
    if (message.type === 'pairing') this.pairing = message;
    if (message.type === 'enrolment') this.rev = Math.max(this.rev, (message.view as { rev?: number }).rev ?? 0);
  }
}

const newTab = () => Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);

/** A phone page without a camera, that follows a QR's link or has typed a code. */
export class Phone extends Party<FromPhone> {
  /** With which it comes back. */
  secret = '';
  /** Of the standing challenge. */
  nonce = '';
  private readonly ticket: { token?: string; code?: string };
  private started: Start | undefined;
  private still: { frame: Frame; partSize: number } | undefined;

  constructor(config: Config, linkOrCode: string) {
    const link = linkOrCode.includes('://') ? new URL(linkOrCode) : undefined;
    if (link && link.hash.length < 2) throw new Error('link of a QR: want an address with the token after #');
    super(link ? { ...config, server: link.origin } : config, 'phone');
    this.ticket = link ? { token: link.hash.slice(1) } : { code: linkOrCode };
  }
  /** Connects, says hello and begins to beat. */
  open(): Promise<void> { return this.resume(); }
  protected beside(signal: AbortSignal): void {
    const every = this.config.beatEvery ?? BEAT_EVERY;
    if (every < 0) return;
    const timer = setInterval(() => { if (this.secret) this.say({ type: 'beat' }).catch(() => undefined); }, every);
    signal.addEventListener('abort', () => clearInterval(timer));
  }
  protected hello(): FromPhone {
    const { language } = this.config;
    return this.secret ? { type: 'hello', deviceSecret: this.secret, rev: this.rev, language } : { type: 'hello', ...this.ticket, language };
  }
  protected headers(): Record<string, string> { return this.secret ? { 'Visavis-Device': this.secret } : {}; }
  protected note(message: FromServer): void {
    super.note(message);
    if (message.type === 'welcome') this.secret = message.deviceSecret ?? this.secret;
    if (message.type === 'challenge') this.nonce = message.done ? '' : message.nonce ?? '';
  }
  async send(message: FromPhone): Promise<void> {
    if (message.type === 'start') this.started = message;
    // Without a socket nobody remembers the hello.
    return super.send(message.type === 'claim' && this.noSocket ? { ...message, ...this.ticket } : message);
  }
  /** Sends one preview; the next may go when its frame-result has come. */
  sendPreview(step: StepName, seq: number, data: Uint8Array): Promise<void> {
    return this.transmit(packFrame({ kind: PREVIEW, step, seq, capturedAt: Date.now(), data, nonce: this.nonce }));
  }
  /** Sends a still in parts, leaving out those that skip names. */
  sendStill(step: StepName, seq: number, data: Uint8Array, partSize: number, more: { manual?: boolean; skip?: number[] } = {}): Promise<void> {
    return this.parts({ kind: STILL, step, seq, capturedAt: Date.now(), data, manual: more.manual }, partSize, more.skip ?? []);
  }
  private async parts(frame: Frame, partSize: number, skip: number[]): Promise<void> {
    this.still = { frame, partSize };
    const parts = Math.max(1, Math.ceil(frame.data.length / partSize));
    for (let part = 0; part < parts; part++) {
      if (!skip.includes(part)) await this.transmit(packFrame({ ...frame, part, parts, data: frame.data.slice(part * partSize, (part + 1) * partSize) }));
    }
  }
  /** After a return: start again, and the missing parts of a still. */
  protected async again(message: FromServer): Promise<void> {
    if (message.type !== 'welcome' || !this.started || message.deviceSecret) return;
    try {
      await this.say(this.started);
      const known: Welcome['still'] = message.still;
      if (known && this.still && known.step === this.still.frame.step && known.seq === this.still.frame.seq) {
        await this.parts(this.still.frame, this.still.partSize, known.received);
      }
    } catch (error) {
      if (!(error instanceof Closed)) throw error; // the end is an event of its own
    }
  }
}
