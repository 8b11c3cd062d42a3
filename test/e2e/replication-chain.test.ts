import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.js';
import { closeNodes, Node, type Primary } from '../harness/node.js';
import { requireProgram } from '../harness/programs.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { until } from '../harness/until.js';

const reals: RedisServer[] = [];

afterEach(async () => {
  await closeNodes();
  for (const real of reals.splice(0)) await real.stop();
});

async function startReal(directives: Readonly<Record<string, string>> = {}): Promise<RedisServer & Primary> {
  const real = await startRedis({ directives });
  reals.push(real);
  return Object.assign(real, { run: (...words: string[]) => real.command(...words) });
}

async function field(real: RedisServer, name: string): Promise<string | undefined> {
  return new RegExp(`^${name}:(.*)\r$`, 'm').exec(String(await real.command('INFO')))?.[1];
}

/** The real replica's link is up, and it has all that the server above it has by now. */
async function inStep(real: RedisServer, above: Node): Promise<void> {
  await until(async () => {
    const isUp = (await field(real, 'master_link_status')) === 'up';
    return isUp && Number(await field(real, 'slave_repl_offset')) >= above.server.replication.offset;
  }, 'the replica has everything');
}

for (const title of ['one of ours', 'a real redis-server'] as const) {
  describe.skipIf(!requireProgram('redis'))(`a real replica below our replica of ${title}`, () => {
    let primary: Primary;
    let middle: Node;
    let last: RedisServer;

    beforeEach(async () => {
      primary = title === 'one of ours' ? await Node.start() : await startReal();
      await primary.run('SET', 'before', '1');
      middle = await Node.start();
      await middle.following(primary);
      last = await startReal({ replicaof: `127.0.0.1 ${middle.port}` });
      await inStep(last, middle);
    });

    async function carried(): Promise<void> {
      await middle.caughtUp(primary);
      await inStep(last, middle);
    }

    it('gets what the primary is told, transactions and databases too, and one history', async () => {
      await primary.run('EVAL', "redis.call('select', 3) redis.call('rpush', 'l', 'a', 'b')", '0');
      await primary.run('SET', 'brief', '1', 'PX', '1');
      await primary.run('SET', 'after', '2');
      await carried();
      expect(String(await last.command('MGET', 'before', 'after'))).toBe('1,2');
      expect(
        String(await last.command('EVAL', "redis.call('select', 3) return redis.call('lrange', 'l', 0, -1)", '0')),
      ).toBe('a,b');
      expect(await field(last, 'master_replid')).toBe(middle.server.replication.id);
      expect(String(await primary.run('INFO', 'replication'))).toContain(
        `master_replid:${middle.server.replication.id}`,
      );
      expect(middle.text('INFO', 'replication')).toContain(`slave0:ip=127.0.0.1,port=${last.port},state=online`);
    });

    it('goes on where it was after broken links, above it and its own', async () => {
      for (const [round, cut] of [
        () => primary.run('CLIENT', 'KILL', 'TYPE', 'replica'),
        () => middle.run('CLIENT', 'KILL', 'TYPE', 'replica'),
      ].entries()) {
        await cut();
        await primary.run('INCR', 'count');
        await until(() => middle.isConnected, 'the link is back');
        await carried();
        expect(String(await last.command('GET', 'count'))).toBe(String(round + 1));
      }
      expect(middle.server.replication.syncs).toMatchObject({ full: 1, partial: 1 });
    });

    it('follows the middle when that is promoted, without a snapshot', async () => {
      await primary.run('SET', 'k', '1');
      await carried();
      const { id } = middle.server.replication;
      middle.run('REPLICAOF', 'NO', 'ONE');
      middle.run('SET', 'k', '2');
      await inStep(last, middle);
      expect(String(await last.command('GET', 'k'))).toBe('2');
      expect(middle.server.replication.syncs).toMatchObject({ full: 1, partial: 1 });
      expect(await field(last, 'master_replid2')).toBe(id);
      expect(await field(last, 'master_replid')).toBe(middle.server.replication.id);
    });
  });
}

