import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/core/random.js';
import { ReplyError } from '../../../../src/resp/reply.js';
import { Server } from '../../../../src/server/server.js';
import type { EvictionPolicy } from '../../../../src/server/settings.js';
import { ManualClock } from '../../../../src/testing/clock.js';
import { listenToEffects } from '../../../harness/effects.js';

const VALUE = 'x'.repeat(200);

async function start(policy: EvictionPolicy, directives: Record<string, string> = {}) {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const server = await Server.start({
    clock,
    random,
    directives: { 'maxmemory-policy': policy, 'maxmemory-eviction-tenacity': '100', ...directives },
  });
  const session = server.session();
  const limitTo = (keys: number) => {
    server.settings.maxMemory = server.usedMemory + keys * 300;
  };
  return { clock, server, session, limitTo };
}

const EVICTING = [
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
] as const;

describe('maxmemory', () => {
  it.each(EVICTING)('is kept to by %s', async (policy) => {
    const { server, session, limitTo } = await start(policy);
    limitTo(100);
    for (let i = 0; i < 1000; i++) {
      expect(session.run('SET', `key:${i}`, VALUE, 'EX', '1000')).toBe('OK');
      expect(server.usedMemory).toBeLessThanOrEqual(server.settings.maxMemory + 300);
    }
    const kept = Number(session.run('DBSIZE'));
    expect(server.keyspace.evicted).toBe(1000 - kept);
    expect(kept).toBeGreaterThan(90);
    await server.close();
  });

  it('refuses what needs memory, and nothing else, without a policy', async () => {
    const { server, session, limitTo } = await start('noeviction');
    limitTo(10);
    for (let i = 0; i < 20; i++) session.run('SET', `key:${i}`, VALUE);
    const refused = session.run('SET', 'more', VALUE);
    expect(refused).toBeInstanceOf(ReplyError);
    expect(String(refused)).toContain("OOM command not allowed when used memory > 'maxmemory'.");
    expect(String(session.run('GET', 'key:0'))).toBe(VALUE);
    expect(session.run('DEL', 'key:0', 'key:1')).toBe(2);
    expect(session.run('SET', 'more', VALUE)).toBe('OK');
    await server.close();
  });

  it('counts collections', async () => {
    const { server, session, limitTo } = await start('noeviction');
    limitTo(10);
    let refused: unknown;
    for (let i = 0; i < 100 && !(refused instanceof ReplyError); i++)
      refused = session.run('SADD', 'set', `${VALUE}${i}`);
    expect(refused).toBeInstanceOf(ReplyError);
    expect(session.run('SCARD', 'set')).toBeLessThan(20);
    await server.close();
  });

  it('spares keys without an expiry under volatile policies', async () => {
    for (const policy of ['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'] as const) {
      const { server, session, limitTo } = await start(policy);
      for (let i = 0; i < 20; i++) session.run('SET', `kept:${i}`, VALUE);
      limitTo(20);
      for (let i = 0; i < 100; i++) session.run('SET', `volatile:${i}`, VALUE, 'EX', '100');
      const kept = Array.from({ length: 20 }, (_, i) => `kept:${i}`);
      expect(session.run('EXISTS', ...kept), policy).toBe(20);
      // Nothing is left to remove.
      for (let i = 0; i < 100; i++) session.run('SET', `kept:more:${i}`, VALUE);
      expect(session.run('SET', 'one more', VALUE), policy).toBeInstanceOf(ReplyError);
      await server.close();
    }
  });

  it('removes what expires first under volatile-ttl', async () => {
    const { server, session, limitTo } = await start('volatile-ttl', { 'maxmemory-samples': '20' });
    limitTo(100);
    for (let i = 0; i < 200; i++) session.run('SET', `key:${i}`, VALUE, 'EX', String(i < 100 ? 10_000 + i : 100 + i));
    const count = (from: number) =>
      Number(session.run('EXISTS', ...Array.from({ length: 100 }, (_, i) => `key:${from + i}`)));
    expect(count(0)).toBeGreaterThan(85);
    expect(count(100)).toBeLessThan(15);
    await server.close();
  });

  it('removes what was not used for long under allkeys-lru', async () => {
    const { server, session, clock, limitTo } = await start('allkeys-lru', { 'maxmemory-samples': '10' });
    for (let i = 0; i < 100; i++) session.run('SET', `key:${i}`, VALUE);
    clock.advance(60_000);
    for (let i = 0; i < 50; i++) session.run('GET', `key:${i}`);
    clock.advance(60_000);
    limitTo(0);
    for (let i = 0; i < 45; i++) session.run('SET', `new:${i}`, VALUE);
    const used = Array.from({ length: 50 }, (_, i) => `key:${i}`);
    expect(session.run('EXISTS', ...used)).toBeGreaterThan(45);
    await server.close();
  });

  it('removes what is used least often under allkeys-lfu', async () => {
    const { server, session, limitTo } = await start('allkeys-lfu', { 'maxmemory-samples': '10' });
    for (let i = 0; i < 100; i++) session.run('SET', `key:${i}`, VALUE);
    for (let round = 0; round < 50; round++) for (let i = 0; i < 50; i++) session.run('GET', `key:${i}`);
    expect(session.run('OBJECT', 'FREQ', 'key:0')).toBeGreaterThan(5);
    limitTo(0);
    for (let i = 0; i < 45; i++) session.run('SET', `new:${i}`, VALUE);
    const used = Array.from({ length: 50 }, (_, i) => `key:${i}`);
    expect(session.run('EXISTS', ...used)).toBeGreaterThan(45);
    await server.close();
  });

  it('lets frequencies fall with time', async () => {
    const { server, session, clock } = await start('allkeys-lfu', { 'lfu-decay-time': '1', 'lfu-log-factor': '0' });
    session.run('SET', 'key', 'value');
    for (let i = 0; i < 100; i++) session.run('GET', 'key');
    expect(session.run('OBJECT', 'FREQ', 'key')).toBe(105);
    clock.advance(10 * 60_000);
    expect(session.run('OBJECT', 'FREQ', 'key')).toBe(95);
    clock.advance(200 * 60_000);
    expect(session.run('OBJECT', 'FREQ', 'key')).toBe(0);
    await server.close();
  });

  it('tells of evicted keys, and has them removed elsewhere', async () => {
    for (const [lazily, effect] of [
      ['no', 'DEL'],
      ['yes', 'UNLINK'],
    ] as const) {
      const { server, session } = await start('allkeys-random', {
        'notify-keyspace-events': 'Ee',
        'lazyfree-lazy-eviction': lazily,
      });
      const effects: string[] = [];
      const messages: unknown[] = [];
      listenToEffects(server, (bytes) => effects.push(String(bytes)));
      const listener = server.session({ onPush: (message) => messages.push(message) });
      session.run('SET', 'key', VALUE);
      listener.run('SUBSCRIBE', '__keyevent@0__:evicted');
      effects.length = messages.length = 0;
      server.settings.maxMemory = 1;
      session.run('PING');
      expect(effects).toEqual([`*2\r\n$${effect.length}\r\n${effect}\r\n$3\r\nkey\r\n`]);
      expect(String(messages)).toContain('__keyevent@0__:evicted,key');
      await server.close();
    }
  });

  it('goes on between commands where the time of one is not enough', async () => {
    const { server, session, clock } = await start('allkeys-lru', { 'maxmemory-eviction-tenacity': '0' });
    for (let i = 0; i < 200; i++) session.run('SET', `key:${i}`, VALUE);
    server.settings.maxMemory = 1;
    session.run('PING');
    expect(session.run('DBSIZE')).toBeGreaterThan(0);
    for (let i = 0; i < 20; i++) clock.advance(1);
    expect(session.run('DBSIZE')).toBe(0);
    await server.close();
  });

  it('refuses to queue in a transaction once there is no room', async () => {
    const { server, session } = await start('noeviction');
    session.run('MULTI');
    server.settings.maxMemory = 1;
    expect(session.run('GET', 'a')).toBeInstanceOf(ReplyError);
    expect(String(session.run('EXEC'))).toContain('EXECABORT');
    await server.close();
  });
});

describe('lazy freeing', () => {
  const large = Array.from({ length: 100 }, (_, i) => `member ${i}`);
  it.each([
    ['UNLINK', {}, 1],
    ['DEL', {}, 0],
    ['DEL', { 'lazyfree-lazy-user-del': 'yes' }, 1],
    ['FLUSHALL', {}, 0],
    ['FLUSHALL', { 'lazyfree-lazy-user-flush': 'yes' }, 1],
  ])('%s %o counts %i values', async (command, directives, expected) => {
    const { server, session } = await start('noeviction', directives);
    session.run('SADD', 'set', ...large);
    session.runAll(command === 'FLUSHALL' ? [command] : [command, 'set']);
    expect(server.keyspace.freedLater).toBe(expected);
    session.run('CONFIG', 'RESETSTAT');
    expect(server.keyspace.freedLater).toBe(0);
    await server.close();
  });
});
