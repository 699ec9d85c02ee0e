// A connection in a browser that a test plays.
import { Connection } from '../js/wire/connection.js';
import { fakeBrowser } from './fakes.js';

globalThis.CustomEvent ??= class extends Event {
  constructor(type, init) {
    super(type);
    this.detail = init?.detail;
  }
};

export const welcome = (rev = 3) => ({ type: 'welcome', role: 'phone', serverTime: 0, progress: { rev, state: 'paired', reference: 'ABCDEF' } });

export function start(options = {}) {
  const browser = fakeBrowser();
  const secret = options.secret ?? 'secret';
  const connection = new Connection({
    role: options.role ?? 'phone', hello: () => ({ deviceSecret: secret }), device: () => secret, tab: 'tab1', sign: options.sign,
  }, browser.environment);
  const states = [];
  const messages = [];
  connection.addEventListener('state', (event) => states.push(event.detail));
  connection.addEventListener('message', (event) => messages.push(event.detail));
  connection.start();
  return { browser, connection, states, messages };
}

export function opened(options) {
  const all = start(options);
  all.browser.socket.open();
  all.browser.socket.receive(welcome());
  return all;
}
