import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../../../src/resp/reply.js';
import { NOTIFY } from '../../../../src/server/keyspace/notifications.js';
import type { LocalSession } from '../../../../src/server/local-session.js';
import { Server } from '../../../../src/server/server.js';
import { ManualClock } from '../../../../src/testing/clock.js';
import { recordEffects } from '../../../harness/effects.js';

let clock: ManualClock;
let server: Server;
let session: LocalSession;
let effects: string[];

beforeEach(() => {
  clock = new ManualClock();
  server = new Server({ clock, settings: { notifyFlags: NOTIFY.keyevent | NOTIFY.expired } });
  session = server.session();
  effects = recordEffects(server);
});

afterEach(() => server.close());

function run(line: string): Reply {
  const reply = session.run(...line.split(' '));
  return Buffer.isBuffer(reply) ? reply.toString() : reply;
}

describe('expiry', () => {
  it('counts down and ends at its millisecond', () => {
    run('SET k v PX 1500');
    expect([run('TTL k'), run('PTTL k')]).toEqual([2, 1500]);
    clock.jump(clock.now() + 1001);
    expect([run('TTL k'), run('PTTL k')]).toEqual([0, 499]);
    clock.jump(clock.now() + 498);
    expect([run('GET k'), run('PTTL k')]).toEqual(['v', 1]);
    clock.jump(clock.now() + 1);
    expect([run('GET k'), run('PTTL k')]).toEqual([null, -2]);
  });

  it('counts an expired key until somebody meets it', () => {
    run('SET k v PX 10');
    clock.jump(clock.now() + 10);
    expect(run('DBSIZE')).toBe(1);
    expect(run('EXISTS k')).toBe(0);
    expect(run('DBSIZE')).toBe(0);
    expect(effects.at(-1)).toBe('0 DEL k');
  });

  it('removes keys in the background, in every database, and tells followers', () => {
    run('SET a v PX 10');
    run('SELECT 3');
    run('SET b v PX 10');
    run('SET c v');
    effects.length = 0;
    clock.advance(200);
    expect(server.keyspace.databases.map((db) => db.size).filter((size) => size > 0)).toEqual([1]);
    expect(effects.sort()).toEqual(['0 DEL a', '3 DEL b']);
  });

  it('keeps up with many keys that expire at once', () => {
    for (let i = 0; i < 20_000; i++) run(`SET key:${i} v PX ${10 + (i % 50)}`);
    run('SET stays v');
    clock.advance(3000);
    expect(server.keyspace.databases[0]!.size).toBe(1);
    expect(server.keyspace.databases[0]!.expiring.size).toBe(0);
    expect(server.keyspace.expired).toBe(20_000);
  });

  it('can be left to commands alone', () => {
    server.settings.activeExpire = false;
    run('SET k v PX 10');
    clock.advance(1000);
    expect(run('DBSIZE')).toBe(1);
  });

  it('fails a transaction whose watched key expired since', () => {
    run('SET k v PX 10');
    run('WATCH k');
    clock.advance(200);
    run('MULTI');
    expect(run('EXEC')).toBe(null);
  });

  it('holds the time for a whole transaction', () => {
    run('SET k v PX 10');
    clock.jump(clock.now() + 9);
    run('MULTI');
    run('PEXPIRE k 5');
    run('PTTL k');
    expect(run('EXEC')).toEqual([1, 5]);
  });

  it('propagates times as points in time', () => {
    const now = clock.now();
    run('SET k v EX 10');
    run('SETEX k 20 v');
    run('EXPIRE k 30');
    run('GETEX k PX 5');
    expect(effects).toEqual([
      `0 SET k v PXAT ${now + 10_000}`,
      `0 SET k v PXAT ${now + 20_000}`,
      `0 PEXPIREAT k ${now + 30_000}`,
      `0 PEXPIREAT k ${now + 5}`,
    ]);
  });
});

describe('the access clock', () => {
  it('tells how long a key was not used, and is not moved by looking', () => {
    run('SET k v');
    clock.advance(90_000);
    for (const look of ['OBJECT ENCODING k', 'TYPE k', 'TTL k', 'EXISTS k']) run(look);
    expect(run('OBJECT IDLETIME k')).toBe(90);
    run('GET k');
    expect(run('OBJECT IDLETIME k')).toBe(0);
    clock.advance(10_000);
    run('TOUCH k');
    expect(run('OBJECT IDLETIME k')).toBe(0);
    clock.advance(10_000);
    run('SET k w');
    expect(run('OBJECT IDLETIME k')).toBe(0);
  });
});

describe('WAIT', () => {
  it('answers 0 at once where nobody can wait or nobody is asked for', () => {
    expect(run('WAIT 1 1000')).toBe(0);
    expect(run('WAIT 0 0')).toBe(0);
  });

  it('answers 0 when its time is over', () => {
    const pushes: Reply[] = [];
    const waiting = server.session({ onPush: (reply) => pushes.push(reply) });
    waiting.run('WAIT', '1', '1000');
    clock.advance(999);
    expect([waiting.blocked, pushes]).toEqual([true, []]);
    clock.advance(1);
    expect([waiting.blocked, pushes]).toEqual([false, [0]]);
  });
});
