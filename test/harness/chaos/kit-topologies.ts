import { openStore } from '../../../src/index.js';
import {
  startCluster,
  startServer,
  type TestCluster,
  type TestClusterNode,
  type TestServer,
} from '../../../src/testing/index.js';
import { until } from '../until.js';
import { connectionTroubles, pick } from './kit-troubles.js';
import { COUNTERS, counterName } from './load.js';
import { type ChaosContext, type ChaosTopology, STORE_OPTIONS, type TopologyKind, type Trouble } from './topology.js';

/** What every server of the kit can be made to do. */
abstract class KitTopology implements ChaosTopology {
  promotions = 0;
  protected readonly lost = new Map<string, number>();
  /** Read whenever a node is started. */
  protected readonly directives: Record<string, string>;

  constructor(directives: Record<string, string>) {
    this.directives = directives;
  }

  abstract readonly nodes: readonly TestServer[];
  abstract readonly troubles: readonly Trouble[];
  abstract open(): ReturnType<typeof openStore>;
  abstract stop(): Promise<void>;

  get password(): string {
    return this.directives['requirepass']!;
  }

  /** Without the links of replicas. */
  connections(): number {
    const sessions = this.nodes.flatMap(({ server }) =>
      [...server.listeners.connections].map(({ session }) => session),
    );
    return sessions.filter(({ replica }) => replica === undefined).length;
  }

  lostOf(counter: string): number {
    return this.lost.get(counter) ?? 0;
  }

  async settle(): Promise<void> {
    for (const node of this.nodes) node.commands.clear();
    await Promise.resolve();
  }

  protected get commonTroubles(): Trouble[] {
    return [
      ...connectionTroubles((random) => pick(this.nodes, random)),
      { kind: 'node stopped', run: (chaos) => this.stopNode(chaos) },
      { kind: 'primary killed and started again', run: (chaos) => this.restartPrimary(chaos) },
      { kind: 'memory full', run: (chaos) => this.fillMemory(chaos) },
      { kind: 'scripts flushed', run: (chaos) => this.flushScripts(chaos) },
      { kind: 'password rotated', run: (chaos) => this.rotatePassword(chaos) },
    ];
  }

  protected get primaries(): readonly TestServer[] {
    return this.nodes;
  }

  private async stopNode({ random, load }: ChaosContext): Promise<void> {
    const node = pick(this.nodes, random);
    node.pause();
    await load.ended(100);
    node.resume();
  }

  private async restartPrimary({ random, load }: ChaosContext): Promise<void> {
    const node = pick(this.primaries, random);
    await node.kill();
    await load.ended(30);
    await node.restart();
  }

  private async fillMemory({ load }: ChaosContext): Promise<void> {
    this.all('CONFIG', 'SET', 'maxmemory', '1');
    await load.ended(200);
    this.all('CONFIG', 'SET', 'maxmemory', '0');
  }

  private async flushScripts({ load }: ChaosContext): Promise<void> {
    for (let i = 0; i < 3; i++) {
      this.all('SCRIPT', 'FLUSH');
      await load.ended(50);
    }
  }

  /** Both are right until everybody has the new one. */
  private async rotatePassword({ random, load }: ChaosContext): Promise<void> {
    const next = random.bytes(8).toString('hex');
    this.all('ACL', 'SETUSER', 'default', `>${next}`);
    this.all('CONFIG', 'SET', 'masterauth', next);
    this.directives['requirepass'] = next;
    this.directives['masterauth'] = next;
    await load.changeTo(await this.open());
    this.all('CONFIG', 'SET', 'requirepass', next);
    for (const node of this.nodes) node.disconnect();
  }

  protected all(...words: readonly string[]): void {
    for (const { session } of this.nodes) session.run(...words);
  }

  /** What the primary has acknowledged and its successor has not got. */
  protected noteLost(primary: TestServer, successor: TestServer): void {
    for (let n = 0; n < COUNTERS; n++) {
      const name = counterName(n);
      const more = valueAt(primary, name) - valueAt(successor, name);
      if (more > 0) this.lost.set(name, this.lostOf(name) + more);
    }
  }
}

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
    return openStore({ ...STORE_OPTIONS, type: 'redis', redisType: 'failover', urls });
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
    this.promotions++;
    await primary!.kill();
    this.noteLost(primary!, replica);
    replica.session.run('REPLICAOF', 'NO', 'ONE');
    this.promotions++;
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

class ClusterTopology extends KitTopology {
  constructor(
    directives: Record<string, string>,
    private readonly cluster: TestCluster,
  ) {
    super(directives);
  }

  readonly troubles = [
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
    return openStore({ ...STORE_OPTIONS, type: 'redis', redisType: 'cluster', urls: cluster.urls, password });
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
    this.promotions++;
    await cluster.kill(primary);
    const successor = cluster.replicas.find(({ primaryId }) => primaryId === primary.id)!;
    this.noteLost(primary, successor);
    await cluster.failover(primary);
    this.promotions++;
    await load.ended(100);
    await cluster.restart(primary);
  }

  private async promote({ random }: ChaosContext): Promise<void> {
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

/** Also of one that was killed: what it had. */
function valueAt({ session }: TestServer, counter: string): number {
  session.run('READONLY');
  const value = session.run('GET', counter);
  return Buffer.isBuffer(value) ? Number(String(value)) : 0;
}

const PASSWORD = 'first';
const SLOTS_AT_ONCE = 40;

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
      // Nobody is taken for gone but by what is done here.
      const cluster = await startCluster({ primaries: 3, replicas: 1, nodeTimeout: 60_000, directives });
      return new ClusterTopology(directives, cluster);
    },
  },
];
