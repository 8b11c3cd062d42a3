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
    const outcome = await this.#map.lookup(key);
    this.#meter.answered(outcome.kind, performance.now() - began);
    if (outcome.kind === 'temporary' || outcome.kind === 'permanent') {
      this.#failures.failed({ listener: this.#listener, map: this.name }, outcome.kind, outcome.reason);
    }
    return outcome;
  }
}
