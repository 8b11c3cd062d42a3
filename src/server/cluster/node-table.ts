import { SLOT_COUNT } from '../../resp/key-slot.js';
import { type ClusterNode, isNodeName, NodeFlag } from './node.js';
import { type SlotRange, SlotSet } from './slot-set.js';

/**
 * All nodes this one knows of, and which of them has each slot. Pure: who is told of a change, and what follows from
 * it, is the cluster's business (cluster.ts).
 */
export class NodeTable {
  readonly nodes = new Map<string, ClusterNode>();
  readonly owners: (ClusterNode | undefined)[] = new Array<ClusterNode | undefined>(SLOT_COUNT).fill(undefined);
  /** Slots of this node that are on their way to another, and slots that come from another. */
  readonly migrating = new Map<number, ClusterNode>();
  readonly importing = new Map<number, ClusterNode>();
  /** Slots whose owner says that they are no longer its own, while nobody else has claimed them. */
  readonly unclaimed = new SlotSet();
  currentEpoch = 0;
  lastVoteEpoch = 0;
  /** Nodes that were forgotten, and until when nobody's word brings them back. */
  private readonly forgotten = new Map<string, number>();
  /** Called with a slot that is taken from this node's shard. */
  whenLost: (slot: number) => void = () => undefined;

  constructor(public myself: ClusterNode) {
    this.add(myself);
  }

  /** By the forty characters of its name. */
  find(name: string): ClusterNode | undefined {
    return isNodeName(name) ? this.nodes.get(name) : undefined;
  }

  add(node: ClusterNode): void {
    this.nodes.set(node.name, node);
  }

  rename(node: ClusterNode, name: string): void {
    this.nodes.delete(node.name);
    node.name = name;
    this.add(node);
  }

  /** Whoever holds its links ends them. */
  remove(node: ClusterNode): void {
    for (const open of [this.migrating, this.importing]) {
      for (const [slot, other] of open) if (other === node) open.delete(slot);
    }
    this.releaseAll(node);
    for (const other of this.nodes.values()) other.reports.delete(node);
    for (const replica of node.replicas) replica.primary = undefined;
    node.primary?.removeReplica(node);
    this.nodes.delete(node.name);
  }

  /** False when the slot has an owner. */
  assign(slot: number, node: ClusterNode): boolean {
    if (this.owners[slot] !== undefined) return false;
    const isFirst = node.slots.size === 0;
    node.slots.add(slot);
    this.owners[slot] = node;
    if (isFirst && this.somePrimaryHasReplicas()) node.set(NodeFlag.takesReplicas);
    return true;
  }

  /** False when the slot has no owner. */
  release(slot: number): boolean {
    const owner = this.owners[slot];
    if (owner === undefined) return false;
    if (owner === this.shardPrimary) this.whenLost(slot);
    owner.slots.delete(slot);
    this.owners[slot] = undefined;
    // Whoever has it next claims it.
    this.unclaimed.delete(slot);
    return true;
  }

  releaseAll(node: ClusterNode): void {
    for (const slot of [...node.slots]) this.release(slot);
  }

  /** This node, or the one it follows. */
  get shardPrimary(): ClusterNode | undefined {
    return this.myself.isPrimary ? this.myself : this.myself.primary;
  }

  isUnclaimed(slot: number): boolean {
    return this.owners[slot] === undefined || this.unclaimed.has(slot);
  }

  /** No slot is on its way any more. */
  closeSlots(): void {
    this.migrating.clear();
    this.importing.clear();
  }

  /** Runs of slots with one owner, in order. */
  ownedRanges(): { readonly node: ClusterNode; readonly range: SlotRange }[] {
    const found: { node: ClusterNode; range: SlotRange }[] = [];
    let first = 0;
    for (let slot = 1; slot <= SLOT_COUNT; slot++) {
      const node = this.owners[first];
      if (slot < SLOT_COUNT && this.owners[slot] === node) continue;
      if (node !== undefined) found.push({ node, range: [first, slot - 1] });
      first = slot;
    }
    return found;
  }

  get greatestEpoch(): number {
    let greatest = this.currentEpoch;
    for (const { configEpoch } of this.nodes.values()) greatest = Math.max(greatest, configEpoch);
    return greatest;
  }

  /** Takes an epoch of its own without asking anybody; false where it has the greatest already. */
  bumpEpoch(): boolean {
    const { myself } = this;
    if (myself.configEpoch !== 0 && myself.configEpoch === this.greatestEpoch) return false;
    myself.configEpoch = ++this.currentEpoch;
    return true;
  }

  /** Turns a replica into a primary; false when it is one. */
  makePrimary(node: ClusterNode): boolean {
    if (node.isPrimary) return false;
    if (node.primary !== undefined) {
      node.primary.removeReplica(node);
      if (node !== this.myself) node.set(NodeFlag.takesReplicas);
    }
    node.unset(NodeFlag.replica);
    node.set(NodeFlag.primary);
    node.primary = undefined;
    return true;
  }

  /** Makes a node the replica of another, whatever it was. */
  makeReplica(node: ClusterNode, primary: ClusterNode): void {
    if (node.isPrimary) {
      node.unset(NodeFlag.primary | NodeFlag.takesReplicas);
      node.set(NodeFlag.replica);
    }
    node.primary?.removeReplica(node);
    node.primary = primary;
    primary.addReplica(node);
  }

  forget(node: ClusterNode, now: number): void {
    this.forgotten.set(node.name, now + FORGOTTEN_FOR);
    this.remove(node);
  }

  isForgotten(name: string, now: number): boolean {
    for (const [each, until] of this.forgotten) if (until < now) this.forgotten.delete(each);
    return this.forgotten.has(name);
  }

  /** Primaries that have slots. */
  get voters(): ClusterNode[] {
    return [...this.nodes.values()].filter((node) => node.isPrimary && node.slots.size > 0);
  }

  private somePrimaryHasReplicas(): boolean {
    for (const node of this.nodes.values()) if (!node.isReplica && node.replicas.length > 0) return true;
    return false;
  }
}

/** Milliseconds. */
const FORGOTTEN_FOR = 60_000;
