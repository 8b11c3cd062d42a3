import { type Random, seededRandom } from '../../../src/core/random.js';
import { StoreError } from '../../../src/index.js';
import type { LookupStore } from '../../../src/stores/store.js';
import { LocksLedger } from './locks-ledger.js';

/** What workers do at once through one store, and what they have seen: a wrong answer is kept, a temporary failure counted. */
export class ChaosLoad {
  operations = 0;
  failed = 0;
  slowest = 0;
  found = 0;
  ratesAllowed = 0;
  readonly failures = new Map<string, number>();
  readonly counters = Array.from({ length: COUNTERS }, () => ({ acknowledged: 0, indeterminate: 0 }));
  readonly locks = new LocksLedger();
  readonly wrong: unknown[] = [];
  /** Allowed within each window, with the promotions meanwhile. */
  private readonly windows = new Map<string, { allowed: number; first: number; last: number }>();
  private running = false;
  private workers: Promise<void>[] = [];
  private sent = 0;
  private users = new Map<LookupStore, number>();

  constructor(
    private store: LookupStore,
    private readonly promotions: () => number,
    private readonly seed: number,
  ) {}

  /** What lookups will find. */
  async fill(): Promise<void> {
    await Promise.all(Array.from({ length: KEYS }, (_, i) => this.store.set(`key:${i}`, `value ${i}`)));
  }

  start(workers: number): void {
    this.running = true;
    this.workers = Array.from({ length: workers }, (_, i) => this.work(seededRandom(this.seed * 7919 + i)));
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.workers);
  }

  /** Resolves when so many more calls have ended, or nothing much does. */
  async ended(count: number): Promise<void> {
    const goal = this.operations + count;
    const end = performance.now() + PATIENCE;
    while (this.operations < goal && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** The workers go over to another store; resolves when none of them uses the old one. */
  async changeTo(store: LookupStore): Promise<void> {
    const old = this.store;
    this.store = store;
    while ((this.users.get(old) ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    this.users.delete(old);
    await old.close();
  }

  /** Keys that were written again and again. */
  get written(): string[] {
    return Array.from({ length: WRITTEN }, (_, n) => `written:${n}`);
  }

  get current(): LookupStore {
    return this.store;
  }

  /** Tokens beyond a rate's limit: while the primary stayed, and across promotions. */
  get beyondLimit(): { wrong: number; across: number } {
    const beyond = { wrong: 0, across: 0 };
    for (const { allowed, first, last } of this.windows.values()) {
      if (allowed > LIMIT) beyond[first === last ? 'wrong' : 'across'] += allowed - LIMIT;
    }
    return beyond;
  }

  private async work(random: Random): Promise<void> {
    while (this.running) {
      const { store } = this;
      this.users.set(store, (this.users.get(store) ?? 0) + 1);
      const failed = this.failed;
      await this.operation(store, random);
      this.users.set(store, this.users.get(store)! - 1);
      // As a mail server does: it does not come back at once. Of an embedded store nothing else makes a turn.
      if (this.failed > failed) await new Promise((resolve) => setTimeout(resolve, 5));
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private async operation(store: LookupStore, random: Random): Promise<void> {
    const kind = random.below(20);
    const n = random.below(KEYS);
    if (kind < 7) await this.increment(store, n % COUNTERS);
    else if (kind < 11) await this.expect(() => store.getText(`key:${n}`), `value ${n}`);
    else if (kind < 13) await this.expect(() => store.getText(`missing:${n}`), null);
    else if (kind < 15) await this.expect(async () => (await store.getMany(pair(n))).join(','), `value ${n},`);
    else if (kind < 18) await this.lock(store, n % LOCKS);
    else if (kind < 19) await this.rate(store, n % RATES);
    else await this.write(store, `written:${n % WRITTEN}`);
  }

  /** Later writes are of higher numbers: what is read is none that was not sent. */
  private async write(store: LookupStore, key: string): Promise<void> {
    await this.expect(() => store.set(key, String(++this.sent)), true);
    const { value } = await this.call(() => store.getText(key));
    if (typeof value === 'string' && Number(value) > this.sent) this.wrong.push({ key, value });
  }

  private async increment(store: LookupStore, n: number): Promise<void> {
    const counter = this.counters[n]!;
    const done = await this.call(() => store.increment(counterName(n)));
    if (done.error?.indeterminate) counter.indeterminate++;
    else if (done.error === undefined) counter.acknowledged++;
  }

  private async expect<T>(call: () => Promise<T>, expected: T): Promise<void> {
    const done = await this.call(call);
    if (done.error !== undefined) return;
    if (done.value === expected) this.found++;
    else this.wrong.push({ got: done.value, expected });
  }

  private async lock(store: LookupStore, n: number): Promise<void> {
    const name = `lock:${n}`;
    const asked = performance.now();
    const promotions = this.promotions();
    const { value: lock } = await this.call(() => store.tryLock(name, TTL));
    if (lock === undefined || lock === null) return;
    this.locks.taken(name, lock, asked, TTL, [promotions, this.promotions()]);
    await this.increment(store, n % COUNTERS);
    this.locks.left(name, lock);
    await this.call(() => lock.unlock());
  }

  private async rate(store: LookupStore, n: number): Promise<void> {
    const window = windowNow();
    const first = this.promotions();
    const { value } = await this.call(() => store.rateLimit(`rate:${n}`, `${LIMIT}/1s`));
    if (!value?.allowed) return;
    this.ratesAllowed++;
    // Which window it was is known only when it did not change meanwhile.
    if (window !== windowNow()) return;
    const seen = this.windows.get(`${n}:${window}`) ?? { allowed: 0, first, last: first };
    this.windows.set(`${n}:${window}`, { ...seen, allowed: seen.allowed + 1, last: this.promotions() });
  }

  private async call<T>(act: () => Promise<T>): Promise<{ value?: T; error?: StoreError }> {
    const began = performance.now();
    try {
      return { value: await act() };
    } catch (error) {
      this.failed++;
      if (!(error instanceof StoreError && error.temporary)) {
        this.wrong.push(error);
        return {};
      }
      this.failures.set(error.code, (this.failures.get(error.code) ?? 0) + 1);
      return { error };
    } finally {
      this.operations++;
      this.slowest = Math.max(this.slowest, performance.now() - began);
    }
  }
}

export function counterName(n: number): string {
  return `counter:${n}`;
}

const pair = (n: number) => [`key:${n}`, `missing:${n}`];
const windowNow = () => Math.floor(Date.now() / 1000);

export const COUNTERS = 30;
const KEYS = 300;
const LOCKS = 12;
const RATES = 3;
const WRITTEN = 20;
const LIMIT = 40;
/** Of a lock, in milliseconds: longer than a primary takes to be replaced. */
const TTL = 4_000;
/** Milliseconds. */
const PATIENCE = 3_000;
