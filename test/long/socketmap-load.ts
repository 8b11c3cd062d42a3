import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { NetstringDecoder } from '../../src/net/netstring.js';

/**
 * Connections that ask a socketmap one key after another, as Postfix's processes do: `key<n>`, which has the
 * value `value<n>`, and now and then a key that is not there. Every answer is judged.
 */
export class SocketmapLoad {
  readonly counts = { found: 0, missing: 0, temporary: 0 };
  /** The first answers that must not be. */
  readonly wrong: string[] = [];
  /** The longest wait for an answer, in milliseconds. */
  slowest = 0;
  readonly #clients: Promise<void>[] = [];
  readonly #lastFound: Float64Array;
  #stopped = false;

  constructor(
    private readonly port: number,
    private readonly map: string,
    private readonly keys: number,
  ) {
    this.#lastFound = new Float64Array(keys);
  }

  async start(connections: number): Promise<void> {
    for (let i = 0; i < connections; i++) {
      const socket = connect(this.port, '127.0.0.1');
      await once(socket, 'connect');
      this.#clients.push(this.#ask(socket, Math.floor((i * this.keys) / connections)));
    }
  }

  /** Resolves once each of the keys has been found after this call, with the milliseconds until the first one was. */
  async untilAllFound(keys: readonly number[]): Promise<number> {
    const since = performance.now();
    const waiting = new Set(keys);
    let first = Number.POSITIVE_INFINITY;
    while (waiting.size > 0) {
      for (const key of waiting) {
        const found = this.#lastFound[key]!;
        if (found <= since) continue;
        first = Math.min(first, found - since);
        waiting.delete(key);
      }
      if (this.wrong.length > 0) throw new Error(`a wrong answer: ${this.wrong[0]}`);
      if (performance.now() - since > 60_000) throw new Error(`${waiting.size} keys are not found`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return Math.round(first);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #ask(socket: Socket, first: number): Promise<void> {
    const replies = repliesOf(socket);
    for (let asks = 1; !this.#stopped; asks++) {
      const key = (first + asks) % this.keys;
      const name = asks % 11 === 0 ? `missing${key}` : `key${key}`;
      const payload = `${this.map} ${name}`;
      const asked = performance.now();
      socket.write(`${payload.length}:${payload},`);
      const { value, done } = await replies.next();
      if (done === true) {
        this.#isWrong(`${name}: the connection ended`);
        break;
      }
      this.slowest = Math.max(this.slowest, performance.now() - asked);
      this.#judge(name, key, String(value));
    }
    socket.destroy();
  }

  #judge(name: string, key: number, answer: string): void {
    const isThere = name.startsWith('key');
    if (isThere && answer === `OK value${key}`) {
      this.counts.found++;
      this.#lastFound[key] = performance.now();
    } else if (!isThere && answer === 'NOTFOUND ') this.counts.missing++;
    else if (answer.startsWith('TEMP ')) this.counts.temporary++;
    else this.#isWrong(`${name}: ${answer}`);
  }

  #isWrong(what: string): void {
    if (this.wrong.length < 10) this.wrong.push(what);
  }
}

async function* repliesOf(socket: Socket): AsyncGenerator<Buffer, undefined> {
  const decoder = new NetstringDecoder();
  try {
    for await (const chunk of socket) {
      decoder.push(chunk as Buffer);
      for (let reply = decoder.next(); reply !== null; reply = decoder.next()) yield Buffer.from(reply);
    }
  } catch {
    // A reset is an end like another; the client says which key had no answer.
  }
  return undefined;
}
