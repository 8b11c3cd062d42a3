import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { inspect } from 'node:util';

/** How long a test waits for a reply before it fails. */
const PATIENCE = 10_000;

/**
 * A RESP client that decodes nothing: it sends words and takes whole replies as the bytes they are, so that
 * two servers can be compared byte by byte.
 */
export class RawClient {
  #received: Buffer = Buffer.alloc(0);
  #closed = false;
  #changed = () => {};

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#changed();
    });
    for (const event of ['end', 'close', 'error'] as const) {
      socket.on(event, () => {
        this.#closed = true;
        this.#changed();
      });
    }
  }

  static async connect(port: number, protocol: 2 | 3 = 2): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new RawClient(socket);
    if (protocol === 3) await client.ask(['HELLO', '3']);
    return client;
  }

  send(...commands: readonly Words[]): void {
    this.socket.write(Buffer.concat(commands.map(encodeWords)));
  }

  sendBytes(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  async ask(words: Words): Promise<Buffer> {
    this.send(words);
    return (await this.take(1))[0]!;
  }

  /** The next replies and pushes, each with all its bytes. */
  async take(count: number): Promise<Buffer[]> {
    const replies: Buffer[] = [];
    while (replies.length < count) {
      const end = replyEnd(this.#received, 0);
      if (end < 0) await this.#more(count - replies.length);
      else {
        replies.push(this.#received.subarray(0, end));
        this.#received = this.#received.subarray(end);
      }
    }
    return replies;
  }

  /** Bytes that have come and were not taken. */
  get pending(): number {
    return this.#received.length;
  }

  /** Exactly this many bytes (a snapshot's, a socket handed over to something that is not RESP). */
  async takeBytes(length: number): Promise<Buffer> {
    while (this.#received.length < length) await this.#more(1);
    const bytes = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return bytes;
  }

  /** Nothing more is asked; replies still come. */
  end(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  async #more(missing: number): Promise<void> {
    if (this.#closed) throw new Error(`the server closed the connection, ${missing} replies missing`);
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#changed = resolve;
      const fail = () =>
        reject(
          new Error(`${missing} replies missing, got ${inspect(this.#received.toString('latin1').slice(0, 200))}`),
        );
      timer = setTimeout(fail, PATIENCE);
    });
    clearTimeout(timer);
  }
}

export type Words = readonly (string | number | Uint8Array)[];

/** Text goes out one byte a character. */
export function encodeWords(words: Words): Buffer {
  const parts = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = typeof word === 'object' ? Buffer.from(word) : Buffer.from(String(word), 'latin1');
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF);
  }
  return Buffer.concat(parts);
}

const CRLF = Buffer.from('\r\n');

/** A line as redis-cli reads it: words between blanks, "…" with \n, \r, \t, \xHH and \" in it. */
export function parseLine(line: string): string[] {
  const words = line.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? [];
  return words.map((word) => (word.startsWith('"') ? unquote(word.slice(1, -1)) : word));
}

function unquote(text: string): string {
  return text.replace(/\\(x[\da-f]{2}|.)/gi, (_, code: string) => {
    if (/^x../i.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { n: '\n', r: '\r', t: '\t' }[code] ?? code;
  });
}

/** Where the reply that starts here ends, -1 when bytes of it are missing. */
function replyEnd(bytes: Buffer, at: number): number {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return -1;
  const length = Number(bytes.latin1Slice(at + 1, lineEnd));
  let end = lineEnd + 2;
  switch (String.fromCharCode(bytes[at]!)) {
    case '$':
    case '=':
    case '!':
      if (length >= 0) end += length + 2;
      return end <= bytes.length ? end : -1;
    case '*':
    case '~':
    case '>':
      return itemsEnd(bytes, end, length);
    case '%':
      return itemsEnd(bytes, end, length * 2);
    default:
      return end;
  }
}

function itemsEnd(bytes: Buffer, at: number, count: number): number {
  for (let i = 0; i < count && at >= 0; i++) at = at < bytes.length ? replyEnd(bytes, at) : -1;
  return at;
}

/** An aggregate's own line and the bytes of each item in it; undefined for any other reply. */
export function splitReply(reply: Buffer): { head: string; items: Buffer[] } | undefined {
  if (!'*~%>'.includes(String.fromCharCode(reply[0]!))) return undefined;
  let at = reply.indexOf('\r\n') + 2;
  const head = reply.latin1Slice(0, at);
  const items: Buffer[] = [];
  while (at < reply.length) {
    const end = replyEnd(reply, at);
    items.push(reply.subarray(at, end));
    at = end;
  }
  return { head, items };
}
