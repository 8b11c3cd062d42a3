import type { Socket } from 'node:net';
import { type Clock, systemClock } from '../core/clock.js';
import { seededRandom } from '../core/random.js';
import type { LocalSession } from '../server/local-session.js';
import { Server } from '../server/server.js';
import type { ServerOptions } from '../server/server-options.js';
import type { Settings } from '../server/settings.js';
import type { CommandLog } from './command-log.js';
import { type FaultRule, Faults, type InjectedFault } from './faults.js';
import { StoppableClock } from './stoppable-clock.js';
import { type Connect, TestInterceptor } from './test-interceptor.js';

export interface TestServerOptions {
  /** A free port by default. */
  readonly port?: number;
  /** Listens on this unix socket instead. */
  readonly path?: string;
  /** Moves the server's time: expiry, blocking timeouts, delays. */
  readonly clock?: Clock;
  /** Makes what the server chooses at random the same every time, and which commands a fault with a `probability` strikes. */
  readonly seed?: number;
  readonly settings?: Partial<Settings>;
  /** Directives of redis.conf, as text: `{ maxmemory: '10mb', requirepass: 'secret' }`. */
  readonly directives?: Readonly<Record<string, string>>;
}

/** A RESP server of its own for one test; `await using` closes it. */
export class TestServer implements AsyncDisposable {
  private run: Run;
  private readonly faults: Faults;
  private lastData: Buffer | undefined;
  /** 0 on a unix socket, and before it listens. */
  port = 0;
  /** False from `kill` to `restart`. */
  isAlive = false;

  constructor(
    private readonly options: TestServerOptions,
    private readonly more: ServerOptions = {},
    private readonly connect?: Connect,
  ) {
    this.faults = new Faults(options.seed);
    this.run = this.create();
  }

  get server(): Server {
    return this.run.server;
  }

  /** Runs commands without a socket, not noticed by faults. */
  get session(): LocalSession {
    return this.run.session;
  }

  /** The unix socket it listens on. */
  get path(): string | undefined {
    return this.options.path;
  }

  get url(): string {
    return this.path === undefined ? `redis://127.0.0.1:${this.port}` : `unix://${this.path}`;
  }

  /** What clients have sent. */
  get commands(): CommandLog {
    return this.faults.commands;
  }

  /** How many clients are connected by sockets. */
  get connections(): number {
    return this.server.listeners.connections.size;
  }

  /** Has something go wrong; see `FaultRule`. */
  inject(rule: FaultRule): InjectedFault {
    return this.faults.inject(rule);
  }

  /** Forgets all faults; connections stay as they are. */
  heal(): void {
    this.faults.heal();
  }

  /** Ends the connections of all clients at once; they may come again. */
  disconnect(): void {
    for (const connection of [...this.server.listeners.connections]) connection.destroy();
  }

  /** Accepts, is silent and does nothing until `resume`, as a process that got SIGSTOP. */
  pause(): void {
    const { interceptor, clock, server } = this.run;
    clock.stop();
    interceptor.stop([...server.listeners.connections].map(({ stream }) => stream));
  }

  /** Goes on, with what has come meanwhile. */
  resume(): void {
    const { interceptor, clock } = this.run;
    interceptor.go();
    // As in a process that goes on: first what it is told, then what is due.
    setImmediate(() => setImmediate(() => interceptor.isStopped || clock.go()));
  }

  /** Ends it and its connections at once, as a crash does; `restart` starts it again. */
  async kill(): Promise<void> {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.lastData = Buffer.concat([...this.server.persistence.snapshot().pieces()]);
    await this.end();
  }

  /**
   * Starts it again where it was, with the data it had when it was killed, as if it had been written to a file, or
   * without any.
   */
  async restart({ data = 'kept' }: { readonly data?: 'kept' | 'lost' } = {}): Promise<void> {
    await this.kill();
    const before = this.run;
    this.run = this.create();
    try {
      await this.server.start();
      if (data === 'kept' && this.lastData !== undefined) this.server.persistence.loadNow(this.lastData, {});
      await this.listen(before.server);
    } catch (error) {
      // Its port may have been taken: it can be tried again.
      await this.end();
      this.run = before;
      throw error;
    }
    this.lastData = undefined;
  }

  /** Listens, as `before` did when it is started again. */
  async listen(before?: Server): Promise<void> {
    const { path, port = 0 } = this.options;
    const busPort = before?.cluster?.bus.port ?? 0;
    const place = await this.server.listen(path === undefined ? { port: this.port || port, busPort } : { path });
    this.port = place.port ?? 0;
    this.isAlive = true;
  }

  async close(): Promise<void> {
    this.isAlive = false;
    await this.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Connections between this server and other nodes. */
  protected get nodeSockets(): ReadonlySet<Socket> {
    return this.run.interceptor.nodeSockets;
  }

  private async end(): Promise<void> {
    this.run.interceptor.close();
    await this.server.close();
  }

  private create(): Run {
    const { seed, settings, directives } = this.options;
    const clock = new StoppableClock(this.options.clock ?? systemClock);
    const interceptor = new TestInterceptor(this.faults, clock, this.connect);
    const server = new Server({
      clock,
      interceptor,
      ...(seed !== undefined && { random: seededRandom(seed) }),
      ...this.more,
      settings: { ...this.more.settings, ...settings },
      directives: { ...this.more.directives, ...directives },
    });
    return { server, clock, interceptor, session: server.session() };
  }
}

/** From a start to the end. */
interface Run {
  readonly server: Server;
  readonly clock: StoppableClock;
  readonly interceptor: TestInterceptor;
  readonly session: LocalSession;
}

/** Starts a server on 127.0.0.1 or a unix socket; each has its own data. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const server = new TestServer(options);
  try {
    await server.listen();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}
