import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RedisStoreConfig } from '../../src/config/model.js';
import { Secret } from '../../src/config/secret.js';
import type { CallOptions, Link } from '../../src/links/link.js';
import { slotOf } from '../../src/resp/key-slot.js';
import { loopback, testLink } from '../harness/links.js';
import { requireProgram } from '../harness/programs.js';
import { inStep, type RedisCluster, startCluster } from '../harness/redis.js';
import { until } from '../harness/until.js';

const PASSWORD = 'cluster secret';

describe.skipIf(!requireProgram('redis')).each([
  ['plain', false],
  ['TLS', true],
])('a cluster link to a real Redis Cluster, %s', (_name, tls) => {
  let cluster: RedisCluster;
  let link: Link;

  beforeAll(async () => {
    cluster = await startCluster({ password: PASSWORD, tls });
  });

  afterAll(() => cluster.stop());

  afterEach(() => link.close());

  function open(overrides: Partial<RedisStoreConfig> = {}): Link {
    const ports = cluster.nodes.map((node) => (tls ? node.tlsPort : node.port));
    const ca = cluster.nodes[0]?.certificates?.ca;
    link = testLink({
      redisType: 'cluster',
      // Nobody listens on the first seed.
      endpoints: [loopback(1), loopback(ports[5]!), loopback(ports[0]!)],
      password: new Secret(PASSWORD),
      tls: tls ? { verify: true, ca, cert: undefined, key: undefined, serverName: undefined } : undefined,
      timeout: 2000,
      connectTimeout: 1000,
      ...overrides,
    });
    return link;
  }

  function within(ms = 5000, readOnly = false): CallOptions {
    return { deadline: Date.now() + ms, readOnly };
  }

  const keys = Array.from({ length: 100 }, (_, i) => `user${i}@example.com`);

  test('reads and writes over all primaries, in order', async () => {
    open();
    const writes = await link.pipeline(
      keys.map((key) => ['SET', key, key]),
      within(),
    );
    expect(new Set(writes)).toEqual(new Set(['OK']));
    const values = await link.pipeline(
      keys.map((key) => ['GET', key]),
      within(),
    );
    expect(values.map(String)).toEqual(keys);
    const primaries = await link.primaries();
    expect(primaries).toHaveLength(3);
    const sizes = await Promise.all(primaries.map((node) => node.command(['DBSIZE'], within())));
    expect(sizes.reduce((sum: number, size) => sum + Number(size), 0)).toBe(keys.length);
    const { cluster: status, transport, nodes } = link.topology();
    expect(status).toMatchObject({ command: 'SHARDS', slotsMapped: 16_384 });
    expect(transport).toBe(tls ? 'tls' : 'tcp');
    expect(nodes).toHaveLength(6);
  });

  test('places keys as the server does', async () => {
    open();
    for (const key of ['', 'a{b}c', '{}x}', '{}{a}', 'ü{ß}', '{']) {
      expect(await link.command(['CLUSTER', 'KEYSLOT', key], within())).toBe(slotOf(key));
    }
  });

  test('finds the keys of commands it does not know', async () => {
    open();
    await link.pipeline(
      [
        ['SADD', 'set', '3'],
        ['SETBIT', 'bits', 7, 1],
      ],
      within(),
    );
    expect(await link.command(['SORT', 'set'], within())).toEqual([Buffer.from('3')]);
    expect(await link.command(['getbit', 'bits', 7], within())).toBe(1);
    expect(String(await link.command(['OBJECT', 'ENCODING', 'set'], within()))).toBe('intset');
    expect(await link.command(['ZUNION', 1, 'set'], within())).toEqual([Buffer.from('3')]);
  });

  test('loads scripts on every node', async () => {
    open();
    const source = `return {KEYS[1], ARGV[1], '${tls}'}`;
    const script = { name: 'test', source, sha: createHash('sha1').update(source).digest('hex') };
    for (const key of ['a', 'b', 'c', 'a']) {
      const reply = await link.script(script, [key], [7], within());
      expect((reply as Buffer[]).map(String)).toEqual([key, '7', String(tls)]);
    }
  });

  test('reads from replicas', async () => {
    await until(
      async () =>
        /role:slave[\s\S]*master_link_status:up/.test(String(await cluster.nodes[4]!.command('INFO', 'replication'))),
      'a replica follows',
    );
    open({ readFromReplicas: true });
    await link.pipeline(
      keys.map((key) => ['SET', key, key]),
      within(),
    );
    await until(async () => {
      const values = await link.pipeline(
        keys.map((key) => ['GET', key]),
        within(5000, true),
      );
      return values.every((value, i) => String(value) === keys[i]);
    }, 'the replicas have it');
    const replicas = link.topology().nodes.filter((node) => node.role === 'replica');
    expect(replicas.every((node) => node.queries > 0)).toBe(true);
  });

  test('follows a slot that is being moved', async () => {
    open();
    const key = 'moving';
    const slot = String(slotOf(key));
    await link.command(['SET', key, 'here'], within());
    const from = await cluster.primaryOf(Number(slot));
    const to = cluster.nodes.slice(0, 3).find((node) => node !== from)!;
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', cluster.idOf(from));
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', cluster.idOf(to));
    // Not there yet: asked for at the new place with ASKING. Written: there.
    expect(await link.command(['GET', `{${key}}2`], within())).toBeNull();
    expect(await link.command(['SET', `{${key}}2`, 'there'], within())).toBe('OK');
    expect(String(await link.command(['GET', key], within()))).toBe('here');
    await expect(link.command(['MGET', key, `{${key}}2`], within())).rejects.toMatchObject({ code: 'TRYAGAIN' });
    const port = String(tls ? to.tlsPort : to.port);
    await from.command('MIGRATE', '127.0.0.1', port, key, '0', '5000', 'AUTH', PASSWORD);
    for (const node of [to, from]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', cluster.idOf(to));
    const values = await link.command(['MGET', key, `{${key}}2`], within());
    expect((values as Buffer[]).map(String)).toEqual(['here', 'there']);
  });

  test('a primary that is killed is replaced without a wrong answer', async () => {
    open();
    await link.pipeline(
      keys.map((key) => ['SET', key, key]),
      within(),
    );
    const messages: string[] = [];
    await link.subscribe('news', (message) => messages.push(message.toString()), within());
    await Promise.all(cluster.nodes.slice(0, 3).map((node) => inStep(node, 1)));
    const victim = await cluster.primaryOf(slotOf(keys[0]!), 1);
    await victim.kill();
    await until(async () => {
      const values = await link.pipeline(
        keys.map((key) => ['GET', key]),
        within(1000),
      );
      for (const [i, value] of values.entries()) if (!(value instanceof Error)) expect(String(value)).toBe(keys[i]);
      return values.every((value) => !(value instanceof Error));
    }, 'every key is answered again');
    await until(async () => {
      await link.command(['PUBLISH', 'news', 'after'], within(1000)).catch(() => 0);
      return messages.includes('after');
    }, 'messages come again');
    await victim.restart();
  });

  test('a primary that hangs is replaced too', async () => {
    // The one killed before is back as a replica.
    for (const node of cluster.nodes) {
      await until(async () => {
        const info = String(await node.command('CLUSTER', 'NODES'));
        return !/fail/.test(info) && (info.match(/slave/g) ?? []).length === 3;
      }, 'the cluster is whole again');
    }
    open({ timeout: 500 });
    const key = keys[0]!;
    await link.command(['SET', key, 'v'], within());
    const victim = await cluster.primaryOf(slotOf(key), 1);
    await inStep(victim, 1);
    victim.pause();
    try {
      await until(
        async () => String(await link.command(['GET', key], within(600)).catch(() => '')) === 'v',
        'it is found',
      );
    } finally {
      victim.resume();
    }
  });
});
