import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askBoth, OURS, REAL, toldByBoth, untilBoth } from '../harness/both.js';
import { requireProgram } from '../harness/programs.js';
import { mayMount, ServerOnSmallDisk } from '../harness/small-disk.js';

const APPEND_ONLY = ['--save', '', '--appendonly', 'yes'];

/** As the system makes it after an error of the disk: what EACCES says of a folder, EROFS says of all. */
describe.skipIf(!requireProgram('redis') || !mayMount('tmpfs'))('a disk that becomes read-only', () => {
  let sides: ServerOnSmallDisk[];
  beforeEach(async () => {
    sides = [new ServerOnSmallDisk(OURS), new ServerOnSmallDisk(REAL)];
    await Promise.all(sides.map((side) => side.mount()));
  });
  afterEach(async () => {
    await Promise.all(sides.map((side) => side[Symbol.asyncDispose]()));
  });

  const both = (line: string) => askBoth(sides, line);
  const begin = (...args: readonly string[]) => Promise.all(sides.map((side) => side.start(...args)));
  const beginAgain = (...args: readonly string[]) => Promise.all(sides.map((side) => side.startAgain(...args)));
  const remount = (mode: 'ro' | 'rw') => {
    for (const side of sides) side.remount(mode);
  };
  const filesAre = (names: readonly string[]) => {
    for (const side of sides) expect(side.names()).toEqual(names);
  };

  it('lets no snapshot be saved: writes are refused, reads are not, until one has been', async () => {
    await begin('--save', '3600 1');
    expect(await both('SET before 1')).toBe('+OK\r\n');
    expect(await both('SAVE')).toBe('+OK\r\n');
    const saved = sides.map((side) => side.inode('dump.rdb'));
    remount('ro');
    expect(await both('SET one 1')).toBe('+OK\r\n');
    expect(await both('SAVE')).toBe('-ERR\r\n');
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth(sides, 'the save has failed', /rdb_bgsave_in_progress:0[\s\S]*rdb_last_bgsave_status:err/);
    expect(await both('SET two 1')).toMatch(/^-MISCONF Redis is configured to save RDB snapshots/);
    for (const line of [
      'MGET before one two',
      'PING',
      'FLUSHALL',
      "EVAL \"return redis.call('set', 'a', 1)\" 0",
      "EVAL \"return redis.call('get', 'one')\" 0",
      'MULTI',
      'SET a 1',
      'EXEC',
      'DEBUG RELOAD',
      'SHUTDOWN',
      'DBSIZE',
    ]) {
      await both(line);
    }
    await toldByBoth(sides, 'rdb_changes_since_last_save', 'rdb_last_bgsave_status', 'rdb_saves');
    filesAre(['dump.rdb']);
    expect(sides.map((side) => side.inode('dump.rdb'))).toEqual(saved);

    remount('rw');
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth(sides, 'the save has ended', /rdb_bgsave_in_progress:0[\s\S]*rdb_last_bgsave_status:ok/);
    expect(await both('SET two 1')).toBe('+OK\r\n');
    expect(await both('SAVE')).toBe('+OK\r\n');
    filesAre(['dump.rdb']);
    await beginAgain('--save', '3600 1');
    expect(await both('MGET before one two')).toBe('*3\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n1\r\n');
  });

  it('lets no append-only file begin, until it is not', async () => {
    await begin('--save', '');
    expect(await both('SET before 1')).toBe('+OK\r\n');
    remount('ro');
    expect(await both('CONFIG SET appendonly yes')).toMatch(/^-ERR CONFIG SET failed .*Unable to turn on AOF/);
    expect(await both('CONFIG GET appendonly')).toContain('no');
    expect(await told()).toContain('aof_enabled:0');
    expect(await both('SET one 1')).toBe('+OK\r\n');
    expect(await both('GET before')).toBe('$1\r\n1\r\n');
    filesAre([]);

    remount('rw');
    expect(await both('CONFIG SET appendonly yes')).toBe('+OK\r\n');
    await untilBoth(sides, 'it is written', /aof_rewrite_in_progress:0[\s\S]*aof_last_bgrewrite_status:ok/);
    await told();
    expect(await both('SET two 1')).toBe('+OK\r\n');
    await beginAgain(...APPEND_ONLY);
    expect(await both('MGET before one two')).toBe('*3\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n1\r\n');
  });

  it('lets no append-only file be rewritten that is switched off, nor one be switched on again', async () => {
    await begin(...APPEND_ONLY);
    expect(await both('SET before 1')).toBe('+OK\r\n');
    expect(await both('CONFIG SET appendonly no')).toBe('+OK\r\n');
    const names = sides.map((side) => side.names('appendonlydir'));
    remount('ro');
    expect(await both('BGREWRITEAOF')).toBe('+Background append only file rewriting started\r\n');
    await untilBoth(sides, 'it has failed', /aof_rewrite_in_progress:0[\s\S]*aof_last_bgrewrite_status:err/);
    expect(await both('CONFIG SET appendonly yes')).toMatch(/^-ERR CONFIG SET failed .*Unable to turn on AOF/);
    expect(await told()).toContain('aof_enabled:0');
    expect(await both('SET one 1')).toBe('+OK\r\n');
    expect(sides.map((side) => side.names('appendonlydir'))).toEqual(names);

    remount('rw');
    expect(await both('CONFIG SET appendonly yes')).toBe('+OK\r\n');
    await untilBoth(sides, 'it is written', /aof_rewrite_in_progress:0[\s\S]*aof_last_bgrewrite_status:ok/);
    await beginAgain(...APPEND_ONLY);
    expect(await both('MGET before one')).toBe('*2\r\n$1\r\n1\r\n$1\r\n1\r\n');
  });

  it('is read at a start that has nothing to write', async () => {
    await begin('--save', '3600 1');
    expect(await both('SET before 1')).toBe('+OK\r\n');
    expect(await both('SAVE')).toBe('+OK\r\n');
    await Promise.all(sides.map((side) => side.end()));
    remount('ro');
    await begin('--save', '3600 1');
    expect(await both('GET before')).toBe('$1\r\n1\r\n');
    expect(await both('SET one 1')).toBe('+OK\r\n');
    expect(await both('SAVE')).toBe('-ERR\r\n');
    remount('rw');
    expect(await both('SAVE')).toBe('+OK\r\n');
    await beginAgain('--save', '3600 1');
    expect(await both('MGET before one')).toBe('*2\r\n$1\r\n1\r\n$1\r\n1\r\n');
  });

  it('ends a start with an append-only file, whether there is one already or not, and says why', async () => {
    const ended = async (reason: RegExp) => {
      for (const side of sides) {
        const { code, output } = await side.fail(...APPEND_ONLY);
        expect(code, output).toBe(1);
        expect(output).toMatch(reason);
      }
    };
    remount('ro');
    await ended(/# (?=[^\n]*appendonlydir)[^\n]*read-only file system/i);
    filesAre([]);
    remount('rw');
    await begin(...APPEND_ONLY);
    expect(await both('SET before 1')).toBe('+OK\r\n');
    await Promise.all(sides.map((side) => side.end()));
    remount('ro');
    await ended(/# (?=[^\n]*append)[^\n]*read-only file system/i);
    remount('rw');
    await begin(...APPEND_ONLY);
    expect(await both('GET before')).toBe('$1\r\n1\r\n');
    expect(await both('SET one 1')).toBe('+OK\r\n');
  });

  it('keeps a configuration from being rewritten', async () => {
    for (const side of sides) side.configure('maxmemory 1mb\n');
    await begin('--save', '');
    expect(await both('CONFIG SET maxmemory 2mb')).toBe('+OK\r\n');
    remount('ro');
    expect(await both('CONFIG REWRITE')).toBe('-ERR Rewriting config file: Read-only file system\r\n');
    for (const side of sides) expect(side.text('redis.conf')).toBe('maxmemory 1mb\n');
    remount('rw');
    expect(await both('CONFIG REWRITE')).toBe('+OK\r\n');
    for (const side of sides) expect(side.text('redis.conf')).toContain('maxmemory 2mb\n');
    filesAre(['redis.conf']);
  });

  function told(): Promise<string> {
    return toldByBoth(sides, 'aof_enabled', 'aof_rewrite_in_progress', 'aof_last_write_status');
  }
});

describe.skipIf(!requireProgram('redis') || !mayMount('ext4'))('a disk that breaks', () => {
  it('lets an open append-only file take no more: writes are refused, reads are not', async () => {
    await using ours = new ServerOnSmallDisk(OURS);
    await using real = new ServerOnSmallDisk(REAL);
    const sides = [ours, real];
    const both = (line: string) => askBoth(sides, line);
    await Promise.all(sides.map((side) => side.mount('ext4')));
    await Promise.all(sides.map((side) => side.start(...APPEND_ONLY, '--appendfsync', 'no')));
    expect(await both('SET before 1')).toBe('+OK\r\n');
    for (const side of sides) side.remount('abort');
    // That is only found out when it is written.
    expect(await both('SET one 1')).toBe('+OK\r\n');
    await untilBoth(sides, 'the write has failed', /aof_last_write_status:err/);
    expect(await both('SET two 1')).toBe('-MISCONF Errors writing to the AOF file: Read-only file system\r\n');
    for (const line of [
      'MGET before one two',
      "EVAL \"return redis.call('set', 'a', 1)\" 0",
      'MULTI',
      'SET a 1',
      'EXEC',
      'SAVE',
      'DBSIZE',
    ]) {
      await both(line);
    }
    expect(await both('CONFIG SET appendonly no')).toBe('+OK\r\n');
    expect(await both('SET two 1')).toBe('+OK\r\n');
  });
});
