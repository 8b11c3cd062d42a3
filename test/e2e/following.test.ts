import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { closeNodes, Node, type Primary } from '../harness/node.js';
import { requireProgram } from '../harness/programs.js';
import { RawClient } from '../harness/raw-client.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { until } from '../harness/until.js';

afterEach(closeNodes);

const kinds = [
  ['one of ours', undefined],
  ['a real redis-server', 'redis'],
] as const;

for (const [title, program] of kinds) {
  describe.skipIf(program !== undefined && !requireProgram(program))(`a replica of ${title}`, () => {
    let real: RedisServer | undefined;

    beforeAll(async () => {
      if (program === 'redis') real = await startRedis({});
    });
    afterAll(() => real?.stop());

    async function startPrimary(): Promise<Primary> {
      if (real === undefined) return Node.start();
      const { port } = real;
      const primary = { port, run: (...words: string[]) => real!.command(...words) };
      await primary.run('FLUSHALL');
      await primary.run('CONFIG', 'SET', 'repl-diskless-sync', 'yes', 'requirepass', '', 'repl-backlog-size', '1mb');
      return primary;
    }

    for (const diskless of ['yes', 'no']) {
      it(`takes a snapshot (repl-diskless-sync ${diskless}), and follows`, async () => {
        const primary = await startPrimary();
        const replica = await Node.start();
        await primary.run('CONFIG', 'SET', 'repl-diskless-sync', diskless);
        await primary.run('EVAL', "for i = 1, 5000 do redis.call('set', 'key' .. i, i) end", '0');
        await primary.run(
          'FUNCTION',
          'LOAD',
          'REPLACE',
          "#!lua name=l\nredis.register_function('f', function() return 7 end)",
        );
        replica.run('SET', 'own', '1');
        await replica.following(primary);
        expect(replica.run('DBSIZE')).toBe(5000);
        expect(replica.text('GET', 'key77')).toBe('77');
        expect(replica.run('FUNCTION', 'LIST')).toHaveLength(1);
        await primary.run('EVAL', "redis.call('set', 'a', 1) redis.call('select', 3) redis.call('set', 'b', 2)", '0');
        await primary.run('SET', 'time', 'over', 'PX', '1');
        await replica.caughtUp(primary);
        expect(replica.text('GET', 'a')).toBe('1');
        await until(() => replica.run('GET', 'time') === null, 'its time is over');
        replica.run('SELECT', '3');
        expect(replica.text('GET', 'b')).toBe('2');
      });
    }

    it('goes on where it was when the link breaks, also for a replica of its own', async () => {
      const primary = await startPrimary();
      const middle = await Node.start();
      const last = await Node.start();
      await middle.following(primary);
      await last.following(middle);
      for (let round = 1; round <= 5; round++) {
        await primary.run('SET', 'round', String(round));
        await primary.run('CLIENT', 'KILL', 'TYPE', 'replica');
        await primary.run('INCR', 'count');
        await until(() => middle.isConnected && last.isConnected, 'the links are back');
        await last.caughtUp(primary);
        expect(last.text('GET', 'round')).toBe(String(round));
      }
      expect(last.text('GET', 'count')).toBe('5');
      expect(middle.server.replication.syncs.full).toBe(1);
      expect(last.server.replication.offset).toBe(middle.server.replication.offset);
      expect(last.server.replication.id).toBe(middle.server.replication.id);
    });

    it('is promoted, and its replica and its former primary go on without a snapshot', async () => {
      const primary = await startPrimary();
      const middle = await Node.start();
      const last = await Node.start();
      await middle.following(primary);
      await last.following(middle);
      await primary.run('SET', 'k', '1');
      await last.caughtUp(primary);
      middle.run('REPLICAOF', 'NO', 'ONE');
      middle.run('SET', 'k', '2');
      await primary.run('REPLICAOF', '127.0.0.1', String(middle.port));
      await until(() => middle.server.replication.syncs.partial === 2, 'both have come back');
      await last.caughtUp(middle);
      expect(last.text('GET', 'k')).toBe('2');
      await until(async () => String(await primary.run('GET', 'k')) === '2', 'the former primary follows');
      expect(middle.server.replication.syncs.full).toBe(1);
      await primary.run('REPLICAOF', 'NO', 'ONE');
    });

    it('logs in, and is told when the password is wrong', async () => {
      const primary = await startPrimary();
      const replica = await Node.start({ masterauth: 'wrong' });
      await primary.run('SET', 'k', 'v');
      await primary.run('CONFIG', 'SET', 'requirepass', 'secret');
      try {
        replica.follow(primary);
        await until(() => replica.server.replication.following.state === 'connect', 'the primary has refused');
        replica.run('CONFIG', 'SET', 'masterauth', 'secret');
        await until(() => replica.isConnected, 'the link is up');
        expect(replica.text('GET', 'k')).toBe('v');
      } finally {
        await dropPassword(primary.port, 'secret');
      }
    });

    it('acknowledges what it has', async () => {
      const primary = await startPrimary();
      const replica = await Node.start();
      await replica.following(primary);
      await primary.run('SET', 'k', 'v');
      await until(async () => {
        const told = String(await primary.run('INFO', 'replication'));
        const sent = /master_repl_offset:(\d+)/.exec(told)?.[1];
        return told.includes(`offset=${sent},lag=`);
      }, 'all is acknowledged');
      expect(replica.text('GET', 'k')).toBe('v');
    });

    it('leaves its data as it is while its own clients are paused', async () => {
      const primary = await startPrimary();
      const replica = await Node.start();
      await replica.following(primary);
      await primary.run('SET', 'k', 'before');
      await replica.caughtUp(primary);
      replica.run('CLIENT', 'PAUSE', '100000', 'WRITE');
      await primary.run('SET', 'k', 'meanwhile');
      await primary.run('INCR', 'n');
      const { replication, pause } = replica.server;
      const { offset } = replication;
      await until(() => pause.held.size === 1, 'the primary waits');
      expect(replica.text('GET', 'k')).toBe('before');
      expect(replication.offset).toBe(offset);
      replica.run('CLIENT', 'UNPAUSE');
      await replica.caughtUp(primary);
      expect(replica.text('MGET', 'k', 'n')).toBe('meanwhile,1');
    });
  });
}

