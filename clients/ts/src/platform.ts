// What a client needs of the world around it. A browser has it; node.ts gives it to Node.js.

export interface Socket {
  send(data: string | Uint8Array): void;
  close(): void;
  /** Loses the connection without a word. */
  drop(): void;
}

export interface SocketEvents {
  open(): void;
  text(data: string): void;
  /** Once, after the last text; 0 when it broke without a code. */
  end(code: number): void;
}

export interface Answer {
  status: number;
  text(): Promise<string>;
  /** Calls back for each line, until the end. */
  lines(line: (text: string) => void): Promise<void>;
}

export interface Platform {
  connect(url: string, subprotocol: string, events: SocketEvents, withCookies: boolean): Socket;
  request(url: string, init: { method: string; headers: Record<string, string>; body?: string | Uint8Array; signal: AbortSignal; cookies: boolean }): Promise<Answer>;
}

/** The platform of a browser's page: cookies are the browser's own. */
export function browser(): Platform {
  return {
    connect(url, subprotocol, events) {
      const socket = new WebSocket(url, subprotocol);
      let over = false;
      const end = (code: number) => { if (!over) { over = true; events.end(code); } };
      socket.onopen = () => events.open();
      socket.onmessage = (event) => { if (!over && typeof event.data === 'string') events.text(event.data); };
      socket.onclose = (event) => end(event.code === 1006 ? 0 : event.code);
      return {
        send: (data) => socket.send(data as string | ArrayBuffer),
        close: () => socket.close(1000),
        drop: () => { socket.close(); end(0); },
      };
    },
    async request(url, { cookies, ...init }) {
      const answer = await fetch(url, { ...init, body: init.body as BodyInit, credentials: cookies ? 'same-origin' : 'omit', cache: 'no-store' });
      return {
        status: answer.status,
        text: () => answer.text(),
        lines: (line) => split(pieces(answer.body as ReadableStream<Uint8Array>), line),
      };
    },
  };
}

async function* pieces(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) yield decoder.decode(value, { stream: true });
}

/** Calls back for each whole line. */
export async function split(pieces: AsyncIterable<string>, line: (text: string) => void): Promise<void> {
  let rest = '';
  for await (const piece of pieces) {
    const parts = (rest + piece).split('\n');
    rest = parts.pop() ?? '';
    parts.forEach(line);
  }
}
