import type { Clock } from '../core/clock.js';
import { type Random, seededRandom, systemRandom } from '../core/random.js';
import { SLOT_COUNT, slotOf } from '../resp/key-slot.js';
import { ReplyError } from '../resp/reply.js';
import { Transfer } from '../server/migration/transfer.js';
import { Server } from '../server/server.js';
import type { Settings } from '../server/settings.js';
import { TestServer } from './test-server.js';

export interface TestClusterOptions {
  /** Nodes that have slots, each its part of them; 3 by default. */
  readonly primaries?: number;
  /** Of each primary; none by default. */
  readonly replicas?: number;
  /** Milliseconds until a silent node counts as gone; 5000 by default, for busy machines. */
  readonly nodeTimeout?: number;
  /** Moves the time of all nodes. */
  readonly clock?: Clock;
  /** Makes what the nodes choose at random the same every time. */
  readonly seed?: number;
  readonly settings?: Partial<Settings>;
}

/** A node of a cluster for a test. */
export class TestClusterNode extends TestServer {
  isAlive = true;

  get id(): string {
    return this.cluster.myself.name;
  }

  get isPrimary(): boolean {
    return this.cluster.myself.isPrimary;
  }

  /** The id of the node it follows. */
  get primaryId(): string | undefined {
    return this.cluster.myself.primary?.name;
  }

  get cluster() {
    return this.server.cluster!;
  }

  override async close(): Promise<void> {
    this.isAlive = false;
    await super.close();
  }

  /** Runs CLUSTER …; rejects what is answered with an error. */
  control(...words: readonly string[]): void {
    const reply = this.session.run('CLUSTER', ...words);
    if (reply instanceof ReplyError) throw reply;
  }
}

/** A Redis Cluster in this process, on free ports of 127.0.0.1; `await using` closes it. */
export class TestCluster implements AsyncDisposable {
  constructor(readonly nodes: readonly TestClusterNode[]) {}

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

  /** Ends a node at once, with its connections. The others find out within the node timeout, or by `failover`. */
  async kill(node: TestClusterNode): Promise<void> {
    await node.close();
  }

  /**
   * A replica takes over: in agreement with its primary, or without it when that was killed. Resolves, with the replica,
   * when all nodes know.
   */
  async failover(primary: TestClusterNode): Promise<TestClusterNode> {
    const successor = this.replicas.find(({ primaryId }) => primaryId === primary.id);
    if (successor === undefined) throw new Error('the primary has no replica that is alive');
    if (primary.isAlive) successor.control('FAILOVER');
    else successor.control('FAILOVER', 'TAKEOVER');
    await until(() => successor.isPrimary && this.alive.every((node) => knowsPrimary(node, successor.id)));
    return successor;
  }

  /**
   * Moves a slot with its keys to another primary, as redis-cli does. `midway` runs when both nodes know that it moves and
   * no key has gone yet: keys that are there are served, others are at the new place (ASK).
   */
  async moveSlot(slot: number, to: TestClusterNode, { midway }: { midway?: () => unknown } = {}): Promise<void> {
    const from = this.primaryOfSlot(slot);
    if (from === to) return;
    to.control('SETSLOT', String(slot), 'IMPORTING', from.id);
    from.control('SETSLOT', String(slot), 'MIGRATING', to.id);
    await midway?.();
    await moveKeys(slot, from, to);
    to.control('SETSLOT', String(slot), 'NODE', to.id);
    for (const node of this.primaries) if (node !== to) node.control('SETSLOT', String(slot), 'NODE', to.id);
    await until(() => this.alive.every(({ cluster }) => cluster.table.owners[slot]?.name === to.id));
  }

  /** Resolves when all replicas have what their primaries have. */
  async inStep(): Promise<void> {
    const { primaries, replicas } = this;
    const primaryOf = (replica: TestClusterNode) => primaries.find(({ id }) => id === replica.primaryId);
    const pairs = replicas.map((replica) => [replica, primaryOf(replica)] as const);
    // One whose primary was killed has nothing to wait for.
    await until(() =>
      pairs.every(([{ server }, primary]) =>
        [undefined, server.replication.offset].includes(primary?.server.replication.offset),
      ),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.alive.map((node) => node.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Starts a cluster whose nodes know each other, all slots served and all replicas in step. */
export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { primaries = 3, replicas = 0 } = options;
  const random = options.seed === undefined ? systemRandom : seededRandom(options.seed);
  const count = primaries * (1 + replicas);
  const nodes = await allOrNone(Array.from({ length: count }, (_, i) => startNode(options, i)));
  const cluster = new TestCluster(nodes);
  try {
    const lines = describeNodes(nodes, primaries, random);
    for (const [i, node] of nodes.entries()) node.cluster.form(markMyself(lines, i));
    await until(() => nodes.every(isInStep));
    for (const { server } of nodes) server.replication.askForAcks();
    await until(() => cluster.replicas.every(({ server }) => server.replication.offset > 0));
    for (const node of nodes) node.cluster.bus.announce('all');
    await until(() => nodes.every(knowsReplicas));
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}

async function startNode(options: TestClusterOptions, i: number): Promise<TestClusterNode> {
  const { clock, seed, settings, nodeTimeout = 5000 } = options;
  const server = new Server({
    ...(clock && { clock }),
    ...(seed !== undefined && { random: seededRandom(seed + i + 1) }),
    settings: { disklessSyncDelay: 0, ...settings },
    directives: { 'cluster-enabled': 'yes', 'cluster-node-timeout': String(nodeTimeout) },
    keepsFiles: false,
  });
  try {
    const { port = 0 } = await server.listen({ port: 0, busPort: 0 });
    return new TestClusterNode(server, port, undefined);
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Where one does not start, none is left. */
async function allOrNone(starting: readonly Promise<TestClusterNode>[]): Promise<TestClusterNode[]> {
  try {
    return await Promise.all(starting);
  } catch (error) {
    for (const each of await Promise.allSettled(starting)) if (each.status === 'fulfilled') await each.value.close();
    throw error;
  }
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

async function moveKeys(slot: number, from: TestClusterNode, to: TestClusterNode): Promise<void> {
  const db = from.server.keyspace.databases[0]!;
  for (;;) {
    const keys = db.keysInSlot(slot, KEYS_AT_ONCE);
    if (keys.length === 0) return;
    const where = { host: '127.0.0.1', port: to.port, database: 0, timeout: MOVE_TIMEOUT };
    const order = { ...where, copy: false, replace: true, credentials: undefined, db, keys };
    const problem = await new Transfer(from.server, order).run();
    if (problem !== undefined) throw new Error(`slot ${slot} cannot be moved: ${problem}`);
  }
}

/** Sockets bring it about; nothing tells. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + LIMIT;
  while (!condition()) {
    if (performance.now() > end) throw new Error('the nodes of the cluster do not agree');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const KEYS_AT_ONCE = 100;
/** Milliseconds. */
const MOVE_TIMEOUT = 5000;
const LIMIT = 10_000;
