import { StoreError } from '../../src/core/errors.js';
import type { LookupStore } from '../../src/stores/store.js';

const KNOWN = 50;
const WORKERS = 4;
/** After a failure. */
const PAUSE_MS = 10;

/**
 * Lookups, counters and locks on a store without a pause, while its servers fail, and what must hold all the time:
 * what is there is never "not found", errors are temporary, nothing is counted twice. Each counter is counted up
 * once, so that a value above 1 is an increment that ran twice.
 */
export class StoreLoad {
  /** Answers that must not be. */
  readonly wrong: string[] = [];
  found = 0;
  /** Calls that ended with a temporary error. */
  failed = 0;
  locks = 0;
  readonly #counted = new Map<string, 'acknowledged' | 'unknown'>();
  #running = true;
  #workers: Promise<unknown> | undefined;

  constructor(private readonly store: LookupStore) {}

  async prepare(): Promise<void> {
    for (let i = 0; i < KNOWN; i++) await this.store.set(`known:${i}`, `value ${i}`);
  }

  start(): void {
    const all = Array.from({ length: WORKERS }, (_, i) => [this.#look(i), this.#count(i), this.#lock(i)]);
    this.#workers = Promise.all(all.flat());
  }

  /** Waits until lookups are answered and counters and locks are taken again. */
  async goesOn(until: (condition: () => boolean, what: string) => Promise<void>): Promise<void> {
    const { found, locks } = this;
    const acknowledged = this.#acknowledged;
    const isCounted = () => this.#acknowledged > acknowledged + 10;
    await until(() => this.found > found + 100 && this.locks > locks + 5 && isCounted(), 'the load goes on');
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#workers;
  }

  /** Compares every counter with what was answered. Lost is what was acknowledged and not copied in time. */
  async settle(): Promise<{ doubled: string[]; lost: number; counters: number }> {
    const names = [...this.#counted.keys()];
    const values = await Promise.all(names.map((name) => this.store.counter(name)));
    const doubled = names.filter((_, i) => values[i]! > 1n);
    const lost = names.filter((name, i) => this.#counted.get(name) === 'acknowledged' && values[i] === 0n).length;
    return { doubled, lost, counters: names.length };
  }

  get #acknowledged(): number {
    return [...this.#counted.values()].filter((end) => end === 'acknowledged').length;
  }

  async #look(worker: number): Promise<void> {
    for (let i = worker; this.#running; i++) {
      const key = i % KNOWN;
      const value = await this.#told(() => this.store.getText(`known:${key}`));
      if (value === FAILED) continue;
      if (value === `value ${key}`) this.found++;
      else this.wrong.push(`known:${key} is ${value}`);
    }
  }

  async #count(worker: number): Promise<void> {
    for (let i = 0; this.#running; i++) {
      const name = `count:${worker}:${i}`;
      const value = await this.#told(() => this.store.increment(name));
      this.#counted.set(name, value === FAILED ? 'unknown' : 'acknowledged');
      if (value !== FAILED && value !== 1n) this.wrong.push(`${name} was counted to ${value}`);
    }
  }

  async #lock(worker: number): Promise<void> {
    while (this.#running) {
      const lock = await this.#told(() => this.store.tryLock(`lock:${worker}`, '1s'));
      // One of whose end nothing is known is held until it expires.
      if (lock === FAILED || lock === null) continue;
      this.locks++;
      await this.#told(() => lock.unlock());
    }
  }

  /** The answer, or FAILED after a temporary error. */
  async #told<T>(ask: () => Promise<T>): Promise<T | typeof FAILED> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreError && error.temporary)) this.wrong.push(String(error));
      this.failed++;
      // A breaker answers at once, and nobody asks as fast as that.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      return FAILED;
    }
  }
}

const FAILED = Symbol('a temporary failure');
