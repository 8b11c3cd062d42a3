import type { MapConfig } from '../config/model.js';
import { StoreError } from '../core/errors.js';
import { found, notFound, type Outcome, permanent, temporary } from '../core/outcome.js';
import type { LookupStore } from '../stores/store.js';
import { isTelling, type TellingStore } from '../stores/telling.js';
import type { LookupOptions, Query, Source } from './lookup.js';

/** What `exists` and `member` answer when it is so: they have no value of their own. */
const YES = found(Buffer.from('1'));

/** A store asked with a map's operation. Several keys are one round trip. */
export class StoreSource implements Source {
  readonly name: string;
  readonly #store: LookupStore;
  readonly #operation: MapConfig['operation'];
  /** Where gets are asked for and can be told. */
  readonly #telling: TellingStore | undefined;

  constructor(store: LookupStore, operation: MapConfig['operation']) {
    this.name = store.name;
    this.#store = store;
    this.#operation = operation;
    this.#telling = operation === 'get' && isTelling(store) ? store : undefined;
  }

  lookup(queries: readonly Query[], options: LookupOptions = {}): Promise<readonly Outcome[]> {
    return this.#operation === 'get' && queries.length > 1
      ? this.#getMany(queries, options)
      : this.#each(queries, options);
  }

  ask(query: Query, answered: (outcome: Outcome) => void): void {
    const fail = (error: unknown) => answered(failed(error));
    if (this.#telling === undefined) this.#ask(query, {}).then(answered, fail);
    else this.#telling.tell(query.key, (value) => answered(outcomeOf(value)), fail);
  }

  async #getMany(queries: readonly Query[], options: LookupOptions): Promise<readonly Outcome[]> {
    try {
      const values = await this.#store.getMany(
        queries.map((query) => query.key),
        options,
      );
      return values.map(outcomeOf);
    } catch (error) {
      // One key of a wrong type fails the call as a whole: the others still have their answers.
      if (error instanceof StoreError && error.code === 'WRONG_TYPE') return this.#each(queries, options);
      return queries.map(() => failed(error));
    }
  }

  /** Calls begun in the same turn are sent without waiting for each other. */
  #each(queries: readonly Query[], options: LookupOptions): Promise<Outcome[]> {
    return Promise.all(queries.map((query) => this.#ask(query, options).catch(failed)));
  }

  async #ask({ key, field = key }: Query, options: LookupOptions): Promise<Outcome> {
    switch (this.#operation) {
      case 'get':
        return outcomeOf(await this.#store.get(key, options));
      case 'exists':
        return (await this.#store.exists(key, options)) ? YES : notFound;
      case 'hget':
        return outcomeOf(await this.#store.hashGet(key, field, options));
      case 'member':
        return (await this.#store.setHas(key, field, options)) ? YES : notFound;
    }
  }
}

function outcomeOf(value: Buffer | null): Outcome {
  return value === null ? notFound : found(value);
}

/** An error that is not the store's own is a fault of ours: temporary, since the answer is not known. */
function failed(error: unknown): Outcome {
  if (error instanceof StoreError) return error.temporary ? temporary(error.message) : permanent(error.message);
  return temporary(`internal error (${error instanceof Error ? error.name : typeof error})`);
}
