import { afterEach, describe, expect, it } from 'vitest';
import { slotOf } from '../../src/resp/key-slot.js';
import { type Node, redisCliCluster, startNode } from '../harness/cluster-nodes.js';
import { requireProgram } from '../harness/programs.js';
import { until } from '../harness/until.js';

const MIXED = ['ours', 'redis', 'ours', 'redis', 'ours', 'redis'] as const;

/** Clusters of our nodes, and of ours and real ones, by the hand of redis-cli. */
describe.skipIf(!requireProgram('redis'))('a cluster', { timeout: 180_000 }, () => {
  let nodes: Node[] = [];

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    nodes = [];
  });

  async function start(kinds: readonly Node['kind'][], nodeTimeout?: number): Promise<void> {
    for (const kind of kinds) nodes.push(await startNode(kind, nodeTimeout));
  }

  async function create(replicas: number): Promise<void> {
    const addresses = nodes.map(({ address }) => address);
    const output = await redisCliCluster('create', ...addresses, '--cluster-replicas', String(replicas));
    expect(output).toContain('[OK] All 16384 slots covered.');
    await agree();
  }

  /** All of them find the cluster whole, with the same roles and in the same epoch, and nobody in it missing. */
  async function agree(of = nodes): Promise<void> {
    for (const node of of) {
      await until(async () => isWhole(await node.ask('CLUSTER', 'INFO'), of.length), `${node.kind} node agrees`);
      await until(async () => isSettled(await node.ask('CLUSTER', 'NODES'), of.length), `${node.kind} node knows all`);
    }
    const views = async () => await Promise.all(of.map(viewOf));
    await until(async () => new Set(await views()).size === 1, 'all see the same');
    for (const node of of) {
      const isUp = async () => /role:master|master_link_status:up/.test(await node.ask('INFO', 'replication'));
      await until(isUp, 'replicas are in step');
    }
  }

  it('is created, checked, grown, balanced and shrunk by redis-cli', async () => {
    await start(new Array<'ours'>(6).fill('ours'));
    await create(1);
    const [first] = nodes as [Node];
    expect(await redisCliCluster('check', first.address)).toContain('[OK] All nodes agree about slots configuration.');
    for (let i = 0; i < 50; i++) await set(nodes, `key${i}`, String(i));
    expect(await redisCliCluster('info', first.address)).toContain('[OK] 50 keys in 3 masters.');

    const added = await startNode('ours');
    nodes.push(added);
    await redisCliCluster('add-node', added.address, first.address);
    await agree();
    const newcomer = await added.ask('CLUSTER', 'MYID');
    // A hundredth of the slots, since each is moved by itself.
    const weight = ['--cluster-use-empty-masters', '--cluster-weight', `${newcomer}=0.01`];
    expect(await redisCliCluster('rebalance', first.address, ...weight)).toContain('Rebalancing across 4 nodes');
    expect(await added.ask('CLUSTER', 'NODES')).toMatch(/myself,master .* connected \d+-\d+/);
    const from = ['--cluster-from', newcomer, '--cluster-to', await first.ask('CLUSTER', 'MYID')];
    await redisCliCluster('reshard', first.address, ...from, '--cluster-slots', '1000');
    await redisCliCluster('del-node', first.address, newcomer);
    expect(await redisCliCluster('info', first.address)).toContain('[OK] 50 keys in 3 masters.');
    for (let i = 0; i < 50; i++) expect(await get(nodes, `key${i}`)).toBe(String(i));
  });

  it('that was left with an open slot is mended by redis-cli', async () => {
    await start(['ours', 'ours', 'ours']);
    await create(0);
    const [first, second] = nodes as [Node, Node];
    await set(nodes, '{}0', 'x');
    const slot = String(slotOf('{}0'));
    const ids = await Promise.all(nodes.map((node) => node.ask('CLUSTER', 'MYID')));
    const owner = (await ownerOf(nodes, '{}0'))!;
    const other = owner === first ? second : first;
    await owner.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[nodes.indexOf(other)]!);
    await other.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[nodes.indexOf(owner)]!);
    await expect(redisCliCluster('check', first.address)).rejects.toThrow();
    await redisCliCluster('fix', first.address);
    expect(await redisCliCluster('check', first.address)).toContain('[OK] All 16384 slots covered.');
    expect(await get(nodes, '{}0')).toBe('x');
  });

  it('of our nodes and real ones agrees, and fails over both ways', async () => {
    await start(MIXED);
    await create(1);
    for (let i = 0; i < 50; i++) await set(nodes, `key${i}`, String(i));
    await inStep(50);

    const replicas = await Promise.all(nodes.map((node) => isReplica(node)));
    const followed = nodes.filter((_, i) => replicas[i]);
    expect(new Set(followed.map(({ kind }) => kind))).toEqual(new Set(['ours', 'redis']));
    for (const replica of followed) {
      expect(await replica.ask('CLUSTER', 'FAILOVER')).toBe('OK');
      await until(async () => !(await isReplica(replica)), `a ${replica.kind} replica takes over`);
      // A candidate that has not heard of the last election would ask for votes in its epoch.
      await agree();
    }
    for (let i = 0; i < 50; i++) expect(await get(nodes, `key${i}`)).toBe(String(i));
  });

  it.each(['ours', 'redis'] as const)('outlives the end of a primary (%s)', async (kind) => {
    await start(MIXED, 2000);
    await create(1);
    for (let i = 0; i < 50; i++) await set(nodes, `key${i}`, String(i));
    await inStep(50);
    const isPrimary = await Promise.all(nodes.map(async (node) => !(await isReplica(node))));
    const killed = nodes.find((node, i) => node.kind === kind && isPrimary[i])!;
    await killed.kill();
    const rest = nodes.filter((node) => node !== killed);
    const knowsOfIt = async (node: Node) => /fail /.test(await node.ask('CLUSTER', 'NODES'));
    for (const node of rest) await until(() => knowsOfIt(node), `a ${node.kind} node knows that it has failed`, 60_000);
    await until(async () => (await primaries(rest)).length === 3, 'a replica has taken its place', 60_000);
    // In this order: one that knows of the end and not of the promotion works no longer, and one that knows of neither still does.
    const works = async (node: Node) => /cluster_state:ok/.test(await node.ask('CLUSTER', 'INFO'));
    for (const node of rest) await until(() => works(node), `a ${node.kind} node works again`, 60_000);
    for (let i = 0; i < 50; i++) expect(await get(rest, `key${i}`)).toBe(String(i));
  });

  /** Each key is on a primary and on its replica. */
  async function inStep(keys: number): Promise<void> {
    const counts = async () => await Promise.all(nodes.map(async (node) => Number(await node.ask('DBSIZE'))));
    const isEverywhere = async () => (await counts()).reduce((sum, count) => sum + count, 0) === keys * 2;
    await until(isEverywhere, 'replicas have everything');
  }
});

