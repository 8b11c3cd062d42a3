import { splitWords } from '../resp/request-decoder.js';
import type { Sentinel } from '../server/sentinel/sentinel.js';
import type { Timing } from '../server/sentinel/timing.js';
import type { ServerOptions } from '../server/server-options.js';
import type { TestNetwork } from './test-network.js';
import { TestNetworkNode } from './test-network-node.js';
import type { TestServerOptions } from './test-server.js';

/** A server that sentinels watch, or a sentinel. */
export type TestSentinelMember = TestWatchedServer | TestSentinel;

/** A server with data for a test with sentinels. */
export class TestWatchedServer extends TestNetworkNode {
  /** What it says itself; sentinels may think otherwise. */
  get isPrimary(): boolean {
    return !this.server.replication.isReplica;
  }

  /** The port of the server that it follows. */
  get primaryPort(): number | undefined {
    return this.isPrimary ? undefined : Number(this.server.settings.primary.split(' ')[1]);
  }

  follow(port: number): void {
    this.session.run('REPLICAOF', '127.0.0.1', String(port));
  }

  /** As what it was: its configuration file would say whom it follows. */
  override async restart(options: { readonly data?: 'kept' | 'lost' } = {}): Promise<void> {
    const { primaryPort } = this;
    await super.restart(options);
    if (primaryPort !== undefined) this.follow(primaryPort);
  }
}

/** A sentinel for a test; what it would keep in its configuration file it knows again when it is restarted. */
export class TestSentinel extends TestNetworkNode {
  constructor(
    options: TestServerOptions,
    network: () => TestNetwork,
    private readonly timing: Partial<Timing>,
    private readonly memory: { lines: readonly (readonly string[])[] } = { lines: [] },
  ) {
    const configure: ServerOptions['configure'] = (configuration) => {
      for (const line of memory.lines) configuration.load('sentinel', line);
    };
    super(options, { isSentinel: true, keepsFiles: false, configure }, network);
  }

  get sentinel(): Sentinel {
    return this.server.sentinel!;
  }

  get id(): string {
    return this.sentinel.myId;
  }

  override async listen(...before: Parameters<TestNetworkNode['listen']>): Promise<void> {
    Object.assign(this.sentinel.timing, this.timing);
    await super.listen(...before);
  }

  override async kill(): Promise<void> {
    if (this.isAlive) {
      const lines = this.sentinel.fileLines();
      this.memory.lines = lines.map(({ name, value }) => splitWords(`${name} ${value}`)!.slice(1));
    }
    await super.kill();
  }

  /** Runs SENTINEL …; throws what is answered with an error. */
  control(...words: readonly string[]): void {
    this.mustRun('SENTINEL', ...words);
  }
}
