import type { Clock } from '../core/clock.js';
import { seededRandom } from '../core/random.js';
import type { LocalSession } from '../server/local-session.js';
import { Server } from '../server/server.js';
import type { Settings } from '../server/settings.js';

export interface TestServerOptions {
  /** A free port by default. */
  readonly port?: number;
  /** Listens on this unix socket instead. */
  readonly path?: string;
  /** Moves the server's time: expiry, blocking timeouts. */
  readonly clock?: Clock;
  /** Makes what the server chooses at random the same every time. */
  readonly seed?: number;
  readonly settings?: Partial<Settings>;
}

/** A RESP server of its own for one test; `await using` closes it. */
export class TestServer implements AsyncDisposable {
  /** Runs commands without a socket. */
  readonly session: LocalSession;

  constructor(
    readonly server: Server,
    /** 0 on a unix socket. */
    readonly port: number,
    readonly path: string | undefined,
  ) {
    this.session = server.session();
  }

  get url(): string {
    return this.path === undefined ? `redis://127.0.0.1:${this.port}` : `unix://${this.path}`;
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Starts a server on 127.0.0.1 or a unix socket; each has its own data. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { clock, seed, settings, path } = options;
  const server = new Server({
    ...(clock && { clock }),
    ...(seed !== undefined && { random: seededRandom(seed) }),
    ...(settings && { settings }),
  });
  const place = await server.listen(path === undefined ? { port: options.port ?? 0 } : { path });
  return new TestServer(server, place.port ?? 0, place.path);
}