function isWhole(info: string, count: number): boolean {
  return (
    /cluster_state:ok/.test(info) &&
    /cluster_slots_ok:16384/.test(info) &&
    info.includes(`cluster_known_nodes:${count}\r`)
  );
}

function isSettled(nodes: string, count: number): boolean {
  const lines = nodes.trim().split('\n');
  return (
    lines.length === count && !/handshake|noaddr|fail/.test(nodes) && lines.every((line) => line.includes(' connected'))
  );
}

/** Who is what, who follows whom and who has which slots, in which epoch. */
async function viewOf(node: Node): Promise<string> {
  const lines = (await node.ask('CLUSTER', 'NODES')).trim().split('\n');
  const rows = lines.map((line) => line.replace('myself,', '').split(' '));
  const shown = rows.map(([id, , flags, primary, , , , , ...slots]) => [id, flags, primary, ...slots].join(' '));
  const epoch = /cluster_current_epoch:\d+/.exec(await node.ask('CLUSTER', 'INFO'))?.[0];
  return [epoch, ...shown.sort()].join('\n');
}

async function isReplica(node: Node): Promise<boolean> {
  return / myself,slave /.test(await node.ask('CLUSTER', 'NODES'));
}

async function primaries(nodes: readonly Node[]): Promise<Node[]> {
  const replicas = await Promise.all(nodes.map(isReplica));
  return nodes.filter((_, i) => !replicas[i]);
}

async function ownerOf(nodes: readonly Node[], key: string): Promise<Node | undefined> {
  for (const node of await primaries(nodes))
    if (!/^(?:MOVED|CLUSTERDOWN)/.test(await node.ask('TYPE', key))) return node;
  return undefined;
}

async function set(nodes: readonly Node[], key: string, value: string): Promise<void> {
  const owner = await ownerOf(nodes, key);
  expect(await owner?.ask('SET', key, value)).toBe('OK');
}

async function get(nodes: readonly Node[], key: string): Promise<string | undefined> {
  return await (await ownerOf(nodes, key))?.ask('GET', key);
}
