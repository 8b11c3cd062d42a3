import type { Outcome } from '../core/outcome.js';
import type { AskedMap } from '../lookups/lookup.js';
import type { FailureLog, Subject } from '../observe/failure-log.js';
import type { LookupMeter } from '../observe/lookups.js';
import { UnderWay } from './under-way.js';

/** A map as one listener serves it: each lookup is counted and timed, and failures are logged. */
export class ServedMap {
  readonly #map: AskedMap;
  readonly #subject: Subject;
  readonly #meter: LookupMeter;
  readonly #failures: FailureLog;
  readonly #underWay = new UnderWay();

  constructor(map: AskedMap, listener: string, meter: LookupMeter, failures: FailureLog) {
    this.#map = map;
    this.#subject = { listener, map: map.name };
    this.#meter = meter;
    this.#failures = failures;
  }

  get name(): string {
    return this.#map.name;
  }

  /** Never rejects. */
  lookup(key: Buffer): Promise<Outcome> {
    return new Promise((resolve) => this.ask(key, resolve));
  }

  /** The same without a promise: calls `answered` exactly once, now or later, which must not throw. */
  ask(key: Buffer, answered: (outcome: Outcome) => void): void {
    const began = performance.now();
    this.#underWay.enter();
    this.#map.ask(key, (outcome) => {
      this.#ended(outcome, performance.now() - began);
      answered(outcome);
    });
  }

  #ended(outcome: Outcome, ms: number): void {
    this.#meter.answered(outcome.kind, ms);
    this.#underWay.leave();
    this.#failures.took(this.#subject, 'lookup', ms);
    if (outcome.kind === 'temporary' || outcome.kind === 'permanent') {
      this.#failures.failed(this.#subject, `lookup failed: ${outcome.kind}`, outcome.reason);
    }
  }

  /** Resolves at a moment when no lookup is under way. */
  settled(): Promise<void> {
    return this.#underWay.settled();
  }
}
