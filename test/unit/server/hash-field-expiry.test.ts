import { beforeEach, describe, expect, it } from 'vitest';
import type { Reply } from '../../../src/resp/reply.js';
import type { LocalSession } from '../../../src/server/local-session.js';
import { Server } from '../../../src/server/server.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { listenToEffects } from '../../harness/effects.js';

/** What Redis 7.4 does, told by its own tests; there is no server of that version to ask. */
let clock: ManualClock;
let server: Server;
let session: LocalSession;
const run = (command: string): Reply => session.run(...command.split(' '));
const texts = (reply: Reply): string[] => (reply as Reply[]).map(String).sort();

/** Three fields in each encoding; field `a` ends after 1000 ms, `b` after 2000, `c` stays. */
const ENCODINGS = ['listpackex', 'hashtable'] as const;
async function start(encoding: (typeof ENCODINGS)[number], activeExpire = false): Promise<void> {
  clock = new ManualClock();
  server = new Server({
    clock,
    directives: {
      'hash-max-listpack-entries': encoding === 'hashtable' ? '0' : '512',
      'notify-keyspace-events': 'KEA',
    },
    settings: { activeExpire },
  });
  session = server.session();
  run('HSET h a 1 b 2 c 3');
  run('HPEXPIRE h 1000 FIELDS 1 a');
  run('HPEXPIRE h 2000 FIELDS 1 b');
  expect(String(run('OBJECT ENCODING h'))).toBe(encoding);
}

