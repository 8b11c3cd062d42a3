import { expect, test } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { type LookupStore, openStore, StoreError } from '../../src/index.js';
import {
  type Fault,
  type FaultProxy,
  type InjectedFault,
  startFaultProxy,
  startServer,
} from '../../src/testing/index.js';
import { record } from './results.js';

/**
 * A store through a proxy that breaks connections, holds replies back and answers errors at random: every call
 * ends by its deadline, an answer is right or an error, and no increment is lost or doubled without a word.
 */
const OPERATIONS = 120_000;
const WORKERS = 60;
const COUNTERS = 20;
const KEYS = 500;
const DEADLINE = 1_500;
/** What a busy machine may add to a deadline. */
const SLACK = 500;

test('a store under random faults', async () => {
  const began = performance.now();
  await using server = await startServer();
  await using proxy = await startFaultProxy({ target: { port: server.port } });
  await using store = await openStore({
    type: 'redis',
    url: `redis://127.0.0.1:${proxy.port}`,
    timeout: '300ms',
    connectTimeout: '300ms',
    deadline: `${DEADLINE}ms`,
    retry: { total: 5, minWait: '5ms', maxWait: '50ms' },
    breaker: { failures: 20, openFor: '50ms' },
  });
  for (let i = 0; i < KEYS; i++) server.session.run('SET', `key:${i}`, `value ${i}`);
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  const faults = injectFaults(proxy);
  const chaos = new Chaos(store);

  await Promise.all(Array.from({ length: WORKERS }, (_, seed) => chaos.work(seed + 1, OPERATIONS / WORKERS)));
  clearInterval(faults.timer);
  proxy.heal();
  process.off('warning', warn);

  expect(warnings).toEqual([]);
  expect(chaos.wrong).toEqual([]);
  expect(chaos.slowest).toBeLessThan(DEADLINE + SLACK);
  for (const [i, { acknowledged, indeterminate }] of chaos.counters.entries()) {
    const value = Number(server.session.run('GET', `counter:${i}`));
    expect(value).toBeGreaterThanOrEqual(acknowledged);
    expect(value).toBeLessThanOrEqual(acknowledged + indeterminate);
  }
  // It works again without a new store.
  expect(await untilAnswered(() => store.getText('key:1'))).toBe('value 1');
  const acknowledged = chaos.counters.reduce((sum, counter) => sum + counter.acknowledged, 0);
  const indeterminate = chaos.counters.reduce((sum, counter) => sum + counter.indeterminate, 0);
  expect(acknowledged).toBeGreaterThan(OPERATIONS / 10);
  expect(chaos.failed).toBeGreaterThan(0);
  record({
    test: 'guard under faults',
    did: `${WORKERS} workers on one store through a proxy with random faults: delays, lost commands and replies, cut replies, silence, error replies, refused and reset connections`,
    counts: {
      operations: OPERATIONS,
      'faults on commands': faults.count(),
      'connections reset': faults.resets(),
      'failed calls': chaos.failed,
      'increments acknowledged': acknowledged,
      'increments indeterminate': indeterminate,
      'lost or doubled': 0,
      'wrong answers': 0,
      'longest call (ms)': Math.round(chaos.slowest),
    },
    began,
  });
});

/** Faults of all kinds, each on its share of the commands, and of whole connections every now and then. */
function injectFaults(proxy: FaultProxy) {
  const random = seededRandom(4711);
  let resets = 0;
  const shares: readonly (readonly [number, Fault])[] = [
    [0.02, { kind: 'delay', ms: 20 }],
    [0.001, { kind: 'delay', ms: 400 }],
    [0.002, { kind: 'drop-before' }],
    [0.002, { kind: 'drop-after' }],
    [0.001, { kind: 'cut', bytes: 1 }],
    [0.0005, { kind: 'silence' }],
    [0.005, { kind: 'error', message: 'LOADING' }],
    [0.002, { kind: 'error', message: 'TRYAGAIN' }],
  ];
  const injected = shares.map(([probability, fault]) => proxy.inject({ probability, fault }));
  let refusal: InjectedFault | undefined;
  const timer = setInterval(() => {
    refusal?.remove();
    refusal = random.float() < 0.2 ? proxy.inject({ fault: { kind: 'refuse' }, times: 'always' }) : undefined;
    if (random.float() < 0.1) {
      proxy.disconnect();
      resets++;
    }
  }, 50);
  return { timer, count: () => injected.reduce((sum, { struck }) => sum + struck, 0), resets: () => resets };
}

/** What the callers see. */
class Chaos {
  readonly counters = Array.from({ length: COUNTERS }, () => ({ acknowledged: 0, indeterminate: 0 }));
  readonly wrong: unknown[] = [];
  slowest = 0;
  failed = 0;
  private failedNow = false;

  constructor(private readonly store: LookupStore) {}

  async work(seed: number, operations: number): Promise<void> {
    const random = seededRandom(seed * 7919);
    for (let i = 0; i < operations; i++) {
      const started = performance.now();
      this.failedNow = false;
      await this.operation(random.below(10), random.below(KEYS));
      this.slowest = Math.max(this.slowest, performance.now() - started);
      // As a mail server does: it does not come back at once.
      if (this.failedNow) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private async operation(kind: number, n: number): Promise<void> {
    if (kind < 3) await this.increment(n % COUNTERS);
    else if (kind < 6) await this.expectOrFail(() => this.store.getText(`key:${n}`), `value ${n}`);
    else if (kind < 7) await this.expectOrFail(() => this.store.getText(`missing:${n}`), null);
    else if (kind < 8) await this.expectOrFail(() => this.store.set(`written:${n}`, `value ${n}`), true);
    else if (kind < 9) await this.expectOrFail(() => this.getTwo(n), `value ${n},`);
    else await this.lock(n);
  }

  private async increment(n: number): Promise<void> {
    const counter = this.counters[n]!;
    try {
      await this.store.increment(`counter:${n}`);
      counter.acknowledged++;
    } catch (error) {
      if (this.isFailure(error) && error.indeterminate) counter.indeterminate++;
    }
  }

  private async getTwo(n: number): Promise<string> {
    return (await this.store.getMany([`key:${n}`, `missing:${n}`])).join(',');
  }

  /** Nobody else takes this name: it is ours, held by a lock whose answer was lost, or not known. */
  private async lock(n: number): Promise<void> {
    try {
      const lock = await this.store.tryLock(`lock:${n}`, '50ms');
      await lock?.unlock();
    } catch (error) {
      this.isFailure(error);
    }
  }

  private async expectOrFail<T>(call: () => Promise<T>, expected: T): Promise<void> {
    try {
      const got = await call();
      if (got !== expected) this.wrong.push({ got, expected });
    } catch (error) {
      this.isFailure(error);
    }
  }

  private isFailure(error: unknown): error is StoreError {
    this.failed++;
    this.failedNow = true;
    if (error instanceof StoreError && error.temporary) return true;
    this.wrong.push(error);
    return false;
  }
}

async function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
  for (let left = 20; ; left--) {
    try {
      return await call();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