describe.skipIf(!requireProgram('redis'))('FAILOVER of a real primary', () => {
  for (const to of ['to any replica', 'to this replica']) {
    it(`hands over to ours (${to}), which takes over with everything and is followed`, async () => {
      const former = await startReal();
      const target = await Node.start();
      await target.following(former);
      await until(async () => (await field(former, 'slave0'))?.includes('state=online') === true, 'it is online');
      await former.command('SET', 'k', '1');
      const { id } = target.server.replication;
      const words = to === 'to any replica' ? [] : ['TO', '127.0.0.1', String(target.port)];
      expect(String(await former.command('FAILOVER', ...words))).toBe('OK');
      await until(() => !target.server.replication.isReplica, 'it has taken over');
      expect(target.text('GET', 'k')).toBe('1');
      expect(target.info('role')).toBe('master');
      expect(target.lines).toContain(`Failover request received for replid ${id}.`);
      expect(target.run('INCR', 'k')).toBe(2);
      await inStep(former, target);
      expect(String(await former.command('GET', 'k'))).toBe('2');
      expect(await field(former, 'role')).toBe('slave');
      expect(await field(former, 'master_failover_state')).toBe('no-failover');
      expect(await field(former, 'master_replid')).toBe(target.server.replication.id);
      expect(target.server.replication.syncs).toMatchObject({ full: 0, partial: 1 });
      expect(target.server.replication.secondId).toBe(id);

      // And back.
      expect(target.text('FAILOVER')).toBe('OK');
      await until(async () => (await field(former, 'role')) === 'master', 'the former is primary again');
      await target.connected();
      await former.command('INCR', 'k');
      await target.caughtUp(former);
      expect(target.text('GET', 'k')).toBe('3');
      expect(await field(former, 'sync_full')).toBe('1');
    });
  }
});

describe.skipIf(!requireProgram('redis'))('a snapshot from the file', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = temporaryFolder();
    return () => folder[Symbol.dispose]();
  });

  it('is what real replicas get, behind its length and in many pieces; then what came meanwhile', async () => {
    const primary = await Node.start({ dir: folder.path, save: '', 'repl-diskless-sync': 'no', rdbcompression: 'no' });
    for (let i = 0; i < 100; i++) primary.run('SET', `key${i}`, String(i).padEnd(20_000, 'x'));
    primary.run('CONFIG', 'SET', 'rdb-key-save-delay', '2000');
    const replicas = await Promise.all([1, 2].map(() => startReal({ replicaof: `127.0.0.1 ${primary.port}` })));
    await until(() => primary.info('connected_slaves') === '2', 'both wait');
    expect(primary.info('rdb_bgsave_in_progress')).toBe('1');
    primary.run('SET', 'key0', 'later');
    primary.run('SELECT', '3');
    primary.run('SET', 'other', '1');
    for (const replica of replicas) {
      await inStep(replica, primary);
      expect(String(await replica.command('GET', 'key0'))).toBe('later');
      expect(String(await replica.command('GET', 'key99'))).toBe('99'.padEnd(20_000, 'x'));
      expect(await field(replica, 'db0')).toMatch(/^keys=100,/);
      expect(await field(replica, 'db3')).toMatch(/^keys=1,/);
    }
    expect(primary.lines).toContain('Starting BGSAVE for SYNC with target: disk');
    expect(primary.info('rdb_saves')).toBe('1');
    expect(primary.info('rdb_bgsave_in_progress')).toBe('0');
    const file = readFileSync(folder.file('dump.rdb'));
    expect(file.length).toBeGreaterThan(4 * 256 * 1024);
    expect(file.includes('later')).toBe(false);
  });

  it('goes on after it without another one', async () => {
    const primary = await Node.start({ dir: folder.path, save: '', 'repl-diskless-sync': 'no' });
    primary.run('SET', 'k', '1');
    const replica = await startReal({ replicaof: `127.0.0.1 ${primary.port}` });
    await inStep(replica, primary);
    expect(folder.names()).toContain('dump.rdb');
    primary.run('CLIENT', 'KILL', 'TYPE', 'replica');
    primary.run('SET', 'k', '2');
    await inStep(replica, primary);
    expect(String(await replica.command('GET', 'k'))).toBe('2');
    expect(primary.server.replication.syncs).toMatchObject({ full: 1, partial: 1 });
    expect(primary.info('rdb_saves')).toBe('1');
  });
});
