// @ts-check
// What kind of browser this is, as far as the ways out need it. Pure: reads a
// user agent and the facts given with it.

/**
 * @typedef {object} Facts
 * @property {string} userAgent
 * @property {boolean} secure window.isSecureContext
 * @property {boolean} media navigator.mediaDevices.getUserMedia exists
 * @property {number} touchPoints navigator.maxTouchPoints
 */

/** Browsers inside other apps, by what they put into the user agent. */
const IN_APP =
  /FBAN|FBAV|FB_IAB|Instagram|Line\/|MicroMessenger|WeChat|Twitter|TikTok|musical_ly|BytedanceWebview|Snapchat|LinkedInApp|Pinterest|GSA\/|; wv\)|DuckDuckGo\/\d+ \(Android|KAKAOTALK|Teams\/|Slack/;

/**
 * @param {Facts} facts
 * @returns {{system: 'ios'|'android'|'other', browser: 'safari'|'chrome'|'samsung'|'firefox'|'other', inApp: boolean}}
 */
export function readDevice(facts) {
  const agent = facts.userAgent;
  // An iPad says it is a Mac; a Mac has no touch screen.
  const ios = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && facts.touchPoints > 1);
  const android = /Android/.test(agent);
  const system = ios ? 'ios' : android ? 'android' : 'other';
  // On iOS a web view in an app has no "Safari/" of its own.
  const bareView = ios && !/Safari\//.test(agent);
  return { system, browser: browserOf(agent), inApp: IN_APP.test(agent) || bareView };
}

/** @param {string} agent */
function browserOf(agent) {
  if (/SamsungBrowser/.test(agent)) return 'samsung';
  if (/Firefox|FxiOS/.test(agent)) return 'firefox';
  if (/Chrome|CriOS|Chromium|EdgA|EdgiOS/.test(agent)) return 'chrome';
  if (/Safari/.test(agent)) return 'safari';
  return 'other';
}

/**
 * What stands in the way before anything begins: 'in-app', 'insecure',
 * 'no-media' or nothing.
 * @param {Facts} facts
 * @returns {'' | 'in-app' | 'insecure' | 'no-media'}
 */
export function obstacle(facts) {
  const device = readDevice(facts);
  if (!facts.secure) return 'insecure';
  if (device.inApp) return 'in-app';
  if (!facts.media) return 'no-media';
  return '';
}

/** The key of the words that tell how to allow the camera. @param {Facts} facts @returns {string} */
export function allowCameraKey(facts) {
  const { system, browser } = readDevice(facts);
  if (system === 'ios') return browser === 'safari' ? 'ios-safari' : 'ios-other';
  if (browser === 'samsung') return 'android-samsung';
  if (browser === 'firefox') return 'firefox';
  return system === 'android' ? 'android-chrome' : 'other';
}
