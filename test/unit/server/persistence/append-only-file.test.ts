import fs, {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalSession } from '../../../../src/server/local-session.js';
import { AofError } from '../../../../src/server/persistence/aof/aof-error.js';
import { Server } from '../../../../src/server/server.js';
import { ManualClock } from '../../../../src/testing/clock.js';
import { requestsIn } from '../../../harness/effects.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { until } from '../../../harness/until.js';

let folder: ReturnType<typeof temporaryFolder>;
let server: Server;
let session: LocalSession;
let clock: ManualClock;
let log: string[];

beforeEach(() => {
  folder = temporaryFolder();
  clock = new ManualClock();
  log = [];
});

afterEach(async () => {
  await server.close();
  folder[Symbol.dispose]();
});

type Directives = Readonly<Record<string, string>>;

async function start(directives: Directives = { appendonly: 'yes' }): Promise<void> {
  server = new Server({
    clock,
    log: (_, text) => void log.push(text),
    directives: { dir: folder.path, appendfsync: 'no', 'aof-use-rdb-preamble': 'no', ...directives },
  });
  await server.start();
  await server.persistence.load();
  await server.persistence.load();
  session = server.session({ protocol: 2 });
}

/** As after a crash of the process: what was flushed is there. */
async function restart(directives?: Directives): Promise<void> {
  await server.close();
  await start(directives);
}

function run(line: string): string {
  return String(session.run(...line.split(' ')));
}

const file = (name: string) => folder.file(`appendonlydir/${name}`);
const text = (name: string) => readFileSync(file(name), 'latin1');
const names = () => readdirSync(folder.file('appendonlydir')).sort();
const commandsIn = (name: string) => requestsIn(readFileSync(file(name))).map((words) => words.join(' '));

async function rewritten(): Promise<void> {
  const { rewrite, appender } = server.appendOnlyFile;
  await until(
    () => !rewrite.isRunning && !appender.isBehind,
    'the rewrite has ended, and what happened meanwhile is written',
  );
}

