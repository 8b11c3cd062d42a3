import { type AddressInfo, connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../core/clock.js';
import { Args } from '../resp/args.js';
import { RequestDecoder } from '../resp/request-decoder.js';
import { encodeWords } from '../resp/request-encoder.js';
import { CommandTable } from '../server/commands/command-table.js';
import { allCommands } from '../server/commands/index.js';
import type { CommandLog } from './command-log.js';
import { type FaultRule, Faults, type InjectedFault, type Strike } from './faults.js';
import { type ReceivedCommand, readCommand } from './received-command.js';
import { replyEnd } from './reply-end.js';

export interface FaultProxyOptions {
  /** The RESP server behind it. */
  readonly target: { readonly port: number; readonly host?: string } | { readonly path: string };
  readonly clock?: Clock;
  /** Chooses which commands a fault with a `probability` strikes. */
  readonly seed?: number;
}

/**
 * A TCP proxy before a RESP server, a real one or any other, that misbehaves on demand as a test server does by itself.
 * It finds out which reply belongs to which command by their order: what is subscribed to over it passes with RESP3 only.
 * Plain TCP on loopback; no TLS.
 */
export class FaultProxy implements AsyncDisposable {
  readonly clock: Clock;
  private readonly faults: Faults;
  private readonly pairs = new Set<Pair>();
  private server: Server | undefined;
  private accepted = 0;

  constructor(private readonly options: FaultProxyOptions) {
    this.clock = options.clock ?? systemClock;
    this.faults = new Faults(options.seed);
  }

  get port(): number {
    return (this.server!.address() as AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** What clients have sent. */
  get commands(): CommandLog {
    return this.faults.commands;
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

  /** Has something go wrong; see `FaultRule`. */
  inject(rule: FaultRule): InjectedFault {
    return this.faults.inject(rule);
  }

  /** Forgets all faults; connections stay as they are. */
  heal(): void {
    this.faults.heal();
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
  strike(command: ReceivedCommand): Strike | undefined {
    return this.faults.strike(command);
  }

  private accept(client: Socket): void {
    if (this.faults.refuses()) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const { target } = this.options;
    const where: NetConnectOpts = 'path' in target ? { path: target.path } : { host: '127.0.0.1', ...target };
    const pair = new Pair(this, ++this.accepted, client, connect(where));
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

/** A reply that is still to come. */
interface Expected {
  readonly strike: Strike | undefined;
  /** When the command came. */
  readonly since: number;
}

/** A client's connection and the one to the server that belongs to it. */
class Pair {
  private readonly decoder = new RequestDecoder();
  private readonly args = new Args();
  /** Those still to come, in order. */
  private readonly expected: Expected[] = [];
  private replies = Buffer.alloc(0);
  private held = false;
  /** A reply was swallowed: what came after it would be taken for it. */
  private mute = false;
  /** The server has ended its side. */
  private isOver = false;

  constructor(
    private readonly proxy: FaultProxy,
    private readonly number: number,
    private readonly client: Socket,
    private readonly upstream: Socket,
  ) {
    client.on('data', (chunk: Buffer) => this.fromClient(chunk));
    upstream.on('data', (chunk: Buffer) => {
      if (this.mute) return;
      this.replies = Buffer.concat([this.replies, chunk]);
      this.deliver();
    });
    for (const socket of [client, upstream]) socket.setNoDelay(true);
    client.on('error', () => this.end());
    client.on('close', () => this.end());
    upstream.on('error', () => undefined);
    upstream.on('close', () => {
      this.isOver = true;
      this.endWhenDelivered();
    });
  }

  end(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  private endWhenDelivered(): void {
    if (this.isOver && !this.held) this.client.destroySoon();
  }

  private fromClient(chunk: Buffer): void {
    const { args, proxy } = this;
    this.decoder.push(chunk);
    while (this.decoder.next(args)) {
      const since = proxy.clock.now();
      const strike = proxy.strike(readCommand(COMMANDS.find(args), args, this.number, since));
      if (strike?.kind === 'drop-before') {
        this.end();
        return;
      }
      this.expected.push({ strike, since });
      if (strike?.kind !== 'error') this.upstream.write(encodeWords(args.texts()));
    }
    this.deliver();
  }

  /** Hands on every reply that is due, as its fault says. */
  private deliver(): void {
    while (!this.held && !this.mute) {
      const next = this.expected[0];
      if (next?.strike?.kind === 'error') {
        this.expected.shift();
        this.client.write(`-${next.strike.message}\r\n`, 'latin1');
        continue;
      }
      const end = this.replies.length === 0 ? undefined : replyEnd(this.replies);
      const isPush = this.replies[0] === PUSH;
      if (end === undefined || (next === undefined && !isPush)) return;
      if (!isPush && next?.strike?.kind === 'delay' && this.hold(next.since + next.strike.ms)) return;
      const reply = this.replies.subarray(0, end);
      this.replies = this.replies.subarray(end);
      if (isPush) this.client.write(reply);
      else this.pass(reply, this.expected.shift()?.strike);
    }
  }

  private pass(reply: Buffer, strike: Strike | undefined): void {
    if (strike?.kind === 'silence') this.mute = true;
    else if (strike?.kind === 'drop-after') this.end();
    else if (strike?.kind === 'cut') this.client.end(reply.subarray(0, strike.bytes));
    else this.client.write(reply);
  }

  /** False when it is time already. */
  private hold(due: number): boolean {
    const { clock } = this.proxy;
    const wait = due - clock.now();
    if (wait <= 0) return false;
    this.held = true;
    clock.schedule(wait, () => {
      this.held = false;
      this.deliver();
      this.endWhenDelivered();
    });
    return true;
  }
}

const COMMANDS = new CommandTable(allCommands);
/** `>` */
const PUSH = 0x3e;
