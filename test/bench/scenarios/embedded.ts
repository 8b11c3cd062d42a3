import IoredisMock from 'ioredis-mock';
import type { Scenario } from '../measure.js';
import { contestant, isValue, KEYS, keyOf, VALUE } from '../peers.js';
import { embedded, openBenchStore } from '../stores.js';

export const embeddedScenarios: readonly Scenario[] = [
  {
    name: 'get, embedded store in process',
    inFlight: 500,
    atLeast: 1,
    open: async () => {
      const store = await openBenchStore(embedded);
      const mock = new IoredisMock();
      for (let i = 0; i < KEYS; i++) {
        await store.set(keyOf(i), VALUE);
        await mock.set(keyOf(i), VALUE);
      }
      return {
        ours: await contestant(
          'lookupd',
          (i) => store.get(keyOf(i)),
          () => store.close(),
          isValue,
        ),
        peer: await contestant(
          'ioredis-mock',
          (i) => mock.getBuffer(keyOf(i)),
          async () => mock.disconnect(),
          isValue,
        ),
      };
    },
  },
];
