// A site sends its member to Visavis and reads the result: the three hosts of
// examples/, from their page in Chromium to « verified », against the real program.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { accessible } from './lib/axe.js';
import { desktop } from './lib/browser.js';
import { watch } from './lib/journey.js';
import { opened } from './lib/opened.js';
import { freePort, root, startServer } from './lib/server.js';

const { browser, server } = await opened(startServer());

/** How each host is run in its folder. @type {Record<string, string[]>} */
const hosts = { go: ['go', 'run', '.'], node: [process.execPath, 'host.js'], python: ['python3', 'host.py'] };

/** Calls `visavis site`. @param {string[]} args */
function site(...args) {
  const { status, stdout, stderr } = spawnSync(join(root, 'var/bin/visavis'), ['site', args[0], `--data=${server.data}`, ...args.slice(1)], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

/** @param {string} key @param {string} method @param {string} path @param {object} [body] */
async function api(key, method, path, body) {
  const res = await fetch(server.origin + path, {
    method, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body),
  });
  const answer = await res.json();
  assert.ok(res.ok, JSON.stringify(answer));
  return answer;
}

/** Waits until something is so. @param {() => Promise<boolean>} so */
async function until(so) {
  for (const deadline = Date.now() + 30_000; !await so();) {
    assert.ok(Date.now() < deadline, 'waited for 30 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

for (const [name, command] of Object.entries(hosts)) {
  test(`a member of the host in ${name} is verified`, { timeout: 180_000 }, async (t) => {
    if (spawnSync(command[0], ['--version']).error && name !== 'go') return t.skip(`${command[0]} is not installed`);
    const port = String(await freePort());
    const home = `http://localhost:${port}`;
    const id = site('add', `--name=Exemple ${name}`, `--return-urls=${home}/back`, `--origins=${home}`);
    const key = site('key', '--scopes=read,write,personal', id);
    const child = spawn(command[0], command.slice(1), {
      cwd: join(root, 'examples', name), env: { ...process.env, VISAVIS_URL: server.origin, VISAVIS_KEY: key, PORT: port }, stdio: ['ignore', 'pipe', 'inherit'], detached: true,
    });
    t.after(() => { try { process.kill(-(/** @type {number} */ (child.pid))); } catch { /* gone */ } });
    await new Promise((resolve, reject) => {
      child.stdout.on('data', (line) => { if (String(line).includes('open')) resolve(undefined); });
      child.once('exit', () => reject(new Error('the host ended')));
    });

    const context = await browser.newContext(desktop);
    t.after(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const problems = watch(page);
    await page.goto(home);
    await page.click('button');
    await page.waitForURL(`${server.origin}/request?id=**`); // the link's page leads on by itself
    await page.waitForSelector('body[data-state="declared"] #heading');
    assert.equal(await page.textContent('#asked-by'), `Demandé par Exemple ${name}`);
    assert.match(await page.textContent('#declared-name') ?? '', /Specimen/);
    await accessible(page, `sent by ${name}`);

    // Another browser gets nowhere with the same link.
    const [v] = (await api(key, 'GET', '/v1/verifications')).data;
    assert.equal(v.reference, 'member-7');
    assert.ok(v.link.opened_at);

    await api(key, 'POST', `/v1/test/verifications/${v.id}/advance`, { to: 'to_confirm' });
    await page.waitForSelector('body[data-state="confirm"] #heading');
    await page.click('#form-confirm [type="submit"]');
    await page.waitForURL(`${home}/**`, { timeout: 30_000 }); // back by itself, with the id and nothing else
    await until(async () => {
      await page.goto(home);
      return (await page.textContent('#status'))?.startsWith('verified') ?? false;
    });
    assert.equal(await page.textContent('#name'), 'Maéva Claire Specimen');
    const [endpoint] = (await api(key, 'GET', '/v1/endpoints')).data;
    await until(async () => {
      const { data } = await api(key, 'GET', `/v1/endpoints/${endpoint.id}/deliveries`);
      return data.length > 4 && data.every((/** @type {{state: string}} */ d) => d.state === 'delivered');
    });
    assert.deepEqual(problems, []);
  });
}

test('the reference of the API is accessible without a script, on a desk and a phone', { timeout: 60_000 }, async () => {
  for (const look of [
    { colorScheme: /** @type {const} */ ('light'), viewport: { width: 1440, height: 900 } },
    { colorScheme: /** @type {const} */ ('dark'), viewport: { width: 390, height: 844 } },
  ]) {
    const context = await browser.newContext({ ...look, ignoreHTTPSErrors: true });
    try {
      const page = await context.newPage();
      await page.goto(`${server.origin}/v1/docs`);
      for (const all of await page.locator('article summary').all()) await all.click();
      assert.match(await page.locator('#create-verification pre').first().textContent() ?? '', /^curl http.*\/v1\/verifications/);
      await accessible(page, `the API in ${look.colorScheme}`);
    } finally {
      await context.close();
    }
  }
});

test('a link that another browser has opened says so, in words', { timeout: 60_000 }, async () => {
  const id = site('add', '--name=Exemple');
  const key = site('key', id);
  const v = await api(key, 'POST', '/v1/verifications', { purpose: 'identity' });
  const first = await browser.newContext(desktop);
  const second = await browser.newContext(desktop);
  try {
    const page = await first.newPage();
    await page.goto(v.url);
    await page.waitForSelector('body[data-state="correct"] #heading'); // the site told nothing of its person
    assert.ok(!page.url().includes('#'));
    const other = await second.newPage();
    await other.goto(v.url);
    await other.waitForSelector('body[data-state="refused"] #heading');
    assert.match(await other.textContent('#problem') ?? '', /autre navigateur/);
    assert.ok(!other.url().includes('#'), 'the secret left the address');
    await accessible(other, 'a link of another browser');
    await page.reload();
    await page.waitForSelector('#banner-elsewhere:visible');
  } finally {
    await first.close();
    await second.close();
  }
});
