import type { Cluster } from './cluster.js';
import { type Gossip, MessageType } from './messages.js';
import { type ClusterNode, NodeFlag } from './node.js';

/**
 * From "I cannot reach it" to "it has failed": a node that this one suspects has failed when a majority of the primaries
 * has said the same within twice the node timeout. Everybody is told, and takes it as it is.
 */
export class FailureReports {
  constructor(private readonly cluster: Cluster) {}

  /** How many primaries cannot reach the node, as they said lately. */
  static count(node: ClusterNode, { now, settings }: Cluster): number {
    return node.countReports(now, settings.nodeTimeout * VALID_FOR);
  }

  /** What somebody says of a node that is known. */
  hear(sender: ClusterNode, node: ClusterNode, said: Gossip): void {
    const { cluster } = this;
    const isDown = (said.flags & (NodeFlag.suspect | NodeFlag.failed)) !== 0;
    if (sender.isPrimary && node !== cluster.myself) {
      if (isDown) {
        node.reports.set(sender, cluster.now);
        this.judge(node);
      } else node.reports.delete(sender);
    }
    if (isDown) return;
    this.trustPong(node, said);
    this.trustAddress(node, said);
  }

  /** Somebody has heard of it since this node has: it need not be asked so soon. */
  private trustPong(node: ClusterNode, { pongReceived }: Gossip): void {
    const { cluster } = this;
    const at = pongReceived * 1000;
    const isLater = at > node.pongReceived && at <= cluster.now + CLOCK_DIFFERENCE;
    if (isLater && node.pingSent === 0 && FailureReports.count(node, cluster) === 0) node.pongReceived = at;
  }

  /** A node that this one cannot reach is somewhere else now. */
  private trustAddress(node: ClusterNode, { ip, port, plainPort, busPort, flags }: Gossip): void {
    if (!node.has(NodeFlag.suspect | NodeFlag.failed) || (flags & NodeFlag.noAddress) !== 0 || ip === '') return;
    if (node.ip === ip && node.port === port && node.busPort === busPort) return;
    node.link?.end('its address has changed');
    Object.assign(node, { ip, port, plainPort, busPort });
    node.unset(NodeFlag.noAddress);
  }

  private judge(node: ClusterNode): void {
    const { cluster } = this;
    if (!node.isSuspect || node.hasFailed) return;
    const witnesses = FailureReports.count(node, cluster) + (cluster.myself.isPrimary ? 1 : 0);
    if (witnesses < cluster.health.quorum) return;
    cluster.server.log('notice', `Marking node ${node.name} as failing (quorum reached).`);
    this.fail(node);
    cluster.bus.broadcast({ type: MessageType.fail, failed: node.name });
  }

  private fail(node: ClusterNode): void {
    node.unset(NodeFlag.suspect);
    node.set(NodeFlag.failed);
    node.failedAt = this.cluster.now;
    this.cluster.later({ save: true, health: true });
  }

  /** Somebody says that a majority has found so. */
  failed(name: string): void {
    const node = this.cluster.table.find(name);
    if (node === undefined || node.hasFailed || node.isMyself) return;
    this.cluster.server.log('notice', `FAIL message received about ${name}`);
    this.fail(node);
  }

  /** The node has answered a PING. */
  answered(node: ClusterNode): void {
    const { cluster } = this;
    node.pongReceived = cluster.now;
    node.pingSent = 0;
    if (node.isSuspect) {
      node.unset(NodeFlag.suspect);
      cluster.later({ save: true, health: true });
    } else if (node.hasFailed && this.mayReturn(node)) {
      node.unset(NodeFlag.failed);
      cluster.server.log('notice', `Clear FAIL state for node ${node.name}: it is reachable again.`);
      cluster.later({ save: true, health: true });
    }
  }

  /** Of a primary with slots it takes time to see that nobody has taken its place. */
  private mayReturn(node: ClusterNode): boolean {
    if (node.isReplica || node.slots.size === 0) return true;
    return this.cluster.now - node.failedAt > this.cluster.settings.nodeTimeout * VALID_FOR;
  }
}

/** Node timeouts. */
const VALID_FOR = 2;
/** Milliseconds. */
const CLOCK_DIFFERENCE = 500;
