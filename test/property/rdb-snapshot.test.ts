import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LocalSession } from '../../src/server/local-session.js';
import { CommandFormat } from '../../src/server/persistence/aof/command-format.js';
import { HeldString, LARGE_BYTES } from '../../src/server/persistence/held-value.js';
import { loadRdb } from '../../src/server/persistence/rdb/load.js';
import { RdbInput } from '../../src/server/persistence/rdb/rdb-input.js';
import { RdbError } from '../../src/server/persistence/rdb/types.js';
import type { SnapshotFormat } from '../../src/server/persistence/snapshot.js';
import { Server } from '../../src/server/server.js';
import { requestsIn } from '../harness/effects.js';

/** Every kind of change, over few keys, so that commands meet keys that are saved and keys that are not. */
const key = fc.nat(60).map((n) => `k${n}`);
const word = fc.nat(30).map(String);
const command = fc.oneof(
  fc.tuple(fc.constantFrom('SET', 'APPEND', 'GETSET', 'LPUSH', 'SADD', 'PFADD'), key, word),
  fc.tuple(fc.constantFrom('HSET', 'ZADD', 'SETBIT'), key, word, fc.constantFrom('0', '1')),
  fc.tuple(fc.constantFrom('INCR', 'DEL', 'PERSIST', 'RPOP', 'SPOP', 'ZPOPMIN'), key),
  fc.tuple(fc.constant('EXPIRE'), key, fc.constantFrom('100', '-1')),
  fc.tuple(fc.constant('XADD'), key, fc.constant('*'), fc.constant('f'), word),
  fc.tuple(
    fc.constant('XGROUP'),
    fc.constant('CREATE'),
    key,
    fc.constant('g'),
    fc.constant('0'),
    fc.constant('MKSTREAM'),
  ),
  fc.tuple(
    fc.constant('XREADGROUP'),
    fc.constant('GROUP'),
    fc.constant('g'),
    fc.constant('c'),
    fc.constant('STREAMS'),
    key,
    fc.constant('>'),
  ),
  fc.tuple(fc.constantFrom('RENAME', 'COPY', 'SUNIONSTORE', 'RPOPLPUSH'), key, key),
  fc.tuple(fc.constantFrom('MOVE'), key, fc.constantFrom('1', '2')),
  fc.tuple(fc.constantFrom('SELECT'), fc.constantFrom('0', '1', '2')),
  fc.tuple(fc.constantFrom('SETRANGE'), key, fc.constantFrom('0', '70000'), word),
  fc.tuple(fc.constantFrom('FLUSHDB', 'FLUSHALL')),
  fc.tuple(fc.constant('SWAPDB'), fc.constant('0'), fc.constant('1')),
);

