import { type AddressInfo, connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../core/clock.js';
import { Args } from '../resp/args.js';
import { RequestDecoder } from '../resp/request-decoder.js';
import { replyEnd } from './reply-end.js';

/** What goes wrong with one command. */
export type Fault =
  /** The reply is held back for so many milliseconds of the clock, and those behind it. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection ends before the server has seen the command. */
  | { readonly kind: 'drop-before' }
  /** The server executes the command, then the connection ends without the reply. */
  | { readonly kind: 'drop-after' }
  /** Only the reply's first bytes arrive, then the connection ends. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** The server executes the command, then the connection stays and nothing comes on it any more. */
  | { readonly kind: 'silence' }
  /** The server does not see the command; the client gets this error line ("LOADING …"). */
  | { readonly kind: 'error'; readonly message: string };

export interface FaultRule {
  /** Which commands: a name in any case, or a test of all words. */
  readonly match: string | ((words: readonly string[]) => boolean);
  readonly fault: Fault;
  /** How often it strikes, once by default. */
  readonly times?: number;
}

export interface FaultProxyOptions {
  /** The RESP server behind it. */
  readonly target: { readonly port: number; readonly host?: string } | { readonly path: string };
  readonly clock?: Clock;
}

/**
 * A TCP proxy before a RESP server that misbehaves on demand: for tests of what a client does when a
 * connection breaks at the worst moment. Each fault strikes a chosen command, `refuse` and `silent` all of
 * them. Commands are kept in `log`. Plain TCP on loopback; no TLS, no push messages in between replies.
 */
export class FaultProxy implements AsyncDisposable {
  /** Every command that arrived, in order, as words of one byte a character. */
  readonly log: (readonly string[])[] = [];
  /** While set, connections are accepted and closed at once. */
  refuse = false;
  /** While set, connections are accepted, read and not answered; one that was asked meanwhile stays silent. */
  silent = false;
  readonly clock: Clock;
  private rules: { rule: FaultRule; left: number }[] = [];
  private readonly pairs = new Set<Pair>();
  private server: Server | undefined;

  constructor(private readonly options: FaultProxyOptions) {
    this.clock = options.clock ?? systemClock;
  }

  get port(): number {
    return (this.server!.address() as AddressInfo).port;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.pairs.size;
  }

  async listen(port = 0): Promise<void> {
    const server = createServer((client) => this.accept(client));
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  }

  /** Adds a fault; the first rule that matches a command and is not used up strikes. */
  inject(rule: FaultRule): void {
    this.rules.push({ rule, left: rule.times ?? 1 });
  }

  /** Forgets every fault; the connections stay. */
  heal(): void {
    this.rules = [];
    this.refuse = false;
    this.silent = false;
  }

  /** Ends every connection now. */
  disconnect(): void {
    for (const pair of [...this.pairs]) pair.end();
  }

  async close(): Promise<void> {
    const { server } = this;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.disconnect();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The fault for a command that has arrived, if any. */
  strike(words: readonly string[]): Fault | undefined {
    this.log.push(words);
    if (this.silent) return { kind: 'silence' };
    const found = this.rules.find(({ rule, left }) => left > 0 && matches(rule, words));
    if (!found) return undefined;
    found.left--;
    return found.rule.fault;
  }

  private accept(client: Socket): void {
    if (this.refuse) {
      client.resetAndDestroy();
      return;
    }
    const { target } = this.options;
    const where: NetConnectOpts = 'path' in target ? { path: target.path } : { host: '127.0.0.1', ...target };
    const pair = new Pair(this, client, connect(where));
    this.pairs.add(pair);
    client.on('close', () => this.pairs.delete(pair));
  }
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(options);
  await proxy.listen();
  return proxy;
}

/** A client's connection and the one to the server that belongs to it. */
class Pair {
  private readonly decoder = new RequestDecoder();
  private readonly args = new Args();
  /** What happens to the replies still to come, in order. */
  private readonly expected: (Fault | undefined)[] = [];
  private replies = Buffer.alloc(0);
  private held = false;
  /** A reply was swallowed: what came after it would be taken for it. */
  private mute = false;

  constructor(
    private readonly proxy: FaultProxy,
    private readonly client: Socket,
    private readonly upstream: Socket,
  ) {
    client.on('data', (chunk: Buffer) => this.fromClient(chunk));
    upstream.on('data', (chunk: Buffer) => {
      if (this.mute) return;
      this.replies = Buffer.concat([this.replies, chunk]);
      this.deliver();
    });
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.end());
      socket.on('close', () => this.end());
    }
  }

  end(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  private fromClient(chunk: Buffer): void {
    this.decoder.push(chunk);
    while (this.decoder.next(this.args)) {
      const words = this.args.texts();
      const fault = this.proxy.strike(words);
      if (fault?.kind === 'drop-before') {
        this.end();
        return;
      }
      this.expected.push(fault);
      if (fault?.kind !== 'error') this.upstream.write(encode(words));
    }
    this.deliver();
  }

  /** Hands on every reply that is due, as its fault says. */
  private deliver(): void {
    while (!this.held && !this.mute && this.expected.length > 0) {
      const fault = this.expected[0];
      if (fault?.kind === 'error') {
        this.expected.shift();
        this.client.write(`-${fault.message}\r\n`, 'latin1');
        continue;
      }
      const end = replyEnd(this.replies);
      if (end === undefined) return;
      if (fault?.kind === 'delay') {
        this.hold(fault.ms);
        return;
      }
      const reply = this.replies.subarray(0, end);
      this.replies = this.replies.subarray(end);
      this.expected.shift();
      this.pass(reply, fault);
    }
  }

  private pass(reply: Buffer, fault: Fault | undefined): void {
    if (fault?.kind === 'silence') this.mute = true;
    else if (fault?.kind === 'drop-after') this.end();
    else if (fault?.kind === 'cut') this.client.end(reply.subarray(0, fault.bytes));
    else this.client.write(reply);
  }

  private hold(ms: number): void {
    this.held = true;
    this.expected[0] = undefined;
    this.proxy.clock.schedule(ms, () => {
      this.held = false;
      this.deliver();
    });
  }
}

function matches({ match }: FaultRule, words: readonly string[]): boolean {
  return typeof match === 'string' ? words[0]?.toLowerCase() === match.toLowerCase() : match(words);
}

function encode(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`, 'latin1');
}
