import { lstatSync, mkdirSync, readdirSync, rmdirSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askBoth, OURS, REAL, toldByBoth, untilBoth } from '../harness/both.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { RawClient } from '../harness/raw-client.js';
import { startRedis } from '../harness/redis.js';
import { ServerProcess } from '../harness/server-process.js';
import { mayMount, ServerOnSmallDisk } from '../harness/small-disk.js';
import { until } from '../harness/until.js';

/** A disk that takes nothing, without rights to make one: /dev/full behind a name that the server opens. */
const FULL = '/dev/full';

interface Side {
  readonly folder: ReturnType<typeof temporaryFolder>;
  readonly client: RawClient;
  readonly pid: number;
  stop(): Promise<unknown>;
}

describe.skipIf(!requireProgram('redis'))('a disk that takes no more', () => {
  let sides: Side[];

  beforeEach(async () => {
    sides = await Promise.all([startOurs(), startReal()]);
  });
  afterEach(async () => {
    for (const { client, stop, folder } of sides) {
      client.close();
      await stop();
      folder[Symbol.dispose]();
    }
  });

  const both = (line: string) => askBoth(sides, line);

  it('refuses writes while the append-only file cannot be written, and takes them again', async () => {
    expect(await both('SET before 1')).toBe('+OK\r\n');
    for (const { folder } of sides) {
      mkdirSync(folder.file('appendonlydir'));
      symlinkSync(FULL, folder.file('appendonlydir/temp-appendonly.aof.incr'));
    }
    expect(await both('CONFIG SET appendonly yes')).toBe('+OK\r\n');
    await untilBoth(sides, 'the first rewrite has ended', /aof_rewrite_in_progress:0[\s\S]*aof_rewrite_scheduled:0/);
    await both('SET one 1');
    await untilBoth(sides, 'the write has failed', /aof_last_write_status:err/);
    expect(await both('SET two 1')).toMatch(/^-MISCONF Errors writing to the AOF file: No space left on device/);
    for (const line of [
      'GET before',
      'PING',
      "EVAL \"return redis.call('set', 'a', 1)\" 0",
      'MULTI',
      'SET a 1',
      'EXEC',
      'DBSIZE',
    ]) {
      await both(line);
    }
    expect(await both('CONFIG SET appendonly no')).toBe('+OK\r\n');
    expect(await both('SET two 1')).toBe('+OK\r\n');
    expect(await both('CONFIG SET appendonly yes')).toBe('+OK\r\n');
    await untilBoth(sides, 'it is written again', /aof_rewrite_in_progress:0[\s\S]*aof_last_write_status:ok/);
    expect(await both('SET three 1')).toBe('+OK\r\n');
    expect(await both('DBSIZE')).toBe(':4\r\n');
  });

  it('refuses writes while a snapshot cannot be saved, and takes them again', async () => {
    await both('CONFIG SET save "3600 1"');
    expect(await both('SET before 1')).toBe('+OK\r\n');
    // No file takes the place of a folder.
    for (const { folder } of sides) mkdirSync(folder.file('dump.rdb'));
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth(sides, 'the save has failed', /rdb_last_bgsave_status:err/);
    expect(await both('SET one 1')).toMatch(/^-MISCONF Redis is configured to save RDB snapshots/);
    for (const line of ['GET before', 'PING', "EVAL \"return redis.call('set', 'a', 1)\" 0", 'SAVE', 'DBSIZE'])
      await both(line);
    for (const { folder } of sides) rmdirSync(folder.file('dump.rdb'));
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth(sides, 'the save has ended', /rdb_last_bgsave_status:ok/);
    expect(await both('SET one 1')).toBe('+OK\r\n');
  });

  it('leaves the last snapshot and nothing else when one cannot be written', async () => {
    expect(await both('SET before 1')).toBe('+OK\r\n');
    expect(await both('SAVE')).toBe('+OK\r\n');
    const saved = sides.map(({ folder }) => lstatSync(folder.file('dump.rdb')).ino);
    // Where both put the bytes first.
    for (const { folder, pid } of sides) symlinkSync(FULL, folder.file(`temp-${pid}.rdb`));
    expect(await both('SET one 1')).toBe('+OK\r\n');
    expect(await both('SAVE')).toBe('-ERR\r\n');
    for (const { folder } of sides) expect(readdirSync(folder.path).filter(isOfData)).toEqual(['dump.rdb']);
    expect(sides.map(({ folder }) => lstatSync(folder.file('dump.rdb')).ino)).toEqual(saved);
    expect(await both('SET two 1')).toBe('+OK\r\n');
    expect(await both('SAVE')).toBe('+OK\r\n');
  });
});