describe('a snapshot', () => {
  let server: Server;
  let copy: Server;
  let session: LocalSession;
  beforeAll(async () => {
    server = await Server.start({ settings: { enableDebug: 'yes' } });
    copy = await Server.start({ settings: { enableDebug: 'yes' } });
    session = server.session();
  });
  afterAll(async () => {
    await server.close();
    await copy.close();
  });

  it('has the data of its moment, whatever happens while it is made', () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 150, size: 'max' }),
        fc.array(command, { maxLength: 60 }),
        (before, during) => {
          session.run('FLUSHALL');
          for (const words of before) session.run(...words);
          const digest = session.run('DEBUG', 'DIGEST');
          const pieces = server.persistence.snapshot().pieces(0);
          const bytes: Buffer[] = [];
          for (let at = 0, step = pieces.next(); !step.done; step = pieces.next()) {
            bytes.push(step.value);
            for (const end = Math.min(at + 3, during.length); at < end; at++) session.run(...during[at]!);
          }
          load(copy, Buffer.concat(bytes));
          expect(copy.session().run('DEBUG', 'DIGEST')).toBe(digest);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives way to the next one, and both are whole', () => {
    session.run('FLUSHALL');
    for (let i = 0; i < 500; i++) session.run('SET', `k${i}`, String(i));
    const digest = session.run('DEBUG', 'DIGEST');
    const first = server.persistence.snapshot();
    const pieces = first.pieces(0);
    const bytes = [pieces.next().value as Buffer];
    first.rush();
    session.run('SET', 'k7', 'changed');
    const changed = session.run('DEBUG', 'DIGEST');
    const second = [...server.persistence.snapshot().pieces(0)];
    bytes.push(...pieces);
    for (const [expected, all] of [
      [digest, bytes],
      [changed, second],
    ] as const) {
      load(copy, Buffer.concat(all));
      expect(copy.session().run('DEBUG', 'DIGEST')).toBe(expected);
    }
  });

  describe.each<[type: string, add: string, change: string[]]>([
    ['a hash', "redis.call('hset', KEYS[1], 'field' .. i, i)", ['HDEL', 'large', 'field7']],
    ['a hash with fields that expire', EXPIRING, ['HSET', 'large', 'field7', 'other']],
    ['a set', "redis.call('sadd', KEYS[1], 'member' .. i)", ['SREM', 'large', 'member7']],
    ['a sorted set', "redis.call('zadd', KEYS[1], i % 100, 'member' .. i)", ['ZADD', 'large', '7', 'member9000']],
    ['a list', "redis.call('rpush', KEYS[1], 'element' .. i)", ['LPOP', 'large']],
    ['a stream', "redis.call('xadd', KEYS[1], i .. '-1', 'f', i)", ['XADD', 'large', '*', 'f', 'last']],
    ['a stream with pending entries', PENDING, ['XACK', 'large', 'group', '7-1']],
    ['a string', "redis.call('append', KEYS[1], string.rep(i, 100))", ['SETRANGE', 'large', '7', 'other']],
  ])('with %s of ten thousand elements', (_title, add, change) => {
    /** The digest of the value and of small ones beside it. */
    const fill = () => {
      session.run('FLUSHALL');
      session.run('SELECT', '0');
      session.run('EVAL', `for i = 1, 10000 do ${add} end`, '1', 'large');
      for (let i = 0; i < 50; i++) session.run('SET', `k${i}`, String(i));
      return session.run('DEBUG', 'DIGEST');
    };
    // Before the first piece, between its parts, and after all of them.
    it.each([0, 1, 5, 60])('has it as it was though it changes after %d pieces', (when) => {
      const before = fill();
      const taken: Buffer[] = [];
      for (const piece of server.persistence.snapshot().pieces(0)) {
        taken.push(piece);
        if (taken.length === when + 1) session.run(...change);
        session.run('SET', `k${taken.length % 60}`, 'changed');
      }
      expect(taken.length).toBeGreaterThan(15);
      load(copy, Buffer.concat(taken));
      expect(copy.session().run('DEBUG', 'DIGEST')).toEqual(before);
    });

    it('makes it of commands as it was though it changes', () => {
      const before = fill();
      const taken: Buffer[] = [];
      for (const piece of server.persistence.snapshotAs(new CommandFormat(server)).pieces(0)) {
        taken.push(piece);
        if (taken.length === 5) session.run(...change);
        session.run('SET', `k${taken.length % 60}`, 'changed');
      }
      expect(restored(copy, false, Buffer.concat(taken))).toEqual(before);
    });

    it.each<[how: string, words: () => readonly string[]]>([
      ['as it has changed', () => change],
      ['as it has gone', () => ['DEL', 'large']],
    ])('writes no more than a part at once, %s', (_how, words) => {
      session.run('FLUSHALL');
      session.run('SELECT', '0');
      session.run('EVAL', `for i = 1, 10000 do ${add} end`, '1', 'large');
      let pieces = 0;
      let most = 0;
      for (const piece of server.persistence.snapshot().pieces(0)) {
        pieces++;
        most = Math.max(most, piece.length);
        session.run(...words());
      }
      expect(pieces).toBeGreaterThan(15);
      expect(most).toBeLessThan(100_000);
    });
  });

  it.each<[string, () => SnapshotFormat | undefined]>([
    ['RDB', () => undefined],
    ['commands', () => new CommandFormat(server)],
  ])('as %s has what changes while a large value is written behind that, piece by piece', (_title, format) => {
    session.run('FLUSHALL');
    for (const db of ['0', '1']) {
      session.run('SELECT', db);
      for (let i = 0; i < 2000; i++) session.run('SET', `k${i}`, text(i));
    }
    session.run('SELECT', '0');
    session.run('EVAL', "for i = 1, 20000 do redis.call('sadd', KEYS[1], 'member' .. i) end", '1', 'large');
    const before = session.run('DEBUG', 'DIGEST');
    const made = format();
    const snapshot = made === undefined ? server.persistence.snapshot() : server.persistence.snapshotAs(made);
    const taken: Buffer[] = [];
    let changed = 0;
    for (const piece of snapshot.pieces(0)) {
      taken.push(piece);
      // From the first part of the large value on, a little in either database.
      if (changed === 0 && piece.length < 1000) continue;
      session.run('SELECT', String(changed++ % 2));
      for (let i = 0; i < 20; i++) session.run('SET', `k${((changed >> 1) * 20 + i) % 2000}`, 'changed');
    }
    expect(Math.max(...taken.map(({ length }) => length))).toBeLessThan(100_000);
    expect(restored(copy, made === undefined, Buffer.concat(taken))).toBe(before);
  });

  it('copies a value no more that is written and has others behind it', () => {
    session.run('FLUSHALL');
    session.run('SELECT', '0');
    for (let i = 0; i < 3000; i++) session.run('SET', `k${i}`, text(i));
    session.run('SET', 'large', 'x'.repeat(LARGE_BYTES));
    const keep = vi.spyOn(HeldString.prototype, 'keep');
    let left = LARGE_BYTES;
    let changes = 0;
    for (const { length } of server.persistence.snapshot().pieces(0)) {
      if (changes === 0 && length < 10_000) continue;
      left -= length;
      // Until the first of what is behind it.
      if (left > -10_000) for (let i = 0; i < 100; i++) session.run('SET', `k${changes++}`, 'changed');
      else session.run('SETRANGE', 'large', '0', 'y');
    }
    expect(changes).toBeGreaterThan(1000);
    expect(keep).not.toHaveBeenCalled();
    keep.mockRestore();
  });

  describe.each<[string, () => SnapshotFormat | undefined]>([
    ['RDB', () => undefined],
    ['commands', () => new CommandFormat(server)],
  ])('as %s of a stream with groups', (_title, format) => {
    it.each<[change: string, words: string[]]>([
      ['a new consumer', ['XGROUP', 'CREATECONSUMER', 'large', 'group', 'another']],
      ['a consumer that goes', ['XGROUP', 'DELCONSUMER', 'large', 'group', 'consumer1']],
      ['a new group', ['XGROUP', 'CREATE', 'large', 'another', '0']],
      ['a group that goes', ['XGROUP', 'DESTROY', 'large', 'group']],
      ['a new reader', ['XREADGROUP', 'GROUP', 'group2', 'another', 'COUNT', '500', 'STREAMS', 'large', '>']],
      ['a reader of what it has', ['XREADGROUP', 'GROUP', 'group', 'consumer2', 'STREAMS', 'large', '0']],
      ['a new owner', ['XCLAIM', 'large', 'group', 'another', '0', '5-1', '6-1']],
    ])('does not have %s, whenever it comes', (_change, words) => {
      const fill = () => {
        session.run('FLUSHALL');
        session.run('SELECT', '0');
        session.run('EVAL', GROUPS, '1', 'large');
        return stateOf(session);
      };
      const isRdb = format() === undefined;
      for (let when = 0, pieces = 1; when < pieces; when += Math.ceil(pieces / 12)) {
        const before = fill();
        const made = format();
        const snapshot = made === undefined ? server.persistence.snapshot() : server.persistence.snapshotAs(made);
        const taken: Buffer[] = [];
        for (const piece of snapshot.pieces(0)) if (taken.push(piece) === when + 1) session.run(...words);
        pieces = taken.length;
        restored(copy, isRdb, Buffer.concat(taken));
        expect(stateOf(copy.session()), `after ${when} of ${pieces} pieces`).toEqual(before);
      }
    });
  });

  it('that ends early leaves nothing out of the next one', () => {
    session.run('FLUSHALL');
    session.run('SELECT', '0');
    for (let i = 0; i < 500; i++) session.run('SET', `k${i}`, String(i));
    const pieces = server.persistence.snapshot().pieces(0);
    pieces.next();
    pieces.return(undefined);
    load(copy, Buffer.concat([...server.persistence.snapshot().pieces()]));
    expect(copy.session().run('DBSIZE')).toBe(500);
  });

  it('is refused when a byte is wrong or missing', () => {
    session.run('FLUSHALL');
    session.run('SELECT', '0');
    session.run('RPUSH', 'list', ...Array.from({ length: 100 }, (_, i) => `element ${i}`));
    session.run('ZADD', 'zset', '1.5', 'a', '2', 'b');
    session.run('SET', 'text', 'a value of some length');
    const whole = Buffer.concat([...server.persistence.snapshot().pieces()]);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
        const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
        if (!cut) bytes[at]! ^= change;
        // The checksum itself may have become "none".
        expect(() => load(copy, bytes)).toThrow(RdbError);
      }),
      { numRuns: 1000 },
    );
  });
});

