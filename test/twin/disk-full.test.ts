import { mkdirSync, rmdirSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { parseLine, RawClient } from '../harness/raw-client.js';
import { startRedis } from '../harness/redis.js';
import { ServerProcess } from '../harness/server-process.js';
import { until } from '../harness/until.js';

/** A disk that takes nothing, without rights to make one: /dev/full behind a name that the server opens. */
const FULL = '/dev/full';

interface Side {
  readonly folder: ReturnType<typeof temporaryFolder>;
  readonly client: RawClient;
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

  /** What both answer, compared. */
  async function both(line: string): Promise<string> {
    const [ours, real] = await Promise.all(sides.map(({ client }) => client.ask(parseLine(line))));
    expect(String(ours), line).toBe(String(real));
    return String(ours);
  }

  async function untilBoth(what: string, pattern: RegExp): Promise<void> {
    for (const { client } of sides) {
      await until(async () => pattern.test(String(await client.ask(['INFO', 'persistence']))), what);
    }
  }

  it('refuses writes while the append-only file cannot be written, and takes them again', async () => {
    expect(await both('SET before 1')).toBe('+OK\r\n');
    for (const { folder } of sides) {
      mkdirSync(folder.file('appendonlydir'));
      symlinkSync(FULL, folder.file('appendonlydir/temp-appendonly.aof.incr'));
    }
    expect(await both('CONFIG SET appendonly yes')).toBe('+OK\r\n');
    await untilBoth('the first rewrite has ended', /aof_rewrite_in_progress:0[\s\S]*aof_rewrite_scheduled:0/);
    await both('SET one 1');
    await untilBoth('the write has failed', /aof_last_write_status:err/);
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
    await untilBoth('it is written again', /aof_rewrite_in_progress:0[\s\S]*aof_last_write_status:ok/);
    expect(await both('SET three 1')).toBe('+OK\r\n');
    expect(await both('DBSIZE')).toBe(':4\r\n');
  });

  it('refuses writes while a snapshot cannot be saved, and takes them again', async () => {
    await both('CONFIG SET save "3600 1"');
    expect(await both('SET before 1')).toBe('+OK\r\n');
    // No file takes the place of a folder.
    for (const { folder } of sides) mkdirSync(folder.file('dump.rdb'));
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth('the save has failed', /rdb_last_bgsave_status:err/);
    expect(await both('SET one 1')).toMatch(/^-MISCONF Redis is configured to save RDB snapshots/);
    for (const line of ['GET before', 'PING', "EVAL \"return redis.call('set', 'a', 1)\" 0", 'SAVE', 'DBSIZE'])
      await both(line);
    for (const { folder } of sides) rmdirSync(folder.file('dump.rdb'));
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth('the save has ended', /rdb_last_bgsave_status:ok/);
    expect(await both('SET one 1')).toBe('+OK\r\n');
  });
});

async function startOurs(): Promise<Side> {
  const folder = temporaryFolder();
  const [port = 0] = await freePorts(1);
  const server = await new ServerProcess(['--port', String(port), '--dir', folder.path, '--save', '']).ready();
  return { folder, client: await RawClient.connect(port), stop: async () => server[Symbol.asyncDispose]() };
}

async function startReal(): Promise<Side> {
  const folder = temporaryFolder();
  const redis = await startRedis({ directives: { dir: folder.path, save: '' } });
  return { folder, client: await RawClient.connect(redis.port), stop: () => redis.kill() };
}
