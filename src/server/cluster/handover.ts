import type { Cluster } from './cluster.js';
import type { ClusterNode } from './node.js';

/**
 * CLUSTER FAILOVER: a replica takes over from a primary that is there. The primary holds its clients' writes back and says
 * how far its stream is; once the replica has all of it, it stands for election. It has five seconds.
 */
export class Handover {
  /** Until when it may take; 0: none is under way. */
  private endsAt = 0;
  /** On the primary: who is to take over. */
  successor: ClusterNode | undefined;
  /** On the replica: where the primary's stream ends; undefined: it has not said yet. */
  private goal: number | undefined;
  /** On the replica: it may stand for election. */
  isReady = false;

  constructor(private readonly cluster: Cluster) {}

  get isUnderWay(): boolean {
    return this.endsAt !== 0;
  }

  /** On the replica; without the primary's consent where it `isReady` at once. */
  begin(isReady: boolean): void {
    this.end();
    this.endsAt = this.cluster.now + TIME;
    this.isReady = isReady;
  }

  /** On the primary, asked by a replica. */
  prepare(successor: ClusterNode): void {
    const { cluster } = this;
    this.end();
    this.endsAt = cluster.now + TIME;
    this.successor = successor;
    cluster.server.pause.holdWrites('failover');
    cluster.server.log('warning', `Manual failover requested by replica ${successor.name}.`);
  }

  /** The paused primary has said how far its stream is. */
  primaryPaused(offset: number): void {
    if (!this.isUnderWay || this.goal !== undefined) return;
    this.goal = offset;
    this.cluster.server.log('warning', `Received replication offset for paused master manual failover: ${offset}`);
    this.cluster.later({ handover: true });
  }

  /** On the replica: whether it has all of the stream now. */
  proceed(): void {
    if (!this.isUnderWay || this.isReady || this.goal === undefined || this.goal !== this.cluster.offset) return;
    this.isReady = true;
    this.cluster.server.log('warning', 'All master replication stream processed, manual failover can start.');
    this.cluster.later({ failover: true });
  }

  checkTime(): void {
    if (!this.isUnderWay || this.endsAt >= this.cluster.now) return;
    this.cluster.server.log('warning', 'Manual failover timed out.');
    this.end();
  }

  end(): void {
    if (this.successor !== undefined) this.cluster.server.pause.releaseWrites('failover');
    this.endsAt = 0;
    this.successor = undefined;
    this.goal = undefined;
    this.isReady = false;
  }
}

/** Milliseconds. */
const TIME = 5000;
