// The networks that people really have: a proxy without WebSockets, one that
// holds streams back, a slow line. All listen on the loopback address.
import http from 'node:http';
import net from 'node:net';

/**
 * An HTTP proxy in front of one instance that answers every Upgrade with 403.
 * @param {number} target its port
 * @param {{port: number, bufferStreams?: boolean}} o bufferStreams: event streams are held back until they end
 */
export async function withoutUpgrades(target, o) {
  const seen = { upgrades: 0, streams: 0, requests: 0 };
  const server = http.createServer((req, res) => {
    seen.requests++;
    const out = http.request({ host: '127.0.0.1', port: target, path: req.url, method: req.method, headers: req.headers }, (back) => {
      const stream = String(back.headers['content-type']).startsWith('text/event-stream');
      if (stream) seen.streams++;
      if (stream && o.bufferStreams) {
        const held = [];
        back.on('data', (b) => held.push(b));
        back.on('end', () => { res.writeHead(back.statusCode ?? 502, back.headers); res.end(Buffer.concat(held)); });
        return;
      }
      res.writeHead(back.statusCode ?? 502, back.headers);
      back.pipe(res);
    });
    out.on('error', () => { if (!res.headersSent) res.writeHead(502); res.end(); });
    res.on('close', () => out.destroy());
    req.pipe(out);
  });
  server.on('upgrade', (_req, socket) => {
    seen.upgrades++;
    socket.on('error', () => {}); // a page that is closed meanwhile resets it
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  await new Promise((resolve) => server.listen(o.port, '127.0.0.1', () => resolve(undefined)));
  return {
    seen,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * A slow line: bytes of each direction pass at a rate, after a delay.
 * @param {number} target the instance's port
 * @param {{port: number, up: number, down: number, delay: number}} o bytes a second from the client and to it; delay one way in ms
 */
export async function slowLine(target, o) {
  const moved = { up: 0, down: 0 };
  const open = new Set();
  // All connections share the line, as on a phone.
  const lines = { up: { free: 0 }, down: { free: 0 } };
  const pass = (from, to, way, rate) => {
    /** @type {(Buffer | null)[]} What is under way: timers less than a millisecond apart may fire the later first. */
    const queue = [];
    const arrive = () => {
      const next = queue.shift();
      if (to.destroyed) return;
      if (next) to.write(next);
      else to.end();
    };
    from.on('data', (chunk) => {
      moved[way] += chunk.length;
      const line = lines[way];
      const start = Math.max(Date.now(), line.free);
      line.free = start + (chunk.length / rate) * 1000;
      from.pause();
      setTimeout(() => from.resume(), Math.max(0, line.free - Date.now()));
      queue.push(chunk);
      setTimeout(arrive, line.free - Date.now() + o.delay);
    });
    from.on('end', () => {
      queue.push(null);
      setTimeout(arrive, Math.max(0, lines[way].free - Date.now()) + o.delay);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => open.delete(from));
  };
  const server = net.createServer((client) => {
    const upstream = net.connect(target, '127.0.0.1');
    open.add(client).add(upstream);
    pass(client, upstream, 'up', o.up);
    pass(upstream, client, 'down', o.down);
  });
  await new Promise((resolve) => server.listen(o.port, '127.0.0.1', () => resolve(undefined)));
  return {
    moved,
    async stop() {
      for (const s of open) s.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
