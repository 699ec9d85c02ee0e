// A browser for connection tests: a clock that is turned by hand, sockets and
// HTTP answers that the test decides.

/** Timers that run when the test says so. */
export class FakeClock {
  now = 1_000_000;
  #timers = new Map();
  #next = 1;

  setTimeout = (run, ms) => {
    this.#timers.set(this.#next, { at: this.now + ms, run });
    return this.#next++;
  };

  clearTimeout = (id) => {
    this.#timers.delete(id);
  };

  get pending() {
    return this.#timers.size;
  }

  /** Lets ms pass, with every timer due and the promises they cause. */
  async advance(ms) {
    const end = this.now + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.now = Math.max(this.now, due[1].at);
      due[1].run();
      await settle();
    }
    this.now = end;
  }
}

/** Lets promises that are ready run. */
export async function settle() {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A browser whose network the test plays. */
export function fakeBrowser() {
  const clock = new FakeClock();
  const browser = {
    clock, sockets: [], sources: [], requests: [],
    answer: async () => { throw new TypeError('network'); },
    get socket() { return this.sockets[this.sockets.length - 1]; },
  };
  class FakeWebSocket {
    sent = [];
    bufferedAmount = 0;
    constructor(url, subprotocol) {
      Object.assign(this, { url, subprotocol });
      browser.sockets.push(this);
    }
    send(data) { this.sent.push(typeof data === 'string' ? JSON.parse(data) : data); }
    close(code, reason) { this.closed = { code, reason }; }
    open() { this.onopen?.({}); }
    receive(message) { this.onmessage?.({ data: JSON.stringify(message) }); }
    end(code) { this.onclose?.({ code }); }
  }
  class FakeEventSource {
    readyState = 0;
    constructor(url) {
      this.url = url;
      browser.sources.push(this);
    }
    close() { this.readyState = 2; }
    receive(message) { this.onmessage?.({ data: JSON.stringify(message) }); }
  }
  const document = new EventTarget();
  document.visibilityState = 'visible';
  browser.document = document;
  browser.window = new EventTarget();
  browser.environment = {
    WebSocket: FakeWebSocket,
    EventSource: FakeEventSource,
    fetch: async (url, init) => {
      browser.requests.push({ url, ...init, at: clock.now });
      return browser.answer(url, init);
    },
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    random: () => 1,
    now: () => clock.now,
    location: { host: 'visavis.example', protocol: 'https:' },
    window: browser.window,
    document,
  };
  return browser;
}

/** An HTTP answer with this JSON. */
export function json(body, status = 200) {
  return { ok: status < 300, status, json: async () => body };
}
