import type { StoreError } from '../core/errors.js';
import type { FailureLog } from '../observe/failure-log.js';
import type { StoreRequestMeter } from '../observe/store-requests.js';
import type { LookupStore } from '../stores/store.js';
import { observedCall } from './observed-call.js';
import { UnderWay } from './under-way.js';

/** A store with the counter of what is done with it. */
export interface MeteredStore {
  readonly store: LookupStore;
  readonly meter: StoreRequestMeter;
}

/** The stores that clients of one listener may change. */
export class ServedStores {
  readonly #stores: ReadonlyMap<string, MeteredStore>;
  readonly #listener: string;
  readonly #failures: FailureLog;
  readonly #underWay = new UnderWay();

  constructor(stores: ReadonlyMap<string, MeteredStore>, listener: string, failures: FailureLog) {
    this.#stores = stores;
    this.#listener = listener;
    this.#failures = failures;
  }

  get(id: string): MeteredStore | undefined {
    return this.#stores.get(id);
  }

  run<T>({ store, meter }: MeteredStore, call: () => Promise<T>): Promise<T> {
    const subject = { listener: this.#listener, store: store.name };
    return this.#underWay.run(() => observedCall(subject, meter, this.#failures, call));
  }

  failed(store: string, error: StoreError): void {
    this.#failures.failed({ listener: this.#listener, store }, `call failed: ${error.code}`, error.message);
  }

  /** Resolves at a moment when no call is under way. */
  settled(): Promise<void> {
    return this.#underWay.settled();
  }
}
