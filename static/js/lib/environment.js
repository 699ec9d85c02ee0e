// @ts-check

/** @typedef {'idle'|'connecting'|'open'|'lost'|'fallback'|'final'} ConnectionState */

/**
 * What a connection needs from its browser; tests give their own.
 * @typedef {object} Environment
 * @property {any} WebSocket
 * @property {any} EventSource
 * @property {(url: string, init?: any) => Promise<any>} fetch
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} random from 0 to 1
 * @property {() => number} now milliseconds
 * @property {{host: string, protocol: string}} location
 * @property {EventTarget} window
 * @property {EventTarget & {visibilityState: string}} document
 */

/** The browser's own. @returns {Environment} */
export function browserEnvironment() {
  return {
    WebSocket: globalThis.WebSocket,
    EventSource: globalThis.EventSource,
    fetch: (url, init) => fetch(url, init),
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (timer) => clearTimeout(timer),
    random: Math.random,
    now: Date.now,
    location,
    window,
    document,
  };
}

/**
 * Listens to what happens to the page.
 * @param {Environment} env
 * @param {{online: (wasOffline: boolean) => void, hide: () => void, show: () => void}} tell
 * @returns {() => void} stops it
 */
export function watchPage({ window, document }, tell) {
  /** @type {Array<[EventTarget, string, (event: any) => void]>} */
  const listeners = [];
  /** @param {EventTarget} target @param {string} type @param {(event: any) => void} run */
  const on = (target, type, run) => {
    target.addEventListener(type, run);
    listeners.push([target, type, run]);
  };
  let offline = false;
  on(window, 'offline', () => { offline = true; });
  on(window, 'online', () => {
    tell.online(offline);
    offline = false;
  });
  on(window, 'pagehide', () => tell.hide());
  on(window, 'pageshow', (event) => { if (event.persisted) tell.show(); });
  on(document, 'visibilitychange', () => (document.visibilityState === 'hidden' ? tell.hide() : tell.show()));
  return () => {
    for (const [target, type, run] of listeners) target.removeEventListener(type, run);
  };
}
