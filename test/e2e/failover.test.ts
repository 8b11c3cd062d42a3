import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Server } from '../../src/server/server.js';
import { requireProgram } from '../harness/programs.js';
import { RawClient } from '../harness/raw-client.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { until } from '../harness/until.js';

/** FAILOVER to a real redis-server that follows ours. */
describe.skipIf(!requireProgram('redis'))('failing over to a real redis-server', () => {
  let replica: RedisServer;
  let server: Server;
  let clients: RawClient[];

  beforeAll(async () => {
    replica = await startRedis();
  });
  afterAll(() => replica.stop());

  beforeEach(async () => {
    server = await Server.start({ directives: { 'repl-diskless-sync-delay': '0' } });
    const { port = 0 } = await server.listen({ port: 0 });
    clients = [await RawClient.connect(port), await RawClient.connect(port)];
    return async () => {
      replica.resume();
      for (const client of clients) client.close();
      await replica.command('REPLICAOF', 'NO', 'ONE');
      await server.close();
    };
  });

  async function follow(): Promise<void> {
    await replica.command('REPLICAOF', '127.0.0.1', String(server.listeners.port));
    await until(async () => String(await replica.command('INFO')).includes('master_link_status:up'), 'the link is up');
  }

  const ask = async (...words: string[]) => String(await clients[0]!.ask(words));
  const target = () => ['TO', '127.0.0.1', String(replica.port)] as const;

  for (const title of ['to any replica', 'to this replica']) {
    it(`${title}: it takes over with everything, and is followed`, async () => {
      await follow();
      expect(await ask('SET', 'k', '1')).toBe('+OK\r\n');
      clients[1]!.send(['BLPOP', 'list', '0']);
      await until(() => server.blocking.clients > 0, 'a client waits');
      expect(await ask('FAILOVER', ...(title === 'to any replica' ? [] : target()))).toBe('+OK\r\n');
      expect(await ask('SET', 'k', '2')).toBe("-READONLY You can't write against a read only replica.\r\n");
      expect(await ask('GET', 'k')).toBe('$1\r\n1\r\n');
      expect(String((await clients[1]!.take(1))[0])).toMatch(/^-UNBLOCKED force unblock/);
      expect(await ask('EVAL', 'return redis.call("set", KEYS[1], 1)', '1', 'k')).toMatch(/^-READONLY/);
      expect(await ask('ROLE')).toContain('slave');
      expect(await ask('INFO', 'replication')).toContain('role:slave');
      expect(String(await replica.command('ROLE'))).toMatch(/^master/);
      expect(String(await replica.command('GET', 'k'))).toBe('1');
      await replica.command('SET', 'k', '2');
      await until(async () => (await ask('GET', 'k')).includes('2'), 'what the new primary says is heard');
      expect(server.replication.following.state).toBe('connected');
      expect(await ask('REPLICAOF', 'NO', 'ONE')).toBe('+OK\r\n');
      expect(await ask('SET', 'k', '3')).toBe('+OK\r\n');
    });
  }

  it('waits for a replica that is behind, until it is told not to or its time is over', async () => {
    expect(await ask('FAILOVER')).toBe('-ERR FAILOVER requires connected replicas.\r\n');
    await follow();
    expect(await ask('FAILOVER', 'TO', '127.0.0.1', '1')).toBe(
      '-ERR FAILOVER target HOST and PORT is not a replica.\r\n',
    );
    expect(await ask('FAILOVER', 'FORCE')).toMatch(/^-ERR FAILOVER with force option requires both a timeout/);
    replica.pause();
    expect(await ask('SET', 'k', '1')).toBe('+OK\r\n');
    expect(await ask('FAILOVER')).toBe('+OK\r\n');
    expect(await ask('INFO', 'replication')).toContain('master_failover_state:waiting-for-sync');
    expect(await ask('FAILOVER')).toBe('-ERR FAILOVER already in progress.\r\n');
    expect(await ask('REPLICAOF', 'NO', 'ONE')).toBe('-ERR REPLICAOF not allowed while failing over.\r\n');
    expect(await ask('PSYNC', '?', '-1')).toMatch(/^-NOMASTERLINK Can't SYNC while failing over/);
    clients[1]!.send(['SET', 'k', '2']);
    expect(await ask('CLIENT', 'UNPAUSE')).toBe('+OK\r\n');
    expect(await ask('GET', 'k')).toBe('$1\r\n1\r\n');
    expect(await ask('FAILOVER', 'ABORT')).toBe('+OK\r\n');
    expect(String((await clients[1]!.take(1))[0])).toBe('+OK\r\n');
    expect(await ask('FAILOVER', 'TIMEOUT', '20')).toBe('+OK\r\n');
    expect(await ask('SET', 'k', '3')).toBe('+OK\r\n');
    expect(await ask('FAILOVER', 'ABORT')).toBe('-ERR No failover in progress.\r\n');
  });

  it('takes the replica when told to by force', async () => {
    await follow();
    expect(await ask('FAILOVER', ...target(), 'FORCE', 'TIMEOUT', '20')).toBe('+OK\r\n');
    expect(await ask('SET', 'k', '1')).toMatch(/^-READONLY/);
  });
});
