import { afterEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../src/resp/reply.js';
import { startServer } from '../../src/testing/index.js';
import { requireProgram } from '../harness/programs.js';
import { RawClient } from '../harness/raw-client.js';
import { startRedis } from '../harness/redis.js';
import { type RunningSentinel, replyText, startSentinel } from '../harness/sentinels.js';
import { until } from '../harness/until.js';

/** Sentinels of ours and real ones, over servers of ours and real ones: a primary is lost, and a replica found. */
type Kind = 'ours' | 'redis';

interface DataServer {
  readonly port: number;
  ask(...words: readonly string[]): Promise<Reply>;
  stop(): Promise<void>;
}

describe.skipIf(!requireProgram('redis'))('a failover', { timeout: 180_000 }, () => {
  let servers: DataServer[] = [];
  let sentinels: RunningSentinel[] = [];

  afterEach(async () => {
    for (const sentinel of sentinels) await sentinel[Symbol.asyncDispose]();
    for (const server of servers) await server.stop();
    servers = [];
    sentinels = [];
  });

  async function start(dataKinds: readonly Kind[], sentinelKinds: readonly Kind[]): Promise<void> {
    for (const kind of dataKinds) servers.push(await startData(kind));
    const [primary, ...replicas] = servers as [DataServer, ...DataServer[]];
    for (const replica of replicas) await replica.ask('REPLICAOF', '127.0.0.1', String(primary.port));
    for (const replica of replicas) await until(() => isUp(replica), 'replicas are in step', PATIENCE);
    for (const kind of sentinelKinds) {
      const sentinel = await startSentinel(kind, configuration(primary.port));
      sentinels.push(sentinel);
      expect(await sentinel.ask(...QUICK)).toBe('+OK');
    }
    for (const sentinel of sentinels) await until(() => knowsAll(sentinel), 'sentinels know all', PATIENCE);
  }

  async function knowsAll(sentinel: RunningSentinel): Promise<boolean> {
    const reply = await sentinel.ask('SENTINEL', 'MASTER', 'mymaster');
    const counts = [`"num-slaves", "${servers.length - 1}"`, `"num-other-sentinels", "${sentinels.length - 1}"`];
    if (!counts.every((count) => reply.includes(count))) return false;
    const replicas = await sentinel.ask('SENTINEL', 'REPLICAS', 'mymaster');
    return replicas.split('"master-link-status", "ok"').length === servers.length;
  }

  const primaryFor = (sentinel: RunningSentinel) => sentinel.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster');

  it.each<[string, readonly Kind[], readonly Kind[]]>([
    ['of our servers by our sentinels', ['ours', 'ours', 'ours'], ['ours', 'ours', 'ours']],
    ['of our servers by real sentinels', ['ours', 'ours', 'ours'], ['redis', 'redis', 'redis']],
    ['of real servers by our sentinels', ['redis', 'redis', 'redis'], ['ours', 'ours', 'ours']],
    ['of mixed servers by mixed sentinels', ['redis', 'ours', 'redis'], ['ours', 'redis', 'ours']],
  ])('%s, when the primary is lost', async (_, dataKinds, sentinelKinds) => {
    await start(dataKinds, sentinelKinds);
    const [primary, ...replicas] = servers as [DataServer, ...DataServer[]];
    const listener = await RawClient.connect(sentinels[0]!.port);
    await listener.ask(['SUBSCRIBE', '+switch-master']);
    await primary.ask('SET', 'greeting', 'hello');
    const hasHeard = async (server: DataServer) => String(await server.ask('GET', 'greeting')) === 'hello';
    for (const replica of replicas) await until(() => hasHeard(replica), 'replicas have the key', PATIENCE);
    // Not before: a machine that stands still for as long is no lost primary.
    const suspicion = ['SENTINEL', 'SET', 'mymaster', 'down-after-milliseconds', '2000'] as const;
    for (const sentinel of sentinels) expect(await sentinel.ask(...suspicion)).toBe('+OK');
    await primary.stop();

    const isReplaced = async () => {
      const answers = new Set(await Promise.all(sentinels.map(primaryFor)));
      return answers.size === 1 && !answers.has(`["127.0.0.1", "${primary.port}"]`);
    };
    await until(isReplaced, 'all sentinels name another primary', PATIENCE);
    const address = await primaryFor(sentinels[0]!);
    const successor = replicas.find(({ port }) => address.includes(String(port)))!;
    const other = replicas.find((replica) => replica !== successor)!;
    await until(
      async () => String(await other.ask('ROLE')).includes(String(successor.port)),
      'it is followed',
      PATIENCE,
    );
    expect(String(await successor.ask('GET', 'greeting'))).toBe('hello');
    expect(await successor.ask('SET', 'greeting', 'again')).toBe('OK');
    const [heard] = await listener.take(1);
    expect(replyText(heard!)).toContain(`mymaster 127.0.0.1 ${primary.port} 127.0.0.1 ${successor.port}`);
    listener.close();
  });

  it('that is asked for leaves the old primary as a replica', async () => {
    await start(['ours', 'ours'], ['ours', 'redis']);
    const [primary, replica] = servers as [DataServer, DataServer];
    expect(await sentinels[0]!.ask('SENTINEL', 'FAILOVER', 'mymaster')).toBe('+OK');
    expect(await sentinels[0]!.ask('SENTINEL', 'FAILOVER', 'mymaster')).toMatch(/^-INPROG/);
    for (const sentinel of sentinels) {
      await until(async () => (await primaryFor(sentinel)).includes(String(replica.port)), 'it is known', PATIENCE);
    }
    // A Sentinel that makes it a replica cuts off its clients, who may just be asking.
    const role = async () => String(await primary.ask('ROLE').catch(() => ''));
    await until(async () => (await role()).includes(String(replica.port)), 'it follows', PATIENCE);
  });
});

/** Milliseconds; machines may be busy. */
const PATIENCE = 60_000;

/** Everything sooner than usual, but for suspicion: a machine that is busy is not down, and no clock was set. */
const QUICK = ['SENTINEL', 'DEBUG', 'info-period', '1000', 'publish-period', '300', 'tilt-trigger', '60000'] as const;

function configuration(port: number): string[] {
  return [
    `sentinel monitor mymaster 127.0.0.1 ${port} 2`,
    'sentinel down-after-milliseconds mymaster 600000',
    'sentinel failover-timeout mymaster 20000',
    'sentinel parallel-syncs mymaster 2',
  ];
}

async function isUp(replica: DataServer): Promise<boolean> {
  return String(await replica.ask('ROLE')).includes('connected');
}

async function startData(kind: Kind): Promise<DataServer> {
  if (kind === 'redis') {
    const redis = await startRedis();
    return { port: redis.port, ask: (...words) => redis.command(...words), stop: () => redis.stop() };
  }
  const server = await startServer({ settings: { disklessSyncDelay: 0 } });
  return { port: server.port, ask: (...words) => askOurs(server.port, words), stop: () => server.close() };
}

async function askOurs(port: number, words: readonly string[]): Promise<string> {
  const client = await RawClient.connect(port);
  try {
    return replyText(await client.ask(words)).replace(/^\+|^"|"$/g, '');
  } finally {
    client.close();
  }
}
