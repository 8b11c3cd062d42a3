import { Redis } from 'ioredis';
import { expect, it, vi } from 'vitest';
import { ManualClock, startSentinels, type TestSentinels } from '../../../src/testing/index.js';

const PATIENT = { timeout: 60_000 };

const masters = ({ sentinels, name }: TestSentinels) =>
  sentinels
    .filter(({ isAlive }) => isAlive)
    .map(({ session }) => String(session.run('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)));

it('starts servers and sentinels that all know each other', async () => {
  await using setup = await startSentinels({ replicas: 1, sentinels: 3 });
  const { primary, replicas, sentinels } = setup;
  expect(replicas.map(({ primaryPort }) => primaryPort)).toEqual([primary.port]);
  expect(masters(setup)).toEqual(sentinels.map(() => `127.0.0.1,${primary.port}`));
  for (const { session } of sentinels) {
    expect(session.run('SENTINEL', 'CKQUORUM', 'mymaster')).toMatch(/^OK 3 usable Sentinels/);
    const known = session.run('SENTINEL', 'MASTER', 'mymaster') as ReadonlyMap<string, unknown>;
    const text = String([...known.entries()]);
    expect(text).toMatch(/num-slaves,1,num-other-sentinels,2/);
  }
});

it.each(['alive', 'killed'])('has a replica take the place of a primary that is %s', async (state) => {
  await using setup = await startSentinels();
  const before = setup.primary;
  before.session.run('SET', 'foo', 'bar');
  await setup.inStep();
  if (state === 'killed') await setup.kill(before);
  const successor = await setup.failover();

  expect(successor).not.toBe(before);
  expect(setup.primary).toBe(successor);
  expect(String(successor.session.run('GET', 'foo'))).toBe('bar');
  expect(masters(setup)).toEqual(setup.sentinels.map(() => `127.0.0.1,${successor.port}`));
  expect(setup.replicas).toHaveLength(state === 'killed' ? 1 : 2);
  expect(setup.replicas.map(({ primaryPort }) => primaryPort)).toEqual(setup.replicas.map(() => successor.port));
});

it('fails over while time stands still', async () => {
  await using setup = await startSentinels({ clock: new ManualClock(), seed: 7 });
  const before = setup.primary;
  await setup.kill(before);
  expect(await setup.failover()).not.toBe(before);
});

it('finds out by itself that a primary is gone, and tells clients', { timeout: 90_000 }, async () => {
  await using setup = await startSentinels({ downAfter: 1000 });
  const before = setup.primary;
  const heard: string[] = [];
  const [sentinel] = setup.sentinels;
  const listener = sentinel!.server.session({ onPush: (push) => void heard.push(String(push)) });
  listener.post(['SUBSCRIBE', '+switch-master']);
  await setup.kill(before);
  await vi.waitUntil(() => heard.length >= 2, { timeout: 80_000 });
  const ports = setup.replicas.map(({ port }) => port).concat(setup.primary.port);
  const [, from, to] = /mymaster 127\.0\.0\.1 (\d+) 127\.0\.0\.1 (\d+)$/.exec(heard[1]!)!.map(Number);
  expect(from).toBe(before.port);
  expect(ports).toContain(to);
});

it('knows again what a sentinel knew that was killed', PATIENT, async () => {
  await using setup = await startSentinels({ replicas: 1 });
  const [sentinel] = setup.sentinels as [(typeof setup.sentinels)[number]];
  const { id, port } = sentinel;
  const successor = await setup.failover();
  await setup.kill(sentinel);
  await setup.restart(sentinel);
  expect([sentinel.id, sentinel.port]).toEqual([id, port]);
  expect(String(sentinel.session.run('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster'))).toContain(
    `${successor.port}`,
  );
  const isConnected = () => /^OK 3/.test(String(sentinel.session.run('SENTINEL', 'CKQUORUM', 'mymaster')));
  await vi.waitUntil(isConnected, { timeout: 20_000 });
});

it('makes a server that was killed a replica again when it comes back', { timeout: 90_000 }, async () => {
  await using setup = await startSentinels({ replicas: 1, sentinels: 1, downAfter: 500 });
  const before = setup.primary;
  await setup.kill(before);
  await setup.failover();
  await setup.restart(before);
  expect(setup.servers.every(({ isPrimary }) => isPrimary)).toBe(true);
  // On a machine that is busy the one may be found down meanwhile, and the other be the primary.
  const isSettled = () => setup.replicas.every(({ primaryPort }) => primaryPort === setup.primary.port);
  await vi.waitUntil(() => isSettled() && setup.primary.isPrimary, { timeout: 80_000 });
});

it('divides the network: the sentinels of the larger part go on', { timeout: 90_000 }, async () => {
  await using setup = await startSentinels({ downAfter: 500 });
  const before = setup.primary;
  const [alone, ...others] = setup.sentinels as [(typeof setup.sentinels)[number], ...typeof setup.sentinels];
  setup.partition([[before, alone]]);
  const named = () =>
    others.map(({ session }) => String(session.run('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')));
  const isMoved = () => new Set(named()).size === 1 && !named()[0]!.endsWith(`,${before.port}`);
  await vi.waitUntil(isMoved, { timeout: 80_000 });
  expect(String(alone.session.run('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster'))).toContain(`${before.port}`);
  setup.heal();
  await vi.waitUntil(() => new Set(masters(setup)).size === 1, { timeout: 80_000 });
  await vi.waitUntil(() => !before.isPrimary, { timeout: 80_000 });
});

it('is gone at the end of its scope', async () => {
  const setup = await startSentinels({ replicas: 1, sentinels: 1 });
  const [{ port } = { port: 0 }] = setup.addresses;
  await setup.close();
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  await expect(client.connect()).rejects.toThrow();
});

it('names the last primary when all sentinels are gone', async () => {
  await using setup = await startSentinels({ replicas: 1 });
  const { primary } = setup;
  for (const sentinel of setup.sentinels) await setup.kill(sentinel);
  expect(setup.primary).toBe(primary);
  expect(setup.replicas).toHaveLength(1);
  await setup.inStep();
});
