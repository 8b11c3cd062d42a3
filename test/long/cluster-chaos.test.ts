import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/index.js';
import { slotOf } from '../../src/resp/key-slot.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { inStep, type RedisCluster, type RedisServer, startCluster } from '../harness/redis.js';
import { ServeProcess } from '../harness/serve-process.js';
import { until } from '../harness/until.js';
import { record } from './results.js';
import { SocketmapLoad } from './socketmap-load.js';

/**
 * The daemon before a real cluster of three primaries and three replicas, asked without a pause, while one
 * primary after the other is killed and comes back as a replica: no wrong answer, no "not found" for a key that
 * exists, and everything is answered again soon after each promotion, without a restart. In the end connections
 * and memory are what they were.
 */
const KEYS = 3_000;
const CONNECTIONS = 20;
const ROUNDS = 12;
/** From a promotion until every key is found again. */
const RECOVERY = 5_000;
/** What a store's `deadline` allows, and what a busy machine may add. */
const SLOWEST = 4_000 + 1_000;

describe.skipIf(!requireProgram('redis'))('a cluster that loses primaries', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.stop());

  test('under a loop of lookups', async () => {
    const began = performance.now();
    const urls = cluster.nodes.slice(0, 3).map((node) => `redis://127.0.0.1:${node.port}`);
    await fill(urls);
    await Promise.all(cluster.nodes.slice(0, 3).map((node) => inStep(node, 1)));

    using folder = temporaryFolder();
    const [port = 0, health = 0] = await freePorts(2);
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), configuration(urls, port, health));
    await daemon.ready();
    const load = new SocketmapLoad(port, 'aliases', KEYS);
    await load.start(CONNECTIONS);
    await until(() => load.counts.found > 20_000, 'the daemon is warm', 60_000);
    const before = await processFigures(health);

    const recoveries: Recovery[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const victim = await cluster.primaryOf(SLOTS[round % SLOTS.length]!, await survivor(cluster));
      recoveries.push(await killAndPromote(cluster, victim, SLOTS[round % SLOTS.length]!, load));
      await victim.restart();
      await until(() => isSynced(victim), `node ${victim.port} is a replica again`, 60_000);
    }
    const calm = load.counts.found;
    await until(() => load.counts.found > calm + 20_000, 'lookups go on', 60_000);
    await load.stop();

    expect(load.wrong).toEqual([]);
    expect(Math.max(...recoveries.map(({ all }) => all))).toBeLessThan(RECOVERY);
    expect(load.slowest).toBeLessThan(SLOWEST);
    const after = await settledFigures(health, before.descriptors - CONNECTIONS);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors - CONNECTIONS + SPARE_DESCRIPTORS);
    expect(after.megabytes).toBeLessThan(before.megabytes * 1.5 + 50);
    record({
      test: 'cluster chaos',
      did: `the daemon on a real cluster of 3 + 3 nodes, ${CONNECTIONS} socketmap connections asking without a pause; a primary killed, its replica promoted, the old one restarted as a replica, ${ROUNDS} times`,
      counts: {
        found: load.counts.found,
        'not found (missing keys)': load.counts.missing,
        temporary: load.counts.temporary,
        'wrong or lost': 0,
        'primaries killed': ROUNDS,
        'longest after a promotion until a lookup was answered (ms)': Math.max(...recoveries.map(({ first }) => first)),
        'until all keys were found (ms)': Math.max(...recoveries.map(({ all }) => all)),
        'longest answer (ms)': Math.round(load.slowest),
        'memory before and after (MB)': `${before.megabytes} and ${after.megabytes}`,
        'open descriptors before and after, without clients': `${before.descriptors - CONNECTIONS} and ${after.descriptors}`,
      },
      began,
    });
  });
});

/** One slot of each third. */
const SLOTS = [100, 8_000, 16_000];
/** New connections a daemon may hold in the end beside those it began with: to nodes it had not needed yet. */
const SPARE_DESCRIPTORS = 6;

async function fill(urls: readonly string[]): Promise<void> {
  await using store = await openStore({ type: 'redis', redisType: 'cluster', urls });
  await Promise.all(Array.from({ length: KEYS }, (_, i) => store.set(`alias:key${i}`, `value${i}`)));
}

function configuration(urls: readonly string[], port: number, health: number): string {
  return `
[store.mail]
type = "redis"
redis-type = "cluster"
urls = ${JSON.stringify(urls)}
timeout = "1s"
[map.aliases]
store = "mail"
key = "alias:%s"
[server.listener.postfix]
protocol = "socketmap"
bind = "127.0.0.1:${port}"
[server.listener.health]
protocol = "http"
bind = "127.0.0.1:${health}"
serve = ["health", "metrics"]
`;
}

/** How long after a promotion, in milliseconds, a key of the shard was found again, and all of them. */
interface Recovery {
  readonly first: number;
  readonly all: number;
}

/** Kills the slot's primary. */
async function killAndPromote(
  cluster: RedisCluster,
  victim: RedisServer,
  slot: number,
  load: SocketmapLoad,
): Promise<Recovery> {
  await victim.kill();
  const witness = await survivor(cluster, victim);
  await until(
    async () => (await cluster.primaryOf(slot, witness)) !== victim,
    `slot ${slot} has a new primary`,
    60_000,
  );
  const promoted = performance.now();
  const first = await load.untilAllFound(keysNear(slot));
  return { first, all: Math.round(performance.now() - promoted) };
}

/** Keys whose slots have the same primary: those of the same third. */
function keysNear(slot: number): number[] {
  const third = thirdOf(slot);
  const all = Array.from({ length: KEYS }, (_, i) => i);
  return all.filter((i) => thirdOf(slotOf(Buffer.from(`alias:key${i}`))) === third);
}

function thirdOf(slot: number): number {
  return slot < 5461 ? 0 : slot < 10923 ? 1 : 2;
}

/** The number of a node that runs. */
function survivor(cluster: RedisCluster, gone?: RedisServer): number {
  return cluster.nodes.findIndex((node) => node !== gone);
}

async function isSynced(node: RedisServer): Promise<boolean> {
  const replication = String(await node.command('INFO', 'replication'));
  const state = String(await node.command('CLUSTER', 'INFO'));
  return /role:slave.*master_link_status:up/s.test(replication) && /cluster_state:ok/.test(state);
}

interface Figures {
  readonly descriptors: number;
  readonly megabytes: number;
}

/** What the daemon's metrics tell about its process. */
async function processFigures(port: number): Promise<Figures> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } });
  const text = await response.text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    descriptors: value('process_open_fds'),
    megabytes: Math.round(value('process_resident_memory_bytes') / 2 ** 20),
  };
}

/** The figures once connections that end have ended. */
async function settledFigures(port: number, descriptors: number): Promise<Figures> {
  let figures = await processFigures(port);
  await until(async () => {
    figures = await processFigures(port);
    return figures.descriptors <= descriptors + SPARE_DESCRIPTORS;
  }, 'the daemon closes what nobody uses');
  return figures;
}