describe.skipIf(!requireProgram('redis') || !mayMount('tmpfs'))('a disk that fills up', () => {
  let sides: ServerOnSmallDisk[];
  beforeEach(async () => {
    sides = [new ServerOnSmallDisk(OURS), new ServerOnSmallDisk(REAL)];
    await Promise.all(sides.map((side) => side.mount()));
  });
  afterEach(async () => {
    await Promise.all(sides.map((side) => side[Symbol.asyncDispose]()));
  });

  const both = (line: string) => askBoth(sides, line);

  it('in the midst of a snapshot: the last one is kept, and what was written of the next removed', async () => {
    await Promise.all(sides.map((side) => side.start('--save', '')));
    for (const line of ['CONFIG SET save "3600 1"', 'CONFIG SET rdbcompression no', 'SET before 1', 'SAVE']) {
      expect(await both(line)).toBe('+OK\r\n');
    }
    const saved = sides.map((side) => side.inode('dump.rdb'));
    // The snapshot has a megabyte, in keys of 20 kB.
    for (const side of sides) side.fill(HALF_A_MEGABYTE);
    for (let i = 0; i < 50; i++) expect(await both(`SET key:${i} ${'x'.repeat(20_000)}`)).toBe('+OK\r\n');

    expect(await both('SAVE')).toBe('-ERR\r\n');
    for (const side of sides) expect(side.names()).toEqual(['dump.rdb']);
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth(sides, 'the save has failed', /rdb_bgsave_in_progress:0[\s\S]*rdb_last_bgsave_status:err/);
    for (const side of sides) {
      await until(() => side.names().join() === 'dump.rdb', 'nothing of the new file is left');
    }
    expect(sides.map((side) => side.inode('dump.rdb'))).toEqual(saved);
    expect(await both('SET one 1')).toMatch(/^-MISCONF Redis is configured to save RDB snapshots/);
    expect(await both('GET before')).toBe('$1\r\n1\r\n');
    expect(await both('DBSIZE')).toBe(':51\r\n');

    for (const side of sides) side.empty();
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth(sides, 'the save has ended', /rdb_bgsave_in_progress:0[\s\S]*rdb_last_bgsave_status:ok/);
    expect(await both('SET one 1')).toBe('+OK\r\n');
    for (const side of sides) expect(side.names()).toEqual(['dump.rdb']);
    expect(await both('DEBUG RELOAD')).toBe('+OK\r\n');
    expect(await both('DBSIZE')).toBe(':52\r\n');
  });

  describe.each(['yes', 'no'])('in the midst of a rewrite (aof-use-rdb-preamble %s)', (preamble) => {
    const args = [
      ...['--save', '', '--rdbcompression', 'no', '--appendonly', 'yes', '--auto-aof-rewrite-percentage', '0'],
      ...['--aof-use-rdb-preamble', preamble],
    ];
    const files = (side: ServerOnSmallDisk) => side.names('appendonlydir');
    const filesOfBoth = () => {
      const [ours, real] = sides.map((side) => [files(side), side.text('appendonlydir/appendonly.aof.manifest')]);
      expect(ours).toEqual(real);
      return ours![0];
    };
    const told = () =>
      toldByBoth(sides, 'aof_rewrite_in_progress', 'aof_last_bgrewrite_status', 'aof_last_write_status');
    const rewrite = async (outcome: 'ok' | 'err') => {
      expect(await both('BGREWRITEAOF')).toBe('+Background append only file rewriting started\r\n');
      const pattern = new RegExp(`aof_rewrite_in_progress:0[\\s\\S]*aof_last_bgrewrite_status:${outcome}`);
      await untilBoth(sides, `the rewrite has ended: ${outcome}`, pattern);
      await told();
    };

    /** The base is to have 0.8 MB, as the increment has, and there is room for half of it. */
    async function begin(): Promise<void> {
      await Promise.all(sides.map((side) => side.start(...args)));
      for (let i = 0; i < 40; i++) expect(await both(`SET key:${i} ${'x'.repeat(20_000)}`)).toBe('+OK\r\n');
      for (const side of sides) side.fill(400_000);
    }

    it('the files before are kept, what was written of the base is removed, and writes go on', async () => {
      await begin();
      const kind = preamble === 'yes' ? 'rdb' : 'aof';
      const before = [`appendonly.aof.1.base.${kind}`, 'appendonly.aof.1.incr.aof'];
      for (const increment of [2, 3]) {
        await rewrite('err');
        before.push(`appendonly.aof.${increment}.incr.aof`);
        expect(filesOfBoth()).toEqual([...before, 'appendonly.aof.manifest']);
        for (const side of sides) expect(side.names()).toEqual(['appendonlydir']);
        expect(await both(`SET after:${increment} 1`)).toBe('+OK\r\n');
        expect(await told()).toContain('aof_last_write_status:ok');
      }
      const digest = await both('DEBUG DIGEST');
      await Promise.all(sides.map((side) => side.startAgain(...args)));
      expect(await both('DEBUG DIGEST')).toBe(digest);
      expect(await both('DBSIZE')).toBe(':42\r\n');
    });

    it('writes are refused once the increment has no room either, and all is well once there is', async () => {
      await begin();
      await rewrite('err');
      for (const side of sides) side.fill(0);
      // More than what is left of the page that the increment ends in.
      expect(await both(`SET one ${'x'.repeat(20_000)}`)).toBe('+OK\r\n');
      await untilBoth(sides, 'the write has failed', /aof_last_write_status:err/);
      expect(await both('SET two 1')).toMatch(/^-MISCONF Errors writing to the AOF file: No space left on device/);
      for (const line of ['STRLEN one', 'EXISTS two', 'MULTI', 'SET two 1', 'EXEC', 'DBSIZE']) await both(line);

      for (const side of sides) side.empty();
      await untilBoth(sides, 'it is written', /aof_last_write_status:ok/);
      expect(await both('SET two 1')).toBe('+OK\r\n');
      await rewrite('ok');
      const base = `appendonly.aof.2.base.${preamble === 'yes' ? 'rdb' : 'aof'}`;
      const wanted = [base, 'appendonly.aof.3.incr.aof', 'appendonly.aof.manifest'];
      for (const side of sides) {
        await until(() => files(side).join() === wanted.join(), 'what the base replaces is removed');
      }
      filesOfBoth();
      expect(await both('SET three 1')).toBe('+OK\r\n');
      const digest = await both('DEBUG DIGEST');
      await Promise.all(sides.map((side) => side.startAgain(...args)));
      expect(await both('DEBUG DIGEST')).toBe(digest);
      expect(await both('DBSIZE')).toBe(':43\r\n');
    });
  });
});

const HALF_A_MEGABYTE = 2 ** 19;
const isOfData = (name: string): boolean => name.endsWith('.rdb');

async function startOurs(): Promise<Side> {
  const folder = temporaryFolder();
  const [port = 0] = await freePorts(1);
  const server = await new ServerProcess(['--port', String(port), '--dir', folder.path, '--save', '']).ready();
  return {
    folder,
    client: await RawClient.connect(port),
    pid: server.pid,
    stop: async () => server[Symbol.asyncDispose](),
  };
}

async function startReal(): Promise<Side> {
  const folder = temporaryFolder();
  const redis = await startRedis({ directives: { dir: folder.path, save: '' } });
  return { folder, client: await RawClient.connect(redis.port), pid: redis.pid, stop: () => redis.stop() };
}
