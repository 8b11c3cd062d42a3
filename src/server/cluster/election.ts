import { lagOf } from '../replication/lag.js';
import type { Cluster } from './cluster.js';
import { Mark, type Message, MessageType } from './messages.js';
import { type ClusterNode, NodeFlag } from './node.js';
import { SlotSet } from './slot-set.js';

/**
 * How a replica comes to take the place of its primary: it asks all primaries for their votes in an epoch of its own, and
 * takes over with a majority. Replicas that have more of the data ask earlier. Each primary votes once in an epoch, and
 * remembers it on disk.
 */
export class Election {
  /** When it asks for votes, or has; and how many were given. */
  private startsAt = 0;
  private votes = 0;
  private hasAsked = false;
  private rank = 0;
  private epoch = 0;
  private obstacle = '';

  constructor(private readonly cluster: Cluster) {}

  /** Does what is due next for this node to take over, if anything is. */
  stand(): void {
    const { cluster } = this;
    if (!this.isCandidate()) {
      this.obstacle = '';
      return;
    }
    const { now, handover } = cluster;
    const timeout = Math.max(cluster.settings.nodeTimeout * 2, LEAST_TIMEOUT);
    if (this.isDataTooOld() && !handover.isReady) {
      this.explain('Disconnected from master for longer than allowed.');
    } else if (now - this.startsAt > timeout * 2) this.schedule();
    else {
      if (!this.hasAsked && !handover.isUnderWay) this.stepBack();
      if (now < this.startsAt) this.explain('Waiting the delay before I can start a new failover.');
      else if (now - this.startsAt > timeout) this.explain('Failover attempt expired.');
      else if (!this.hasAsked) this.ask();
      else if (this.votes >= cluster.health.quorum) this.win();
      else this.explain('Waiting for votes, but majority still not reached.');
    }
  }

  private isCandidate(): boolean {
    const { myself, handover, settings } = this.cluster;
    const { primary } = myself;
    if (myself.isPrimary || primary === undefined || primary.slots.size === 0) return false;
    return handover.isReady || (primary.hasFailed && !settings.noFailover);
  }

  /** Data that was cut off long before the primary failed is not to come back as the truth. */
  private isDataTooOld(): boolean {
    const { settings, server, now } = this.cluster;
    if (settings.validityFactor === 0) return false;
    const { following } = server.replication;
    const isConnected = following.state === 'connected' && following.link !== undefined;
    const secondsDown = following.secondsDown < 0 ? Number.POSITIVE_INFINITY : following.secondsDown;
    const age = (isConnected ? lagOf(now, following.link!.heardAt) : secondsDown) * 1000;
    const excess = age > settings.nodeTimeout ? age - settings.nodeTimeout : age;
    return excess > server.settings.replicaPingPeriod * 1000 + settings.nodeTimeout * settings.validityFactor;
  }

  /** A new attempt, a little later: the others have to learn first that the primary has failed. */
  private schedule(): void {
    const { cluster } = this;
    const { now, handover, server } = cluster;
    this.votes = 0;
    this.hasAsked = false;
    this.rank = handover.isUnderWay ? 0 : this.currentRank();
    const delay = handover.isUnderWay ? 0 : DELAY + server.random.below(DELAY) + this.rank * DELAY_PER_RANK;
    this.startsAt = now + delay;
    server.log(
      'warning',
      `Start of election delayed for ${delay} milliseconds (rank #${this.rank}, offset ${cluster.offset}).`,
    );
    // So that replicas know of each other how far they are.
    cluster.bus.announce('shard');
    if (delay === 0) cluster.later({ failover: true });
  }

  /** Another replica has turned out to have more of the data. */
  private stepBack(): void {
    const rank = this.currentRank();
    if (rank <= this.rank) return;
    this.startsAt += (rank - this.rank) * DELAY_PER_RANK;
    this.rank = rank;
  }

  /** How many replicas of the primary have more of its data. */
  private currentRank(): number {
    const { myself, offset } = this.cluster;
    const rivals = (myself.primary?.replicas ?? []).filter((node) => node !== myself && !node.has(NodeFlag.noFailover));
    return rivals.filter((node) => node.offset > offset).length;
  }

  private ask(): void {
    const { cluster } = this;
    this.epoch = ++cluster.table.currentEpoch;
    this.hasAsked = true;
    cluster.server.log('warning', `Starting a failover election for epoch ${this.epoch}.`);
    cluster.save();
    cluster.bus.broadcast({ type: MessageType.voteRequest }, cluster.handover.isUnderWay ? Mark.forced : 0);
    cluster.later({ health: true });
  }

