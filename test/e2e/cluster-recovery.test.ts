import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/index.js';
import { slotOf } from '../../src/resp/key-slot.js';
import { requireProgram } from '../harness/programs.js';
import { inStep, type RedisCluster, type RedisServer, startCluster } from '../harness/redis.js';
import { until } from '../harness/until.js';

/**
 * A store on a real cluster that loses a primary. Breakers stay open far longer than the test waits: that it
 * recovers shows that it looks for the successor by itself, and that a breaker holds up its own node only.
 */
const KEY = 'alias:user@example.com';
const SLOT = slotOf(KEY);
/** From the promotion: a second between looks, one more for the others to hear of it, and a busy machine. */
const RECOVERY = 5_000;

describe.skipIf(!requireProgram('redis'))('a store whose primary dies', () => {
  /** One for each case: after an election the same nodes vote again only when they please. */
  let cluster: RedisCluster;

  beforeEach(async () => {
    cluster = await startCluster();
  });

  afterEach(() => cluster.stop());

  test.each<[string, (victim: RedisServer) => unknown, (victim: RedisServer) => unknown]>([
    ['killed', (victim) => victim.kill(), (victim) => victim.restart()],
    ['silent', (victim) => victim.pause(), (victim) => victim.resume()],
  ])('%s: asks the promoted one soon, though the breaker is open', async (_, stop, goOn) => {
    const urls = cluster.nodes.map((node) => `redis://127.0.0.1:${node.port}`);
    const breaker = { failures: 1, openFor: '10m' };
    const timing = { timeout: '300ms', deadline: '1s', breaker };
    await using store = await openStore({ type: 'redis', redisType: 'cluster', urls, ...timing });
    await store.set(KEY, 'value');
    const victim = await cluster.primaryOf(SLOT, 1);
    await inStep(victim, 1);
    await stop(victim);
    const codes = new Set<string>();
    await until(async () => {
      codes.add(await store.get(KEY).then(String, (error: { code: string }) => error.code));
      return codes.has('BREAKER_OPEN');
    }, 'the breaker is open');
    const witness = cluster.nodes.findIndex((node) => node !== victim);
    await until(async () => (await cluster.primaryOf(SLOT, witness)) !== victim, 'a replica is promoted');
    const promoted = performance.now();
    await until(async () => {
      codes.add(await store.get(KEY).then(String, (error: { code: string }) => error.code));
      return codes.has('value');
    }, 'the key is found');
    expect(performance.now() - promoted).toBeLessThan(RECOVERY);
    expect(codes).not.toContain('null');
    await goOn(victim);
    await until(
      async () => /master_link_status:up/.test(String(await victim.command('INFO', 'replication'))),
      'it is back',
    );
    // Without the others' votes, which they give only so often.
    await victim.command('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await until(async () => (await cluster.primaryOf(SLOT, witness)) === victim, 'it is promoted again');
    const again = performance.now();
    const answers = new Set<string>();
    await until(async () => {
      answers.add(await store.set(KEY, 'value').then(String, (error: { code: string }) => error.code));
      return answers.has('true');
    }, 'the key is written');
    expect(performance.now() - again).toBeLessThan(RECOVERY);
    expect(await store.getText(KEY)).toBe('value');
    expect(answers).not.toContain('BREAKER_OPEN');
  });
});
