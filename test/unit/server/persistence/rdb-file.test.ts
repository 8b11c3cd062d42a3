import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { fullTurn } from '../../../../src/daemon/turn.js';
import { RdbError } from '../../../../src/server/persistence/rdb/types.js';
import { Server } from '../../../../src/server/server.js';
import type { ServerOptions } from '../../../../src/server/server-options.js';
import { ManualClock } from '../../../../src/testing/index.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { holdSync } from '../../../harness/hold-sync.js';
import { until } from '../../../harness/until.js';

const servers: Server[] = [];

async function closeAll(): Promise<void> {
  for (const server of servers.splice(0)) await server.close();
}

afterEach(closeAll);

/** In the place of the one before. */
async function start(
  options: ServerOptions,
): Promise<{ server: Server; run: (line: string) => string; log: string[] }> {
  await closeAll();
  const log: string[] = [];
  const server = await Server.start({
    settings: { enableDebug: 'yes' },
    log: (_level, text) => log.push(text),
    ...options,
  });
  servers.push(server);
  const session = server.session({ protocol: 2 });
  return { server, log, run: (line) => String(session.run(...line.split(' '))) };
}

const inFolder = (dir: string, more: Record<string, string> = {}) => ({ directives: { dir, save: '', ...more } });

describe('a server with files', () => {
  it('loads what it saved', async () => {
    using folder = temporaryFolder();
    const first = await start(inFolder(folder.path, { dbfilename: 'own.rdb' }));
    first.run('SET a 1');
    first.run('RPUSH list 1 2 3');
    first.run('SET gone x PX 20000');
    expect(first.run('INFO persistence')).toContain('rdb_changes_since_last_save:5');
    expect(first.run('SAVE')).toBe('OK');
    expect(first.run('INFO persistence')).toContain('rdb_changes_since_last_save:0');
    expect(folder.names()).toEqual(['own.rdb']);
    const second = await start({
      ...inFolder(folder.path, { dbfilename: 'own.rdb' }),
      clock: new ManualClock(Date.now() + 60_000),
    });
    expect(second.run('GET a')).toBe('1');
    expect(second.run('DBSIZE')).toBe('2');
    expect(second.log.join('\n')).toMatch(/Done loading RDB, keys loaded: 2, keys expired: 1, .*\nDB loaded from disk/);
  });

  it('writes version 12 where fields have times, which 10 cannot hold, and 10 else', async () => {
    using folder = temporaryFolder();
    const { run } = await start(inFolder(folder.path));
    const version = () => readFileSync(folder.file('dump.rdb')).latin1Slice(0, 9);
    run('HSET h f v g w');
    run('EXPIRE h 100');
    run('SAVE');
    expect(version()).toBe('REDIS0010');
    run('HEXPIRE h 100 FIELDS 1 f');
    run('SAVE');
    expect(version()).toBe('REDIS0012');
    const again = await start(inFolder(folder.path));
    expect(again.run('HTTL h FIELDS 2 f g')).toMatch(/^(100|99),-1$/);
    again.run('HPERSIST h FIELDS 1 f');
    again.run('SAVE');
    expect(version()).toBe('REDIS0010');
  });

  it('says where a file is broken', async () => {
    using folder = temporaryFolder();
    const { run } = await start(inFolder(folder.path));
    run('SET k v');
    run('SAVE');
    const bytes = readFileSync(folder.file('dump.rdb'));
    writeFileSync(folder.file('dump.rdb'), bytes.subarray(0, -12));
    const server = new Server(inFolder(folder.path));
    await expect(server.persistence.load()).rejects.toThrow(/ \(at offset \d+\)$/);
    await server.close();
  });

  it('answers LOADING until it has loaded', async () => {
    using folder = temporaryFolder();
    const server = new Server(inFolder(folder.path));
    servers.push(server);
    await server.start();
    const session = server.session({ protocol: 2 });
    expect(String(session.run('GET', 'a'))).toContain('LOADING Redis is loading the dataset in memory');
    expect(String(session.run('INFO', 'persistence'))).toContain('loading:1');
    await server.persistence.load();
    expect(session.run('GET', 'a')).toBeNull();
  });

  it('does not start on a broken file, and leaves it as it is', async () => {
    using folder = temporaryFolder();
    const first = await start(inFolder(folder.path));
    first.run('SET a some-value');
    first.run('SAVE');
    const bytes = readFileSync(folder.file('dump.rdb'));
    bytes[bytes.length - 12]! ^= 1;
    writeFileSync(folder.file('dump.rdb'), bytes);
    await closeAll();
    await expect(Server.start(inFolder(folder.path))).rejects.toThrow(RdbError);
    expect(readFileSync(folder.file('dump.rdb')).equals(bytes)).toBe(true);
  });

  it('saves in the background what was there when it began', async () => {
    using folder = temporaryFolder();
    const { server, run } = await start(inFolder(folder.path));
    for (let i = 0; i < 2000; i++) run(`SET key:${i} before`);
    expect(run('BGSAVE')).toBe('Background saving started');
    expect(run('BGSAVE')).toContain('Background save already in progress');
    expect(run('SAVE')).toContain('Background save already in progress');
    run('SET key:1 after');
    run('DEL key:2');
    run('SET more 1');
    await until(() => !server.persistence.isSaving, 'the save is done');
    expect(run('INFO stats')).toContain('total_forks:1\r\n');
    expect(run('INFO persistence')).toMatch(/rdb_changes_since_last_save:3\r\n[\s\S]*rdb_last_bgsave_status:ok/);
    const copy = await start(inFolder(folder.path));
    expect(copy.run('DBSIZE')).toBe('2000');
    expect(copy.run('MGET key:1 key:2')).toBe('before,before');
    expect(folder.names()).toEqual(['dump.rdb']);
  });

  it.each([
    { save: '60 1', changes: 0 },
    { save: '', changes: 2 },
  ])('counts what FLUSHALL removes as changes unless it saves at once (save "$save")', async ({ save, changes }) => {
    using folder = temporaryFolder();
    const { run } = await start({ directives: { dir: folder.path, save } });
    run('SET k v');
    run('FLUSHALL');
    expect(run('INFO persistence')).toContain(`rdb_changes_since_last_save:${changes}\r\n`);
    expect(existsSync(folder.file('dump.rdb'))).toBe(save !== '');
  });

  it('waits for each key as long as rdb-key-save-delay says, and not when that is taken back', async () => {
    using folder = temporaryFolder();
    const clock = new ManualClock();
    const { server, run } = await start({ ...inFolder(folder.path, { 'rdb-key-save-delay': '2147483647' }), clock });
    for (let i = 0; i < 5; i++) run(`SET key:${i} x`);
    run('BGSAVE');
    await until(() => clock.pending > 1, 'the save waits for the first key');
    clock.advance(60_000);
    expect(server.persistence.isSaving).toBe(true);
    expect(run('SET key:0 y')).toBe('OK');
    run('CONFIG SET rdb-key-save-delay 0');
    await until(() => {
      clock.advance(100);
      return !server.persistence.isSaving;
    }, 'the save is done');
    expect((await start(inFolder(folder.path))).run('DBSIZE')).toBe('5');
  });

  it('answers LOADING as long as key-load-delay says', async () => {
    using folder = temporaryFolder();
    const first = await start(inFolder(folder.path));
    for (let i = 0; i < 300; i++) first.run(`SET key:${i} x`);
    first.run('SAVE');
    await closeAll();
    const clock = new ManualClock();
    const server = new Server({ ...inFolder(folder.path, { 'key-load-delay': '1000' }), clock });
    servers.push(server);
    await server.start();
    const loaded = server.persistence.load();
    const session = server.session({ protocol: 2 });
    await until(() => clock.pending > 1, 'it waits');
    expect(String(session.run('GET', 'key:1'))).toContain('LOADING');
    expect(session.run('PING')).toBeInstanceOf(Error);
    session.run('CONFIG', 'SET', 'key-load-delay', '0');
    clock.advance(100);
    await loaded;
    expect(String(session.run('GET', 'key:1'))).toBe('x');
  });

  it('refuses BGSAVE while the append-only file is rewritten, or does it after that', async () => {
    using folder = temporaryFolder();
    const { server, run } = await start(inFolder(folder.path, { appendonly: 'yes' }));
    for (let i = 0; i < 2000; i++) run(`SET key:${i} x`);
    expect(run('BGREWRITEAOF')).toContain('started');
    expect(run('BGSAVE')).toContain('Another child process is active (AOF?)');
    expect(run('BGSAVE SCHEDULE')).toBe('Background saving scheduled');
    // The file is in its place a little before the save has ended.
    const isSaved = () => existsSync(folder.file('dump.rdb')) && !server.persistence.isSaving;
    await until(isSaved, 'the save is done');
    expect(server.appendOnlyFile.rewrite.isRunning).toBe(false);
    const session = server.session({ protocol: 2 });
    session.run('MULTI');
    session.run('BGSAVE');
    expect(session.run('EXEC')).toEqual(['Background saving scheduled']);
  });

  it('does not put a cancelled save over what was saved since, and has left the folder once it is closed', async () => {
    using folder = temporaryFolder();
    const { server, run } = await start({ directives: { dir: folder.path, save: '60 1' } });
    for (let i = 0; i < 2000; i++) run(`SET key:${i} x`);
    using sync = await holdSync(folder.file('other'));
    run('BGSAVE');
    await until(() => sync.held > 0, 'the file is written, and synced now');
    run('FLUSHALL');
    let isClosed = false;
    const closing = server.close().then(() => {
      isClosed = true;
    });
    await fullTurn();
    expect(isClosed).toBe(false);
    sync.release();
    await closing;
    expect(folder.names()).toEqual(['dump.rdb', 'other']);
    expect((await start(inFolder(folder.path))).run('DBSIZE')).toBe('0');
  });

  it('saves at save points', async () => {
    using folder = temporaryFolder();
    const clock = new ManualClock();
    const { server, run, log } = await start({ directives: { dir: folder.path, save: '60 2' }, clock });
    run('SET a 1');
    clock.advance(61_000);
    expect(server.persistence.isSaving).toBe(false);
    run('SET b 1');
    clock.advance(100);
    await until(() => existsSync(folder.file('dump.rdb')), 'the file is there');
    expect(log).toContain('2 changes in 60 seconds. Saving...');
  });

  it('refuses writes while it cannot save', async () => {
    using folder = temporaryFolder();
    const { server, run } = await start({ directives: { dir: folder.path, save: '3600 1', dbfilename: 'taken' } });
    mkdirSync(folder.file('taken'));
    run('SET a 1');
    run('BGSAVE');
    await until(() => !server.persistence.isSaving, 'the save has failed');
    expect(run('SET a 2')).toContain('MISCONF');
    expect(run('GET a')).toBe('1');
    expect(run('SAVE')).toBe('ReplyError: ERR');
    expect(server.shutdown()).toBe(false);
    expect(run('CONFIG SET stop-writes-on-bgsave-error no')).toBe('OK');
    expect(run('SET a 2')).toBe('OK');
    expect(folder.names()).toEqual(['taken']);
  });

  it('saves before it ends, where there are save points', async () => {
    using folder = temporaryFolder();
    const quiet = await start(inFolder(folder.path));
    quiet.run('SET a 1');
    expect(quiet.server.shutdown()).toBe(true);
    expect(folder.names()).toEqual([]);
    const saving = await start(inFolder(folder.path, { save: '3600 1' }));
    saving.run('SET a 1');
    expect(saving.server.shutdown()).toBe(true);
    expect(folder.names()).toEqual(['dump.rdb']);
  });

  it('writes an empty file after FLUSHALL, where there are save points', async () => {
    using folder = temporaryFolder();
    const { run } = await start(inFolder(folder.path, { save: '3600 1' }));
    run('SET a 1');
    run('SAVE');
    const { length } = readFileSync(folder.file('dump.rdb'));
    run('BGSAVE');
    run('FLUSHALL');
    expect(readFileSync(folder.file('dump.rdb')).length).toBeLessThan(length);
    expect((await start(inFolder(folder.path))).run('DBSIZE')).toBe('0');
  });

  it.each([
    ['DEBUG RELOAD', 'new,2'],
    ['DEBUG RELOAD NOSAVE', 'old,'],
    ['DEBUG RELOAD NOSAVE NOFLUSH MERGE', 'old,2'],
  ])('does %s', async (line, values) => {
    using folder = temporaryFolder();
    const { run } = await start(inFolder(folder.path));
    run('SET a old');
    run('SAVE');
    run('SET a new');
    run('SET b 2');
    expect(run(line)).toBe('OK');
    expect(run('MGET a b')).toBe(values);
    expect(run('DEBUG RELOAD NOFLUSH')).toContain('Error trying to load the RDB dump');
  });
});

