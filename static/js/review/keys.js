// @ts-check
// The console's keys. Those of a single character can be turned off (WCAG 2.1.4),
// and none is taken where somebody writes.

const memory = 'visavis-review-keys';

/**
 * What a key asks for; '' for nothing.
 * @param {{key: string, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean, shiftKey?: boolean}} event
 * @returns {string} an action, or item-1 to item-9
 */
export function actionOf(event) {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.altKey) return 'send';
  if (event.ctrlKey || event.metaKey || event.altKey) return '';
  if (/^[1-9]$/.test(event.key)) return `item-${event.key}`;
  return singles[event.key] ?? '';
}

/** Keys of one character. @type {Record<string, string>} */
const singles = {
  '+': 'zoom-in', '=': 'zoom-in', '-': 'zoom-out', 0: 'reset', r: 'turn-right', R: 'turn-left',
  p: 'play', ',': 'frame-back', '.': 'frame-on', ';': 'frame-on',
  v: 'go-viewer', l: 'go-readings', k: 'go-checks', c: 'go-checklist', d: 'go-decision', t: 'draw', e: 'extend', '?': 'keys',
};

/** The list that « ? » shows: keys, and the words of what they do. @type {[string[], string][]} */
export const list = [
  [['t'], 'draw'], [['e'], 'extend'], [['1', '9'], 'items'], [['+', '−', '0'], 'zoom'], [['r', 'shift+r'], 'turn'], [['arrows'], 'move'],
  [['p'], 'play'], [[',', '.'], 'frames'], [['v'], 'viewer'], [['l'], 'readings'], [['k'], 'checks'],
  [['c'], 'checklist'], [['d'], 'decision'], [['ctrl+enter'], 'send'], [['?'], 'help'],
];

/**
 * Whether a key belongs to what has the focus: a text to write, a list to
 * choose from, a slider that the digits would not move but the arrows do.
 * @param {{tagName?: string, type?: string, isContentEditable?: boolean} | null} target
 */
export function isWriting(target) {
  if (!target) return false;
  if (target.isContentEditable || target.tagName === 'TEXTAREA' || target.tagName === 'SELECT') return true;
  return target.tagName === 'INPUT' && !['range', 'radio', 'checkbox', 'button', 'submit'].includes(target.type ?? '');
}

/** Whether single keys are on: they are, until somebody turns them off. */
export function keysOn() {
  try {
    return globalThis.localStorage?.getItem(memory) !== 'off';
  } catch {
    return true;
  }
}

/** @param {boolean} on */
export function setKeys(on) {
  try {
    globalThis.localStorage?.setItem(memory, on ? 'on' : 'off');
  } catch {
    // storage refused: the choice lives as long as the page
  }
}
