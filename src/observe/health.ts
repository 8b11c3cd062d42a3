/**
 * Liveness and readiness as an orchestrator expects them. Alive: the process answers. Ready: the daemon
 * listens and is not stopping. A store that is down does not make it unready: the other maps are served
 * as ever, its own answer "temporary" and come back by themselves, and taking the daemon out of service
 * would turn that into "connection refused". What each store is doing is reported beside it. A list that was
 * never loaded does: its map has no answer to anything yet.
 */
export interface StoreHealth {
  readonly store: string;
  /** up: every node is connected; degraded: some are; down: none; unknown: not asked for anything yet. */
  readonly state: 'up' | 'degraded' | 'down' | 'unknown';
  readonly nodes: readonly { readonly node: string; readonly role: string; readonly status: string }[];
}

export interface ListHealth {
  readonly list: string;
  readonly state: 'loading' | 'loaded';
  readonly entries?: number;
  /** Seconds since it was loaded. */
  readonly age?: number;
}

export interface Readiness {
  readonly ready: boolean;
  /** loading: a list was not loaded yet. */
  readonly status: 'starting' | 'loading' | 'ready' | 'stopping';
  readonly stores: readonly StoreHealth[];
  readonly lists: readonly ListHealth[];
}

export class Health {
  status: Exclude<Readiness['status'], 'loading'> = 'starting';
  /** Asked at each report; the daemon sets it to its stores' topologies. */
  stores: () => readonly StoreHealth[] = () => [];

  /** The same for its lists of files and URLs. */
  lists: () => readonly ListHealth[] = () => [];

  report(): Readiness {
    const lists = this.lists();
    const loading = this.status === 'ready' && lists.some(({ state }) => state === 'loading');
    const status = loading ? 'loading' : this.status;
    return { ready: status === 'ready', status, stores: this.stores(), lists };
  }
}

export function storeState(nodes: readonly { readonly status: string }[]): StoreHealth['state'] {
  if (nodes.length === 0) return 'unknown';
  const connected = nodes.filter((node) => node.status === 'connected').length;
  if (connected === nodes.length) return 'up';
  return connected === 0 ? 'down' : 'degraded';
}
