import type { Random } from '../../../src/core/random.js';
import { openStore } from '../../../src/index.js';
import { type FaultProxy, startFaultProxy } from '../../../src/testing/index.js';
import { redisCliCluster } from '../cluster-nodes.js';
import { requireProgram } from '../programs.js';
import { type RedisCluster, type RedisServer, startCluster, startRedis } from '../redis.js';
import { until } from '../until.js';
import { startWatched } from '../watched.js';
import { connectionTroubles, pick } from './kit-troubles.js';
import { RealSentinels } from './real-sentinels.js';
import { PASSWORD, RealTopology } from './real-topology.js';
import { type ChaosContext, STORE_OPTIONS, type TopologyKind, type Trouble } from './topology.js';

/** What a process has written to its file survives its end. */
const DIRECTIVES = { appendonly: 'yes', appendfsync: 'no', 'cluster-allow-replica-migration': 'no' };

/** Through a proxy, so that its connections have faults as well. */
class RealSingle extends RealTopology {
  readonly troubles = [
    ...connectionTroubles(() => this.proxy),
    ...this.commonTroubles.filter(({ kind }) => kind !== 'connections cut'),
  ];

  constructor(
    private readonly redis: RedisServer,
    private readonly proxy: FaultProxy,
  ) {
    super();
  }

  get nodes(): readonly RedisServer[] {
    return [this.redis];
  }

  open(password = PASSWORD) {
    return openStore({
      ...STORE_OPTIONS,
      ...this.store,
      type: 'redis',
      url: `redis://:${password}@127.0.0.1:${this.proxy.port}`,
    });
  }

  connections(): number {
    return this.proxy.connections;
  }

  async settle(): Promise<void> {
    this.proxy.commands.clear();
    await until(async () => (await this.redis.command('PING')) !== undefined, 'Redis answers');
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.redis.stop();
  }

  protected choosePrimary(): Promise<RedisServer> {
    return Promise.resolve(this.redis);
  }
}

/** Six nodes that replace a primary by themselves when it is gone for a second. */
class RealCluster extends RealTopology {
  readonly troubles: Trouble[] = [
    ...this.commonTroubles,
    { kind: 'primary killed and replaced', run: (chaos) => this.replacePrimary(chaos) },
    { kind: 'replica promoted in agreement', run: (chaos) => this.promote(chaos) },
    { kind: 'slots moved (redis-cli --cluster reshard)', run: (chaos) => this.moveSlots(chaos) },
  ];

  constructor(private readonly cluster: RedisCluster) {
    super();
  }

  get nodes(): readonly RedisServer[] {
    return this.cluster.nodes;
  }

  open(password = PASSWORD) {
    const urls = this.nodes.map(({ port }) => `redis://127.0.0.1:${port}`);
    return openStore({ ...STORE_OPTIONS, ...this.store, type: 'redis', redisType: 'cluster', urls, password });
  }

  /** Of this process; the servers are others. */
  connections(): number {
    return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  }

  async settle(): Promise<void> {
    const isWhole = async () => {
      const states = await Promise.all(this.nodes.map(stateOf).map((state) => state.catch(() => undefined)));
      const primaries = states.filter((state) => state?.isPrimary).length;
      const agree = new Set(states.map((state) => state?.owners)).size === 1;
      return primaries === 3 && agree && states.every((state) => state?.isWhole);
    };
    await until(isWhole, 'the cluster is whole', 60_000);
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }

  protected async choosePrimary(random: Random): Promise<RedisServer> {
    return pick(await this.primaries(), random);
  }

  private async primaries(): Promise<RedisServer[]> {
    const states = await Promise.all(this.nodes.map(stateOf));
    return this.nodes.filter((_, i) => states[i]!.isPrimary);
  }

  private async replacePrimary({ random, load }: ChaosContext): Promise<void> {
    const before = await this.primaries();
    const primary = pick(before, random);
    this.promotions++;
    await primary.kill();
    const alive = this.nodes.filter((node) => node !== primary);
    const isReplaced = async () =>
      (await Promise.all(alive.map(stateOf))).filter(({ isPrimary }) => isPrimary).length === 3;
    await until(isReplaced, 'a replica has taken over', 60_000);
    await load.ended(100);
    await primary.restart();
    await this.settle();
    this.promotions++;
  }

  private async promote({ random }: ChaosContext): Promise<void> {
    const replicas = (await Promise.all(this.nodes.map(stateOf))).map(({ isPrimary }) => !isPrimary);
    const replica = pick(
      this.nodes.filter((_, i) => replicas[i]),
      random,
    );
    await replica.command('CLUSTER', 'FAILOVER');
    await until(async () => (await stateOf(replica)).isPrimary, 'the replica has taken over', 60_000);
  }

  private async moveSlots({ random }: ChaosContext): Promise<void> {
    const primaries = await this.primaries();
    const from = pick(primaries, random);
    const to = primaries.find((node) => node !== from)!;
    const ids = ['--cluster-from', this.cluster.idOf(from), '--cluster-to', this.cluster.idOf(to)];
    const address = `127.0.0.1:${from.port}`;
    await redisCliCluster('reshard', address, ...ids, '--cluster-slots', '1000', '-a', PASSWORD, '--no-auth-warning');
  }
}

interface NodeState {
  readonly isPrimary: boolean;
  readonly isWhole: boolean;
  /** Which slots are whose, as it knows. */
  readonly owners: string;
}

async function stateOf(node: RedisServer): Promise<NodeState> {
  const replication = String(await node.command('INFO', 'replication'));
  const cluster = String(await node.command('CLUSTER', 'INFO'));
  const isPrimary = /role:master/.test(replication);
  const isLinked = isPrimary ? /state=online/.test(replication) : /master_link_status:up/.test(replication);
  const nodes = String(await node.command('CLUSTER', 'NODES'))
    .trim()
    .split('\n');
  const owners = nodes.map((line) => line.split(' ')).filter((words) => words.length > 8);
  const served = owners.map(([id, , , , , , , , ...slots]) => `${id} ${slots.join(' ')}`).toSorted();
  const isOk = /cluster_state:ok/.test(cluster) && /cluster_slots_ok:16384/.test(cluster);
  return { isPrimary, isWhole: isLinked && isOk, owners: served.join('\n') };
}

export const realTopologies: readonly TopologyKind[] = [
  {
    name: 'a real Redis behind a proxy',
    available: () => requireProgram('redis'),
    async start() {
      const redis = await startRedis({ password: PASSWORD, directives: DIRECTIVES });
      return new RealSingle(redis, await startFaultProxy({ target: { port: redis.port } }));
    },
  },
  {
    name: 'a real cluster of 3 + 3',
    available: () => requireProgram('redis'),
    start: async () => new RealCluster(await startCluster({ password: PASSWORD, directives: DIRECTIVES })),
  },
  {
    name: '3 real Sentinels, 1 + 2 servers',
    available: () => requireProgram('redis'),
    start: async () => new RealSentinels(await startWatched({ password: PASSWORD, replicas: 2, downAfter: 5_000 })),
  },
];
