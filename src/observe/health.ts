/**
 * Liveness and readiness as an orchestrator expects them. Alive: the process answers. Ready: the daemon
 * listens and is not stopping. A store that is down does not make it unready: the other maps are served
 * as ever, its own answer "temporary" and come back by themselves, and taking the daemon out of service
 * would turn that into "connection refused". What each store is doing is reported beside it.
 */
export interface StoreHealth {
  readonly store: string;
  /** up: every node is connected; degraded: some are; down: none; unknown: not asked for anything yet. */
  readonly state: 'up' | 'degraded' | 'down' | 'unknown';
  readonly nodes: readonly { readonly node: string; readonly role: string; readonly status: string }[];
}

export interface Readiness {
  readonly ready: boolean;
  readonly status: 'starting' | 'ready' | 'stopping';
  readonly stores: readonly StoreHealth[];
}

export class Health {
  status: Readiness['status'] = 'starting';
  /** Asked at each report; the daemon sets it to its stores' topologies. */
  stores: () => readonly StoreHealth[] = () => [];

  report(): Readiness {
    return { ready: this.status === 'ready', status: this.status, stores: this.stores() };
  }
}

export function storeState(nodes: readonly { readonly status: string }[]): StoreHealth['state'] {
  if (nodes.length === 0) return 'unknown';
  const connected = nodes.filter((node) => node.status === 'connected').length;
  if (connected === nodes.length) return 'up';
  return connected === 0 ? 'down' : 'degraded';
}
