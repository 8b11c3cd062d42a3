import type { Cluster } from './cluster.js';
import { MessageType } from './messages.js';
import { type ClusterNode, NodeFlag } from './node.js';

/**
 * What happens ten times a second: links are made, nodes are asked whether they are there, and those that do not answer
 * become suspect; replicas see whether they have to take over.
 */
export class Heartbeat {
  private beats = 0;
  private lastAt = 0;

  constructor(private readonly cluster: Cluster) {}

  beat(): void {
    const { cluster } = this;
    const { bus, myself, handover, election, health } = cluster;
    this.beats++;
    bus.endSlowLinks();
    this.connect();
    if (this.beats % EVERY_SECOND === 0) this.pingSomebody();
    const hasNewSuspects = !this.stoodStill() && this.checkAll();
    if (myself.isReplica && cluster.server.settings.primary === '') cluster.followPrimary();
    handover.checkTime();
    if (myself.isReplica) {
      handover.proceed();
      election.stand();
      election.moveToOrphan();
    }
    if (hasNewSuspects || !health.isOk) health.update();
  }

  /** It was this node that did not act for a while: what others have said meanwhile is still to be read. */
  private stoodStill(): boolean {
    const { now, settings } = this.cluster;
    const pause = this.lastAt === 0 ? 0 : now - this.lastAt;
    this.lastAt = now;
    return pause > settings.nodeTimeout / 2;
  }

  /** A link to every node that has none; a node that was never heard of is given up in the end. */
  connect(): void {
    const { cluster } = this;
    const patience = Math.max(cluster.settings.nodeTimeout, LEAST_PATIENCE);
    for (const node of [...cluster.table.nodes.values()]) {
      if (node.has(NodeFlag.myself | NodeFlag.noAddress)) continue;
      if (node.inHandshake && cluster.now - node.createdAt > patience) cluster.remove(node);
      else if (node.link === undefined && node.ip !== '') cluster.bus.connect(node);
    }
  }

  /** Of five drawn at random, the one that was heard of longest ago. */
  private pingSomebody(): void {
    const { table, server, bus } = this.cluster;
    const nodes = [...table.nodes.values()];
    let oldest: ClusterNode | undefined;
    for (let i = 0; i < DRAWN; i++) {
      const node = nodes[server.random.below(nodes.length)]!;
      if (node.link === undefined || node.pingSent !== 0 || node.has(NodeFlag.myself | NodeFlag.handshake)) continue;
      if (oldest === undefined || node.pongReceived < oldest.pongReceived) oldest = node;
    }
    if (oldest?.link !== undefined) bus.ping(oldest.link, MessageType.ping);
  }

  /** Whether there are new suspects. */
  private checkAll(): boolean {
    let hasNewSuspects = false;
    for (const node of this.cluster.table.nodes.values()) {
      if (node.has(NodeFlag.myself | NodeFlag.noAddress | NodeFlag.handshake)) continue;
      if (this.check(node)) hasNewSuspects = true;
    }
    return hasNewSuspects;
  }

  /** Whether the node has become suspect. */
  private check(node: ClusterNode): boolean {
    const { now, settings, bus } = this.cluster;
    const { nodeTimeout } = settings;
    const silence = Math.min(now - node.pingSent, now - node.heardAt);
    // The link may be what is broken.
    if (
      node.link !== undefined &&
      now - node.link.createdAt > nodeTimeout &&
      node.pingSent !== 0 &&
      silence > nodeTimeout / 2
    ) {
      node.link.end('nothing was heard on it');
    }
    if (node.link !== undefined && this.isPingDue(node)) {
      bus.ping(node.link, MessageType.ping);
      return false;
    }
    if (node.pingSent === 0 || silence <= nodeTimeout || node.has(NodeFlag.suspect | NodeFlag.failed)) return false;
    node.set(NodeFlag.suspect);
    return true;
  }

  private isPingDue(node: ClusterNode): boolean {
    const { now, settings, handover, myself } = this.cluster;
    if (node.pingSent === 0 && now - node.pongReceived > settings.nodeTimeout / 2) return true;
    // A replica that is to take over must know how far it has to get.
    return myself.isPrimary && handover.isUnderWay && handover.successor === node;
  }
}

const EVERY_SECOND = 10;
const DRAWN = 5;
/** Milliseconds. */
const LEAST_PATIENCE = 1000;