describe.each(ENCODINGS)('fields that expire in a %s', (encoding) => {
  beforeEach(() => start(encoding));

  it.each<[string, string, Reply[]]>([
    ['a missing key', 'HEXPIRE none 10 FIELDS 2 a b', [-2, -2]],
    ['a missing field', 'HEXPIRE h 10 FIELDS 2 a x', [1, -2]],
    ['NX', 'HEXPIRE h 10 NX FIELDS 2 a c', [0, 1]],
    ['XX', 'HEXPIRE h 10 XX FIELDS 2 a c', [1, 0]],
    ['GT', 'HPEXPIRE h 1500 GT FIELDS 3 a b c', [1, 0, 0]],
    ['LT', 'HPEXPIRE h 1500 LT FIELDS 3 a b c', [0, 1, 1]],
    ['a time that is over', 'HEXPIREAT h 1 FIELDS 2 a c', [2, 2]],
    ['HPEXPIREAT of a time that is over', 'HPEXPIREAT h 0 NX FIELDS 2 a c', [0, 2]],
    ['HTTL', 'HTTL h FIELDS 4 a b c x', [1, 2, -1, -2]],
    ['HPTTL', 'HPTTL h FIELDS 4 a b c x', [1000, 2000, -1, -2]],
    ['HTTL of a missing key', 'HTTL none FIELDS 1 a', [-2]],
    ['HPERSIST', 'HPERSIST h FIELDS 4 a b c x', [1, 1, -1, -2]],
  ])('%s', (_, command, expected) => {
    expect(run(command)).toEqual(expected);
  });

  it('tell when', () => {
    const now = clock.now();
    expect(run('HPEXPIRETIME h FIELDS 3 a b c')).toEqual([now + 1000, now + 2000, -1]);
    expect(run('HEXPIRETIME h FIELDS 2 a c')).toEqual([now / 1000 + 1, -1]);
  });

  it('are gone for whoever reads, and stay in the count until removed', () => {
    clock.advance(1000);
    expect(run('HLEN h')).toBe(3);
    expect(texts(run('HKEYS h'))).toEqual(['b', 'c']);
    expect(texts(run('HVALS h'))).toEqual(['2', '3']);
    expect((run('HGETALL h') as unknown as Map<unknown, unknown>).size).toBe(2);
    expect(texts((run('HSCAN h 0') as Reply[])[1]!)).toEqual(['2', '3', 'b', 'c']);
    expect(run('HPTTL h FIELDS 1 a')).toEqual([-2]);
    expect(run('HEXPIRE h 10 FIELDS 1 a')).toEqual([-2]);
    expect(run('HGET h a')).toBeNull();
    expect(run('HLEN h')).toBe(2);
    expect(server.keyspace.expiredFields).toBe(1);
  });

  it.each<[string, Reply]>([
    ['HGET h a', null],
    ['HMGET h a', [null]],
    ['HEXISTS h a', 0],
    ['HSTRLEN h a', 0],
  ])('are removed by %s, and the key with the last of them', (command, expected) => {
    run('HDEL h b c');
    clock.advance(1000);
    expect(run('EXISTS h')).toBe(1);
    expect(run(command)).toEqual(expected);
    expect(run('EXISTS h')).toBe(0);
  });

  it('begin anew when they are written to after their time', () => {
    run('HSET h a 10');
    run('HPEXPIRE h 1000 FIELDS 1 a');
    clock.advance(1000);
    expect(run('HINCRBY h a 1')).toBe(1);
    expect(run('HTTL h FIELDS 1 a')).toEqual([-1]);
    clock.advance(1000);
    expect(run('HSETNX h b new')).toBe(1);
    expect(run('HTTL h FIELDS 1 b')).toEqual([-1]);
  });

  it('stay once they are set again, and keep their time when counted up', () => {
    run('HINCRBY h a 1');
    run('HINCRBYFLOAT h b 0.5');
    expect(run('HPTTL h FIELDS 2 a b')).toEqual([1000, 2000]);
    run('HSET h a 1');
    expect(run('HPTTL h FIELDS 2 a b')).toEqual([-1, 2000]);
  });

  it('are not drawn at random', () => {
    clock.advance(2000);
    expect(String(run('HRANDFIELD h'))).toBe('c');
    expect(texts(run('HRANDFIELD h 5'))).toEqual(['c']);
    expect(run('HLEN h')).toBe(1);
  });

  it('go with their hash to another name, database and copy', () => {
    run('COPY h copy');
    run('RENAME h renamed');
    run('MOVE renamed 1');
    expect(run('HPTTL copy FIELDS 2 a c')).toEqual([1000, -1]);
    run('SELECT 1');
    expect(run('HPTTL renamed FIELDS 2 a c')).toEqual([1000, -1]);
    server.settings.activeExpire = true;
    clock.advance(2100);
    expect([run('HLEN renamed'), run('SELECT 0'), run('HLEN copy')]).toEqual([1, 'OK', 1]);
  });

  it('are removed unasked, also many at once, and the key with the last', () => {
    server.settings.activeExpire = true;
    for (let i = 0; i < 5000; i++) run(`HSET many f${i} v`);
    for (let i = 0; i < 5000; i++) run(`HPEXPIRE many ${1000 + (i % 500)} FIELDS 1 f${i}`);
    run('HDEL h c');
    clock.advance(3500);
    expect(run('EXISTS h many')).toBe(0);
    expect(server.keyspace.expiredFields).toBe(5002);
    expect(server.keyspace.databases[0]!.fields.size).toBe(0);
  });

  it('are forgotten with a hash that is deleted or replaced', () => {
    run('SET h string');
    run('HSET g a 1');
    run('HEXPIRE g 1 FIELDS 1 a');
    run('DEL g');
    expect(server.keyspace.databases[0]!.fields.size).toBe(0);
    clock.advance(5000);
    expect(String(run('GET h'))).toBe('string');
  });

  it('are told of: events, and effects with the time made absolute', () => {
    const effects: string[] = [];
    const events: string[] = [];
    server
      .session({ onPush: (message) => events.push(String((message as unknown[])[3])) })
      .run('PSUBSCRIBE', '__keyspace*');
    listenToEffects(server, (bytes) => effects.push(words(bytes)));
    events.length = 0;
    const now = clock.now();
    run('HEXPIRE h 10 NX FIELDS 3 a c x');
    run('HPERSIST h FIELDS 1 c');
    run('HPERSIST h FIELDS 1 c');
    run('HEXPIREAT h 1 FIELDS 2 b c');
    clock.advance(1000);
    run('HGET h a');
    expect(events).toEqual(['hexpire', 'hpersist', 'hdel', 'hexpired', 'del']);
    expect(effects).toEqual([
      `HPEXPIREAT h ${now + 10_000} nx FIELDS 1 c`,
      'HPERSIST h FIELDS 1 c',
      'MULTI',
      'HDEL h b',
      'HDEL h c',
      'EXEC',
      'HDEL h a',
    ]);
  });

  it.each([
    ['HEXPIRE h -1 FIELDS 1 a', 'ERR invalid expire time, must be >= 0'],
    ['HEXPIRE h x FIELDS 1 a', 'ERR value is not an integer or out of range'],
    [`HEXPIRE h ${2 ** 48} FIELDS 1 a`, "ERR invalid expire time in 'hexpire' command"],
    [`HPEXPIREAT h ${2 ** 46} FIELDS 1 a`, "ERR invalid expire time in 'hpexpireat' command"],
    ['HEXPIRE h 1 FIELD 1 a', 'ERR Mandatory argument FIELDS is missing or not at the right position'],
    ['HEXPIRE h 1 constructor FIELDS 1 a', 'ERR Mandatory argument FIELDS is missing or not at the right position'],
    ['HEXPIRE h 1 FIELDS 0 a', 'ERR Parameter `numFields` should be greater than 0'],
    ['HEXPIRE h 1 FIELDS 2 a', 'ERR The `numfields` parameter must match the number of arguments'],
    ['HTTL h FIELDS 0 a', 'ERR Number of fields must be a positive integer'],
    ['HTTL h FIELDS 1 a b', 'ERR The `numfields` parameter must match the number of arguments'],
    ['HPERSIST h FIELDS 1', "ERR wrong number of arguments for 'hpersist' command"],
    ['HPERSIST h a 1 b', 'ERR Mandatory argument FIELDS is missing or not at the right position'],
  ])('%s is an error', (command, message) => {
    expect(String(run(command))).toContain(message);
    run('SET s string');
    expect(String(run('HTTL s FIELDS 1 a'))).toContain('WRONGTYPE');
  });
});

it('SORT finds no field whose time is over', async () => {
  await start('hashtable');
  run('RPUSH list h');
  expect(texts(run('SORT list BY nosort GET *->a'))).toEqual(['1']);
  clock.advance(1000);
  expect(run('SORT list BY nosort GET *->a')).toEqual([null]);
});

function words(request: Buffer): string {
  return String(request)
    .split('\r\n')
    .filter((_, i) => i > 0 && i % 2 === 0)
    .join(' ');
}
