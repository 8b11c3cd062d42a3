import fs, { mkdirSync, rmdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../harness/until.js';
import { AppendOnlyServer } from './append-only-server.js';

let aof: AppendOnlyServer;
const run = (line: string) => aof.run(line);
beforeEach(() => {
  aof = new AppendOnlyServer();
});
afterEach(() => aof[Symbol.asyncDispose]());

describe('the append-only file', () => {
  it('is replaced by what the data is now', async () => {
    await aof.start();
    for (let i = 0; i < 100; i++) run('INCR n');
    aof.session.run('RPUSH', 'l', ...Array.from({ length: 130 }, (_, i) => String(i)));
    expect(run('BGREWRITEAOF')).toBe('Background append only file rewriting started');
    await until(() => aof.names().includes('appendonly.aof.2.incr.aof'), 'the file is on disk so far');
    run('INCR n');
    await aof.rewritten();
    expect(aof.names()).toEqual(['appendonly.aof.2.base.aof', 'appendonly.aof.2.incr.aof', 'appendonly.aof.manifest']);
    const base = aof.commandsIn('appendonly.aof.2.base.aof');
    expect(base).toHaveLength(5);
    expect(base).toContain('SET n 100');
    expect(aof.commandsIn('appendonly.aof.2.incr.aof')).toEqual(['SELECT 0', 'INCR n']);
    await aof.restart();
    expect(run('GET n')).toBe('101');
    expect(run('LLEN l')).toBe('130');
    expect(aof.folder.names()).toEqual(['appendonlydir']);
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
      await aof.start();
      run('SET k v');
      expect(run('BGREWRITEAOF')).toBe('Background append only file rewriting started');
      expect(run('BGREWRITEAOF')).toContain('ERR Background append only file rewriting already in progress');
      expect(run('BGSAVE SCHEDULE')).toBe('Background saving scheduled');
      expect(run('INFO persistence')).toMatch(/aof_rewrite_in_progress:1\r\n/);
      expect(aof.names()).not.toContain('appendonly.aof.2.incr.aof');
      syncs.shift()!();
      await aof.rewritten();
      expect(aof.text('appendonly.aof.2.base.aof')).toContain('SET');
    });

    it('is not, when it is switched off before', async () => {
      await aof.start();
      run('SET k v');
      run('BGREWRITEAOF');
      fs.fdatasyncSync = fdatasyncSync;
      syncBuiltinESMExports();
      run('CONFIG SET appendonly no');
      expect(aof.server.appendOnlyFile.rewrite.isRunning).toBe(false);
      expect(aof.log.at(-1)).toMatch(/^Killing running AOF rewrite child/);
      for (const sync of syncs.splice(0)) sync();
      aof.clock.advance(1000);
      expect(aof.names()).not.toContain('appendonly.aof.2.incr.aof');
    });
  });

  for (const preamble of ['yes', 'no']) {
    it(`is rewritten while commands change what is not written yet (aof-use-rdb-preamble ${preamble})`, async () => {
      await aof.start({ appendonly: 'yes', 'aof-use-rdb-preamble': preamble });
      for (let i = 0; i < 20_000; i++) aof.session.run('RPUSH', `l${i}`, 'a');
      run('BGREWRITEAOF');
      for (let i = 0; aof.server.appendOnlyFile.rewrite.isRunning; i++) {
        aof.session.run('RPUSH', `l${i % 20_000}`, 'b');
        if (i % 500 === 0) await new Promise(setImmediate);
      }
      run('DEL l7');
      const digest = run('DEBUG DIGEST');
      await aof.restart();
      expect(run('DEBUG DIGEST')).toBe(digest);
    });
  }

  it('is rewritten when it has grown', async () => {
    await aof.start({
      appendonly: 'yes',
      'auto-aof-rewrite-min-size': '1kb',
      'auto-aof-rewrite-percentage': '100',
    });
    for (let i = 0; i < 100; i++) run('SET k v');
    aof.clock.advance(200);
    await until(() => aof.log.some((line) => line.includes('rewrite finished')), 'the file is rewritten');
    expect(aof.log).toContainEqual(expect.stringMatching(/^Starting automatic rewriting of AOF on \d+% growth$/));
    expect(run('INFO persistence')).toMatch(/aof_rewrites:1\r\n/);
    expect(aof.server.appendOnlyFile.size).toBeLessThan(1024);
  });

  it('is on disk before a rewrite replaces it, without a sync that holds everybody up', async () => {
    await aof.start({
      appendonly: 'yes',
      'auto-aof-rewrite-min-size': '1kb',
      'auto-aof-rewrite-percentage': '100',
    });
    for (let i = 0; i < 100; i++) run('SET k v');
    const { appender } = aof.server.appendOnlyFile;
    expect(appender.synced).toBeLessThan(appender.written);
    let heldUp = 0;
    const { fdatasyncSync, fsyncSync } = fs;
    fs.fdatasyncSync = fs.fsyncSync = () => heldUp++;
    syncBuiltinESMExports();
    try {
      aof.clock.advance(100);
      run('SET late v');
      await until(() => aof.log.some((line) => line.includes('rewrite finished')), 'the file is rewritten');
    } finally {
      Object.assign(fs, { fdatasyncSync, fsyncSync });
      syncBuiltinESMExports();
    }
    expect(heldUp).toBe(0);
    await aof.restart();
    expect(run('GET late')).toBe('v');
  });

  it('is not rewritten by itself when its sync before fails, and writes are refused until one succeeds', async () => {
    const directives = { 'auto-aof-rewrite-min-size': '1kb', 'auto-aof-rewrite-percentage': '100' };
    await aof.start({ appendonly: 'yes', ...directives });
    for (let i = 0; i < 100; i++) run('SET k v');
    const { fdatasync } = fs;
    const failing = (_fd: number, ended: (error: Error) => void) =>
      setImmediate(ended, Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    fs.fdatasync = failing as unknown as typeof fdatasync;
    syncBuiltinESMExports();
    try {
      aof.clock.advance(100);
      await until(() => aof.server.appendOnlyFile.appender.failure !== undefined, 'the sync has failed');
      aof.clock.advance(500);
      expect(run('SET k w')).toMatch('MISCONF');
    } finally {
      fs.fdatasync = fdatasync;
      syncBuiltinESMExports();
    }
    expect(aof.log.filter((line) => line.startsWith('Fail to fsync the AOF file'))).toHaveLength(1);
    expect(aof.server.appendOnlyFile.rewrite.count).toBe(0);
    aof.clock.advance(1000);
    await until(() => aof.log.some((line) => line.includes('rewrite finished')), 'the file is rewritten');
    expect(run('SET k w')).toBe('OK');
  });

  it('is not rewritten again and again when that cannot begin, and leaves no file open', async () => {
    await aof.start({
      appendonly: 'yes',
      'auto-aof-rewrite-min-size': '1kb',
      'auto-aof-rewrite-percentage': '100',
    });
    const obstacles = [1, 2, 3].map((attempt) => aof.file(`temp-bg-${process.pid}-${attempt}-appendonly.aof.manifest`));
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
    const failures = () => aof.log.filter((line) => line.startsWith("Can't rewrite append only file")).length;
    try {
      for (let attempt = 1; attempt <= obstacles.length; attempt++) {
        aof.clock.advance(100);
        await until(() => failures() === attempt, 'an attempt has failed');
        await aof.rewritten();
      }
      for (let i = 0; i < 10; i++) aof.clock.advance(100);
      expect(aof.server.appendOnlyFile.rewrite.isRunning).toBe(false);
    } finally {
      Object.assign(fs, { openSync, closeSync });
      syncBuiltinESMExports();
    }
    expect(opened).toEqual(new Set());
    expect(failures()).toBe(3);
    expect(run('INFO persistence')).toMatch(/aof_last_bgrewrite_status:err\r\n/);
    for (const obstacle of obstacles) rmdirSync(obstacle);
    expect(aof.names()).not.toContain('appendonly.aof.2.incr.aof');
    aof.clock.advance(60_000);
    await until(() => aof.log.some((line) => line.includes('rewrite finished')), 'the file is rewritten');
    expect(aof.server.appendOnlyFile.size).toBeLessThan(1024);
  });
});
