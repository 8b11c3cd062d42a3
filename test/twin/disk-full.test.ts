import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { executable, requireProgram } from '../harness/programs.js';
import { parseLine, RawClient } from '../harness/raw-client.js';
import { endWithUs, startRedis, untilSaid } from '../harness/redis.js';
import { ServerProcess } from '../harness/server-process.js';
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

/** A disk of its own for each, which is gone with the server: for those who may have one. */
const PRIVATE_DISK = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c'] as const;
const mount = (folder: string) => `mount -t tmpfs -o size=2m,mode=700 tmpfs ${folder}`;

const mayMount = (): boolean => {
  using folder = temporaryFolder();
  const [program, ...args] = PRIVATE_DISK;
  return spawnSync(program, [...args, mount(folder.path)], { stdio: 'ignore' }).status === 0;
};

describe.skipIf(!requireProgram('redis') || !mayMount())('a disk that fills up in the midst of a snapshot', () => {
  let sides: SmallDisk[];
  beforeEach(async () => {
    sides = [new SmallDisk(OURS), new SmallDisk(REAL)];
    await Promise.all(sides.map((side) => side.start()));
  });
  afterEach(async () => {
    await Promise.all(sides.map((side) => side[Symbol.asyncDispose]()));
  });

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

  it('keeps the last one, and removes what it has written of the next', async () => {
    for (const line of ['CONFIG SET save "3600 1"', 'CONFIG SET rdbcompression no', 'SET before 1', 'SAVE']) {
      expect(await both(line)).toBe('+OK\r\n');
    }
    const saved = sides.map((side) => side.inode('dump.rdb'));
    // Of 2 MB half a megabyte is left; the snapshot has a whole one, in keys of 20 kB.
    for (const side of sides) writeFileSync(side.file('ballast'), Buffer.alloc(1.5 * 2 ** 20));
    for (let i = 0; i < 50; i++) expect(await both(`SET key:${i} ${'x'.repeat(20_000)}`)).toBe('+OK\r\n');

    expect(await both('SAVE')).toBe('-ERR\r\n');
    for (const side of sides) expect(side.names()).toEqual(['ballast', 'dump.rdb']);
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth('the save has failed', /rdb_bgsave_in_progress:0[\s\S]*rdb_last_bgsave_status:err/);
    for (const side of sides) {
      await until(() => side.names().join() === 'ballast,dump.rdb', 'nothing of the new file is left');
    }
    expect(sides.map((side) => side.inode('dump.rdb'))).toEqual(saved);
    expect(await both('SET one 1')).toMatch(/^-MISCONF Redis is configured to save RDB snapshots/);
    expect(await both('GET before')).toBe('$1\r\n1\r\n');
    expect(await both('DBSIZE')).toBe(':51\r\n');

    for (const side of sides) rmSync(side.file('ballast'));
    expect(await both('BGSAVE')).toBe('+Background saving started\r\n');
    await untilBoth('the save has ended', /rdb_bgsave_in_progress:0[\s\S]*rdb_last_bgsave_status:ok/);
    expect(await both('SET one 1')).toBe('+OK\r\n');
    for (const side of sides) expect(side.names()).toEqual(['dump.rdb']);
    expect(await both('DEBUG RELOAD')).toBe('+OK\r\n');
    expect(await both('DBSIZE')).toBe(':52\r\n');
  });
});

const isOfData = (name: string): boolean => name.endsWith('.rdb');

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const OURS = [process.execPath, '--import', import.meta.resolve('tsx'), MAIN, 'server'];
const REAL = [executable('redis-server') ?? 'redis-server'];

/** A server with a disk of 2 MB that nobody else sees, but through it. */
class SmallDisk implements AsyncDisposable {
  client!: RawClient;
  private readonly folder = temporaryFolder();
  private child: ChildProcess | undefined;

  constructor(private readonly command: readonly string[]) {}

  async start(): Promise<void> {
    const { path } = this.folder;
    const [port = 0] = await freePorts(1);
    const [program, ...args] = PRIVATE_DISK;
    const server = [
      ...this.command,
      '--port',
      String(port),
      '--dir',
      path,
      '--save',
      '',
      '--enable-debug-command',
      'yes',
    ];
    // What is behind the script are its words; the shell becomes the server.
    const child = spawn(program, [...args, `${mount(path)} && exec "$@"`, 'sh', ...server], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    endWithUs(child);
    await untilSaid(child, 'Ready to accept connections');
    this.client = await RawClient.connect(port);
  }

  /** As the server sees it. */
  file(name: string): string {
    return join(`/proc/${this.child?.pid}/root`, this.folder.path, name);
  }

  names(): string[] {
    return readdirSync(this.file(''))
      .filter((name) => !name.startsWith('.'))
      .sort();
  }

  inode(name: string): number {
    return lstatSync(this.file(name)).ino;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client?.close();
    const { child } = this;
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    this.folder[Symbol.dispose]();
  }
}

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
  return { folder, client: await RawClient.connect(redis.port), pid: redis.pid, stop: () => redis.kill() };
}
