import { expect, test } from 'vitest';
import { MailDecisions, SharedMailMemory } from '../../../../src/daemon/workers/mail-decisions.js';
import type { RateDecision } from '../../../../src/stores/store.js';
import { FakeWorker } from './fake-worker.js';

/** What two workers remember together; each calls the main process as over a channel. */
function shared() {
  const decisions = new MailDecisions();
  const memoryOf = (worker: FakeWorker) =>
    new SharedMailMemory(
      {
        call: (_name: string, asked: unknown) =>
          Promise.resolve(decisions.recall(asked as string, worker)) as Promise<never>,
        tell: (_name: string, asked: unknown) => {
          const { mail, decision } = asked as { mail: string; decision: RateDecision | null };
          decisions.decided(mail, decision);
        },
      },
      'outbound',
    );
  const workers = [new FakeWorker(1), new FakeWorker(2)] as const;
  return { decisions, workers, memories: [memoryOf(workers[0]), memoryOf(workers[1])] as const };
}

function left(remaining: number): RateDecision {
  return { allowed: true, remaining, retryAfter: 0 };
}

test('a mail is decided about once, whoever is asked', async () => {
  const { memories } = shared();
  let decided = 0;
  const decide = () => Promise.resolve(left(++decided));
  expect(await memories[0].once('m', decide)).toEqual(left(1));
  expect(await memories[1].once('m', decide)).toEqual(left(1));
  expect(await memories[1].once('n', decide)).toEqual(left(2));
});

test('who asks meanwhile waits', async () => {
  const { memories } = shared();
  let tell: (decision: RateDecision) => void = () => {};
  const first = memories[0].once('m', () => new Promise((resolve) => (tell = resolve)));
  const second = memories[1].once('m', () => Promise.reject(new Error('asked twice')));
  await Promise.resolve();
  await Promise.resolve();
  tell(left(1));
  expect(await Promise.all([first, second])).toEqual([left(1), left(1)]);
});

test('what could not be decided is for the next who asks', async () => {
  const { memories } = shared();
  const failing = memories[0].once('m', () => Promise.reject(new Error('no store')));
  const waiting = memories[1].once('m', () => Promise.resolve(left(2)));
  await expect(failing).rejects.toThrow('no store');
  expect(await waiting).toEqual(left(2));
});

test('a worker that ends leaves it to another', async () => {
  const { decisions, workers, memories } = shared();
  void memories[0].once('m', () => new Promise(() => {}));
  const waiting = memories[1].once('m', () => Promise.resolve(left(2)));
  await Promise.resolve();
  decisions.leave(workers[0]);
  expect(await waiting).toEqual(left(2));
  expect(await memories[1].once('m', () => Promise.reject(new Error('asked twice')))).toEqual(left(2));
});

test('a worker that ended while it waited is not the next to decide', async () => {
  const { decisions, workers, memories } = shared();
  let fail: (error: Error) => void = () => {};
  const failing = memories[0].once('m', () => new Promise((_, reject) => (fail = reject)));
  void memories[1].once('m', () => new Promise(() => {}));
  await Promise.resolve();
  decisions.leave(workers[1]);
  fail(new Error('no store'));
  await expect(failing).rejects.toThrow('no store');
  const asked = decisions.recall('outbound m', workers[0]);
  expect(asked).toBeNull();
});