describe('a server without files', () => {
  it('writes none', async () => {
    const { run, server } = await start({});
    run('SET a 1');
    expect(run('SAVE')).toContain('in memory only');
    expect(run('BGSAVE')).toContain('in memory only');
    expect(run('DEBUG RELOAD')).toBe('OK');
    expect(run('GET a')).toBe('1');
    expect(run('DEBUG RELOAD NOSAVE')).toContain('no file');
    expect(server.shutdown()).toBe(true);
  });
});

describe('fields that expire', () => {
  it('are saved with their times, as Redis 7.4 does', async () => {
    const clock = new ManualClock();
    const { run } = await start({ clock });
    run('HSET h a 1 b 2 c 3');
    run('HPEXPIRE h 5000 FIELDS 1 a');
    run('HPEXPIRE h 9000 FIELDS 1 c');
    expect(run('DEBUG RELOAD')).toBe('OK');
    expect(run('HPTTL h FIELDS 3 a b c')).toBe('5000,-1,9000');
    clock.advance(6000);
    expect(run('HKEYS h')).toBe('b,c');
  });

  it('make a payload that an older server refuses', async () => {
    const { server } = await start({ clock: new ManualClock() });
    const session = server.session();
    session.run('HSET', 'h', 'a', '1');
    session.run('HPEXPIRE', 'h', '5000', 'FIELDS', '1', 'a');
    const payload = session.run('DUMP', 'h') as Buffer;
    expect(payload.readUInt16LE(payload.length - 10)).toBe(12);
    expect(session.run('RESTORE', 'copy', '0', payload)).toBe('OK');
    expect(session.run('HPTTL', 'copy', 'FIELDS', '1', 'a')).toEqual([5000]);
  });
});
