import type { Outcome } from '../core/outcome.js';
import type { LookupMap } from '../lookups/lookup.js';
import type { FailureLog } from '../observe/failure-log.js';
import type { LookupMeter } from '../observe/lookups.js';

/** A map as one listener serves it: each lookup is counted and timed, and failures are logged. */
export class ServedMap {
  readonly #map: LookupMap;
  readonly #listener: string;
  readonly #meter: LookupMeter;
  readonly #failures: FailureLog;
  #underWay = 0;
  #whenSettled: (() => void)[] = [];

  constructor(map: LookupMap, listener: string, meter: LookupMeter, failures: FailureLog) {
    this.#map = map;
    this.#listener = listener;
    this.#meter = meter;
    this.#failures = failures;
  }

  get name(): string {
    return this.#map.name;
  }

  /** Never rejects. */
  async lookup(key: Buffer): Promise<Outcome> {
    const began = performance.now();
    this.#underWay++;
    const outcome = await this.#map.lookup(key);
    this.#meter.answered(outcome.kind, performance.now() - began);
    if (--this.#underWay === 0 && this.#whenSettled.length > 0) this.#settle();
    if (outcome.kind === 'temporary' || outcome.kind === 'permanent') {
      this.#failures.failed({ listener: this.#listener, map: this.name }, outcome.kind, outcome.reason);
    }
    return outcome;
  }

  /** Resolves at a moment when no lookup is under way: what it asks may be closed then, once nobody new asks. */
  settled(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }

  #settle(): void {
    for (const wake of this.#whenSettled.splice(0)) wake();
  }
}
