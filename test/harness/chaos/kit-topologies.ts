import { openStore } from '../../../src/index.js';
import {
  startCluster,
  startServer,
  type TestCluster,
  type TestClusterNode,
  type TestServer,
} from '../../../src/testing/index.js';
import { until } from '../until.js';
import { KitTopology } from './kit-topology.js';
import { pick } from './kit-troubles.js';
import { type ChaosContext, STORE_OPTIONS, type TopologyKind, type Trouble } from './topology.js';

class SingleTopology extends KitTopology {
  readonly troubles = this.commonTroubles;

  constructor(
    directives: Record<string, string>,
    private readonly server: TestServer,
  ) {
    super(directives);
  }

  get nodes(): readonly TestServer[] {
    return [this.server];
  }

  open() {
    return openStore({
      ...STORE_OPTIONS,
      ...this.store,
      type: 'redis',
      url: `redis://:${this.password}@127.0.0.1:${this.server.port}`,
    });
  }

  stop(): Promise<void> {
    return this.server.close();
  }
}

/** A primary and its replica, in a list; the replica takes over when somebody says so. */
class FailoverTopology extends KitTopology {
  readonly troubles = [
    ...this.commonTroubles,
    { kind: 'primary killed and replaced', run: (chaos: ChaosContext) => this.replacePrimary(chaos) },
  ];

  constructor(
    directives: Record<string, string>,
    readonly nodes: readonly [TestServer, TestServer],
  ) {
    super(directives);
    this.follow(nodes[1], nodes[0]);
  }

  protected override get primaries(): readonly TestServer[] {
    return this.nodes.filter(({ server }) => !server.replication.isReplica);
  }

  open() {
    const urls = this.nodes.map(({ port }) => `redis://:${this.password}@127.0.0.1:${port}`);
    return openStore({ ...STORE_OPTIONS, ...this.store, type: 'redis', redisType: 'failover', urls });
  }

  override async settle(): Promise<void> {
    await super.settle();
    const isWhole = () => this.nodes.some(({ server }) => server.replication.following.state === 'connected');
    await until(isWhole, 'the replica follows', 60_000);
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.close();
  }

  private async replacePrimary({ load }: ChaosContext): Promise<void> {
    const [primary] = this.primaries;
    const replica = this.nodes.find((node) => node !== primary)!;
    this.promoted++;
    await primary!.kill();
    this.noteLost(primary!, replica);
    replica.session.run('REPLICAOF', 'NO', 'ONE');
    this.promoted++;
    await load.ended(50);
    // Before anybody is served by what it had.
    this.directives['replicaof'] = `127.0.0.1 ${replica.port}`;
    await primary!.restart();
    delete this.directives['replicaof'];
    this.follow(primary!, replica);
  }

  private follow(node: TestServer, primary: TestServer): void {
    node.session.run('REPLICAOF', '127.0.0.1', String(primary.port));
  }
}

/** Nobody is taken for gone but by what is done here, so that what a promotion has lost is known. */
class ClusterTopology extends KitTopology {
  constructor(
    directives: Record<string, string>,
    protected readonly cluster: TestCluster,
    private readonly redisType: 'cluster' | 'auto' = 'cluster',
  ) {
    super(directives);
  }

  readonly troubles: readonly Trouble[] = [
    ...this.commonTroubles,
    { kind: 'primary killed and replaced', run: (chaos: ChaosContext) => this.replacePrimary(chaos) },
    { kind: 'replica promoted in agreement', run: (chaos: ChaosContext) => this.promote(chaos) },
    { kind: 'slots moved', run: (chaos: ChaosContext) => this.moveSlots(chaos) },
    { kind: 'MOVED storm', run: (chaos: ChaosContext) => this.sendRound(chaos) },
  ];

  get nodes(): readonly TestClusterNode[] {
    return this.cluster.nodes;
  }

  protected override get primaries(): readonly TestClusterNode[] {
    return this.cluster.primaries;
  }