describe('the append-only file', () => {
  it('begins with an empty base and an increment, and has every effect once its reply is there', async () => {
    await start();
    expect(names()).toEqual(['appendonly.aof.1.base.aof', 'appendonly.aof.1.incr.aof', 'appendonly.aof.manifest']);
    expect(text('appendonly.aof.manifest')).toBe(
      'file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n',
    );
    run('SET k v EX 10');
    run('SELECT 3');
    run('RPUSH l a b');
    expect(commandsIn('appendonly.aof.1.incr.aof')).toEqual([
      'SELECT 0',
      `SET k v PXAT ${clock.now() + 10_000}`,
      'SELECT 3',
      'RPUSH l a b',
    ]);
  });

  it('is read at the start', async () => {
    await start();
    run('SET k v');
    run('MULTI');
    run('INCR n');
    run('INCR n');
    run('EXEC');
    session.run('FUNCTION', 'LOAD', '#!lua name=lib\nredis.register_function("f", function() return 1 end)');
    await restart();
    expect(run('GET k')).toBe('v');
    expect(run('GET n')).toBe('2');
    expect(run('FCALL f 0')).toBe('1');
    run('SET k w');
    await restart();
    expect(run('GET k')).toBe('w');
    expect(names()).toHaveLength(3);
  });

  it('is read with clients told that it is, as long as key-load-delay says', async () => {
    await start();
    for (let i = 0; i < 300; i++) run(`SET key:${i} x`);
    await server.close();
    server = new Server({
      clock,
      directives: { dir: folder.path, appendonly: 'yes', 'key-load-delay': '1000' },
    });
    await server.start();
    const loaded = server.persistence.load();
    session = server.session({ protocol: 2 });
    await until(() => clock.pending > 1, 'it waits');
    expect(run('GET key:1')).toContain('LOADING');
    const info = Object.fromEntries(
      run('INFO persistence')
        .split('\r\n')
        .map((line) => line.split(':')),
    ) as Record<string, string>;
    expect(info).toMatchObject({ loading: '1', async_loading: '0' });
    expect(Number(info['loading_total_bytes'])).toBeGreaterThan(Number(info['loading_loaded_bytes']));
    expect(Number(info['loading_loaded_bytes'])).toBeGreaterThan(0);
    run('CONFIG SET key-load-delay 0');
    clock.advance(1000);
    await loaded;
    expect(run('GET key:299')).toBe('x');
    expect(run('INFO persistence')).not.toContain('loading_total_bytes');
  });

  it('is switched on when the save in the background has ended', async () => {
    await start({ 'rdb-key-save-delay': '1000000' });
    for (let i = 0; i < 10; i++) run(`SET key:${i} x`);
    expect(run('BGSAVE')).toContain('started');
    run('CONFIG SET appendonly yes');
    expect(run('INFO persistence')).toContain('aof_rewrite_scheduled:1');
    expect(existsSync(folder.file('appendonlydir'))).toBe(false);
    run('CONFIG SET rdb-key-save-delay 0');
    await until(() => {
      clock.advance(100);
      return server.appendOnlyFile.state === 'on';
    }, 'it is on');
    expect(names()).toContain('appendonly.aof.manifest');
  });

  it('lets keys live on while it is read, up to where they go', async () => {
    await start();
    run('RPUSH l a');
    run('PEXPIRE l 1000');
    run('RPUSH l b');
    clock.advance(2000);
    run('EXISTS l');
    run('RPUSH l c');
    await restart();
    expect(run('LRANGE l 0 -1')).toBe('c');
    expect(run('TTL l')).toBe('-1');
  });

  it('lets fields live on while it is read, up to where they go', async () => {
    await start();
    run('HSET h f 1 g 1 n 1');
    run('HPEXPIRE h 1000 FIELDS 3 f g n');
    run('HPERSIST h FIELDS 1 f');
    run('HPEXPIRE h 100000 FIELDS 1 g');
    run('HINCRBY h n 1');
    run('HPEXPIRE h 100000 FIELDS 1 n');
    const before = run('HPEXPIRETIME h FIELDS 3 f g n');
    clock.advance(5000);
    await restart();
    expect(run('HMGET h f g n')).toBe('1,1,2');
    expect(run('HPEXPIRETIME h FIELDS 3 f g n')).toBe(before);
  });

  it('is replaced by what the data is now', async () => {
    await start();
    for (let i = 0; i < 100; i++) run('INCR n');
    session.run('RPUSH', 'l', ...Array.from({ length: 130 }, (_, i) => String(i)));
    expect(run('BGREWRITEAOF')).toBe('Background append only file rewriting started');
    await until(() => names().includes('appendonly.aof.2.incr.aof'), 'the file is on disk so far');
    run('INCR n');
    await rewritten();
    expect(names()).toEqual(['appendonly.aof.2.base.aof', 'appendonly.aof.2.incr.aof', 'appendonly.aof.manifest']);
    const base = commandsIn('appendonly.aof.2.base.aof');
    expect(base).toHaveLength(5);
    expect(base).toContain('SET n 100');
    expect(commandsIn('appendonly.aof.2.incr.aof')).toEqual(['SELECT 0', 'INCR n']);
    await restart();
    expect(run('GET n')).toBe('101');
    expect(run('LLEN l')).toBe('130');
    expect(folder.names()).toEqual(['appendonlydir']);
  });

  describe('that is to be rewritten', () => {
    const { fdatasync, fdatasyncSync } = fs;
    let syncs: (() => void)[];
    beforeEach(() => {
      syncs = [];
      fs.fdatasync = ((fd: number, done: fs.NoParamCallback) => void syncs.push(() => fdatasync(fd, done))) as never;
      fs.fdatasyncSync = () => {
        throw new Error('the event loop waits');
      };
      syncBuiltinESMExports();
    });
    afterEach(() => {
      Object.assign(fs, { fdatasync, fdatasyncSync });
      syncBuiltinESMExports();
      for (const sync of syncs) sync();
    });

    it('first comes to the disk beside the event loop', async () => {
      await start();
      run('SET k v');
      expect(run('BGREWRITEAOF')).toBe('Background append only file rewriting started');
      expect(run('BGREWRITEAOF')).toContain('ERR Background append only file rewriting already in progress');
      expect(run('BGSAVE SCHEDULE')).toBe('Background saving scheduled');
      expect(run('INFO persistence')).toMatch(/aof_rewrite_in_progress:1\r\n/);
      expect(names()).not.toContain('appendonly.aof.2.incr.aof');
      syncs.shift()!();
      await rewritten();
      expect(text('appendonly.aof.2.base.aof')).toContain('SET');
    });

    it('is not, when it is switched off before', async () => {
      await start();
      run('SET k v');
      run('BGREWRITEAOF');
      fs.fdatasyncSync = fdatasyncSync;
      syncBuiltinESMExports();
      run('CONFIG SET appendonly no');
      expect(server.appendOnlyFile.rewrite.isRunning).toBe(false);
      expect(log.at(-1)).toMatch(/^Killing running AOF rewrite child/);
      for (const sync of syncs.splice(0)) sync();
      clock.advance(1000);
      expect(names()).not.toContain('appendonly.aof.2.incr.aof');
    });
  });

  for (const preamble of ['yes', 'no']) {
    it(`is rewritten while commands change what is not written yet (aof-use-rdb-preamble ${preamble})`, async () => {
      await start({ appendonly: 'yes', 'aof-use-rdb-preamble': preamble });
      for (let i = 0; i < 20_000; i++) session.run('RPUSH', `l${i}`, 'a');
      run('BGREWRITEAOF');
      for (let i = 0; server.appendOnlyFile.rewrite.isRunning; i++) {
        session.run('RPUSH', `l${i % 20_000}`, 'b');
        if (i % 500 === 0) await new Promise(setImmediate);
      }
      run('DEL l7');
      const digest = run('DEBUG DIGEST');
      await restart();
      expect(run('DEBUG DIGEST')).toBe(digest);
    });
  }

  it('is switched on and off while the server runs', async () => {
    await start({});
    run('SET before 1');
    run('CONFIG SET appendonly yes');
    expect(run('INFO persistence')).toMatch(/aof_enabled:1\r\n/);
    run('SET meanwhile 1');
    await rewritten();
    run('SET after 1');
    run('CONFIG SET appendonly no');
    run('SET later 1');
    await restart();
    expect(['before', 'meanwhile', 'after', 'later'].map((key) => run(`EXISTS ${key}`))).toEqual(['1', '1', '1', '0']);
  });

  describe('that is switched on at the second attempt', () => {
    const { writeSync } = fs;
    const base = 'appendonly.aof.1.base.aof';
    afterEach(() => {
      fs.writeSync = writeSync;
      syncBuiltinESMExports();
    });

    const rooms: Readonly<Record<string, () => boolean>> = {
      'there is room again later': () => false,
      'there is room as soon as a file is emptied': () => statSync(file('temp-appendonly.aof.incr')).size === 0,
    };
    for (const [title, hasRoom] of Object.entries(rooms)) {
      it(`has each effect once, when ${title}`, async () => {
        await start({});
        mkdirSync(file(base), { recursive: true });
        run('CONFIG SET appendonly yes');
        run('INCR n');
        await rewritten();
        expect(server.appendOnlyFile.state).toBe('starting');
        fs.writeSync = ((...args: Parameters<typeof writeSync>) => {
          if (!hasRoom()) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
          return writeSync(...args);
        }) as typeof writeSync;
        syncBuiltinESMExports();
        run('INCR n');
        rmdirSync(file(base));
        clock.advance(100);
        expect(server.appendOnlyFile.rewrite.isRunning).toBe(true);
        fs.writeSync = writeSync;
        syncBuiltinESMExports();
        await rewritten();
        clock.advance(100);
        expect(server.appendOnlyFile.state).toBe('on');
        expect(run('INCR n')).toBe('3');
        await restart();
        expect(run('GET n')).toBe('3');
      });
    }
  });

  it('waits for the end of a transaction that switches it on or rewrites it', async () => {
    await start({});
    run('MULTI');
    run('INCR n');
    run('CONFIG SET appendonly yes');
    run('INCR n');
    run('EXEC');
    expect(server.appendOnlyFile.rewrite.isRunning).toBe(false);
    clock.advance(200);
    await rewritten();
    expect(server.appendOnlyFile.state).toBe('on');
    run('MULTI');
    run('INCR n');
    run('BGREWRITEAOF');
    run('EXEC');
    clock.advance(200);
    await until(() => !server.appendOnlyFile.rewrite.isScheduled, 'the rewrite has begun');
    await rewritten();
    await restart();
    expect(run('GET n')).toBe('3');
  });

  it('is rewritten when it has grown', async () => {
    await start({
      appendonly: 'yes',
      'auto-aof-rewrite-min-size': '1kb',
      'auto-aof-rewrite-percentage': '100',
    });
    for (let i = 0; i < 100; i++) run('SET k v');
    clock.advance(200);
    await until(() => log.some((line) => line.includes('rewrite finished')), 'the file is rewritten');
    expect(log).toContainEqual(expect.stringMatching(/^Starting automatic rewriting of AOF on \d+% growth$/));
    expect(run('INFO persistence')).toMatch(/aof_rewrites:1\r\n/);
    expect(server.appendOnlyFile.size).toBeLessThan(1024);
  });

  it('is on disk before a rewrite replaces it, without a sync that holds everybody up', async () => {
    await start({
      appendonly: 'yes',
      'auto-aof-rewrite-min-size': '1kb',
      'auto-aof-rewrite-percentage': '100',
    });
    for (let i = 0; i < 100; i++) run('SET k v');
    const { appender } = server.appendOnlyFile;
    expect(appender.synced).toBeLessThan(appender.written);
    let heldUp = 0;
    const { fdatasyncSync, fsyncSync } = fs;
    fs.fdatasyncSync = fs.fsyncSync = () => heldUp++;
    syncBuiltinESMExports();
    try {
      clock.advance(100);
      run('SET late v');
      await until(() => log.some((line) => line.includes('rewrite finished')), 'the file is rewritten');
    } finally {
      Object.assign(fs, { fdatasyncSync, fsyncSync });
      syncBuiltinESMExports();
    }
    expect(heldUp).toBe(0);
    await restart();
    expect(run('GET late')).toBe('v');
  });

  it('is not rewritten by itself when its sync before fails, and writes are refused until one succeeds', async () => {
    const directives = { 'auto-aof-rewrite-min-size': '1kb', 'auto-aof-rewrite-percentage': '100' };
    await start({ appendonly: 'yes', ...directives });
    for (let i = 0; i < 100; i++) run('SET k v');
    const { fdatasync } = fs;
    const failing = (_fd: number, ended: (error: Error) => void) =>
      setImmediate(ended, Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    fs.fdatasync = failing as unknown as typeof fdatasync;
    syncBuiltinESMExports();
    try {
      clock.advance(100);
      await until(() => server.appendOnlyFile.appender.failure !== undefined, 'the sync has failed');
      clock.advance(500);
      expect(run('SET k w')).toMatch('MISCONF');
    } finally {
      fs.fdatasync = fdatasync;
      syncBuiltinESMExports();
    }
    expect(log.filter((line) => line.startsWith('Fail to fsync the AOF file'))).toHaveLength(1);
    expect(server.appendOnlyFile.rewrite.count).toBe(0);
    clock.advance(1000);
    await until(() => log.some((line) => line.includes('rewrite finished')), 'the file is rewritten');
    expect(run('SET k w')).toBe('OK');
  });

  it('begins anew where a rewrite that was broken off has left an increment that no manifest names', async () => {
    await start({ appendonly: 'yes' });
    run('SET a 1');
    const manifest = readFileSync(file('appendonly.aof.manifest'), 'latin1');
    await server.close();
    const [base] = manifest.split('\n');
    writeFileSync(file('appendonly.aof.manifest'), `${base}\n`);
    await start();
    expect(run('GET a')).toBe('null');
    run('SET b 1');
    await restart();
    expect([run('GET a'), run('GET b')]).toEqual(['null', '1']);
  });

  it('is not rewritten again and again when that cannot begin, and leaves no file open', async () => {
    await start({
      appendonly: 'yes',
      'auto-aof-rewrite-min-size': '1kb',
      'auto-aof-rewrite-percentage': '100',
    });
    const obstacles = [1, 2, 3].map((attempt) => file(`temp-bg-${process.pid}-${attempt}-appendonly.aof.manifest`));
    for (const obstacle of obstacles) mkdirSync(obstacle);
    for (let i = 0; i < 100; i++) run('SET k v');
    const { openSync, closeSync } = fs;
    const opened = new Set<number>();
    fs.openSync = (...args) => {
      const fd = openSync(...args);
      opened.add(fd);
      return fd;
    };
    fs.closeSync = (fd) => {
      opened.delete(fd);
      closeSync(fd);
    };
    syncBuiltinESMExports();
    const failures = () => log.filter((line) => line.startsWith("Can't rewrite append only file")).length;
    try {
      for (let attempt = 1; attempt <= obstacles.length; attempt++) {
        clock.advance(100);
        await until(() => failures() === attempt, 'an attempt has failed');
        await rewritten();
      }
      for (let i = 0; i < 10; i++) clock.advance(100);
      expect(server.appendOnlyFile.rewrite.isRunning).toBe(false);
    } finally {
      Object.assign(fs, { openSync, closeSync });
      syncBuiltinESMExports();
    }
    expect(opened).toEqual(new Set());
    expect(failures()).toBe(3);
    expect(run('INFO persistence')).toMatch(/aof_last_bgrewrite_status:err\r\n/);
    for (const obstacle of obstacles) rmdirSync(obstacle);
    expect(names()).not.toContain('appendonly.aof.2.incr.aof');
    clock.advance(60_000);
    await until(() => log.some((line) => line.includes('rewrite finished')), 'the file is rewritten');
    expect(server.appendOnlyFile.size).toBeLessThan(1024);
  });

  it('goes on being switched on when an attempt cannot begin', async () => {
    await start({});
    mkdirSync(file('appendonly.aof.1.base.aof'), { recursive: true });
    run('CONFIG SET appendonly yes');
    await rewritten();
    fs.rmSync(folder.file('appendonlydir'), { recursive: true });
    writeFileSync(folder.file('appendonlydir'), '');
    clock.advance(100);
    expect(server.appendOnlyFile.rewrite.isRunning).toBe(false);
    fs.rmSync(folder.file('appendonlydir'));
    run('INCR n');
    clock.advance(100);
    await rewritten();
    expect(server.appendOnlyFile.state).toBe('on');
    await restart();
    expect(run('GET n')).toBe('1');
  });

  it('tells when what was written, if wanted', async () => {
    await start({ appendonly: 'yes', 'aof-timestamp-enabled': 'yes' });
    run('SET a 1');
    run('SET b 1');
    clock.advance(1000);
    run('SET c 1');
    const stamps = text('appendonly.aof.1.incr.aof').match(/#TS:\d+\r\n/g);
    const seconds = Math.floor(clock.now() / 1000);
    expect(stamps).toEqual([`#TS:${seconds - 1}\r\n`, `#TS:${seconds}\r\n`]);
    await restart();
    expect(run('DBSIZE')).toBe('3');
  });

  it('is taken over from a file of Redis before 7', async () => {
    writeFileSync(folder.file('appendonly.aof'), '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n');
    await start();
    expect(run('GET k')).toBe('v');
    expect(text('appendonly.aof.manifest')).toMatch(/^file appendonly.aof seq 1 type b\n/);
    expect(existsSync(folder.file('appendonly.aof'))).toBe(false);
    run('SET k w');
    await restart();
    expect(run('GET k')).toBe('w');
  });
});

describe('a damaged append-only file', () => {
  const SET = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n';
  const INCR = '*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n';

  function prepare(increment: string, manifest = 'file a.1.incr.aof seq 1 type i\n'): void {
    mkdirSync(folder.file('appendonlydir'));
    writeFileSync(file('a.1.incr.aof'), increment, 'latin1');
    writeFileSync(file('appendonly.aof.manifest'), manifest, 'latin1');
  }

  const cut: Readonly<Record<string, [tail: string, value: string]>> = {
    'within a command': [INCR.slice(0, -5), '1'],
    'within a length': ['*2\r\n$4', '1'],
    'before the digits of a length': ['*2\r\n$', '1'],
    'within its end': [INCR.slice(0, -1), '1'],
    'within a timestamp': ['#TS:16', '1'],
    'within a transaction': [`*1\r\n$5\r\nMULTI\r\n${INCR}${INCR}`, '1'],
    nowhere: [INCR, '2'],
  };
  for (const [title, [tail, value]] of Object.entries(cut)) {
    it(`that breaks off ${title} is cut there`, async () => {
      prepare(SET + tail);
      await start();
      expect(run('GET k')).toBe(value);
      run('INCR k');
      await restart();
      expect(run('GET k')).toBe(String(Number(value) + 1));
    });
  }

  it('is refused where it is not to be cut', async () => {
    prepare(SET + INCR.slice(0, -5));
    await expect(start({ appendonly: 'yes', 'aof-load-truncated': 'no' })).rejects.toThrow(AofError);
    expect(log.at(-1)).toMatch(/^Unexpected end of file reading the append only file a\.1\.incr\.aof at offset 27\./);
  });

  it('is refused when it breaks off before the last file', async () => {
    prepare(SET + INCR.slice(0, -5), 'file a.1.incr.aof seq 1 type i\nfile a.2.incr.aof seq 2 type i\n');
    writeFileSync(file('a.2.incr.aof'), INCR);
    await expect(start()).rejects.toThrow(AofError);
    expect(log.at(-1)).toBe('Fatal error: the truncated file is not the last file');
  });

  it('is refused when it is no file of commands', async () => {
    prepare(`${SET}hello\r\n`);
    await expect(start()).rejects.toThrow(AofError);
    expect(log.at(-1)).toMatch(/^Bad file format reading the append only file a\.1\.incr\.aof at offset 27:/);
  });

  it('is refused when a file is missing', async () => {
    prepare(SET, 'file a.1.incr.aof seq 1 type i\nfile missing.aof seq 2 type i\n');
    await expect(start()).rejects.toThrow(/missing\.aof/);
  });

  const manifests: Readonly<Record<string, string>> = {
    'Found an empty AOF manifest': '',
    'Invalid AOF manifest file format': 'file a seq 1\n',
    "File can't be a path, just a filename": 'file ../a seq 1 type i\n',
    'Found duplicate base file information': 'file a seq 1 type b\nfile b seq 2 type b\n',
    'Found a non-monotonic sequence number': 'file a seq 2 type i\nfile b seq 1 type i\n',
    'Unknown AOF file type': 'file a seq 1 type x\n',
    'The AOF manifest file contains too long line': 'file a seq 1 type i',
  };
  for (const [problem, manifest] of Object.entries(manifests)) {
    it(`has a manifest that is wrong: ${problem}`, async () => {
      prepare(SET, manifest);
      await expect(start()).rejects.toThrow(problem);
      expect(log).toContain('\n*** FATAL AOF MANIFEST FILE ERROR ***\n');
    });
  }

  it('can be left behind at any moment of a rewrite', async () => {
    await start();
    run('SET k 1');
    await server.close();
    // The increment of a rewrite is named at once; its base never came.
    appendFileSync(file('appendonly.aof.manifest'), 'file appendonly.aof.2.incr.aof seq 2 type i\n');
    writeFileSync(file('appendonly.aof.2.incr.aof'), INCR);
    writeFileSync(join(folder.path, 'temp-rewriteaof-bg-1.aof'), 'half');
    await start();
    expect(run('GET k')).toBe('2');
    // Nothing at all of an increment was written.
    await server.close();
    truncateSync(file('appendonly.aof.2.incr.aof'));
    await start();
    expect(run('GET k')).toBe('1');
  });
});

describe('DEBUG LOADAOF', () => {
  it('makes the data what the files say', async () => {
    await start({ appendonly: 'yes', 'enable-debug-command': 'yes' });
    run('SET k v');
    run('DEBUG LOADAOF');
    expect(run('GET k')).toBe('v');
    run('SET k w');
    await restart();
    expect(run('GET k')).toBe('w');
  });
});
