import type { StoreError } from '../core/errors.js';
import type { FailureLog } from '../observe/failure-log.js';
import type { LookupStore } from '../stores/store.js';
import { UnderWay } from './under-way.js';

/** The stores that clients of one listener may change. */
export class ServedStores {
  readonly #stores: ReadonlyMap<string, LookupStore>;
  readonly #listener: string;
  readonly #failures: FailureLog;
  readonly #underWay = new UnderWay();

  constructor(stores: ReadonlyMap<string, LookupStore>, listener: string, failures: FailureLog) {
    this.#stores = stores;
    this.#listener = listener;
    this.#failures = failures;
  }

  get(id: string): LookupStore | undefined {
    return this.#stores.get(id);
  }

  run<T>(call: () => Promise<T>): Promise<T> {
    return this.#underWay.run(call);
  }

  failed(store: string, error: StoreError): void {
    this.#failures.failed({ listener: this.#listener, store }, `call failed: ${error.code}`, error.message);
  }

  /** Resolves at a moment when no call is under way. */
  settled(): Promise<void> {
    return this.#underWay.settled();
  }
}
