import type { LookupStore } from './store.js';

/** Writes sent together; a store accepts only so many at a time. */
const BATCH = 1_000;

/** Writes all entries, a bounded number at a time. */
export async function fill(
  store: LookupStore,
  entries: Iterable<readonly [string, string]>,
  options: { readonly ifAbsent?: boolean } = {},
): Promise<void> {
  const all = [...entries];
  for (let at = 0; at < all.length; at += BATCH) {
    await Promise.all(all.slice(at, at + BATCH).map(([key, value]) => store.set(key, value, options)));
  }
}
