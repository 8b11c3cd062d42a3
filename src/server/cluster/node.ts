import type { BusLink } from './bus-link.js';
import { SlotSet } from './slot-set.js';

/** What is known of a node, as the bits that go over the bus. */
export const NodeFlag = {
  primary: 1,
  replica: 2,
  /** It does not answer this node. */
  suspect: 4,
  /** A majority has said so. */
  failed: 8,
  myself: 16,
  /** Its name is not known yet: it was not heard of. */
  handshake: 32,
  noAddress: 64,
  /** It is to be told to let this node in. */
  meet: 128,
  /** A primary that replicas may move to when it has none left. */
  takesReplicas: 256,
  noFailover: 512,
} as const;

/** A node of the cluster, as this one knows it. Times are milliseconds since the epoch, 0 for never. */
export class ClusterNode {
  configEpoch = 0;
  readonly slots = new SlotSet();
  readonly replicas: ClusterNode[] = [];
  /** The node it follows. A replica may have none while that one is not known. */
  primary: ClusterNode | undefined;
  ip = '';
  hostname = '';
  port = 0;
  /** The port without TLS, where `port` is the one with it. */
  plainPort = 0;
  busPort = 0;
  /** Since when a PING waits for its PONG; 0: none does. */
  pingSent = 0;
  pongReceived = 0;
  heardAt = 0;
  failedAt = 0;
  votedAt = 0;
  orphanedSince = 0;
  /** How far it is in the stream of its shard. */
  offset = 0;
  /** The connection made to it, and the one it has made. */
  link: BusLink | undefined;
  inbound: BusLink | undefined;
  /** Primaries that cannot reach it, and when they said so last. */
  readonly reports = new Map<ClusterNode, number>();

  constructor(
    public name: string,
    public flags: number,
    readonly createdAt: number,
  ) {}

  has(flags: number): boolean {
    return (this.flags & flags) !== 0;
  }

  set(flags: number): void {
    this.flags |= flags;
  }

  unset(flags: number): void {
    this.flags &= ~flags;
  }

  get isPrimary(): boolean {
    return this.has(NodeFlag.primary);
  }

  get isReplica(): boolean {
    return this.has(NodeFlag.replica);
  }

  get hasFailed(): boolean {
    return this.has(NodeFlag.failed);
  }

  get isSuspect(): boolean {
    return this.has(NodeFlag.suspect);
  }

  get inHandshake(): boolean {
    return this.has(NodeFlag.handshake);
  }

  get isMyself(): boolean {
    return this.has(NodeFlag.myself);
  }

  /** The epoch its slots are claimed with: that of its primary where it follows one. */
  get shardEpoch(): number {
    return this.isReplica && this.primary !== undefined ? this.primary.configEpoch : this.configEpoch;
  }

  /** Replicas that have not failed. */
  get soundReplicas(): number {
    return this.replicas.filter((replica) => !replica.hasFailed).length;
  }

  addReplica(replica: ClusterNode): void {
    if (this.replicas.includes(replica)) return;
    this.replicas.push(replica);
    this.set(NodeFlag.takesReplicas);
  }

  removeReplica(replica: ClusterNode): void {
    const at = this.replicas.indexOf(replica);
    if (at < 0) return;
    this.replicas.splice(at, 1);
    if (this.replicas.length === 0) this.unset(NodeFlag.takesReplicas);
  }

  /** How many primaries said within the last `validity` milliseconds that they cannot reach it. */
  countReports(now: number, validity: number): number {
    for (const [reporter, at] of this.reports) if (now - at > validity) this.reports.delete(reporter);
    return this.reports.size;
  }
}

/** As node names are made: forty digits or lower-case letters. */
export function isNodeName(text: string): boolean {
  return /^[a-z0-9]{40}$/.test(text);
}