  open() {
    const { cluster, password } = this;
    return openStore({
      ...STORE_OPTIONS,
      ...this.store,
      type: 'redis',
      redisType: this.redisType,
      urls: cluster.urls,
      password,
    });
  }

  override async settle(): Promise<void> {
    await super.settle();
    const { cluster } = this;
    const isWhole = () => cluster.replicas.length === 3 && cluster.nodes.every((node) => node.cluster.health.isOk);
    const follows = () => cluster.replicas.every(({ server }) => server.replication.following.state === 'connected');
    await until(() => isWhole() && follows(), 'the cluster is whole', 60_000);
  }

  async stop(): Promise<void> {
    await this.cluster.close();
  }

  private async replacePrimary({ random, load }: ChaosContext): Promise<void> {
    const { cluster } = this;
    const primary = pick(cluster.primaries, random);
    this.promoted++;
    await cluster.kill(primary);
    const successor = cluster.replicas.find(({ primaryId }) => primaryId === primary.id)!;
    this.noteLost(primary, successor);
    await cluster.failover(primary);
    this.promoted++;
    await load.ended(100);
    await cluster.restart(primary);
  }

  protected async promote({ random }: ChaosContext): Promise<void> {
    await this.cluster.failover(pick(this.cluster.primaries, random));
  }

  /** Those of one primary in which there are keys, each for a while open on both sides. */
  private async moveSlots({ random, load }: ChaosContext): Promise<void> {
    const { cluster } = this;
    const from = pick(cluster.primaries, random);
    const to = pick(
      cluster.primaries.filter((node) => node !== from),
      random,
    );
    const db = from.server.keyspace.databases[0]!;
    const slots = Array.from({ length: 16384 }, (_, slot) => slot).filter((slot) => db.keysInSlot(slot, 1).length > 0);
    for (const slot of slots.slice(0, SLOTS_AT_ONCE)) await cluster.moveSlot(slot, to, { midway: () => load.ended(2) });
  }

  private async sendRound({ load }: ChaosContext): Promise<void> {
    const { primaries } = this.cluster;
    const away = (i: number) => ({ kind: 'moved', to: primaries[(i + 1) % primaries.length]! }) as const;
    const storms = primaries.map((node, i) => node.inject({ key: 'key:1*', fault: away(i), times: 'always' }));
    await load.ended(200);
    for (const storm of storms) storm.remove();
  }
}

/** Every slot goes to another primary, while others take the places of primaries. */
class MovingTopology extends ClusterTopology {
  override readonly troubles: readonly Trouble[] = [
    { kind: 'all 16,384 slots moved', run: () => this.moveAll() },
    { kind: 'replica promoted in agreement', run: (chaos) => this.promote(chaos) },
  ];

  /** To one primary at a time, as redis-cli does it: two that take slots at once may raise their epochs past each other. */
  private async moveAll(): Promise<void> {
    const { primaries } = this;
    const slots = primaries.map(({ cluster }) => [...cluster.myself.slots]);
    // A primary that has lost all becomes a replica.
    const last = slots[0]!.splice(-1);
    for (const [i, own] of [...slots, last].entries()) await this.moveTo(primaries[(i + 1) % primaries.length]!, own);
  }

  private async moveTo(to: TestClusterNode, slots: readonly number[]): Promise<void> {
    for (let i = 0; i < slots.length; i += MOVED_AT_ONCE) {
      const some = slots.slice(i, i + MOVED_AT_ONCE);
      await Promise.all(some.map((slot) => this.cluster.moveSlot(slot, to)));
    }
  }
}

