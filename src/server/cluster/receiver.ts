import type { BusLink } from './bus-link.js';
import type { Cluster } from './cluster.js';
import { FailureReports } from './failure-reports.js';
import { type Gossip, Mark, type Message, type MessageHead, MessageType } from './messages.js';
import { type ClusterNode, isNodeName, NodeFlag } from './node.js';
import { SlotClaims } from './slot-claims.js';
import { SlotSet } from './slot-set.js';

type Heard = Message & { readonly type: typeof MessageType.ping | typeof MessageType.pong | typeof MessageType.meet };

/** What a message of the bus changes in what this node knows, and what it answers. */
export class Receiver {
  private readonly claims: SlotClaims;
  private readonly reports: FailureReports;

  constructor(private readonly cluster: Cluster) {
    this.claims = new SlotClaims(cluster);
    this.reports = new FailureReports(cluster);
  }

  receive(link: BusLink, message: Message): void {
    const { cluster } = this;
    const sender = this.senderOf(link, message);
    if (sender !== undefined) {
      sender.heardAt = cluster.now;
      if (!sender.inHandshake) this.hear(sender, message);
    }
    switch (message.type) {
      case MessageType.ping:
      case MessageType.pong:
      case MessageType.meet:
        this.receivePing(link, sender, message);
        break;
      case MessageType.fail:
        if (sender !== undefined) this.reports.failed(message.failed);
        break;
      case MessageType.publish:
        if (sender !== undefined) cluster.server.pubsub.publish(message.channel, message.message);
        break;
      case MessageType.publishShard:
        if (sender !== undefined) cluster.server.pubsub.publishShard(message.channel, message.message);
        break;
      case MessageType.voteRequest:
        if (sender !== undefined) cluster.election.vote(sender, message);
        break;
      case MessageType.vote:
        if (sender !== undefined) cluster.election.counted(sender, message.currentEpoch);
        break;
      case MessageType.handOver:
        this.handOver(link, sender);
        break;
      case MessageType.update:
        if (sender !== undefined) this.claims.update(message.node, message.epoch, SlotSet.from(message.claims));
        break;
      case 'other':
        break;
    }
  }

  /** A link of a node whose name is known speaks for that node alone. */
  private senderOf(link: BusLink, { sender }: MessageHead): ClusterNode | undefined {
    if (link.node !== undefined && !link.node.inHandshake) return link.node;
    const node = this.cluster.table.find(sender);
    if (node === undefined || link.node !== undefined) return node;
    node.inbound?.end();
    node.inbound = link;
    link.node = node;
    return node;
  }

  /** What every message says of its sender. */
  private hear(sender: ClusterNode, message: Message): void {
    const { cluster } = this;
    const { table, myself, handover } = cluster;
    table.currentEpoch = Math.max(table.currentEpoch, message.currentEpoch);
    if (message.configEpoch > sender.configEpoch) {
      sender.configEpoch = message.configEpoch;
      cluster.later({ save: true, surely: true });
    }
    sender.offset = message.offset;
    const isPausedPrimary = myself.isReplica && myself.primary === sender && (message.marks & Mark.paused) !== 0;
    if (isPausedPrimary) handover.primaryPaused(message.offset);
  }

  private receivePing(link: BusLink, sender: ClusterNode | undefined, message: Heard): void {
    const { cluster } = this;
    if (message.type !== MessageType.pong) {
      this.learnOwnAddress(link, message);
      if (sender === undefined && message.type === MessageType.meet) this.meet(link, message);
      cluster.bus.ping(link, MessageType.pong);
    }
    if (!link.isInbound && !this.isWhoItShouldBe(link, sender, message)) return;
    if (sender === undefined) return;
    if ((message.flags & NodeFlag.noFailover) === 0) sender.unset(NodeFlag.noFailover);
    else sender.set(NodeFlag.noFailover);
    if (message.type === MessageType.ping && !sender.inHandshake && this.updateAddress(sender, link, message)) {
      cluster.later({ save: true, health: true });
    }
    if (!link.isInbound && message.type === MessageType.pong) this.reports.answered(link.node!);
    this.learnRole(sender, message);
    this.learnSlots(sender, message);
    this.spread(sender, message.gossip);
    sender.hostname = message.hostname ?? '';
  }

  /** The address that the other side has reached is this node's. */
  private learnOwnAddress(link: BusLink, { type }: Heard): void {
    const { myself, settings, server } = this.cluster;
    if ((type !== MessageType.meet && myself.ip !== '') || settings.announced.ip !== '') return;
    const ip = link.ownAddress;
    if (ip === '' || ip === myself.ip) return;
    myself.ip = ip;
    server.log('warning', `IP address for this node updated to ${ip}`);
    this.cluster.later({ save: true });
  }

  /** Somebody who is not known wants to be in the same cluster; its name comes with its first answer. */
  private meet(link: BusLink, message: Heard): void {
    const node = this.cluster.createNode(NodeFlag.handshake);
    node.ip = message.ip || link.peerAddress;
    node.port = message.port;
    node.plainPort = message.plainPort;
    node.busPort = message.busPort;
    this.cluster.table.add(node);
    this.cluster.later({ save: true });
  }

