import type { Cluster } from './cluster.js';
import type { ClusterNode } from './node.js';
import { removeSlot } from './slot-keys.js';
import type { SlotSet } from './slot-set.js';

/**
 * Who has a slot when several say that they have: whoever says it in the greatest epoch. A node that loses its last slots
 * by that becomes the replica of whoever has them now.
 */
export class SlotClaims {
  constructor(private readonly cluster: Cluster) {}

  /** What somebody else says a node claims. */
  update(name: string, epoch: number, claimed: SlotSet): void {
    const { cluster } = this;
    const node = cluster.table.find(name);
    if (node === undefined || node.configEpoch >= epoch) return;
    cluster.table.makePrimary(node);
    node.configEpoch = epoch;
    cluster.later({ save: true, surely: true, health: true });
    this.claim(node, epoch, claimed);
  }

  claim(claimer: ClusterNode, epoch: number, claimed: SlotSet): void {
    const { table, settings, server } = this.cluster;
    if (claimer === table.myself) return;
    const shard = table.shardPrimary;
    const hadSlots = shard !== undefined && shard.slots.size > 0;
    const { fromShard, abandoned } = this.take(claimer, epoch, claimed);
    const lostAll = shard !== undefined && hadSlots && shard.slots.size === 0 && fromShard > 0;
    const grandPrimary = table.myself.primary?.primary;
    if (lostAll && (settings.allowsReplicaMigration || claimed.size === fromShard)) this.follow(claimer);
    else if (grandPrimary !== undefined && grandPrimary !== table.myself) this.follow(grandPrimary);
    else for (const slot of abandoned) removeSlot(server, slot);
  }

  /** How many slots of this node's shard went over, and which of this node's own that have keys. */
  private take(claimer: ClusterNode, epoch: number, claimed: SlotSet): { fromShard: number; abandoned: number[] } {
    const { table, server } = this.cluster;
    const shard = table.shardPrimary;
    const abandoned: number[] = [];
    let fromShard = 0;
    for (const slot of claimer.slots) if (!claimed.has(slot)) table.unclaimed.add(slot);
    for (const slot of claimed) {
      const owner = table.owners[slot];
      if (owner === claimer) table.unclaimed.delete(slot);
      // What comes by hand is given by hand.
      if (owner === claimer || table.importing.has(slot)) continue;
      if (!table.isUnclaimed(slot) && owner!.configEpoch >= epoch) continue;
      if (owner === table.myself && server.keyspace.countInSlot(slot) > 0) abandoned.push(slot);
      if (owner !== undefined && owner === shard) fromShard++;
      table.release(slot);
      table.assign(slot, claimer);
      this.cluster.later({ save: true, surely: true, health: true });
    }
    return { fromShard, abandoned };
  }

  private follow(primary: ClusterNode): void {
    const { server } = this.cluster;
    server.log('warning', `Configuration change detected. Reconfiguring myself as a replica of ${primary.name}`);
    this.cluster.follow(primary);
  }
}
