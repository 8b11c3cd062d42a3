import fs, { existsSync, mkdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
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
  it('is switched on when the save in the background has ended', async () => {
    await aof.start({ 'rdb-key-save-delay': '1000000' });
    for (let i = 0; i < 10; i++) run(`SET key:${i} x`);
    expect(run('BGSAVE')).toContain('started');
    run('CONFIG SET appendonly yes');
    expect(run('INFO persistence')).toContain('aof_rewrite_scheduled:1');
    expect(existsSync(aof.folder.file('appendonlydir'))).toBe(false);
    run('CONFIG SET rdb-key-save-delay 0');
    await until(() => {
      aof.clock.advance(100);
      return aof.server.appendOnlyFile.state === 'on';
    }, 'it is on');
    expect(aof.names()).toContain('appendonly.aof.manifest');
  });

  it('is switched on and off while the server runs', async () => {
    await aof.start({});
    run('SET before 1');
    run('CONFIG SET appendonly yes');
    expect(run('INFO persistence')).toMatch(/aof_enabled:1\r\n/);
    run('SET meanwhile 1');
    await aof.rewritten();
    run('SET after 1');
    run('CONFIG SET appendonly no');
    run('SET later 1');
    await aof.restart();
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
      'there is room as soon as a file is emptied': () => statSync(aof.file('temp-appendonly.aof.incr')).size === 0,
    };
    for (const [title, hasRoom] of Object.entries(rooms)) {
      it(`has each effect once, when ${title}`, async () => {
        await aof.start({});
        mkdirSync(aof.file(base), { recursive: true });
        run('CONFIG SET appendonly yes');
        run('INCR n');
        await aof.rewritten();
        expect(aof.server.appendOnlyFile.state).toBe('starting');
        fs.writeSync = ((...args: Parameters<typeof writeSync>) => {
          if (!hasRoom()) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
          return writeSync(...args);
        }) as typeof writeSync;
        syncBuiltinESMExports();
        run('INCR n');
        rmdirSync(aof.file(base));
        aof.clock.advance(100);
        expect(aof.server.appendOnlyFile.rewrite.isRunning).toBe(true);
        fs.writeSync = writeSync;
        syncBuiltinESMExports();
        await aof.rewritten();
        aof.clock.advance(100);
        expect(aof.server.appendOnlyFile.state).toBe('on');
        expect(run('INCR n')).toBe('3');
        await aof.restart();
        expect(run('GET n')).toBe('3');
      });
    }
  });

  it('waits for the end of a transaction that switches it on or rewrites it', async () => {
    await aof.start({});
    run('MULTI');
    run('INCR n');
    run('CONFIG SET appendonly yes');
    run('INCR n');
    run('EXEC');
    expect(aof.server.appendOnlyFile.rewrite.isRunning).toBe(false);
    aof.clock.advance(200);
    await aof.rewritten();
    expect(aof.server.appendOnlyFile.state).toBe('on');
    run('MULTI');
    run('INCR n');
    run('BGREWRITEAOF');
    run('EXEC');
    aof.clock.advance(200);
    await until(() => !aof.server.appendOnlyFile.rewrite.isScheduled, 'the rewrite has begun');
    await aof.rewritten();
    await aof.restart();
    expect(run('GET n')).toBe('3');
  });

  it('goes on being switched on when an attempt cannot begin', async () => {
    await aof.start({});
    mkdirSync(aof.file('appendonly.aof.1.base.aof'), { recursive: true });
    run('CONFIG SET appendonly yes');
    await aof.rewritten();
    fs.rmSync(aof.folder.file('appendonlydir'), { recursive: true });
    writeFileSync(aof.folder.file('appendonlydir'), '');
    aof.clock.advance(100);
    expect(aof.server.appendOnlyFile.rewrite.isRunning).toBe(false);
    fs.rmSync(aof.folder.file('appendonlydir'));
    run('INCR n');
    aof.clock.advance(100);
    await aof.rewritten();
    expect(aof.server.appendOnlyFile.state).toBe('on');
    await aof.restart();
    expect(run('GET n')).toBe('1');
  });
});
