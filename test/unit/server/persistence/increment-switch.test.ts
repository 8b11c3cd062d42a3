import fs, { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalSession } from '../../../../src/server/local-session.js';
import { Server } from '../../../../src/server/server.js';
import { ManualClock } from '../../../../src/testing/clock.js';
import { requestsIn } from '../../../harness/effects.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { until } from '../../../harness/until.js';

type Ended = (error: NodeJS.ErrnoException | null) => void;
const { fdatasync, fdatasyncSync } = fs;

let folder: ReturnType<typeof temporaryFolder>;
let clock: ManualClock;
let server: Server;
let session: LocalSession;
let log: string[];
/** Syncs beside the event loop that were asked for and have not ended; `undefined`: they end as soon as they can. */
let syncs: Ended[] | undefined;
/** Syncs that the event loop has waited for. */
let heldUp: number;

beforeEach(() => {
  folder = temporaryFolder();
  clock = new ManualClock();
  log = [];
  syncs = undefined;
  heldUp = 0;
  fs.fdatasync = ((fd: number, ended: Ended) => {
    if (syncs === undefined) fdatasync(fd, ended);
    else syncs.push(ended);
  }) as typeof fdatasync;
  fs.fdatasyncSync = (fd) => {
    heldUp++;
    fdatasyncSync(fd);
  };
  syncBuiltinESMExports();
});

afterEach(async () => {
  for (const ended of syncs?.splice(0) ?? []) ended(null);
  syncs = undefined;
  await server.close();
  Object.assign(fs, { fdatasync, fdatasyncSync });
  syncBuiltinESMExports();
  folder[Symbol.dispose]();
});

async function start(appendfsync: string): Promise<void> {
  server = new Server({
    clock,
    log: (_, text) => void log.push(text),
    directives: { dir: folder.path, appendonly: 'yes', appendfsync, 'aof-use-rdb-preamble': 'no' },
  });
  await server.start();
  await server.persistence.load();
  session = server.session({ protocol: 2, waitsItself: true });
}

const run = (line: string) => String(session.run(...line.split(' ')));
const names = () => readdirSync(folder.file('appendonlydir')).filter((name) => name.endsWith('.incr.aof'));
const manifest = () => readFileSync(folder.file('appendonlydir/appendonly.aof.manifest'), 'latin1');
const commandsIn = (increment: number) =>
  requestsIn(readFileSync(folder.file(`appendonlydir/appendonly.aof.${increment}.incr.aof`))).map((words) =>
    words.join(' '),
  );

async function rewritten(): Promise<void> {
  await until(() => !server.appendOnlyFile.rewrite.isRunning, 'the rewrite has ended');
}

