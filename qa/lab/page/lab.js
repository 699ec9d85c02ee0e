// @ts-check
// The /qa page: live sessions, both devices beside each other, measured values over
// time, the log of messages, and buttons for faults.

/** Rows of the log and points of a chart at most. */
const MOST_ROWS = 600;
const MOST_POINTS = 120;

const $ = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

/** @typedef {{session: string, at: string, conn: number, role: string, kind: string, toServer: boolean, text?: any, frame?: any, code?: number}} Passing */

/** @type {Map<string, {reference: string, over: boolean, progress: any, sockets: string[]}>} */
const sessions = new Map();
let chosen = '';
/** @type {Passing[]} */
let log = [];
/** @type {Map<string, {value: number, ok?: boolean, min?: number, max?: number}[]>} */
let values = new Map();
let hint = '';
let frameDue = false;

/** Fetches JSON; a refusal is an error with the server's words. */
async function get(/** @type {string} */ address, /** @type {RequestInit} */ init = {}) {
  const answer = await fetch(address, init);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

async function list() {
  for (const one of (await get('/qa/sessions')).sessions) sessions.set(one.reference, one);
  showList();
}

function showList() {
  $('none').hidden = sessions.size > 0;
  $('sessions').replaceChildren(...[...sessions.values()].reverse().map((one) => {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.textContent = `${one.reference} · ${one.progress?.state ?? 'waiting'}${one.over ? ' · over' : ''}`;
    if (one.reference === chosen) button.setAttribute('aria-current', 'true');
    button.addEventListener('click', () => choose(one.reference));
    item.append(button);
    return item;
  }));
}

async function choose(/** @type {string} */ reference) {
  chosen = reference;
  log = [];
  values = new Map();
  hint = '';
  const { messages } = await get(`/qa/sessions/${reference}/messages`);
  for (const p of messages) take(p);
  $('session').hidden = false;
  $('reference').textContent = `Session ${reference}`;
  $('download').href = `/qa/sessions/${reference}/recording.jsonl`;
  $('blurred').href = `/qa/sessions/${reference}/recording.jsonl?blur=1`;
  showList();
  show();
}

/** Follows one thing that passed. @param {Passing} p */
function take(p) {
  log.push(p);
  if (log.length > MOST_ROWS) log.shift();
  if (p.frame && p.role === 'phone') frameDue = true;
  const m = p.text;
  if (!m) return;
  if (!p.toServer && (m.hint !== undefined || m.type === 'frame-result')) hint = m.hint ?? '';
  if (p.role !== 'phone') return;
  for (const check of m.checks ?? []) {
    const points = values.get(check.name) ?? [];
    points.push(check);
    if (points.length > MOST_POINTS) points.shift();
    values.set(check.name, points);
  }
}

/** Shows the session that was chosen; once in a while is enough. */
let due = false;
function show() {
  if (due) return;
  due = true;
  setTimeout(() => {
    due = false;
    showDevices();
    showCharts();
    showLog();
  }, 150);
}

/** @param {HTMLElement} into @param {[string, any][]} rows */
function describe(into, rows) {
  into.replaceChildren(...rows.filter(([, value]) => value !== undefined && value !== '').flatMap(([name, value]) => {
    const [term, said] = [document.createElement('dt'), document.createElement('dd')];
    term.textContent = name;
    said.textContent = String(value);
    return [term, said];
  }));
}

function showDevices() {
  const one = sessions.get(chosen);
  const p = one?.progress ?? {};
  const steps = (p.steps ?? []).map((/** @type {any} */ s) => `${s.step}: ${s.state}${s.phase ? ` (${s.phase})` : ''}`).join(', ');
  describe($('desktop'), [['state', p.state], ['reason', p.reason], ['language', p.language], ['document', p.document], ['steps', steps], ['rev', p.rev], ['sockets', one?.sockets?.filter((r) => r === 'desktop').length]]);
  describe($('phone'), [['presence', p.phone?.state], ['device', p.phone?.device], ['hint', hint], ['sockets', one?.sockets?.filter((r) => r === 'phone').length]]);
  if (frameDue) {
    frameDue = false;
    $('frame').src = `/qa/sessions/${chosen}/frame.jpg?${Date.now()}`;
    $('frame').hidden = false;
  }
}

const svg = (/** @type {string} */ name, /** @type {Record<string, any>} */ attributes) => {
  const e = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, String(value));
  return e;
};

