import { dictKeys } from '../declarations/dict.js';
import type { Table } from '../document.js';
import type { DictConfig } from '../model.js';
import { didYouMean } from '../suggestion.js';
import { listOf, type SourceIds } from './maps.js';
import { asWritten, type Reading, readSection } from './section.js';

/** Reads `[dict.<id>]`; undefined without a store. */
export function readDict(reading: Reading, id: string, table: Table, ids: SourceIds): DictConfig | undefined {
  const section = readSection(reading, table, dictKeys);
  const { store, prefix, shared, write, expire } = section.values;
  if (write && section.fine('prefix', 'write') && prefix === '') {
    section.warning('write', 'without "prefix" every key of the store can be changed', 'as in prefix = "quota/"');
  }
  if (store === undefined) return undefined;
  if (!ids.stores.has(store) && reading.complete) {
    const hint = ids.lookups.has(store) ? 'a static list is no dictionary' : didYouMean(store, ids.stores);
    section.error('store', `there is no store ${asWritten(section.node('store'))}`, hint ?? listOf(ids.stores));
  }
  return { id, store, prefix, shared, write, expire };
}
