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

it('keeps a slot open on both sides, its keys here and there, until its move is finished', async () => {
  await using cluster = await startCluster({ primaries: 2 });
  await using store = await openStore({ type: 'redis', 'redis-type': 'cluster', urls: cluster.urls });
  const slot = slotOf('{t}');
  const keys = ['{t}1', '{t}2', '{t}3', '{t}4'];
  for (const key of keys) await store.set(key, `value of ${key}`);
  const from = cluster.primaryOf('{t}');
  const to = cluster.primaries.find((node) => node !== from)!;
  const move = await cluster.startMove(slot, to);
  expect(move.left.toSorted()).toEqual(['{t}3', '{t}4']);
  expect(String(from.session.run('GET', '{t}1'))).toMatch('ASK');
  expect(String(from.session.run('MGET', '{t}2', '{t}3'))).toMatch('TRYAGAIN');
  for (const key of keys) expect(await store.getText(key)).toBe(`value of ${key}`);
  await move.move(['{t}4']);
  expect(move.left).toEqual(['{t}3']);
  await cluster.finishMove(move);
  expect(cluster.primaryOf('{t}')).toBe(to);
  for (const key of keys) expect(await store.getText(key)).toBe(`value of ${key}`);
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

it('fails over there and back again as often as a test wants it', async () => {
  await using cluster = await startCluster({ primaries: 3, replicas: 1 });
  const first = cluster.primaryOf('foo');
  for (let i = 0; i < 4; i++) await cluster.failover(cluster.primaryOf('foo'));
  expect(cluster.primaryOf('foo')).toBe(first);
}, 120_000);

it('each time that it takes over, a node has asked for votes anew', { timeout: 90_000 }, async () => {
  await using cluster = await startCluster({ primaries: 3, replicas: 2 });
  const primary = cluster.primaryOf('foo');
  const [one, other] = cluster.replicas.filter(({ primaryId }) => primaryId === primary.id);
  const epochs: number[] = [];
  // Nobody votes twice about the same primary at short intervals.
  for (const successor of [one!, other!, one!]) {
    // It has five seconds, which a machine that is busy may let pass.
    const takesOver = () => {
      if (successor.isPrimary) return true;
      if (!successor.cluster.handover.isUnderWay) expect(successor.session.run('CLUSTER', 'FAILOVER')).toBe('OK');
      return false;
    };
    await expect.poll(takesOver, { timeout: 60_000 }).toBe(true);
    const followers = () => cluster.replicas.filter(({ primaryId }) => primaryId === successor.id);
    const inStep = () => followers().filter(({ server }) => server.replication.following.state === 'connected');
    await expect.poll(() => inStep().length, { timeout: 10_000 }).toBe(2);
    // Else the others hear of it with their next pings, and voters know them as replicas of another one until then.
    for (const { server } of followers()) server.cluster!.bus.announce('all');
    const known = () => cluster.nodes.map((node) => node.cluster.table.find(successor.id)!.replicas.length);
    await expect.poll(known, { timeout: 10_000 }).toEqual(cluster.nodes.map(() => 2));
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

it('starts a primary that was replaced again, as a replica that has the new data', async () => {
  await using cluster = await startCluster({ primaries: 3, replicas: 1 });
  const primary = cluster.primaryOf('foo');
  const { port, id } = primary;
  await cluster.inStep();
  await cluster.kill(primary);
  const successor = await cluster.failover(primary);
  successor.session.run('SET', 'foo', 'new');
  await cluster.restart(primary);
  expect([primary.port, primary.id]).toEqual([port, id]);
  await vi.waitUntil(() => primary.primaryId === successor.id, { timeout: 60_000 });
  await cluster.inStep();
  primary.session.run('READONLY');
  await vi.waitUntil(() => String(primary.session.run('GET', 'foo')) === 'new', { timeout: 20_000 });
}, 90_000);

it('starts a primary again that nobody has replaced, with its data', async () => {
  await using cluster = await startCluster({ primaries: 3 });
  const primary = cluster.primaryOf('foo');
  primary.session.run('SET', 'foo', 'bar');
  await cluster.kill(primary);
  await cluster.restart(primary);
  await vi.waitUntil(() => String(primary.session.run('GET', 'foo')) === 'bar', { timeout: 60_000 });
}, 90_000);

it.each(['paused', 'cut off'])(
  'replaces a primary that is %s, which follows once it is back',
  async (trouble) => {
    await using cluster = await startCluster({ primaries: 3, replicas: 1, nodeTimeout: 500 });
    const primary = cluster.primaryOf('foo');
    primary.session.run('SET', 'foo', 'bar');
    await cluster.inStep();
    if (trouble === 'paused') cluster.pause(primary);
    else cluster.partition([[primary]]);
    const replica = cluster.replicas.find(({ primaryId }) => primaryId === primary.id)!;
    await vi.waitUntil(() => replica.isPrimary, { timeout: 80_000 });
    expect(String(replica.session.run('GET', 'foo'))).toBe('bar');
    expect(primary.isPrimary).toBe(true);
    if (trouble === 'cut off') {
      await vi.waitUntil(() => /CLUSTERDOWN/.test(String(primary.session.run('SET', 'foo', 'lost'))), {
        timeout: 80_000,
      });
    }
    cluster.heal();
    await vi.waitUntil(() => primary.primaryId === replica.id, { timeout: 80_000 });
    await cluster.inStep();
  },
  180_000,
);

it('strikes at every node', async () => {
  await using cluster = await startCluster();
  await using store = await openStore({ type: 'redis', 'redis-type': 'cluster', urls: cluster.urls });
  const fault = cluster.inject({ command: 'SET', fault: { kind: 'error', message: 'TRYAGAIN' } });
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await store.set(key, '1');
  expect(fault.struck).toBe(3);
});
