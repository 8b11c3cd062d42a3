import type { LookupStore } from '../../stores/store.js';

/** What is measured: one operation as a program would call it. */
export interface BenchTest {
  readonly name: string;
  readonly does: string;
  readonly run: (store: LookupStore, key: string, value: Buffer) => Promise<unknown>;
}

/** How long what is written may stay should nobody clean up, in milliseconds. */
export const LIFETIME = 600_000;

/** In the order they are run: what is looked up has been set before. */
export const benchTests: readonly BenchTest[] = [
  { name: 'set', does: 'sets a value', run: (store, key, value) => store.set(key, value, { ttl: LIFETIME }) },
  { name: 'get', does: 'looks a value up', run: (store, key) => store.get(key) },
  { name: 'miss', does: 'looks up what is not there', run: (store, key) => store.get(`${key}:none`) },
  { name: 'exists', does: 'asks whether a key is there', run: (store, key) => store.exists(key) },
  {
    name: 'increment',
    does: 'counts',
    run: (store, key) => store.increment(`${key}:counter`, 1, { ttl: LIFETIME }),
  },
];

/** Every key the tests write for one key. */
export const written = (key: string): readonly string[] => [key, `${key}:counter`];
