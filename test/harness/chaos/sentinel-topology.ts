import { openStore } from '../../../src/index.js';
import { startSentinels, type TestSentinels, type TestServer } from '../../../src/testing/index.js';
import { until } from '../until.js';
import { KitTopology } from './kit-topology.js';
import { pick } from './kit-troubles.js';
import { type ChaosContext, STORE_OPTIONS, type TopologyKind, type Trouble } from './topology.js';

/** A primary and two replicas, watched by three sentinels that act only when they are told to. */
class SentinelTopology extends KitTopology {
  readonly troubles: readonly Trouble[] = [
    ...this.commonTroubles,
    { kind: 'primary killed and replaced', run: (chaos) => this.replacePrimary(chaos) },
    { kind: 'sentinel killed and started again', run: (chaos) => this.restartSentinel(chaos) },
  ];

  constructor(
    directives: Record<string, string>,
    private readonly setup: TestSentinels,
  ) {
    super(directives);
  }

  get nodes(): readonly TestServer[] {
    return this.setup.servers;
  }

  protected override get primaries(): readonly TestServer[] {
    return [this.setup.primary];
  }

  open() {
    const { setup, password, store } = this;
    const sentinel = { name: setup.name };
    const urls = setup.sentinels.map(({ port }) => `redis://127.0.0.1:${port}`);
    return openStore({ ...STORE_OPTIONS, ...store, type: 'redis', redisType: 'sentinel', urls, sentinel, password });
  }

  override async settle(): Promise<void> {
    await super.settle();
    const { setup } = this;
    const follow = () =>
      setup.replicas.length === 2 &&
      setup.replicas.every(({ primaryPort, server }) => {
        return primaryPort === setup.primary.port && server.replication.following.state === 'connected';
      });
    await until(follow, 'the replicas follow the primary', 60_000);
  }

  async stop(): Promise<void> {
    await this.setup.close();
  }

  protected override passwordChanged(next: string): void {
    for (const sentinel of this.setup.sentinels) sentinel.control('SET', this.setup.name, 'auth-pass', next);
  }

  private async replacePrimary({ load }: ChaosContext): Promise<void> {
    const { setup } = this;
    const { primary } = setup;
    this.promoted++;
    await setup.kill(primary);
    this.noteLost(primary, ...setup.replicas);
    await setup.failover();
    this.promoted++;
    await load.ended(100);
    await setup.restart(primary);
  }

  private async restartSentinel({ random, load }: ChaosContext): Promise<void> {
    const sentinel = pick(this.setup.sentinels, random);
    await this.setup.kill(sentinel);
    await load.ended(100);
    await this.setup.restart(sentinel);
  }
}

export const sentinelTopology: TopologyKind = {
  name: '3 sentinels, 1 + 2 servers',
  available: () => true,
  async start() {
    const directives = { requirepass: PASSWORD, masterauth: PASSWORD };
    return new SentinelTopology(directives, await startSentinels({ directives, downAfter: 60_000 }));
  },
};

const PASSWORD = 'first';
