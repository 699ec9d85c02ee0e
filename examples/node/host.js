// A site that has its members verified: Node 20 or newer, nothing to install.
//
//   VISAVIS_URL=https://localhost:8443 VISAVIS_KEY=vv_test_… node host.js
//
// With the local root of a demonstration also NODE_EXTRA_CA_CERTS=root.pem.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const { VISAVIS_URL = 'https://localhost:8443', VISAVIS_KEY = '', PORT = '3000', PURPOSE = 'identity' } = process.env;
const home = `http://localhost:${PORT}`;
let secret = ''; // of the endpoint: a real site keeps it with its other secrets

/** Calls the API; throws what went wrong, with its code. */
async function visavis(method, path, body, headers = {}) {
  const res = await fetch(VISAVIS_URL + path, {
    method,
    headers: { Authorization: `Bearer ${VISAVIS_KEY}`, 'Content-Type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  const answer = res.status === 204 ? null : await res.json();
  if (!res.ok) throw new Error(`${method} ${path}: ${answer.code}: ${answer.detail}`);
  return answer;
}

/** Standard Webhooks: the bytes as they came, the id, the time, and the secret. */
function genuine(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures = '' } = headers;
  if (Math.abs(Date.now() / 1000 - Number(at)) > 300) return false;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const want = createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest();
  return signatures.split(' ').some((one) => {
    const have = Buffer.from(one.replace('v1,', ''), 'base64');
    return one.startsWith('v1,') && have.length === want.length && timingSafeEqual(have, want);
  });
}

/** What this site knows of its members: a database in a real one. */
const members = new Map([['7', { name: 'Membre 7', verification: '', status: 'unverified' }]]);

/** The truth is read with the key; an event or a browser is a reason to read it. */
async function refresh(id) {
  const v = await visavis('GET', `/v1/verifications/${id}`);
  const member = [...members.values()].find((m) => m.verification === id);
  if (!member) return;
  member.status = v.status + (v.reason ? ` (${v.reason})` : '');
  if (v.status === 'verified') {
    const data = await visavis('GET', `/v1/verifications/${id}/data`); // wants the scope "personal"
    member.name = `${data.given_names} ${data.surname}`;
  }
}

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (member) => `<!doctype html><html lang="fr"><meta charset="utf-8"><title>Exemple</title><h1>Mon compte</h1>
<p id="name">${escape(member.name)}</p><p id="status">${escape(member.status)}</p>
<form method="post" action="/verify"><button>Vérifier mon identité</button></form></html>`;

const routes = {
  'GET /': async (_, __, res) => res.setHeader('Content-Type', 'text/html; charset=utf-8').end(page(members.get('7'))),
  // The member is logged in here, and sends this form: that is when a verification begins.
  'POST /verify': async (_, __, res) => {
    const member = members.get('7');
    const v = await visavis('POST', '/v1/verifications', {
      purpose: PURPOSE, reference: 'member-7', return_url: `${home}/back`, language: 'fr',
      declared: { surname: 'Specimen', given_names: 'Maéva Claire', birth_date: '1990-07-13', mobile: '+33639980012', email: 'maeva.specimen@example.org' },
    }, { 'Idempotency-Key': `member-7-${Date.now()}` });
    member.verification = v.id;
    res.writeHead(303, { Location: v.url }).end();
  },
  'GET /back': async (req, _, res) => {
    const id = new URL(req.url, home).searchParams.get('verification') ?? '';
    if (id === members.get('7').verification) await refresh(id);
    res.writeHead(303, { Location: '/' }).end();
  },
  'POST /hook': async (req, body, res) => {
    if (!genuine(req.headers, body)) return res.writeHead(401).end();
    const event = JSON.parse(body);
    res.writeHead(204).end(); // first: what follows may take its time
    if (event.data.verification) await refresh(event.data.verification);
  },
};

const server = createServer(async (req, res) => {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const route = routes[`${req.method} ${new URL(req.url, home).pathname}`];
  if (!route) return res.writeHead(404).end();
  try {
    await route(req, Buffer.concat(chunks), res);
  } catch (error) {
    console.error(error.message);
    if (!res.headersSent) res.writeHead(502).end('Visavis does not answer as it should; see the log.');
  }
});

server.listen(Number(PORT), '127.0.0.1', async () => {
  ({ secret } = await visavis('POST', '/v1/endpoints', { url: `http://127.0.0.1:${PORT}/hook`, label: 'example in Node' }));
  console.log(`open ${home}`);
});
