import { describe, expect, it } from 'vitest';
import { Server } from '../../../src/server/server.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { recordEffects } from '../../harness/effects.js';
import { RawClient } from '../../harness/raw-client.js';

describe('on a replica', () => {
  const readOnly = "READONLY You can't write against a read only replica.";
  const isDown = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
  const reader = '#!lua flags=no-writes\nreturn 1';
  const staleReader = '#!lua flags=no-writes,allow-stale\nreturn 1';

  it.each([
    { words: ['FCALL', 'writer', '0'], fresh: readOnly, stale: readOnly },
    { words: ['FCALL_RO', 'writer', '0'], fresh: readOnly, stale: readOnly },
    { words: ['FCALL', 'writer', 'x'], fresh: readOnly, stale: readOnly },
    { words: ['FCALL', 'reader', '0'], fresh: '1', stale: isDown },
    { words: ['FCALL', 'nosuch', '0'], fresh: 'ERR Function not found', stale: 'ERR Function not found' },
    { words: ['EVAL', '#!lua\nreturn 1', '0'], fresh: readOnly, stale: readOnly },
    { words: ['EVAL_RO', '#!lua\nreturn 1', '0'], fresh: readOnly, stale: readOnly },
    { words: ['EVAL', reader, '0'], fresh: '1', stale: isDown },
    { words: ['EVAL', staleReader, '0'], fresh: '1', stale: '1' },
  ])('$words is answered by what it says of itself', async ({ words, fresh, stale }) => {
    const server = await Server.start();
    const session = server.session();
    const functions =
      'redis.register_function("writer", function() return 1 end)\n' +
      'redis.register_function{function_name="reader", callback=function() return 1 end, flags={"no-writes"}}';
    session.run('FUNCTION', 'LOAD', `#!lua name=lib\n${functions}`);
    session.run('REPLICAOF', '127.0.0.1', '1');
    expect(String(session.run(...words)).replace(/^\w+: /, '')).toBe(fresh);
    session.run('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    expect(String(session.run(...words)).replace(/^\w+: /, '')).toBe(stale);
    await server.close();
  });
});

describe('scripts', () => {
  it('need a started server, and say so', async () => {
    const server = new Server();
    expect(String(server.session().run('EVAL', 'return 1', 0))).toContain('Scripts are not ready');
    await server.start();
    expect(server.session().run('EVAL', 'return 1', 0)).toBe(1);
    await server.close();
  });

  it('are ended by busy-reply-threshold, and the next one runs', async () => {
    const server = await Server.start({ directives: { 'busy-reply-threshold': '20' } });
    const session = server.session();
    const endless = 'redis.call("set", KEYS[1], 1) while true do end';
    expect(String(session.run('EVAL', endless, 1, 'k'))).toContain('Script stopped: it ran for more than 20 ms');
    expect(String(session.run('GET', 'k'))).toBe('1');
    expect(session.run('EVAL', 'return 2', 0)).toBe(2);
    await server.close();
  });

  it('of clients go on after that, but not for ever', async () => {
    const server = await Server.start({ settings: { scriptLimit: 10, scriptOverrun: 20 } });
    const { port = 0 } = await server.listen({ port: 0 });
    const client = await RawClient.connect(port);
    expect(String(await client.ask(['EVAL', 'return 1', 0]))).toBe(':1\r\n');
    const answer = String(await client.ask(['EVAL', 'while true do end', 0]));
    expect(answer).toContain('Script stopped: it ran for more than 30 ms');
    client.close();
    await server.close();
  });

  it('see one time from beginning to end', async () => {
    let now = 1_000_000;
    const server = await Server.start({ clock: { now: () => now++, schedule: () => () => undefined } });
    const script = 'local a = redis.call("time") local b = redis.call("time") return a[1] == b[1] and a[2] == b[2]';
    expect(server.session().run('EVAL', script, 0)).toBe(1);
    await server.close();
  });

  it('see a later time than the one before, though the clock stands still', async () => {
    const server = await Server.start({ clock: new ManualClock() });
    const session = server.session();
    const times = Array.from({ length: 3 }, () => session.run('EVAL', 'return redis.call("time")', 0));
    expect(times.map((time) => (time as Buffer[]).join('.'))).toEqual(['1577836800.0', '1577836800.1', '1577836800.2']);
    await server.close();
  });

  it('leave the selected database as it was, also after an error', async () => {
    const server = await Server.start();
    const session = server.session();
    session.run('EVAL', 'redis.call("select", 3) redis.call("set", "k", 1) error("x")', 0);
    expect(session.run('GET', 'k')).toBeNull();
    session.run('SELECT', 3);
    expect(String(session.run('GET', 'k'))).toBe('1');
    await server.close();
  });

  it('do not block', async () => {
    const server = await Server.start();
    const pushed: unknown[] = [];
    const session = server.session({ onPush: (reply) => pushed.push(reply) });
    expect(String(session.run('EVAL', 'return redis.call("subscribe", "a")', 0))).toContain('not allowed from script');
    expect(pushed).toEqual([]);
    await server.close();
  });

  it('group what they did, unless it is one command', async () => {
    const server = await Server.start();
    const seen = recordEffects(server);
    const session = server.session();
    session.run('EVAL', 'redis.call("set", "a", 1)', 0);
    session.run('EVAL', 'redis.call("set", "a", 1) redis.call("del", "a")', 0);
    session.run('EVAL', 'return redis.call("get", "a")', 0);
    expect(seen).toEqual(['0 set a 1', '0 MULTI', '0 set a 1', '0 del a', '0 EXEC']);
    await server.close();
  });
});
