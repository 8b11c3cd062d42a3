import { type Random, seededRandom, systemRandom } from '../core/random.js';
import { SLOT_COUNT, slotOf } from '../resp/key-slot.js';
import { SlotMove } from './slot-move.js';
import { TestClusterNode } from './test-cluster-node.js';
import { TestNetwork } from './test-network.js';
import { DATA_SERVER, dataOptions, startMembers, TestTopology, type TestTopologyOptions } from './test-topology.js';
import { until } from './until.js';

export interface TestClusterOptions extends TestTopologyOptions {
  /** Nodes that have slots, each its part of them; 3 by default. */
  readonly primaries?: number;
  /** Of each primary; none by default. */
  readonly replicas?: number;
  /** Milliseconds until a silent node counts as gone; 5000 by default, for busy machines. */
  readonly nodeTimeout?: number;
}

export interface MoveOptions {
  /** Runs while the slot is open on both sides, some of its keys here and some there. */
  readonly midway?: (move: SlotMove) => unknown;
  /** The keys that have moved by then: half of what there is by default. */
  readonly moved?: readonly string[] | undefined;
}

/** A Redis Cluster in this process, on free ports of 127.0.0.1; `await using` closes it. */
export class TestCluster extends TestTopology<TestClusterNode> {
  constructor(
    readonly nodes: readonly TestClusterNode[],
    network: TestNetwork,
  ) {
    super(nodes, network);
  }

  /** As they are now: those that were killed are not among them. */
  get primaries(): TestClusterNode[] {
    return this.alive.filter(({ isPrimary }) => isPrimary);
  }

  get replicas(): TestClusterNode[] {
    return this.alive.filter(({ isPrimary }) => !isPrimary);
  }

  /** To begin with: a client finds the rest by itself. */
  get urls(): string[] {
    return this.alive.map(({ url }) => url);
  }

  private get alive(): TestClusterNode[] {
    return this.nodes.filter(({ isAlive }) => isAlive);
  }

  /** The primary that has the key. */
  primaryOf(key: string): TestClusterNode {
    return this.primaryOfSlot(slotOf(key));
  }

  primaryOfSlot(slot: number): TestClusterNode {
    const found = this.primaries.find(({ cluster }) => cluster.table.owners[slot] === cluster.myself);
    if (found === undefined) throw new Error(`no node that is alive has slot ${slot}`);
    return found;
  }

  /**
   * A replica takes over: in agreement with its primary, or without it when that was killed. Resolves, with the replica,
   * when all nodes know.
   */
  async failover(primary: TestClusterNode): Promise<TestClusterNode> {
    const successor = this.replicas.find(({ primaryId }) => primaryId === primary.id);
    if (successor === undefined) throw new Error('the primary has no replica that is alive');
    const shard = this.alive.filter(({ id, primaryId }) => (primaryId ?? id) === primary.id && id !== successor.id);
    if (primary.isAlive) await this.handOver(primary, successor);
    else successor.control('FAILOVER', 'TAKEOVER');
    await until(() => successor.isPrimary && this.alive.every((node) => knowsPrimary(node, successor.id)), DISAGREE);
    // Who does not know whom they follow now would not vote for them the next time.
    await until(() => shard.every(({ primaryId }) => primaryId === successor.id), DISAGREE);
    for (const { cluster } of shard) cluster.bus.announce('all');
    const followers = shard.map(({ id }) => id);
    await until(
      () =>
        this.alive.every(({ cluster }) =>
          followers.every((id) => cluster.table.find(id)?.primary?.name === successor.id),
        ),
      DISAGREE,
    );
    return successor;
  }

  /** It has five seconds, which may be too short for a busy machine: then it is asked again. */
  private async handOver(primary: TestClusterNode, successor: TestClusterNode): Promise<void> {
    for (let attempt = 1; !successor.isPrimary; attempt++) {
      if (attempt > ATTEMPTS) throw new Error('the replica has not taken over');
      // Nobody votes twice about one primary within two node timeouts: a test does not wait for that.
      for (const { cluster } of this.alive) {
        const known = cluster.table.find(primary.id);
        if (known !== undefined) known.votedAt = 0;
      }
      successor.control('FAILOVER');
      await until(() => successor.isPrimary || !successor.cluster.handover.isUnderWay, DISAGREE);
    }
  }

  /** Moves a slot with its keys to another primary, as redis-cli does. */
  async moveSlot(slot: number, to: TestClusterNode, { midway, moved }: MoveOptions = {}): Promise<void> {
    if (this.primaryOfSlot(slot) === to) return;
    const move = await this.startMove(slot, to, { moved: midway === undefined ? [] : moved });
    await midway?.(move);
    await this.finishMove(move);
  }

