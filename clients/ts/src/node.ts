// The platform of Node.js, without a dependency: a small WebSocket of RFC 6455, cookies, and a root to trust.
import { createHash, randomBytes } from 'node:crypto';
import { request as plain, type IncomingMessage } from 'node:http';
import { request as secure } from 'node:https';
import type { Duplex } from 'node:stream';
import { split, type Answer, type Platform, type SocketEvents } from './platform.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MAX_MESSAGE = 1 << 20;

export interface NodeOptions {
  /** PEM of the root to trust. */
  ca?: string;
  insecure?: boolean;
  userAgent?: string;
  /** By name; kept and sent as a browser would. */
  cookies?: Record<string, string>;
}

export function node(options: NodeOptions = {}): Platform {
  const jar = options.cookies ?? {};
  const trust = { ca: options.ca, rejectUnauthorized: !options.insecure };
  const begin = (url: string) => (url.startsWith('https') ? secure : plain);
  const headers = (url: string, cookies: boolean): Record<string, string> => ({
    Origin: new URL(url).origin, 'User-Agent': options.userAgent ?? 'visavis-ts/1',
    ...(cookies && Object.keys(jar).length ? { Cookie: Object.entries(jar).map(([k, v]) => `${k}=${v}`).join('; ') } : {}),
  });
  const keep = (answer: IncomingMessage, cookies: boolean) => {
    for (const cookie of cookies ? answer.headers['set-cookie'] ?? [] : []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name) jar[name] = value ?? '';
    }
  };
  return {
    connect(url, subprotocol, events, withCookies) {
      const http = url.replace(/^ws/, 'http');
      const key = randomBytes(16).toString('base64');
      let wire: Wire | undefined;
      let over = false;
      const end = (code: number) => { if (!over) { over = true; events.end(code); } };
      const asked = begin(http)(http, {
        ...trust, agent: false, headers: {
          ...headers(http, withCookies), Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Protocol': subprotocol,
        },
      });
      asked.on('upgrade', (answer, socket, head) => {
        if (answer.headers['sec-websocket-accept'] !== createHash('sha1').update(key + GUID).digest('base64')) return void socket.destroy();
        wire = new Wire(socket, { ...events, end });
        wire.take(head);
        if (!over) events.open();
      });
      asked.on('response', (answer) => { answer.resume(); end(0); });
      asked.on('error', () => end(0));
      asked.end();
      return {
        send: (data) => wire?.write(typeof data === 'string' ? 1 : 2, Buffer.from(data as Uint8Array)),
        close: () => (wire ? wire.bye(1000) : asked.destroy()),
        drop: () => { wire?.socket.destroy(); asked.destroy(); end(0); },
      };
    },
    request: (url, init) => new Promise<Answer>((resolve, reject) => {
      const asked = begin(url)(url, { ...trust, method: init.method, signal: init.signal, headers: { ...headers(url, init.cookies), ...init.headers } }, (answer) => {
        keep(answer, init.cookies);
        answer.setEncoding('utf8');
        resolve({
          status: answer.statusCode ?? 0,
          async text() {
            let all = '';
            for await (const piece of answer) all += piece;
            return all;
          },
          lines: (line) => split(answer, line),
        });
      });
      asked.on('error', reject);
      asked.end(init.body);
    }),
  };
}

/** The frames of one WebSocket. */
class Wire {
  private buffered = Buffer.alloc(0);
  private fragments: Buffer[] = [];
  private code = 0;

  constructor(readonly socket: Duplex, private readonly events: SocketEvents) {
    socket.on('data', (data: Buffer) => this.take(data));
    socket.on('error', () => this.events.end(this.code));
    socket.on('close', () => this.events.end(this.code));
    socket.on('end', () => socket.end());
  }
  take(data: Buffer): void {
    this.buffered = Buffer.concat([this.buffered, data]);
    for (;;) {
      const b = this.buffered;
      if (b.length < 2) return;
      let length = (b[1] as number) & 0x7f;
      let at = 2;
      if (length === 126) { if (b.length < 4) return; length = b.readUInt16BE(2); at = 4; }
      else if (length === 127) { if (b.length < 10) return; length = Number(b.readBigUInt64BE(2)); at = 10; }
      if (length > MAX_MESSAGE) { this.bye(1009); return; }
      if (b.length < at + length) return;
      this.buffered = b.subarray(at + length);
      this.frame((b[0] as number) & 0x0f, ((b[0] as number) & 0x80) !== 0, b.subarray(at, at + length));
    }
  }
  private frame(opcode: number, last: boolean, payload: Buffer): void {
    if (opcode === 8) {
      this.code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.bye(payload.length >= 2 ? this.code : 1000);
    } else if (opcode === 9) {
      this.write(10, payload);
    } else if (opcode <= 2) {
      this.fragments.push(payload);
      if (!last) return;
      const whole = Buffer.concat(this.fragments);
      this.fragments = [];
      this.events.text(whole.toString('utf8'));
    }
  }
  write(opcode: number, payload: Buffer): void {
    if (this.socket.destroyed || this.socket.writableEnded) return;
    const n = payload.length;
    const head = Buffer.alloc(n < 126 ? 2 : n < 65536 ? 4 : 10);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (n < 126 ? n : n < 65536 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(n, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(n), 2);
    const mask = randomBytes(4);
    const masked = Buffer.from(payload);
    for (let i = 0; i < n; i++) masked[i] = (masked[i] as number) ^ (mask[i & 3] as number);
    this.socket.write(Buffer.concat([head, mask, masked]));
  }
  bye(code: number): void {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code, 0);
    this.write(8, payload);
    this.socket.end();
  }
}