/** Its nodes find out by themselves that a primary is gone; one that is cut off acknowledges for a while what will be lost. */
class HealingTopology extends ClusterTopology {
  override readonly troubles: readonly Trouble[] = [
    { kind: 'primary killed and replaced', run: (chaos) => this.until(chaos, (node) => this.cluster.kill(node)) },
    { kind: 'primary stopped and replaced', run: (chaos) => this.until(chaos, (node) => this.cluster.pause(node)) },
    {
      kind: 'primary cut off and replaced',
      run: (chaos) => this.until(chaos, (node) => this.cluster.partition([[node]])),
    },
    { kind: 'replica cut off', run: (chaos) => this.cutReplica(chaos) },
  ];

  /** Elections that nobody has brought about here are counted, too: a machine may be busy. */
  override get promotions(): number {
    return this.promoted + Math.max(...this.nodes.map(({ cluster }) => cluster.table.currentEpoch));
  }

  /** Nobody can tell. */
  override lostOf(): number {
    return Number.POSITIVE_INFINITY;
  }

  private async until({ random, load }: ChaosContext, trouble: (node: TestClusterNode) => unknown): Promise<void> {
    const { cluster } = this;
    const primary = pick(cluster.primaries, random);
    const replicas = cluster.replicas.filter(({ primaryId }) => primaryId === primary.id);
    this.promoted++;
    await trouble(primary);
    await until(() => replicas.some(({ isPrimary }) => isPrimary), 'a replica has taken over', 60_000);
    await load.ended(200);
    cluster.heal();
    if (!primary.isAlive) await cluster.restart(primary);
    await this.settle();
    this.promoted++;
  }

  private async cutReplica({ random, load }: ChaosContext): Promise<void> {
    this.cluster.partition([[pick(this.cluster.replicas, random)]]);
    await load.ended(300);
    this.cluster.heal();
  }
}

const PASSWORD = 'first';
const MOVED_AT_ONCE = 64;
const SLOTS_AT_ONCE = 20;

export const kitTopologies: readonly TopologyKind[] = [
  {
    name: 'single',
    available: () => true,
    async start() {
      const directives = { requirepass: PASSWORD };
      return new SingleTopology(directives, await startServer({ directives }));
    },
  },
  {
    name: 'list of a primary and its replica',
    available: () => true,
    async start() {
      const directives = { requirepass: PASSWORD, masterauth: PASSWORD };
      const settings = { disklessSyncDelay: 0 };
      const nodes = [await startServer({ directives, settings }), await startServer({ directives, settings })] as const;
      return new FailoverTopology(directives, nodes);
    },
  },
  {
    name: 'cluster of 3 + 3',
    available: () => true,
    async start() {
      const directives = { requirepass: PASSWORD, masterauth: PASSWORD };
      const cluster = await startCluster({ primaries: 3, replicas: 1, nodeTimeout: 60_000, directives });
      return new ClusterTopology(directives, cluster);
    },
  },
];

/** Found out by asking the servers what they are. */
export const autoTopology: TopologyKind = {
  name: 'cluster of 3 + 3, found by auto',
  available: () => true,
  async start() {
    const directives = { requirepass: PASSWORD, masterauth: PASSWORD };
    const cluster = await startCluster({ primaries: 3, replicas: 1, nodeTimeout: 60_000, directives });
    return new ClusterTopology(directives, cluster, 'auto');
  },
};

/** Takes longer. */
export const movingTopology: TopologyKind = {
  name: 'cluster of 3 + 3 whose slots all move',
  available: () => true,
  async start() {
    const directives = { requirepass: PASSWORD, masterauth: PASSWORD };
    const cluster = await startCluster({ primaries: 3, replicas: 1, nodeTimeout: 60_000, directives });
    return new MovingTopology(directives, cluster);
  },
};

/** Takes longer. */
export const healingTopology: TopologyKind = {
  name: 'cluster of 3 + 3 that heals itself',
  available: () => true,
  async start() {
    const directives = { requirepass: PASSWORD, masterauth: PASSWORD };
    const cluster = await startCluster({ primaries: 3, replicas: 1, nodeTimeout: 1_000, directives });
    return new HealingTopology(directives, cluster);
  },
};
