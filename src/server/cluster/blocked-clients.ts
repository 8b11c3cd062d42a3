import { slotOf } from '../../resp/key-slot.js';
import type { Session } from '../session/session.js';
import type { Cluster } from './cluster.js';
import { DOWN, type RoutingError, redirect, UNBOUND } from './routing.js';

/** Clients that wait for a key of a slot that has gone elsewhere would wait for ever: they are sent after it. */
export class BlockedClients {
  constructor(private readonly cluster: Cluster) {}

  redirect(): void {
    const { sessions, blocking, dispatcher } = this.cluster.server;
    if (blocking.clients === 0) return;
    for (const session of [...sessions]) {
      const refusal = this.refusal(session);
      if (refusal !== undefined) blocking.unblock(session, () => dispatcher.fail(session.reply, refusal));
    }
  }

  private refusal(session: Session): RoutingError | undefined {
    const { table, health } = this.cluster;
    // What waits for no key (WAIT, MIGRATE) has another end.
    const key = session.blocked?.keys[0];
    if (key === undefined) return undefined;
    if (!health.isOk) return DOWN;
    const slot = slotOf(Buffer.from(key, 'latin1'));
    const owner = table.owners[slot];
    const reads = session.readsReplica && session.blocked?.command.flags.includes('write') !== true;
    const isHere = owner === table.myself || (reads && table.myself.isReplica && table.myself.primary === owner);
    if ((isHere && owner !== undefined) || table.importing.has(slot)) return undefined;
    return owner === undefined ? UNBOUND : redirect(this.cluster, 'MOVED', slot, owner);
  }
}