/** Whoever logs in by `password` may come in without one from now on. */
async function dropPassword(port: number, password: string): Promise<void> {
  const client = await RawClient.connect(port);
  await client.ask(['AUTH', password]);
  await client.ask(['CONFIG', 'SET', 'requirepass', '']);
  client.close();
}

describe('a replica', () => {
  it('refuses writes, of EXEC and of scripts too, unless it may take them', async () => {
    const primary = await Node.start();
    const replica = await Node.start();
    await replica.following(primary);
    const readOnly = "READONLY You can't write against a read only replica.";
    expect(replica.run('SET', 'k', 'v')).toMatchObject({ message: readOnly });
    expect(replica.run('EVAL', "return redis.pcall('set', 'k', 'v')", '0')).toMatchObject({ message: readOnly });
    expect(replica.run('WAIT', '0', '0')).toMatchObject({ message: expect.stringMatching(/^ERR WAIT cannot be used/) });
    replica.run('CONFIG', 'SET', 'replica-read-only', 'no');
    replica.run('MULTI');
    replica.run('SET', 'k', 'v');
    replica.server.settings.replicaReadOnly = true;
    expect(replica.run('EXEC')).toMatchObject({ message: `EXECABORT Transaction discarded because of: ${readOnly}` });
  });

  it('hides keys whose time is over until the primary removes them', async () => {
    const primary = await Node.start();
    const replica = await Node.start();
    await replica.following(primary);
    primary.server.settings.activeExpire = false;
    primary.run('SET', 'k', 'v', 'PX', '1');
    await replica.caughtUp(primary);
    await until(() => replica.run('GET', 'k') === null, 'its time is over');
    expect(replica.run('DBSIZE')).toBe(1);
    expect(primary.run('GET', 'k')).toBeNull();
    await replica.caughtUp(primary);
    expect(replica.run('DBSIZE')).toBe(0);
  });

  it('answers MASTERDOWN instead of old data when told to', async () => {
    const primary = await Node.start();
    const replica = await Node.start({ 'replica-serve-stale-data': 'no' });
    await replica.following(primary);
    expect(replica.run('GET', 'k')).toBeNull();
    await primary.server.close();
    await until(() => !replica.isConnected, 'the link is down');
    const down = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
    expect(replica.run('GET', 'k')).toMatchObject({ message: down });
    expect(replica.text('INFO', 'replication')).toMatch(/master_link_status:down/);
  });

  it('is one from the start where its file says so, and keeps an append-only file', async () => {
    using folder = temporaryFolder();
    const primary = await Node.start();
    primary.run('SET', 'k', '1');
    const directives = { dir: folder.path, appendonly: 'yes', replicaof: `127.0.0.1 ${primary.port}` };
    const replica = await Node.start(directives);
    await until(() => replica.isConnected, 'the link is up');
    primary.run('INCR', 'k');
    await replica.caughtUp(primary);
    await until(
      () => replica.server.appendOnlyFile.state === 'on' && !replica.server.appendOnlyFile.rewrite.isRunning,
      'the file is there',
    );
    await replica.server.close();
    const alone = await Node.start({ dir: folder.path, appendonly: 'yes' });
    expect(alone.text('GET', 'k')).toBe('2');
  });
});
