import type { ListHealth, Readiness, StoreHealth } from '../../observe/health.js';
import { storeState } from '../../observe/health.js';

/**
 * What several processes say of themselves as one would: a node is connected where one of them is (those that had
 * nothing to ask may not be yet), a list is loaded when all of them have it. `own` is what the main
 * process says: its embedded stores, and whether it is stopping.
 */
export function mergeReadiness(own: Readiness, workers: readonly Readiness[]): Readiness {
  const ids = new Set(workers.flatMap(({ stores }) => stores.map(({ store }) => store)));
  const stores = [...ids].map((id) => {
    const hosted = own.stores.find(({ store }) => store === id);
    return (
      hosted ??
      mergeStore(
        id,
        workers.flatMap((worker) => worker.stores.filter(({ store }) => store === id)),
      )
    );
  });
  const names = new Set(workers.flatMap(({ lists }) => lists.map(({ list }) => list)));
  const lists = [...names].flatMap((name) =>
    slowest(workers.flatMap((worker) => worker.lists.filter(({ list }) => list === name))),
  );
  const loading = own.status === 'ready' && lists.some(({ state }) => state === 'loading');
  const status = loading ? 'loading' : own.status;
  return { ready: status === 'ready' && workers.length > 0, status, stores, lists };
}

function mergeStore(store: string, all: readonly StoreHealth[]): StoreHealth {
  const nodes = new Map<string, StoreHealth['nodes'][number]>();
  for (const node of all.flatMap((one) => one.nodes)) {
    if (nodes.get(node.node)?.status !== 'connected') nodes.set(node.node, node);
  }
  const known = [...nodes.values()];
  return { store, state: storeState(known), nodes: known };
}

/** The one that is furthest behind. */
function slowest(all: readonly ListHealth[]): readonly ListHealth[] {
  const age = ({ state, age: seconds = 0 }: ListHealth) => (state === 'loading' ? Number.POSITIVE_INFINITY : seconds);
  return [...all].sort((a, b) => age(b) - age(a)).slice(0, 1);
}
