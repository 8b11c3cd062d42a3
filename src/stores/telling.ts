import type { Bytes } from '../core/bytes.js';
import type { StoreError } from '../core/errors.js';
import type { LookupStore } from './store.js';

/**
 * What a store may offer beside: a get that tells its end instead of promising it, which is what lookups under load are
 * made of. Exactly one of `answered` and `failed` is called, once, now or later; neither may throw.
 */
export interface TellingStore extends LookupStore {
  tell(key: Bytes, answered: (value: Buffer | null) => void, failed: (error: StoreError) => void): void;
}

export function isTelling(store: LookupStore): store is TellingStore {
  return 'tell' in store;
}