  private win(): void {
    const { cluster } = this;
    cluster.server.log('warning', "Failover election won: I'm the new master.");
    cluster.myself.configEpoch = Math.max(cluster.myself.configEpoch, this.epoch);
    // Its votes are for this once: the next time it asks anew.
    this.startsAt = this.votes = 0;
    this.hasAsked = false;
    cluster.takeOver();
  }

  private explain(obstacle: string): void {
    if (obstacle === this.obstacle) return;
    this.obstacle = obstacle;
    this.cluster.server.log('warning', `Currently unable to failover: ${obstacle}`);
  }

  /** A primary has given its vote. */
  counted(voter: ClusterNode, epoch: number): void {
    if (!voter.isPrimary || voter.slots.size === 0 || epoch < this.epoch) return;
    this.votes++;
    this.cluster.later({ failover: true });
  }

  /** A replica asks for this node's vote. */
  vote(candidate: ClusterNode, request: Message): void {
    const { cluster } = this;
    const { table, myself, server, now } = cluster;
    if (!myself.isPrimary || myself.slots.size === 0) return;
    const reason = this.refusal(candidate, request);
    if (reason !== undefined) {
      server.log('warning', `Failover auth denied to ${candidate.name}: ${reason}`);
      return;
    }
    table.lastVoteEpoch = table.currentEpoch;
    candidate.primary!.votedAt = now;
    cluster.save();
    cluster.bus.send(candidate.link, { type: MessageType.vote });
    server.log('warning', `Failover auth granted to ${candidate.name} for epoch ${table.currentEpoch}`);
  }

  private refusal(candidate: ClusterNode, request: Message): string | undefined {
    const { table, settings, now } = this.cluster;
    const { primary } = candidate;
    if (request.currentEpoch < table.currentEpoch) {
      return `reqEpoch (${request.currentEpoch}) < curEpoch(${table.currentEpoch})`;
    }
    if (table.lastVoteEpoch === table.currentEpoch) return `already voted for epoch ${table.currentEpoch}`;
    if (candidate.isPrimary) return 'it is a master node';
    if (primary === undefined) return "I don't know its master";
    if (!primary.hasFailed && (request.marks & Mark.forced) === 0) return 'its master is up';
    const wait = settings.nodeTimeout * 2 - (now - primary.votedAt);
    if (wait > 0) return `can't vote about this master before ${wait} milliseconds`;
    for (const slot of SlotSet.from(request.slots)) {
      const epoch = table.isUnclaimed(slot) ? 0 : table.owners[slot]!.configEpoch;
      if (epoch > request.configEpoch) return `slot ${slot} epoch (${epoch}) > reqEpoch (${request.configEpoch})`;
    }
    return undefined;
  }

  /**
   * A primary with slots has no replica left, and this node's has more than it needs: of the primaries that have most,
   * the replica with the lowest name moves.
   */
  moveToOrphan(): void {
    const { cluster } = this;
    const { myself, settings, health, now } = cluster;
    const { primary } = myself;
    if (primary === undefined || !health.isOk || !settings.allowsReplicaMigration) return;
    const primaries = [...cluster.table.nodes.values()].filter(isLivePrimary);
    const most = Math.max(0, ...primaries.map((node) => node.soundReplicas));
    const sound = primary.replicas.filter((node) => !node.hasFailed && !node.isSuspect).length;
    for (const node of cluster.table.nodes.values()) {
      if (!isOrphan(node)) node.orphanedSince = 0;
      else if (node.orphanedSince === 0) node.orphanedSince = now;
    }
    if (most < 2 || primary.soundReplicas !== most || sound <= settings.migrationBarrier) return;
    const orphan = primaries.find((node) => isOrphan(node) && now - node.orphanedSince > ORPHANED_FOR);
    if (orphan === undefined) return;
    const candidates = primaries.filter((node) => node.soundReplicas === most).flatMap(({ replicas }) => replicas);
    if (candidates.some(({ name }) => name < myself.name)) return;
    cluster.server.log('warning', `Migrating to orphaned master ${orphan.name}`);
    cluster.follow(orphan);
  }
}

function isLivePrimary(node: ClusterNode): boolean {
  return node.isPrimary && !node.hasFailed;
}

function isOrphan(node: ClusterNode): boolean {
  return isLivePrimary(node) && node.has(NodeFlag.takesReplicas) && node.slots.size > 0 && node.soundReplicas === 0;
}

/** Milliseconds. */
const LEAST_TIMEOUT = 2000;
const DELAY = 500;
const DELAY_PER_RANK = 1000;
const ORPHANED_FOR = 5000;
