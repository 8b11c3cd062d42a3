import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Handover } from '../../../../src/daemon/workers/handover.js';
import { FakeWorker, settle } from './fake-worker.js';

function createHandover(...workers: FakeWorker[]): Handover {
  const handover = new Handover();
  handover.setLimits(
    new Map([
      ['a', 3],
      ['b', 100],
    ]),
  );
  for (const worker of workers) handover.join(worker);
  return handover;
}

async function give(handover: Handover, listener: string, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => new Socket());
  for (const socket of sockets) {
    handover.add(listener, socket);
    await settle();
  }
  return sockets;
}

test('each connection goes to the worker that has the fewest of its listener', async () => {
  const workers = [new FakeWorker(1), new FakeWorker(2)] as const;
  const handover = createHandover(...workers);
  const sockets = await give(handover, 'b', 5);
  expect(workers.map(({ taken }) => taken.length)).toEqual([3, 2]);
  expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
  handover.closed(workers[0], { b: 2 });
  await give(handover, 'b', 1);
  expect(workers.map(({ taken }) => taken.length)).toEqual([4, 2]);
  await give(handover, 'a', 1);
  expect(workers[0].taken.at(-1)).toMatchObject({ listener: 'a', elsewhere: 0 });
  await give(handover, 'a', 1);
  expect(workers[1].taken.at(-1)).toMatchObject({ listener: 'a', elsewhere: 1 });
});

test('one that was on its way to a worker that ends goes to another', async () => {
  const [first, second] = [new FakeWorker(1), new FakeWorker(2)];
  first.silent.add('accept');
  const handover = createHandover(first);
  const [socket] = await give(handover, 'b', 1);
  expect(socket?.destroyed).toBe(false);
  first.end('SIGKILL');
  await settle();
  expect(socket?.destroyed).toBe(false);
  handover.join(second);
  await handover.empty();
  expect(second.taken).toEqual([{ listener: 'b', elsewhere: 0, socket }]);
  expect(socket?.destroyed).toBe(true);
});

test('what a worker had does not count when it has ended', async () => {
  const workers = [new FakeWorker(1), new FakeWorker(2)] as const;
  const handover = createHandover(...workers);
  await give(handover, 'b', 4);
  handover.leave(workers[0]);
  await give(handover, 'b', 1);
  expect(workers[1].taken.at(-1)).toMatchObject({ elsewhere: 0 });
});

test('without a worker as many wait as the listener may have', async () => {
  const handover = createHandover();
  const sockets = await give(handover, 'a', 4);
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false, false, true]);
  const worker = new FakeWorker(1);
  handover.join(worker);
  await handover.empty();
  expect(worker.taken).toHaveLength(3);
  const [late] = await give(handover, 'a', 1);
  expect(late?.destroyed).toBe(true);
  expect(worker.taken).toHaveLength(4);
});

test('a listener has passed when workers have all of its connections', async () => {
  const handover = createHandover();
  const [a, b] = [new FakeWorker(1), new FakeWorker(2)];
  a.silent.add('accept');
  b.silent.add('accept');
  await give(handover, 'a', 1);
  await give(handover, 'b', 1);
  const passed: string[] = [];
  for (const ids of [['a'], ['a', 'b'], ['c']]) void handover.passed(ids).then(() => passed.push(ids.join('+')));
  handover.join(a);
  handover.join(b);
  await settle();
  expect(passed).toEqual(['c']);
  a.release();
  await settle();
  expect(passed).toEqual(['c', 'a']);
  b.release();
  await settle();
  expect(passed).toEqual(['c', 'a', 'a+b']);
});

test('connections of a listener that goes are for workers that serve it', async () => {
  const [old, replacement] = [new FakeWorker(1), new FakeWorker(2)] as const;
  const handover = createHandover(old);
  const limits = new Map([
    ['a', 3],
    ['b', 100],
  ]);
  handover.setLimits(limits, ['a']);
  handover.join(replacement);
  await give(handover, 'a', 3);
  expect([old.taken.length, replacement.taken.length]).toEqual([3, 0]);
  await give(handover, 'b', 1);
  expect(replacement.taken).toHaveLength(1);

  handover.leave(old);
  const [lost] = await give(handover, 'a', 1);
  expect(lost?.destroyed).toBe(true);
  await handover.passed(['a']);
  handover.setLimits(limits);
  await give(handover, 'a', 1);
  expect(replacement.taken.map(({ listener }) => listener)).toEqual(['b', 'a']);
});

test('a connection for which nobody is free does not hold up others', async () => {
  const [old, replacement] = [new FakeWorker(1), new FakeWorker(2)] as const;
  const handover = createHandover(old);
  old.silent.add('accept');
  const limits = new Map([
    ['a', 3],
    ['b', 100],
  ]);
  handover.setLimits(limits, ['a']);
  await give(handover, 'a', 2);
  handover.join(replacement);
  await give(handover, 'b', 2);
  expect(replacement.taken.map(({ listener }) => listener)).toEqual(['b', 'b']);
  old.release();
  await handover.empty();
  expect(old.taken.map(({ listener }) => listener)).toEqual(['a', 'a']);
});

test('nobody waits for connections of a hand-over that is closed', async () => {
  const handover = createHandover();
  const [socket] = await give(handover, 'a', 1);
  const passed = handover.passed(['a']);
  handover.close();
  await passed;
  expect(socket?.destroyed).toBe(true);
});
