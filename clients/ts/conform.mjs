// Plays one pairing and capture against a server that needs no camera, and prints what was accepted: the run that
// every client must pass.
//   node conform.mjs https://127.0.0.1:PORT --ca root.pem [--no-socket] [--poll]
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Desktop, Phone } from './dist/index.js';
import { node } from './dist/node.js';

const { values, positionals } = parseArgs({
  allowPositionals: true, options: { ca: { type: 'string' }, 'no-socket': { type: 'boolean' }, poll: { type: 'boolean' } },
});
const platform = node({ ca: values.ca && readFileSync(values.ca, 'utf8') });
const config = { server: positionals[0], platform, language: 'en', noSocket: values['no-socket'], poll: values.poll };

/** The same picture with other bytes: a comment after the start of the image. */
function fresh(jpeg) {
  const comment = Buffer.from(randomBytes(16).toString('hex'));
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xfe, 0, comment.length + 2]), comment, jpeg.subarray(2)]));
}

async function picture() {
  const { get } = await import('node:https');
  return new Promise((resolve, reject) => {
    get(`${config.server}/qa/picture.jpg`, { ca: values.ca && readFileSync(values.ca) }, async (answer) => {
      const all = [];
      for await (const piece of answer) all.push(piece);
      resolve(Buffer.concat(all));
    }).on('error', reject);
  });
}

const quiet = (promise) => promise.catch(() => undefined); // events() says so, and comes back
const jpeg = await picture();
const desktop = new Desktop(config);
await desktop.open();
const seen = [];
const link = new Promise((resolve) => { seen.link = resolve; });
const code = new Promise((resolve) => { seen.code = resolve; });
const watching = (async () => {
  for await (const { message } of desktop.events()) {
    if (message?.type === 'pairing') seen.link(message.url);
    if (message?.type !== 'progress') continue;
    seen.push(message.state);
    if (message.code) seen.code(message.code);
  }
})();
const phone = new Phone(config, await link);
await phone.open();
while ((await phone.next()).message?.type !== 'invitation');
await phone.send({ type: 'claim', device: 'conform' });
while ((await phone.next()).message?.type !== 'welcome');
await phone.send({ type: 'choose-code', code: await code });
const accepted = [];
let step = 'document-front';
let seq = 0;
let begun = false;
let still = 0;
const preview = () => quiet(phone.sendPreview(step, ++seq, fresh(jpeg)));
for await (const { message } of phone.events()) {
  const shown = message?.type === 'progress' ? message : message?.type === 'welcome' ? message.progress : undefined;
  if (message?.type === 'progress' && message.state === 'paired' && !begun) {
    begun = true;
    await phone.send({ type: 'choose-document', document: 'identity-card' });
    await phone.send({ type: 'start', cameraWidth: 1920, cameraHeight: 1080 });
  }
  for (const each of shown?.steps ?? []) {
    if (each.state === 'active') step = each.step;
    if (each.state === 'accepted' && !accepted.includes(each.step)) accepted.push(each.step);
  }
  if (message?.type === 'frame-result') {
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    await preview();
  } else if (message?.type === 'capture-still' && message.seq !== still) {
    still = message.seq; // said again after a return: the rest is on its way
    await quiet(phone.sendStill(message.step, message.seq, fresh(jpeg), Math.min(message.partSize, 4096)));
  } else if (shown?.state === 'capturing' && (message?.type === 'welcome' || seq === 0)) {
    await preview();
  }
}
await watching;
phone.close();
desktop.close();
console.log('accepted', accepted.join(' '), 'desktop', [...new Set(seen)].join(' '));
process.exitCode = seen[seen.length - 1] === 'done' && accepted.length === 3 ? 0 : 1;