const EXPIRING = `redis.call('hset', KEYS[1], 'field' .. i, i)
  redis.call('hexpire', KEYS[1], 1000 + i, 'fields', 1, 'field' .. i)`;

const PENDING = `if i == 1 then redis.call('xgroup', 'create', KEYS[1], 'group', '0', 'mkstream') end
  redis.call('xadd', KEYS[1], i .. '-1', 'f', i)
  redis.call('xreadgroup', 'group', 'group', 'consumer' .. i % 3, 'streams', KEYS[1], '>')`;

/** Of some 160 characters, which compress to nothing shorter. */
function text(i: number): string {
  return Array.from({ length: 16 }, (_, j) => Math.imul(i + 1, 0x9e3779b1 + j * 77777)).join('');
}

/** Of which the entries, the pending ones of the group and those of the consumers take several parts each. */
const GROUPS = `for i = 1, 4200 do redis.call('xadd', KEYS[1], i .. '-1', 'f', i) end
  for _, group in ipairs({'group', 'group2'}) do
    redis.call('xgroup', 'create', KEYS[1], group, '0')
    for i = 1, 3 do
      redis.call('xreadgroup', 'group', group, 'consumer' .. i, 'count', 300, 'streams', KEYS[1], '>')
    end
  end`;

/** A digest of all that can be told of the stream, but when somebody was heard of last. */
function stateOf(session: LocalSession): string {
  const hash = createHash('sha256');
  const tell = (told: unknown): void => {
    if (told instanceof Map) {
      for (const [name, value] of told) if (String(name) !== 'seen-time') tell([name, value]);
    } else if (Array.isArray(told)) told.forEach(tell);
    else hash.update(`${String(told)} `);
  };
  tell(session.run('XINFO', 'STREAM', 'large', 'FULL', 'COUNT', '0'));
  return hash.digest('hex');
}

function load(server: Server, bytes: Buffer): void {
  server.keyspace.flush(server.keyspace.databases);
  const steps = loadRdb(new RdbInput(bytes, bytes.length, undefined, true), server);
  for (let step = steps.next(); !step.done; ) step = steps.next();
}

/** The digest of what a server has of it. */
function restored(server: Server, isRdb: boolean, bytes: Buffer): unknown {
  const session = server.session();
  if (isRdb) load(server, bytes);
  else {
    session.run('FLUSHALL');
    for (const words of requestsIn(bytes)) session.run(...words);
  }
  return session.run('DEBUG', 'DIGEST');
}