function showCharts() {
  $('charts').replaceChildren(...[...values].map(([name, points]) => {
    const newest = points[points.length - 1];
    const limits = [newest.min, newest.max].filter((v) => v !== undefined && v !== null).map(Number);
    const all = [...points.map((p) => p.value), ...limits];
    const low = Math.min(...all);
    const high = Math.max(...all, low + 1e-9);
    const y = (/** @type {number} */ v) => 54 - (50 * (v - low)) / (high - low);
    const chart = svg('svg', { width: 180, height: 58, viewBox: '0 0 180 58', role: 'img', 'aria-label': `${name} over time` });
    chart.append(svg('polyline', { points: points.map((p, i) => `${(i * 180) / Math.max(1, points.length - 1)},${y(p.value)}`).join(' ') }));
    for (const limit of limits) chart.append(svg('line', { x1: 0, x2: 180, y1: y(limit), y2: y(limit) }));
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    caption.textContent = `${name} ${Number(newest.value.toPrecision(3))}${limits.length ? ` (limit ${limits.join(' to ')})` : ''}`;
    figure.className = newest.ok === false ? 'bad' : '';
    figure.append(chart, caption);
    return figure;
  }));
}

/** What a row says. @param {Passing} p @returns {[string, string]} */
function said(p) {
  if (p.frame) return [p.frame.still ? 'still' : 'preview', `${p.frame.step} seq ${p.frame.seq}, ${p.frame.bytes} bytes${p.frame.parts > 1 ? `, part ${p.frame.part + 1} of ${p.frame.parts}` : ''}`];
  if (p.text) return [p.text.type, JSON.stringify(Object.fromEntries(Object.entries(p.text).filter(([k]) => k !== 'type'))).slice(0, 400)];
  return [p.kind, p.code ? String(p.code) : ''];
}

function showLog() {
  const words = $('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const start = log.length ? Date.parse(log[0].at) : 0;
  const rows = [];
  for (const p of log) {
    const [what, text] = said(p);
    const who = `${p.role} ${p.toServer ? '→' : '←'}`;
    const line = `${who} ${what} ${text}`.toLowerCase();
    if (!words.every((word) => line.includes(word))) continue;
    const row = document.createElement('tr');
    row.className = p.text?.type === 'error' || p.text?.status === 'refused' || p.text?.accepted === false ? 'bad' : '';
    for (const cell of [((Date.parse(p.at) - start) / 1000).toFixed(2), who, what, text]) {
      const td = document.createElement('td');
      td.textContent = cell;
      row.append(td);
    }
    rows.push(row);
  }
  $('log').replaceChildren(...rows.reverse());
}

$('filter').addEventListener('input', showLog);

$('faults').addEventListener('submit', async (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const button = /** @type {HTMLButtonElement} */ (event.submitter);
  const output = $('faults').querySelector('output');
  try {
    const done = await get(`/qa/sessions/${chosen}/faults`, { method: 'POST', body: new URLSearchParams(button.value) });
    output.textContent = button.value.startsWith('drop') ? `${done.dropped} dropped` : 'done';
  } catch (error) {
    output.textContent = String(error);
  }
});

const camera = $('camera');
camera.addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  document.cookie = `visavis-qa-camera=${camera.elements.name.value}; path=/; samesite=lax`;
  camera.querySelector('output').textContent = 'the phone’s page of this browser uses it from its next load on';
});
camera.elements.off.addEventListener('click', () => {
  document.cookie = 'visavis-qa-camera=; path=/; max-age=0; samesite=lax';
  camera.querySelector('output').textContent = 'the real camera again';
});
camera.elements.show.addEventListener('click', async () => {
  try {
    const done = await get(`/qa/camera/${camera.elements.name.value}`, { method: 'POST', body: camera.elements.scenes.value });
    camera.querySelector('output').textContent = `${done.browsers} browsers see it`;
  } catch (error) {
    camera.querySelector('output').textContent = String(error);
  }
});

const events = new EventSource('/qa/events');
events.addEventListener('open', () => list().catch(console.error));
events.addEventListener('passing', (event) => {
  /** @type {Passing} */
  const p = JSON.parse(event.data);
  if (!sessions.has(p.session) || p.text?.type === 'progress' || p.text?.type === 'welcome' || p.kind === 'close') list().catch(console.error);
  if (!chosen) choose(p.session).catch(console.error);
  else if (p.session === chosen) {
    take(p);
    show();
  }
});
