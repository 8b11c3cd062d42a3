import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../../src/core/clock.js';
import { Server } from '../../../../src/server/server.js';
import { until } from '../../../harness/until.js';

let primary: Server;
let replica: Server;
/** How far the primary's clock has been put forward. */
let forward: number;
const run = (server: Server, line: string) => String(server.session({ protocol: 2 }).run(...line.split(' ')));

function shifted(by: () => number): Clock {
  return { ...systemClock, now: () => systemClock.now() + by() };
}

beforeEach(async () => {
  forward = 0;
  primary = await Server.start({ clock: shifted(() => forward), directives: { 'repl-diskless-sync-delay': '0' } });
  const { port } = await primary.listen({ port: 0 });
  replica = await Server.start({ clock: shifted(() => 60_000), directives: { replicaof: `127.0.0.1 ${port}` } });
  await until(() => run(replica, 'INFO replication').includes('master_link_status:up'), 'the replica follows');
});

afterEach(async () => {
  await replica.close();
  await primary.close();
});

describe('a replica whose clock is ahead', () => {
  it.each<[string, readonly string[], string]>([
    ['a key that lives for ever after all', ['SET k v', 'PEXPIRE k 1000', 'PERSIST k'], 'GET k'],
    ['a key that lives longer after all', ['SET k v', 'PEXPIRE k 1000', 'PEXPIRE k 100000'], 'GET k'],
    ['a key read by GETEX', ['SET k v', 'GETEX k PX 1000', 'PERSIST k'], 'GET k'],
    ['a field that stays after all', ['HSET h f v', 'HPEXPIRE h 1000 FIELDS 1 f', 'HPERSIST h FIELDS 1 f'], 'HGET h f'],
    [
      'a field with more time',
      ['HSET h f v', 'HPEXPIRE h 1000 FIELDS 1 f', 'HPEXPIRE h 100000 FIELDS 1 f'],
      'HGET h f',
    ],
    [
      'a counter with a time',
      ['HSET h f 1', 'HPEXPIRE h 1000 FIELDS 1 f', 'HINCRBY h f 1', 'HPEXPIRE h 100000 FIELDS 1 f'],
      'HGET h f',
    ],
  ])('keeps %s', async (_, commands, question) => {
    for (const command of commands) run(primary, command);
    run(primary, 'SET done 1');
    await until(() => run(replica, 'GET done') === '1', 'it has followed');
    expect(run(replica, question)).toBe(run(primary, question));
    expect(run(replica, question)).not.toBe('null');
  });

  it('leaves fields whose time is over to the primary, and shows them to nobody', async () => {
    run(primary, 'HSET h f 1 g 2');
    run(primary, 'HEXPIRE h 30 FIELDS 1 f');
    run(primary, 'SET done 1');
    await until(() => run(replica, 'GET done') === '1', 'it has followed');
    expect([run(replica, 'HRANDFIELD h'), run(replica, 'HRANDFIELD h 5'), run(replica, 'HRANDFIELD h -2')]).toEqual([
      'g',
      'g',
      'g,g',
    ]);
    expect(run(replica, 'HLEN h')).toBe('2');
    forward = 30_000;
    expect(run(primary, 'HGET h f')).toBe('null');
    await until(() => run(replica, 'HLEN h') === '1', 'the primary has removed it');
  });
});
