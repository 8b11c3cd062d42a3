import { expect, it, vi } from 'vitest';
import { openStore } from '../../../src/index.js';
import { slotOf } from '../../../src/resp/key-slot.js';
import { startCluster } from '../../../src/testing/index.js';

it('serves all slots, and sends clients to where a key is', async () => {
  await using cluster = await startCluster();
  await using store = await openStore({ type: 'redis', 'redis-type': 'cluster', urls: cluster.urls });
  for (let i = 0; i < 30; i++) await store.set(`key${i}`, String(i));
  expect(await store.getMany(['key1', 'key29', 'none'])).toEqual([Buffer.from('1'), Buffer.from('29'), null]);
  const counts = cluster.primaries.map((node) => Number(node.session.run('DBSIZE')));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30);
  expect(counts.every((count) => count > 0)).toBe(true);
});

it('moves a slot with its keys, and answers on the way', async () => {
  await using cluster = await startCluster({ primaries: 2 });
  const slot = slotOf('{t}');
  const from = cluster.primaryOf('{t}');
  const to = cluster.primaries.find((node) => node !== from)!;
  from.session.run('SET', '{t}1', 'one');
  await cluster.moveSlot(slot, to, {
    midway() {
      expect(String(from.session.run('GET', '{t}1'))).toBe('one');
      expect(String(from.session.run('GET', '{t}2'))).toMatch(`ASK ${slot} 127.0.0.1:${to.port}`);
      expect(String(from.session.run('MGET', '{t}1', '{t}2'))).toMatch('TRYAGAIN');
      expect(String(to.session.run('GET', '{t}2'))).toMatch(`MOVED ${slot} 127.0.0.1:${from.port}`);
      expect(to.session.run('ASKING')).toBe('OK');
      expect(to.session.run('GET', '{t}2')).toBeNull();
      expect(String(to.session.run('GET', '{t}2'))).toMatch('MOVED');
    },
  });
  expect(String(to.session.run('GET', '{t}1'))).toBe('one');
  expect(String(from.session.run('GET', '{t}1'))).toMatch(`MOVED ${slot} 127.0.0.1:${to.port}`);
  expect(cluster.primaryOf('{t}')).toBe(to);
});

it.each(['alive', 'killed'])('a replica takes over from a primary that is %s', async (state) => {
  await using cluster = await startCluster({ primaries: 3, replicas: 1 });
  const primary = cluster.primaryOf('foo');
  primary.session.run('SET', 'foo', 'bar');
  const replica = cluster.replicas.find(({ primaryId }) => primaryId === primary.id)!;
  await cluster.inStep();
  if (state === 'killed') await cluster.kill(primary);
  const successor = await cluster.failover(primary);
  expect(successor).toBe(replica);
  expect(String(successor.session.run('GET', 'foo'))).toBe('bar');
  expect(cluster.primaryOf('foo')).toBe(successor);
  if (state === 'alive') expect(primary.primaryId).toBe(successor.id);
});

it('each time that it takes over, a node has asked for votes anew', async () => {
  await using cluster = await startCluster({ primaries: 3, replicas: 2 });
  const primary = cluster.primaryOf('foo');
  const [one, other] = cluster.replicas.filter(({ primaryId }) => primaryId === primary.id);
  const epochs: number[] = [];
  // Nobody votes twice about the same primary at short intervals.
  for (const successor of [one!, other!, one!]) {
    expect(successor.session.run('CLUSTER', 'FAILOVER')).toBe('OK');
    await expect.poll(() => successor.isPrimary, { timeout: 10_000 }).toBe(true);
    const followers = () => cluster.replicas.filter(({ primaryId }) => primaryId === successor.id);
    const inStep = () => followers().filter(({ server }) => server.replication.following.state === 'connected');
    await expect.poll(() => inStep().length, { timeout: 10_000 }).toBe(2);
    // Else it hears of it with their next pings.
    for (const { server } of followers()) server.cluster!.bus.announce('shard');
    const { myself } = successor.server.cluster!;
    await expect.poll(() => myself.replicas.length, { timeout: 10_000 }).toBe(2);
    epochs.push(successor.server.cluster!.myself.configEpoch);
  }
  expect(new Set(epochs).size).toBe(3);
});

it('publishes to all nodes, and on shard channels to those of the shard, until it has lost them', async () => {
  await using cluster = await startCluster({ primaries: 2, replicas: 1 });
  const primary = cluster.primaryOf('foo');
  const other = cluster.primaries.find((node) => node !== primary)!;
  const replica = cluster.replicas.find(({ primaryId }) => primaryId === primary.id)!;
  const heard: string[] = [];
  const listener = replica.server.session({ onPush: (push) => heard.push([push].flat().map(String).join(' ')) });
  listener.post(['SUBSCRIBE', 'news']);
  listener.post(['SSUBSCRIBE', 'foo']);
  other.session.run('PUBLISH', 'news', 'for all');
  primary.session.run('SPUBLISH', 'foo', 'for the shard');
  await vi.waitUntil(() => heard.length === 4, { timeout: 20_000 });
  expect(heard.toSorted()).toEqual([
    'message news for all',
    'smessage foo for the shard',
    'ssubscribe foo 1',
    'subscribe news 1',
  ]);
  expect(String(other.session.run('SPUBLISH', 'foo', 'x'))).toMatch('MOVED');

  await cluster.moveSlot(slotOf('foo'), other);
  await vi.waitUntil(() => heard.length === 5, { timeout: 20_000 });
  expect(heard.at(-1)).toBe('sunsubscribe foo 0');
});

it('notices by itself when a primary is gone', { timeout: 90_000 }, async () => {
  await using cluster = await startCluster({ primaries: 3, replicas: 1, nodeTimeout: 500 });
  await cluster.kill(cluster.primaryOf('foo'));
  const isServed = () => cluster.primaries.some(({ session }) => session.run('SET', 'foo', 'bar') === 'OK');
  await vi.waitUntil(isServed, { timeout: 80_000 });
});
