import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
  it('begins with an empty base and an increment, and has every effect once its reply is there', async () => {
    await aof.start();
    expect(aof.names()).toEqual(['appendonly.aof.1.base.aof', 'appendonly.aof.1.incr.aof', 'appendonly.aof.manifest']);
    expect(aof.text('appendonly.aof.manifest')).toBe(
      'file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n',
    );
    run('SET k v EX 10');
    run('SELECT 3');
    run('RPUSH l a b');
    expect(aof.commandsIn('appendonly.aof.1.incr.aof')).toEqual([
      'SELECT 0',
      `SET k v PXAT ${aof.clock.now() + 10_000}`,
      'SELECT 3',
      'RPUSH l a b',
    ]);
  });

  it('is read at the start', async () => {
    await aof.start();
    run('SET k v');
    run('MULTI');
    run('INCR n');
    run('INCR n');
    run('EXEC');
    aof.session.run('FUNCTION', 'LOAD', '#!lua name=lib\nredis.register_function("f", function() return 1 end)');
    await aof.restart();
    expect(run('GET k')).toBe('v');
    expect(run('GET n')).toBe('2');
    expect(run('FCALL f 0')).toBe('1');
    run('SET k w');
    await aof.restart();
    expect(run('GET k')).toBe('w');
    expect(aof.names()).toHaveLength(3);
  });

  it('is read with clients told that it is, as long as key-load-delay says', async () => {
    await aof.start();
    for (let i = 0; i < 300; i++) run(`SET key:${i} x`);
    await aof.server.close();
    await aof.open({ appendonly: 'yes', 'key-load-delay': '1000' });
    const loaded = aof.server.persistence.load();
    await until(() => aof.clock.pending > 1, 'it waits');
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
    aof.clock.advance(1000);
    await loaded;
    expect(run('GET key:299')).toBe('x');
    expect(run('INFO persistence')).not.toContain('loading_total_bytes');
  });

  it('lets keys live on while it is read, up to where they go', async () => {
    await aof.start();
    run('RPUSH l a');
    run('PEXPIRE l 1000');
    run('RPUSH l b');
    aof.clock.advance(2000);
    run('EXISTS l');
    run('RPUSH l c');
    await aof.restart();
    expect(run('LRANGE l 0 -1')).toBe('c');
    expect(run('TTL l')).toBe('-1');
  });

  it('lets fields live on while it is read, up to where they go', async () => {
    await aof.start();
    run('HSET h f 1 g 1 n 1');
    run('HPEXPIRE h 1000 FIELDS 3 f g n');
    run('HPERSIST h FIELDS 1 f');
    run('HPEXPIRE h 100000 FIELDS 1 g');
    run('HINCRBY h n 1');
    run('HPEXPIRE h 100000 FIELDS 1 n');
    const before = run('HPEXPIRETIME h FIELDS 3 f g n');
    aof.clock.advance(5000);
    await aof.restart();
    expect(run('HMGET h f g n')).toBe('1,1,2');
    expect(run('HPEXPIRETIME h FIELDS 3 f g n')).toBe(before);
  });

  it('begins anew where a rewrite that was broken off has left an increment that no manifest names', async () => {
    await aof.start({ appendonly: 'yes' });
    run('SET a 1');
    const manifest = readFileSync(aof.file('appendonly.aof.manifest'), 'latin1');
    await aof.server.close();
    const [base] = manifest.split('\n');
    writeFileSync(aof.file('appendonly.aof.manifest'), `${base}\n`);
    await aof.start();
    expect(run('GET a')).toBe('null');
    run('SET b 1');
    await aof.restart();
    expect([run('GET a'), run('GET b')]).toEqual(['null', '1']);
  });

  it('tells when what was written, if wanted', async () => {
    await aof.start({ appendonly: 'yes', 'aof-timestamp-enabled': 'yes' });
    run('SET a 1');
    run('SET b 1');
    aof.clock.advance(1000);
    run('SET c 1');
    const stamps = aof.text('appendonly.aof.1.incr.aof').match(/#TS:\d+\r\n/g);
    const seconds = Math.floor(aof.clock.now() / 1000);
    expect(stamps).toEqual([`#TS:${seconds - 1}\r\n`, `#TS:${seconds}\r\n`]);
    await aof.restart();
    expect(run('DBSIZE')).toBe('3');
  });

  it('is taken over from a file of Redis before 7', async () => {
    writeFileSync(aof.folder.file('appendonly.aof'), '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n');
    await aof.start();
    expect(run('GET k')).toBe('v');
    expect(aof.text('appendonly.aof.manifest')).toMatch(/^file appendonly.aof seq 1 type b\n/);
    expect(existsSync(aof.folder.file('appendonly.aof'))).toBe(false);
    run('SET k w');
    await aof.restart();
    expect(run('GET k')).toBe('w');
  });
});

describe('DEBUG LOADAOF', () => {
  it('makes the data what the files say', async () => {
    await aof.start({ appendonly: 'yes', 'enable-debug-command': 'yes' });
    run('SET k v');
    run('DEBUG LOADAOF');
    expect(run('GET k')).toBe('v');
    run('SET k w');
    await aof.restart();
    expect(run('GET k')).toBe('w');
  });
});
