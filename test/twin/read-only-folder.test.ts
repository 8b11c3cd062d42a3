import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { askBoth, MAIN, OURS, REAL, toldByBoth, untilBoth } from '../harness/both.js';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.js';
import { requireProgram } from '../harness/programs.js';
import { Restartable } from '../harness/restartable.js';

/** Modes of folders do not count for root: the servers run as somebody else then. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const someone = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** Sources in a folder that only root may look into are nothing that somebody else could run. */
const canRun = (): boolean => {
  const read = `fs.accessSync(${JSON.stringify(MAIN)})`;
  return spawnSync(process.execPath, ['-e', read], { ...someone, stdio: 'ignore' }).status === 0;
};

describe.skipIf(!requireProgram('redis') || !canRun())('a folder that cannot be written', { timeout: 60_000 }, () => {
  const sides: Side[] = [];
  afterEach(async () => {
    await Promise.all(sides.splice(0).map((side) => side[Symbol.asyncDispose]()));
  });

  async function begin(...args: readonly string[]): Promise<void> {
    sides.push(new Side(OURS), new Side(REAL));
    await Promise.all(sides.map((side) => side.start(...args)));
  }

  const both = (line: string) => askBoth(sides, line);
  const told = (...names: readonly string[]) => toldByBoth(sides, ...names);

  const letWrite = (mode: 'write' | 'read', name = '') => {
    for (const { folder } of sides) chmodSync(folder.file(name), mode === 'write' ? 0o755 : 0o555);
  };

  it('lets no snapshot be saved: writes are refused, reads are not, until one has been', async () => {
    await begin('--save', '3600 1');
    expect(await both('SET before 1')).toBe('+OK\r\n');
    letWrite('read');
    expect(await both('SAVE')).toBe('-ERR\r\n');
    expect(await both('SET after-save 1')).toBe('+OK\r\n');
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth(sides, 'the save has failed', /rdb_bgsave_in_progress:0[\s\S]*rdb_last_bgsave_status:err/);
    expect(await both('SET one 1')).toMatch(/^-MISCONF Redis is configured to save RDB snapshots/);
    for (const line of [
      'GET before',
      'PING',
      'EXISTS before one',
      'FLUSHALL',
      "EVAL \"return redis.call('set', 'a', 1)\" 0",
      'MULTI',
      'SET a 1',
      'EXEC',
      'SAVE',
      'SHUTDOWN',
      'DBSIZE',
    ]) {
      await both(line);
    }
    expect(await both('CONFIG SET stop-writes-on-bgsave-error no')).toBe('+OK\r\n');
    expect(await both('SET one 1')).toBe('+OK\r\n');
    expect(await both('CONFIG SET stop-writes-on-bgsave-error yes')).toBe('+OK\r\n');
    expect(await both('SET one 2')).toMatch(/^-MISCONF/);
    for (const side of sides) expect(side.names()).toEqual([]);

    letWrite('write');
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth(sides, 'the save has ended', /rdb_last_bgsave_status:ok/);
    expect(await both('SET one 2')).toBe('+OK\r\n');
    expect(await both('SAVE')).toBe('+OK\r\n');
    for (const side of sides) expect(side.names()).toEqual(['dump.rdb']);
  });

  it('lets no append-only file begin, until it can', async () => {
    await begin('--save', '');
    expect(await both('SET before 1')).toBe('+OK\r\n');
    letWrite('read');
    expect(await both('BGREWRITEAOF')).toMatch(/^-ERR Can't execute an AOF background rewriting/);
    expect(await both('CONFIG SET appendonly yes')).toMatch(/^-ERR CONFIG SET failed .*Unable to turn on AOF/);
    expect(await both('CONFIG GET appendonly')).toContain('no');
    await told('aof_enabled', 'aof_rewrite_in_progress', 'aof_last_bgrewrite_status', 'aof_last_write_status');
    expect(await both('SET one 1')).toBe('+OK\r\n');
    for (const side of sides) expect(side.names()).toEqual([]);

    letWrite('write');
    expect(await both('CONFIG SET appendonly yes')).toBe('+OK\r\n');
    await untilBoth(sides, 'it is written', /aof_rewrite_in_progress:0[\s\S]*aof_last_bgrewrite_status:ok/);
    expect(await both('SET two 1')).toBe('+OK\r\n');
    await Promise.all(sides.map((side) => side.startAgain('--save', '', '--appendonly', 'yes')));
    expect(await both('MGET before one two')).toBe('*3\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n1\r\n');
  });

  it.each(['always', 'everysec'])('lets no append-only file be rewritten, which takes writes (%s)', async (policy) => {
    const args = ['--save', '', '--appendonly', 'yes', '--appendfsync', policy];
    const refuseRewrite = async () => {
      expect(await both('BGREWRITEAOF')).toMatch(/^-ERR Can't execute an AOF background rewriting/);
    };
    await begin(...args);
    expect(await both('SET before 1')).toBe('+OK\r\n');
    const names = sides.map((side) => side.names('appendonlydir'));
    letWrite('read', 'appendonlydir');
    await refuseRewrite();
    expect(await both('SET one 1')).toBe('+OK\r\n');
    expect(await told('aof_enabled', 'aof_last_bgrewrite_status', 'aof_last_write_status')).toBe(
      'aof_enabled:1 aof_last_bgrewrite_status:err aof_last_write_status:ok',
    );
    expect(sides.map((side) => side.names('appendonlydir'))).toEqual(names);
    await refuseRewrite();
    expect(await both('CONFIG SET appendonly no')).toBe('+OK\r\n');
    expect(await both('CONFIG SET appendonly yes')).toMatch(/^-ERR CONFIG SET failed/);

    letWrite('write', 'appendonlydir');
    expect(await both('CONFIG SET appendonly yes')).toBe('+OK\r\n');
    await untilBoth(sides, 'it is written', /aof_enabled:1\r\naof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0/);
    expect(await both('BGREWRITEAOF')).toBe('+Background append only file rewriting started\r\n');
    await untilBoth(sides, 'it is rewritten', /aof_rewrite_in_progress:0[\s\S]*aof_last_bgrewrite_status:ok/);
    expect(await both('SET two 1')).toBe('+OK\r\n');
    await Promise.all(sides.map((side) => side.startAgain(...args)));
    expect(await both('DBSIZE')).toBe(':3\r\n');
  });

  it('does not keep an append-only file from being read and written that is there already', async () => {
    const args = ['--save', '', '--appendonly', 'yes'];
    await begin(...args);
    expect(await both('SET before 1')).toBe('+OK\r\n');
    letWrite('read', 'appendonlydir');
    await Promise.all(sides.map((side) => side.startAgain(...args)));
    expect(await both('GET before')).toBe('$1\r\n1\r\n');
    expect(await both('SET one 1')).toBe('+OK\r\n');
  });

  it('ends a start with an append-only file, and says which file it is', async () => {
    sides.push(new Side(OURS), new Side(REAL));
    letWrite('read');
    for (const side of sides) {
      const { code, output } = await side.fail('--save', '', '--appendonly', 'yes');
      expect(code, output).toBe(1);
      expect(output).toMatch(/(?:^|\n)[^\n]*# (?=[^\n]*appendonlydir)[^\n]*permission denied/i);
      expect(side.names()).toEqual([]);
    }
    letWrite('write');
    await Promise.all(sides.map((side) => side.start('--save', '', '--appendonly', 'yes')));
    expect(await both('SET one 1')).toBe('+OK\r\n');
  });

  it('ends a start whose files cannot be read, rather than beginning without their data', async () => {
    await begin('--save', '3600 1');
    await both('SET one 1');
    expect(await both('SAVE')).toBe('+OK\r\n');
    await Promise.all(sides.map((side) => side.end()));
    for (const { folder } of sides) chmodSync(folder.file('dump.rdb'), 0);
    for (const side of sides) {
      const { code, output } = await side.fail('--save', '3600 1');
      expect(code, output).toBe(1);
      expect(output).toMatch(/Fatal error loading the DB: .*permission denied.*Exiting/i);
    }
    for (const { folder } of sides) chmodSync(folder.file('dump.rdb'), 0o644);
    await Promise.all(sides.map((side) => side.start('--save', '3600 1')));
    expect(await both('GET one')).toBe('$1\r\n1\r\n');
  });
});

/** A server of somebody who may be refused something, and its folder. */
class Side extends Restartable {
  readonly folder: TemporaryFolder = temporaryFolder();

  constructor(private readonly command: readonly string[]) {
    super();
    chmodSync(this.folder.path, 0o755);
    if (isRoot) chownSync(this.folder.path, NOBODY, NOBODY);
  }

  names(folder = ''): string[] {
    if (!existsSync(this.folder.file(folder))) return [];
    return readdirSync(this.folder.file(folder))
      .filter((name) => !name.startsWith('.'))
      .sort();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    for (const name of ['', 'appendonlydir']) {
      if (existsSync(this.folder.file(name))) chmodSync(this.folder.file(name), 0o755);
    }
    this.folder[Symbol.dispose]();
  }

  protected override spawn(args: readonly string[]): ChildProcess {
    const { folder } = this;
    const [program = '', ...first] = this.command;
    // No modules kept for later runs in a folder of somebody else's.
    const env = { PATH: process.env['PATH'], HOME: folder.path, TSX_DISABLE_CACHE: '1' };
    const all = [...first, '--dir', folder.path, ...args];
    return spawn(program, all, { ...someone, cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}