async function turned(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

/** What happened is in a file; beside the event loop while the rewrite runs. */
async function kept(): Promise<void> {
  await until(() => !server.appendOnlyFile.appender.isBehind, 'all is written');
}

/** Until the increment before has to come to the disk, with a command before and one after the rewrite's beginning. */
async function begin(appendfsync = 'everysec'): Promise<void> {
  await start(appendfsync);
  run('SET k before');
  await until(() => !server.appendOnlyFile.appender.isBehind, 'it is on disk');
  syncs = [];
  run('BGREWRITEAOF');
  if (appendfsync !== 'always') {
    // What was appended so far; then what was appended meanwhile.
    await until(() => syncs!.length === 1, 'the file comes to the disk');
    run('SET meanwhile 1');
    await turned();
    syncs.shift()!(null);
  } else run('SET meanwhile 1');
  run('SET k after');
  await turned();
}

async function end(): Promise<void> {
  for (const ended of syncs!.splice(0)) ended(null);
  syncs = undefined;
  await rewritten();
}

describe('the next increment of an append-only file', () => {
  it('is named once the one before is on disk, and what happens meanwhile waits for it', async () => {
    await begin();
    expect(syncs).toHaveLength(1);
    expect(manifest()).not.toContain('appendonly.aof.2.incr.aof');
    expect(commandsIn(1)).toEqual(['SELECT 0', 'SET k before', 'SET meanwhile 1']);
    await end();
    await kept();
    expect(manifest()).toContain('appendonly.aof.2.incr.aof');
    expect(commandsIn(2)).toEqual(['SELECT 0', 'SET k after']);
    expect(heldUp).toBe(0);
  });

  it('has replies wait that tell of what it has to hold, and no others', async () => {
    await begin();
    expect(server.appendOnlyFile.appender.isAwaited).toBe(true);
    let isAnswered = false;
    const settled = server.turn.settled().then(() => {
      isAnswered = true;
    });
    clock.advance(5000);
    await turned();
    expect([isAnswered, heldUp]).toEqual([false, 0]);
    await end();
    await settled;
    await kept();
    expect(commandsIn(2)).toEqual(['SELECT 0', 'SET k after']);
    expect(heldUp).toBe(0);
  });

  it('makes those of always wait, beside the event loop', async () => {
    await start('always');
    run('SET k before');
    await until(() => !server.appendOnlyFile.appender.isBehind, 'it is on disk');
    syncs = [];
    run('SET k 1');
    const before = server.turn.settled();
    await until(() => syncs!.length === 1, 'it comes to the disk');
    run('BGREWRITEAOF');
    await end();
    await before;
    run('SET k 2');
    await server.turn.settled();
    expect(commandsIn(2)).toEqual(['SELECT 0', 'SET k 2']);
  });

  it('is there at once for who cannot wait', async () => {
    await begin('always');
    server.session({ protocol: 2 }).run('SET', 'k', 'now');
    expect(heldUp).toBeGreaterThan(0);
    expect(commandsIn(2)).toEqual(['SELECT 0', 'SET meanwhile 1', 'SET k after', 'SET k now']);
    await end();
    expect(server.appendOnlyFile.rewrite.status).toBe('ok');
    expect(commandsIn(2)).toHaveLength(4);
  });

  it('is none when the one before cannot come to the disk: all goes on there', async () => {
    await begin();
    syncs!.shift()!(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    syncs = undefined;
    await rewritten();
    expect(log).toContainEqual(expect.stringMatching(/^Can't rewrite append only file in background: .*EIO/));
    // Nothing is kept for a snapshot that nobody writes.
    expect(server.keyspace.databases[0]!.entries.inSnapshot).toBe(false);
    await kept();
    expect(names()).toEqual(['appendonly.aof.1.incr.aof']);
    expect(commandsIn(1)).toEqual(['SELECT 0', 'SET k before', 'SET meanwhile 1', 'SELECT 0', 'SET k after']);
  });

  it('is none when its manifest cannot be written', async () => {
    await begin();
    mkdirSync(folder.file(`appendonlydir/temp-bg-${process.pid}-1-appendonly.aof.manifest`));
    await end();
    await kept();
    expect(names()).toEqual(['appendonly.aof.1.incr.aof']);
    expect(commandsIn(1).at(-1)).toBe('SET k after');
    expect(server.appendOnlyFile.manifest.increments).toHaveLength(1);
  });

  it('is none when the server ends before', async () => {
    await begin();
    const { appendOnlyFile } = server;
    const pending = syncs!.splice(0);
    syncs = undefined;
    const closed = server.close();
    for (const ended of pending) ended(null);
    await closed;
    expect(appendOnlyFile.manifest.increments).toHaveLength(1);
    expect(names()).toEqual(['appendonly.aof.1.incr.aof']);
    expect(commandsIn(1).at(-1)).toBe('SET k after');
  });

  it('is left behind with the file when that is switched off before', async () => {
    await begin();
    run('CONFIG SET appendonly no');
    expect(commandsIn(1).at(-1)).toBe('SET k after');
    await end();
    expect(names()).toEqual(['appendonly.aof.1.incr.aof']);
  });
});
