import type { StoreConfig } from '../config/model.js';
import { fill } from '../stores/fill.js';
import type { LookupStore } from '../stores/store.js';

/**
 * Writes what `[store.<id>.data]` says into an embedded store. After a reload only what changed in the file
 * is written, and what was taken out of it is deleted: other changes to the store stay.
 */
export async function seed(store: LookupStore, config: StoreConfig, before?: StoreConfig): Promise<void> {
  const data = dataOf(config);
  const written = dataOf(before);
  const removed = [...written.keys()].filter((key) => !data.has(key));
  if (removed.length > 0) await store.delete(...removed);
  const changed = [...data].filter(([key, value]) => written.get(key) !== value);
  // What files have kept is not taken back by a start.
  const ifAbsent = before === undefined && config.type === 'embedded' && config.files !== undefined;
  await fill(store, changed, { ifAbsent });
}

function dataOf(config: StoreConfig | undefined): ReadonlyMap<string, string> {
  return config?.type === 'embedded' ? config.data : new Map();
}
