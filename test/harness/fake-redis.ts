import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Args } from '../../src/resp/args.js';
import { RequestDecoder } from '../../src/resp/request-decoder.js';
import { until } from './until.js';

/** What is sent back, as it goes over the wire; undefined: nothing; 'close': the connection ends. */
export type Answer = string | undefined | 'close';

/** Answers a command, its name in upper case first. */
export type Script = (words: readonly string[], connection: number) => Answer;

/**
 * A server that speaks canned RESP, for what no real Redis does on demand: silence, cut replies, refused
 * handshakes, odd addresses. HELLO and CLIENT are answered as Redis 7 does where the script says nothing.
 */
export class FakeRedis {
  readonly received: string[][] = [];
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  private constructor(public script: Script) {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(script: Script = () => undefined): Promise<FakeRedis> {
    const fake = new FakeRedis(script);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get name(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Commands with this name that have arrived. */
  count(name: string): number {
    return this.received.filter((words) => words[0] === name).length;
  }

  /** Waits until so many commands with this name have arrived. */
  async got(name: string, count = 1): Promise<void> {
    await until(() => this.count(name) >= count, `${count} ${name} at ${this.name}`);
  }

  /** Sends something to every open connection. */
  send(text: string): void {
    for (const socket of this.sockets) if (!socket.destroyed) socket.write(text);
  }

  /** Ends every connection; new ones are accepted. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    const connection = this.sockets.push(socket) - 1;
    const decoder = new RequestDecoder();
    const args = new Args();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      decoder.push(chunk);
      while (decoder.next(args)) this.#answer(socket, args.texts(), connection);
    });
  }

  #answer(socket: Socket, [name = '', ...rest]: string[], connection: number): void {
    const words = [name.toUpperCase(), ...rest];
    this.received.push(words);
    const answer = this.script(words, connection) ?? GREETINGS[words[0]!];
    if (answer === 'close') socket.destroy();
    else if (answer !== undefined) socket.write(answer);
  }
}

const GREETINGS: Readonly<Record<string, string>> = {
  HELLO: '%1\r\n$5\r\nproto\r\n:3\r\n',
  CLIENT: '+OK\r\n',
  READONLY: '+OK\r\n',
};
