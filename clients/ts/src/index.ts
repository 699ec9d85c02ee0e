export * from './client.js';
export type * as messages from './messages.js';
export { browser, type Platform } from './platform.js';
export * from './wire.js';
