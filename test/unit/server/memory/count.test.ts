import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Server } from '../../../../src/server/server.js';

/** Commands of every type on few keys, with long values so that an error of one is seen. */
const key = fc.constantFrom('a', 'b', 'c', 'd');
const element = fc.tuple(fc.nat(30), fc.constantFrom(1, 50, 5000)).map(([n, length]) => `${n}`.padEnd(length, 'x'));
const place = fc.integer({ min: -5, max: 40 }).map(String);
const command = (name: string, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string[]> =>
  fc.tuple(fc.constant(name), key, ...parts);
const word = (text: string) => fc.constant(text);
const score = fc.nat(20).map(String);

const commands: fc.Arbitrary<string[]> = fc.oneof(
  command('SET', element),
  command('APPEND', element),
  command('HSET', element, element),
  command('HSET', element, element, element, element),
  command('HDEL', element, element),
  command('SADD', element, score, element),
  command('SREM', element, score),
  command('SPOP'),
  command('SMOVE', key, element),
  command('RPUSH', element, element, element),
  command('LPUSH', element),
  command('LPOP'),
  command('RPOP', score),
  command('LTRIM', place, place),
  command('LREM', place, element),
  command('LSET', place, element),
  command('LINSERT', word('BEFORE'), element, element),
  command('LMOVE', key, word('LEFT'), word('RIGHT')),
  command('ZADD', score, element, score, element),
  command('ZREM', element),
  command('ZREMRANGEBYRANK', place, place),
  command('ZINTERSTORE', word('2'), key, key),
  command('XADD', word('*'), element, element),
  command('XTRIM', word('MAXLEN'), score),
  key.map((name) => ['XGROUP', 'CREATE', name, 'group', '0']),
  key.map((name) => ['XREADGROUP', 'GROUP', 'group', 'reader', 'COUNT', '3', 'STREAMS', name, '>']),
  command('RENAME', key),
  command('COPY', key, word('REPLACE')),
  command('MOVE', word('1')),
  command('EXPIRE', fc.constantFrom('100', '-1')),
  command('DEL'),
  word('SWAPDB').map((name) => [name, '0', '1']),
  word('FLUSHDB').map((name) => [name]),
);

describe('the memory that data takes', () => {
  it('is counted as it changes: the same as measured key by key, and none when all is gone', async () => {
    const server = await Server.start({});
    const session = server.session();
    const empty = server.keyspace.memory();
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 60 }), (run) => {
        for (const words of run) session.runAll(words);
        expect(server.keyspace.memory()).toBe(measured(server));
        emptied(server);
        session.run('FLUSHALL');
        expect(server.keyspace.memory()).toBe(empty);
      }),
      { numRuns: 200 },
    );
    await server.close();
  });

  it('falls when elements are removed one by one', async () => {
    const server = await Server.start({});
    const session = server.session();
    const long = 'x'.repeat(10_000);
    const grow: Record<string, (i: number) => string[]> = {
      HSET: (i) => ['HSET', 'k', `${i}${long}`, long],
      SADD: (i) => ['SADD', 'k', `${i}${long}`],
      RPUSH: (i) => ['RPUSH', 'k', `${i}${long}`],
      ZADD: (i) => ['ZADD', 'k', '1', `${i}${long}`],
    };
    const shrink: Record<string, (i: number) => string[]> = {
      HSET: (i) => ['HDEL', 'k', `${i}${long}`],
      SADD: (i) => ['SREM', 'k', `${i}${long}`],
      RPUSH: () => ['LPOP', 'k'],
      ZADD: (i) => ['ZREM', 'k', `${i}${long}`],
    };
    for (const name of Object.keys(grow)) {
      session.runAll(grow[name]!(0));
      const one = server.keyspace.memory();
      for (let i = 1; i < 100; i++) session.runAll(grow[name]!(i));
      expect(server.keyspace.memory() - one, name).toBeGreaterThan(99 * 10_000);
      for (let i = 99; i > 0; i--) session.runAll(shrink[name]!(name === 'RPUSH' ? 0 : i));
      expect(Math.abs(server.keyspace.memory() - one), name).toBeLessThan(5000);
      session.run('DEL', 'k');
    }
    await server.close();
  });
});

function measured(server: Server): number {
  let bytes = 0;
  server.keyspace.databases.forEach((db, number) => {
    const session = server.session();
    session.run('SELECT', String(number));
    for (const key of db.keys()) bytes += Number(session.run('MEMORY', 'USAGE', key));
    session.close();
  });
  return bytes;
}

/** Removes every element by its own type's command before the keys go, so that each counter is left at its end. */
function emptied(server: Server): void {
  const session = server.session();
  for (const key of server.keyspace.databases[0]!.keys()) {
    session.run('LTRIM', key, '1', '0');
    session.run('SPOP', key, '1000');
    session.run('ZPOPMIN', key, '1000');
  }
  session.close();
}