  /** Ends a handshake, and finds where an address has come to be another node's: false then. */
  private isWhoItShouldBe(link: BusLink, sender: ClusterNode | undefined, message: Heard): boolean {
    const { cluster } = this;
    const node = link.node!;
    if (!node.inHandshake) {
      if (node.name === message.sender) return true;
      node.set(NodeFlag.noAddress);
      node.ip = '';
      node.port = node.plainPort = node.busPort = 0;
      link.end('another node answers there');
      cluster.later({ save: true });
      return false;
    }
    if (sender !== undefined) {
      // It was known already.
      if (this.updateAddress(sender, link, message)) cluster.later({ save: true, health: true });
      cluster.remove(node);
      return false;
    }
    if (!isNodeName(message.sender)) return false;
    cluster.table.rename(node, message.sender);
    node.unset(NodeFlag.handshake);
    node.set(message.flags & (NodeFlag.primary | NodeFlag.replica));
    cluster.later({ save: true });
    this.reports.answered(node);
    return true;
  }

  /** False where nothing has changed. */
  private updateAddress(node: ClusterNode, link: BusLink, message: Heard): boolean {
    const { cluster } = this;
    if (link === node.link) return false;
    const ip = message.ip || link.peerAddress;
    const { port, plainPort, busPort } = message;
    const isSame = node.ip === ip && node.port === port && node.plainPort === plainPort && node.busPort === busPort;
    if (isSame) return false;
    Object.assign(node, { ip, port, plainPort, busPort });
    node.link?.end('its address has changed');
    node.unset(NodeFlag.noAddress);
    cluster.server.log('warning', `Address updated for node ${node.name}, now ${ip}:${port}`);
    if (cluster.myself.isReplica && cluster.myself.primary === node) cluster.followPrimary();
    return true;
  }

  private learnRole(sender: ClusterNode, message: Heard): void {
    const { cluster } = this;
    const { table } = cluster;
    if (message.primary === '') {
      if (table.makePrimary(sender)) cluster.later({ save: true, health: true });
      return;
    }
    if (sender.isPrimary) {
      table.releaseAll(sender);
      sender.unset(NodeFlag.primary | NodeFlag.takesReplicas);
      sender.set(NodeFlag.replica);
      cluster.later({ save: true, health: true });
    }
    const primary = table.find(message.primary);
    if (primary === undefined || primary === sender || sender.primary === primary) return;
    table.makeReplica(sender, primary);
    cluster.later({ save: true });
  }

  private learnSlots(sender: ClusterNode, message: Heard): void {
    const { table, myself, bus } = this.cluster;
    const primary = sender.isPrimary ? sender : sender.primary;
    if (primary !== undefined && !primary.slots.bits.equals(message.slots)) {
      const claimed = SlotSet.from(message.slots);
      if (sender.isPrimary) this.claims.claim(sender, message.configEpoch, claimed);
      // It has missed that somebody else took them since.
      const newer = [...claimed].map((slot) => (table.isUnclaimed(slot) ? undefined : table.owners[slot]));
      const owner = newer.find(
        (node) => node !== undefined && node !== sender && node.configEpoch > message.configEpoch,
      );
      if (owner !== undefined) {
        const kept = SlotSet.from(owner.slots.bits);
        for (const slot of table.unclaimed) kept.delete(slot);
        const { name, configEpoch } = owner;
        bus.send(sender.link, { type: MessageType.update, node: name, epoch: configEpoch, claims: kept.bits });
      }
    }
    if (myself.isPrimary && sender.isPrimary && message.configEpoch === myself.configEpoch) this.partEpochs(sender);
  }

  /** Two primaries have one epoch: the one with the lower name takes another. */
  private partEpochs(sender: ClusterNode): void {
    const { table, myself } = this.cluster;
    if (sender.configEpoch !== myself.configEpoch || sender.name <= myself.name) return;
    myself.configEpoch = ++table.currentEpoch;
    this.cluster.save();
  }

  /** What the sender says of others. */
  private spread(sender: ClusterNode, gossip: readonly Gossip[]): void {
    const { table, now } = this.cluster;
    for (const said of gossip) {
      const node = table.find(said.name);
      if (node !== undefined) this.reports.hear(sender, node, said);
      else if (this.mayAdd(said) && !table.isForgotten(said.name, now)) this.add(said);
    }
  }

  private mayAdd({ name, flags, ip }: Gossip): boolean {
    return isNodeName(name) && ip !== '' && (flags & NodeFlag.noAddress) === 0;
  }

  private add(said: Gossip): void {
    const node = this.cluster.createNode(said.flags & ~NodeFlag.myself, said.name);
    node.ip = said.ip;
    node.port = said.port;
    node.plainPort = said.plainPort;
    node.busPort = said.busPort;
    this.cluster.table.add(node);
  }

  /** A replica of this node wants to take over. */
  private handOver(link: BusLink, sender: ClusterNode | undefined): void {
    const { myself, handover, bus } = this.cluster;
    if (sender === undefined || sender.primary !== myself) return;
    handover.prepare(sender);
    bus.ping(link, MessageType.ping);
  }
}
