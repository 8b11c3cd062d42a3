/**
 * MIGRATE: ours and a real server are given the same keys and move them to two real servers, and to two of ours; the
 * replies, and what is where afterwards, are the same.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Server } from '../../src/server/server.js';
import { freePorts } from '../harness/ports.js';
import { RawClient, type Words } from '../harness/raw-client.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { describeTwin, sameDatasets, sameEffects } from '../harness/twin.js';

type Case = readonly (string | Words)[];

const five = Array.from({ length: 5 }, (_, i) => `k${i}`);

/** TARGET is host and port of the server that keys go to. */
const cases: Readonly<Record<string, Case>> = {
  'a string': ['SET k v', 'MIGRATE TARGET k 0 1000', 'EXISTS k'],
  'every type': [
    'SET s v EX 100',
    'RPUSH l a b c',
    'HSET h f 1 g 2',
    'SADD set x y',
    'ZADD z 1 a 2.5 b',
    'XADD x 1-1 f v',
    'MIGRATE TARGET "" 3 1000 KEYS s l h set z x',
    'DBSIZE',
  ],
  'a copy': ['SET k v', 'MIGRATE TARGET k 0 1000 COPY', 'MIGRATE TARGET k 0 1000 COPY', 'GET k'],
  'over what is there': ['SET k v', 'MIGRATE TARGET k 0 1000 COPY', 'SET k w', 'MIGRATE TARGET k 0 1000 REPLACE'],
  'some of them there': [
    ...five.map((key) => `SET ${key} v`),
    'MIGRATE TARGET k1 0 1000 COPY',
    `MIGRATE TARGET "" 0 1000 KEYS none ${five.join(' ')}`,
    'KEYS *',
  ],
  'nothing to move': ['MIGRATE TARGET k 0 1000', 'MIGRATE TARGET "" 0 1000 KEYS a b', 'MIGRATE TARGET "" 0 1000 KEYS'],
  'a database that is not there': ['SET k v', 'MIGRATE TARGET k 99 1000', 'MIGRATE TARGET k 0 1000'],
  'passwords nobody asked for': [
    'SET k v',
    'MIGRATE TARGET k 0 1000 AUTH secret',
    'MIGRATE TARGET k 0 1000 AUTH2 nobody secret',
    'EXISTS k',
    'MIGRATE TARGET k 0 1000',
  ],
  'mistaken words': [
    'SET k v',
    'MIGRATE TARGET k x 1000',
    'MIGRATE TARGET k 0 x',
    'MIGRATE TARGET k 0 1000 NO',
    'MIGRATE TARGET k 0 1000 AUTH',
    'MIGRATE TARGET k 0 1000 AUTH2 a',
    'MIGRATE TARGET k 0 1000 KEYS a',
    'MIGRATE TARGET k 0',
  ],
  'nobody there': ['SET k v', 'MIGRATE 127.0.0.1 NOBODY k 0 1000', 'MIGRATE 127.0.0.1 x k 0 1000', 'GET k'],
};

describeTwin('MIGRATE', {}, (twin) => {
  let nobody = 0;
  beforeAll(async () => {
    [nobody = 0] = await freePorts(1);
  });

  describe('to real Redis', () => {
    let targets: [RedisServer, RedisServer];
    beforeAll(async () => {
      targets = await Promise.all([startRedis(), startRedis()]);
    });
    afterAll(() => Promise.all(targets.map((one) => one.stop())));
    run(() => targets.map(({ port }) => port));
  });

  describe('to ours', () => {
    const targets = [new Server(), new Server()];
    const ports: number[] = [];
    beforeAll(async () => {
      for (const server of targets) ports.push((await server.listen({ port: 0 })).port!);
    });
    afterAll(() => Promise.all(targets.map((one) => one.close())));
    run(() => ports);
  });

  function run(targets: () => readonly number[]): void {
    afterEach(async () => {
      for (const port of targets()) await ask(port, ['FLUSHALL']);
    });
    it.each(Object.entries(cases))('%s', async (_, steps) => {
      await twin().reset();
      const [first, second] = targets() as [number, number];
      expect(await play(twin().port, steps, first)).toEqual(await play(twin().real.port, steps, second));
      await sameDatasets(second, first, twin());
      await sameEffects(twin());
      expect([...twin().events.ours]).toEqual([...twin().events.real]);
    });
  }

  async function play(port: number, steps: Case, target: number): Promise<string[]> {
    const client = await RawClient.connect(port);
    const replies: string[] = [];
    for (const step of steps) {
      const words = typeof step === 'string' ? step.split(' ').flatMap((word) => meant(word, target)) : step;
      replies.push(String(await client.ask(words)));
    }
    client.close();
    return replies;
  }

  function meant(word: string, target: number): string[] {
    if (word === 'TARGET') return ['127.0.0.1', String(target)];
    return [word === 'NOBODY' ? String(nobody) : word === '""' ? '' : word];
  }
});

async function ask(port: number, words: Words): Promise<void> {
  const client = await RawClient.connect(port);
  await client.ask(words);
  client.close();
}
