import type { Outcome } from '../core/outcome.js';
import type { Committed, DictChange, Dictionary, Iteration, Listed } from '../lookups/dict/dictionary.js';
import type { DictMeter, DictOperation, DictResult } from '../observe/dicts.js';
import type { FailureLog, Subject } from '../observe/failure-log.js';
import { UnderWay } from './under-way.js';

/** A dictionary as one listener serves it: what is done is counted and timed, and failures are logged. */
export class ServedDict {
  readonly #dict: Dictionary;
  readonly #subject: Subject;
  readonly #writable: boolean;
  readonly #meter: DictMeter;
  readonly #failures: FailureLog;
  readonly #underWay = new UnderWay();

  constructor(dict: Dictionary, listener: string, writable: boolean, meter: DictMeter, failures: FailureLog) {
    this.#dict = dict;
    this.#subject = { listener, dict: dict.name };
    this.#writable = writable && dict.writable;
    this.#meter = meter;
    this.#failures = failures;
  }

  get name(): string {
    return this.#dict.name;
  }

  /** Never rejects. */
  lookup(path: string, user: string): Promise<Outcome> {
    return this.#observed('lookup', this.#dict.lookup(path, user));
  }

  /** Never rejects. */
  iterate(iteration: Iteration): Promise<Listed> {
    return this.#observed('iterate', this.#dict.iterate(iteration));
  }

  /** Never rejects. */
  commit(user: string, changes: readonly DictChange[], expire: number): Promise<Committed> {
    const readOnly = changes.length > 0 && !this.#writable;
    return this.#observed('commit', readOnly ? Promise.resolve(READ_ONLY) : this.#dict.commit(user, changes, expire));
  }

  settled(): Promise<void> {
    return this.#underWay.settled();
  }

  async #observed<T extends Ended>(operation: DictOperation, ending: Promise<T>): Promise<T> {
    const began = performance.now();
    this.#underWay.enter();
    const ended = await ending;
    this.#underWay.leave();
    const ms = performance.now() - began;
    this.#meter.ended(operation, RESULTS[ended.kind], ms);
    this.#failures.took(this.#subject, operation, ms);
    if ('reason' in ended) this.#failures.failed(this.#subject, `${operation} failed: ${ended.kind}`, ended.reason);
    return ended;
  }
}

type Ended = Outcome | Listed | Committed;

const READ_ONLY: Committed = { kind: 'failed', reason: 'changes are not allowed: the dictionary needs write = true' };

const RESULTS: Readonly<Record<Ended['kind'], DictResult>> = {
  found: 'ok',
  rows: 'ok',
  ok: 'ok',
  notFound: 'not-found',
  temporary: 'failed',
  permanent: 'failed',
  failed: 'failed',
  uncertain: 'uncertain',
};