  /** Opens a slot on both sides and moves some of its keys; it stays so until `finishMove`. */
  async startMove(slot: number, to: TestClusterNode, { moved }: Pick<MoveOptions, 'moved'> = {}): Promise<SlotMove> {
    const move = new SlotMove(slot, this.primaryOfSlot(slot), to, () => this.primaries);
    await move.move(moved ?? half(move.left));
    return move;
  }

  /** Moves what is left, and resolves when all nodes know. */
  async finishMove(move: SlotMove): Promise<void> {
    await move.finish();
    await until(
      () => this.alive.every(({ cluster }) => cluster.table.owners[move.slot]?.name === move.to.id),
      DISAGREE,
    );
  }

  protected get following(): [TestClusterNode, TestClusterNode][] {
    const { primaries } = this;
    return this.replicas.flatMap((replica) => {
      const primary = primaries.find(({ id }) => id === replica.primaryId);
      return primary === undefined ? [] : [[replica, primary]];
    });
  }
}

/** Starts a cluster whose nodes know each other, all slots served and all replicas in step. */
export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { primaries = 3, replicas = 0 } = options;
  const random = options.seed === undefined ? systemRandom : seededRandom(options.seed);
  const count = primaries * (1 + replicas);
  const nodes: TestClusterNode[] = Array.from({ length: count }, (_, i) => createNode(options, i, () => network));
  const network = new TestNetwork(nodes);
  const cluster = new TestCluster(nodes, network);
  await startMembers(nodes, async () => {
    const lines = describeNodes(nodes, primaries, random);
    for (const [i, node] of nodes.entries()) node.cluster.form(markMyself(lines, i));
    await until(() => nodes.every(isInStep), DISAGREE);
    for (const { server } of nodes) server.replication.askForAcks();
    await until(() => cluster.replicas.every(({ server }) => server.replication.offset > 0), DISAGREE);
    for (const node of nodes) node.cluster.bus.announce('all');
    await until(() => nodes.every(knowsReplicas), DISAGREE);
  });
  return cluster;
}

function createNode(options: TestClusterOptions, i: number, network: () => TestNetwork): TestClusterNode {
  const { nodeTimeout = 5000 } = options;
  const directives = { 'cluster-enabled': 'yes', 'cluster-node-timeout': String(nodeTimeout) };
  return new TestClusterNode(dataOptions(options, i), { ...DATA_SERVER, directives }, network);
}

/** The nodes as a nodes file has them: replicas behind all primaries, in turn. */
function describeNodes(nodes: readonly TestClusterNode[], primaries: number, random: Random): string[][] {
  const ids = nodes.map(() => random.bytes(20).toString('hex'));
  return nodes.map(({ port, cluster }, i) => {
    const address = `127.0.0.1:${port}@${cluster.bus.port}`;
    if (i >= primaries) return [ids[i]!, address, 'slave', ids[i % primaries]!, '0', '0', '0', 'connected'];
    const first = Math.floor((i * SLOT_COUNT) / primaries);
    const last = Math.floor(((i + 1) * SLOT_COUNT) / primaries) - 1;
    return [ids[i]!, address, 'master', '-', '0', '0', String(i + 1), 'connected', `${first}-${last}`];
  });
}

function markMyself(lines: readonly (readonly string[])[], myself: number): string {
  const marked = lines.map((words, i) => words.map((word, at) => (at === 2 && i === myself ? `myself,${word}` : word)));
  const texts = marked.map((words) => `${words.join(' ')}\n`);
  return `${texts.join('')}vars currentEpoch ${lines.length} lastVoteEpoch 0\n`;
}

/** Its links are up, and its data is its primary's. */
function isInStep({ server, cluster }: TestClusterNode): boolean {
  const others = [...cluster.table.nodes.values()].filter((node) => !node.isMyself);
  const isLinked = others.every(({ link, pongReceived }) => link !== undefined && pongReceived > 0);
  return isLinked && (cluster.myself.isPrimary || server.replication.following.state === 'connected');
}

function knowsReplicas({ cluster }: TestClusterNode): boolean {
  const others = [...cluster.table.nodes.values()].filter((node) => !node.isMyself && node.isReplica);
  return others.every(({ offset }) => offset > 0);
}

function knowsPrimary({ cluster }: TestClusterNode, id: string): boolean {
  const node = cluster.table.find(id);
  return node?.isPrimary === true && node.slots.size > 0;
}

function half(keys: readonly string[]): string[] {
  return keys.toSorted().slice(0, Math.floor(keys.length / 2));
}

const ATTEMPTS = 5;
const DISAGREE = 'the nodes of the cluster do not agree';
