import { expect, it } from 'vitest';
import type { LinkStore } from '../../../src/stores/link-store.js';
import { FakeLink } from '../../harness/fake-link.js';
import { fakeStore } from './harness.js';

/** What a replica may answer, which may be behind its primary: plain lookups, and nothing that is decided by. */
type Operation = (store: LinkStore) => Promise<unknown>;

const LOOKUPS: Readonly<Record<string, Operation>> = {
  get: (store) => store.get('k'),
  getText: (store) => store.getText('k'),
  getMany: (store) => store.getMany(['k', 'l']),
  exists: (store) => store.exists('k'),
  hashGet: (store) => store.hashGet('k', 'f'),
  setHas: (store) => store.setHas('k', 'm'),
};

const OTHERS: Readonly<Record<string, Operation>> = {
  counter: (store) => store.counter('k'),
  increment: (store) => store.increment('k'),
  'increment with a ttl': (store) => store.increment('k', 1, { ttl: '1m' }),
  'fixed window': (store) => store.rateLimit('k', '5/1m'),
  'fixed window, only looking': (store) => store.rateLimit('k', '5/1m', { soft: true }),
  'leaky bucket': (store) => store.rateLimit('k', '5/1m', { algorithm: 'leaky-bucket' }),
  'leaky bucket, only looking': (store) => store.rateLimit('k', '5/1m', { algorithm: 'leaky-bucket', soft: true }),
  ttlCounter: (store) => store.ttlCounter('k', 1, 5, '1m'),
  'ttlCounter, only looking': (store) => store.ttlCounter('k', 0, 5, '1m'),
  greylist: (store) => store.greylist('k'),
  tryLock: (store) => store.tryLock('k', '1m'),
  extend: (store) => store.heldLock('k', 'a'.repeat(32)).extend('1m'),
  unlock: (store) => store.heldLock('k', 'a'.repeat(32)).unlock(),
  ttl: (store) => store.ttl('k'),
  set: (store) => store.set('k', 'v'),
  transact: (store) => store.transact([{ kind: 'set', key: 'k', value: 'v' }]),
  'a command': (store) => store.command('GET', 'k'),
  'a pipeline': (store) => store.pipeline([['GET', 'k']]),
};

/** Whether what was sent might be answered by a replica. What the fake answers does not matter. */
async function readOnly(operation: Operation, crossSlot: boolean): Promise<Set<unknown>> {
  const { store, link } = fakeStore({ retry: { total: 0, minWait: 1, maxWait: 1 } }, new FakeLink({ crossSlot }));
  const seen = new Set<unknown>();
  link.usual = (_, options) => {
    seen.add(options.readOnly);
    return null;
  };
  await operation(store).catch(() => {});
  await store.close();
  return seen;
}

for (const crossSlot of [true, false]) {
  const where = crossSlot ? '' : ' on a cluster';
  it.each(Object.entries(LOOKUPS))(`%s${where} may be answered by a replica`, async (_, operation) => {
    expect(await readOnly(operation, crossSlot)).toEqual(new Set([true]));
  });

  it.each(Object.entries(OTHERS))(`%s${where} is asked of the primary`, async (_, operation) => {
    expect(await readOnly(operation, crossSlot)).toEqual(new Set([false]));
  });
}
