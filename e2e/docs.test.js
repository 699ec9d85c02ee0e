// The commands of the guides for other sites, as they are printed: a reader with curl
// alone gets from the first call to the first message of a webhook.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, freePort, root, startServer } from './lib/server.js';

/** The shell commands of a guide, one text for each block. @param {string} name */
const commandsOf = (name) => [...readFileSync(join(root, 'docs', name), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text);

test('the guides’ commands do what the guides say', { timeout: 120_000 }, async (t) => {
  const [plain, nobody] = [await freePort(), await freePort()];
  const server = await startServer({ tls: true, env: { VISAVIS_HTTP_LISTEN: `127.0.0.1:${plain}` } });
  t.after(() => server.stop());
  const home = await folder();
  t.after(() => rm(home, { recursive: true, force: true }));

  const blocks = [...commandsOf('api.md'), ...commandsOf('events.md')];
  assert.equal(blocks.length, 5);
  const script = blocks.join('echo; echo ----\n')
    .replaceAll('localhost:8443', `localhost:${server.port}`).replaceAll('localhost:8080', `localhost:${plain}`)
    .replaceAll('localhost:3000', `localhost:${nobody}`).replaceAll('~/.local/share/visavis', server.data);
  const run = spawnSync('bash', ['-euo', 'pipefail', '-c', `${script}\necho; echo ----; echo "$KEY"`], { cwd: home, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.stderr, '', 'nothing but answers');
  const [first, outcome, planned, polled, hook, key] = run.stdout.split('\n----\n');

  assert.match(first, /"id":"ver_[a-z0-9]{26}".*"status":"created".*"url":"https:/);
  assert.match(outcome, /"status":"verified","final":true[^]*"surname":"Specimen"[^]*"type":"verification\.verified"/);
  assert.match(planned, /"status":"created"[^]*"ahead":7200[^]*"status":"refused"/);
  assert.match(polled, /"type":"verification\.refused"[^]*"next":\d+/);
  assert.match(hook, /"secret":"whsec_[^]*"type":"endpoint\.test"/);

  const [, endpoint] = /"id":"(end_[a-z0-9]+)"/.exec(hook) ?? [];
  for (const until = Date.now() + 30_000; ;) { // the last command may come before the attempt
    const got = spawnSync('curl', ['-sS', '--cacert', 'root.pem', `${server.origin}/v1/endpoints/${endpoint}/deliveries`, '-u', `${key.trim()}:`], { cwd: home, encoding: 'utf8' });
    if (/"problem":"[^"]*connection refused"/.test(got.stdout)) break;
    assert.ok(Date.now() < until, got.stdout + got.stderr);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});
