import { expect, test } from 'vitest';
import { Pool, WorkersRefused } from '../../../../src/daemon/workers/pool.js';
import { ManualClock } from '../../../../src/testing/clock.js';
import { recordingLog } from '../../../harness/daemon.js';
import { FakeWorker, settle } from './fake-worker.js';

const CONFIG = { config: 'first', embedded: {}, lists: {} };
const OTHER = { config: 'second', embedded: {}, lists: {} };
const AT_ONCE = () => Promise.resolve();
const REFUSAL = { message: 'no', problems: [] };

function createPool(count = 2, prepare: (worker: FakeWorker, born: number) => void = () => {}) {
  const clock = new ManualClock();
  const born: FakeWorker[] = [];
  const { log, logged } = recordingLog();
  const spawn = (id: number) => {
    const worker = new FakeWorker(id);
    prepare(worker, born.push(worker));
    return worker;
  };
  const exits: string[] = [];
  let ready = 0;
  const pool = new Pool({
    count,
    clock,
    log,
    spawn,
    onChange: (now) => {
      ready = now;
    },
    onExit: (_, reason) => void exits.push(reason),
  });
  return { pool, clock, born, logged, exits, ready: () => ready };
}

test('all start, and serve one configuration', async () => {
  const { pool, born, ready } = createPool(3);
  await pool.start(CONFIG);
  expect(pool.ready.map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(born.map(({ asked }) => asked)).toEqual(Array(3).fill(['prepare', 'commit']));
  expect(ready()).toBe(3);
});

test('one that refuses at the start ends all', async () => {
  const { pool, born } = createPool(2, (worker, nth) => {
    if (nth === 2) worker.refusal = REFUSAL;
  });
  await expect(pool.start(CONFIG)).rejects.toThrow(WorkersRefused);
  expect(born.map(({ killed }) => killed)).toEqual([true, true]);
});

test('a configuration goes to all of them, or to none', async () => {
  const { pool, born } = createPool();
  await pool.start(CONFIG);
  born[1]!.refusal = REFUSAL;
  await expect(pool.prepare(OTHER)).rejects.toThrow(WorkersRefused);
  expect(born.map(({ asked }) => asked.slice(2))).toEqual(Array(2).fill(['prepare', 'abandon']));
  born[1]!.refusal = null;
  const change = await pool.prepare(OTHER);
  let depart = () => {};
  const committed = change.commit(() => new Promise((resolve) => (depart = resolve)));
  await settle();
  expect(born.map(({ asked }) => asked.at(-1))).toEqual(['commit', 'commit']);
  depart();
  await committed;
  expect(born.map(({ asked }) => asked.slice(-2))).toEqual(Array(2).fill(['commit', 'departed']));
});

test('a worker that was well is replaced at once, by one with the configuration that holds now', async () => {
  const { pool, clock, born, exits } = createPool();
  await pool.start(CONFIG);
  await (await pool.prepare(OTHER)).commit(AT_ONCE);
  clock.advance(1_000);
  born[0]!.end('SIGSEGV');
  await settle();
  expect(exits).toEqual(['SIGSEGV']);
  expect(born[2]).toMatchObject({ id: 1, configs: ['second'] });
  expect(pool.ready.map(({ id }) => id)).toEqual([1, 2]);
});

test('workers that end at once wait longer and longer', async () => {
  const { pool, clock, born } = createPool(1);
  await pool.start(CONFIG);
  for (const wait of [100, 100]) {
    const before = born.length;
    born.at(-1)!.end('exit status 1');
    await settle();
    clock.advance(wait - 1);
    await settle();
    expect(born).toHaveLength(before);
    clock.advance(1);
    await settle();
    expect(born).toHaveLength(before + 1);
  }
});

test('it is given up when none can be started', async () => {
  const { pool, clock, born } = createPool(1, (worker, nth) => {
    if (nth > 1) worker.refusal = REFUSAL;
  });
  await pool.start(CONFIG);
  let failure: unknown;
  pool.hopeless.catch((error: unknown) => {
    failure = error;
  });
  born[0]!.end('exit status 1');
  for (const wait of [100, 200, 400, 800, 1_600]) {
    await settle();
    clock.advance(wait);
  }
  await settle();
  expect(failure).toBeUndefined();
  clock.advance(3_200);
  await settle();
  expect(failure).toMatchObject({ message: 'no worker can be started' });
});

test('a worker that dies while a configuration is prepared holds nobody up', async () => {
  const { pool, born } = createPool();
  await pool.start(CONFIG);
  born[0]!.silent.add('prepare');
  const preparing = pool.prepare(OTHER);
  born[0]!.end('SIGKILL');
  await (await preparing).commit(AT_ONCE);
  expect(born[1]!.asked.slice(-2)).toEqual(['commit', 'departed']);
});

test('one that starts while the configuration changes gets the new one too', async () => {
  const { pool, clock, born } = createPool(2, (worker, nth) => {
    if (nth === 3) worker.silent.add('commit');
  });
  await pool.start(CONFIG);
  clock.advance(1_000);
  born[0]!.end('SIGKILL');
  await settle();
  const late = born[2]!;
  expect(late.configs).toEqual(['first']);
  await (await pool.prepare(OTHER)).commit(AT_ONCE);
  late.silent.clear();
  late.end('SIGKILL');
  await settle();
  clock.advance(100);
  await settle();
  expect(born[3]?.configs).toEqual(['second']);
});

test.each([
  ['holds', ['first', 'second'], 'commit'],
  ['is given up', ['first'], 'abandon'],
] as const)('one that starts while a configuration is prepared serves when that %s', async (_, configs, end) => {
  const { pool, clock, born } = createPool();
  await pool.start(CONFIG);
  clock.advance(1_000);
  born[1]!.silent.add('prepare');
  const preparing = pool.prepare(OTHER);
  born[0]!.end('SIGKILL');
  await settle();
  expect(pool.ready.map(({ id }) => id)).toEqual([2]);
  born[1]!.release();
  const change = await preparing;
  await change[end](AT_ONCE);
  await settle();
  expect(born[2]).toMatchObject({ id: 1, configs });
  expect(born[2]!.asked.at(-1)).toBe('commit');
  expect(pool.ready.map(({ id }) => id)).toEqual([1, 2]);
});

test('who does not stop is ended', async () => {
  const { pool, clock, born } = createPool();
  await pool.start(CONFIG);
  born[0]!.silent.add('stop');
  const stopping = pool.stop(5_000);
  await settle();
  expect(born.map(({ killed }) => killed)).toEqual([false, false]);
  clock.advance(5_000);
  await stopping;
  expect(born[0]!.killed).toBe(true);
  await settle();
  expect(born).toHaveLength(2);
});
