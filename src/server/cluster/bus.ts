import { type AddressInfo, createServer, isIP, type Server as NetServer, type Socket } from 'node:net';
import type { ByteString } from '../../resp/args.js';
import { connectPlain } from '../peer-connections.js';
import { BusLink } from './bus-link.js';
import type { Cluster } from './cluster.js';
import { chooseGossip } from './gossip.js';
import { decodeMessage, encodeMessage, HEAD_LENGTH, type Message, type MessageBody, MessageType } from './messages.js';
import { type ClusterNode, NodeFlag } from './node.js';

interface ClientListener {
  readonly host?: string;
  readonly port: number;
  readonly busPort?: number;
}

/**
 * The cluster bus: a link to every node and from every node, and the messages on them. It has no authentication, as in
 * Redis: whoever reaches the port can speak for a node, so that it belongs on a network of the nodes alone.
 */
export class Bus {
  /** Messages by their type. */
  readonly sent = new Map<number, number>();
  readonly received = new Map<number, number>();
  /** Links that were ended since too much waited on them. */
  overLimit = 0;
  /** Where it listens; 0: nowhere. */
  port = 0;
  private readonly links = new Set<BusLink>();
  private readonly listening: NetServer[] = [];
  private isClosed = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly receive: (link: BusLink, message: Message) => void,
  ) {}

  /** Where clients are served, on the port that is told or meant. */
  async listenBeside({ host, port, busPort }: ClientListener, taken: number): Promise<void> {
    const { settings } = this.cluster;
    // A port that was chosen among the free ones may be too high for the usual distance.
    const isFree = port === 0 && settings.busPort === 0;
    await this.listen(host ?? '127.0.0.1', busPort ?? (isFree ? 0 : this.cluster.busPortFor(taken)));
  }

  /** Port 0 takes a free one. Rejects when it is taken. */
  async listen(host: string, port: number): Promise<void> {
    const socket = createServer((accepted) => this.accept(accepted));
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.listen({ host, port, ipv6Only: isIP(host) === 6 }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    const { log } = this.cluster.server;
    socket.on('error', (error) => log('warning', `Accepting cluster node connection: ${error.message}`));
    this.listening.push(socket);
    this.port = (socket.address() as AddressInfo).port;
    this.cluster.updateMyself();
  }

  /** A link to the node; what it says first is PING, or MEET to let this node in. */
  connect(node: ClusterNode): void {
    const { server, now } = this.cluster;
    const socket = connectPlain(server, { host: node.ip, port: node.busPort });
    const link = this.adopt(socket, false);
    link.node = node;
    node.link = link;
    socket.once('connect', () => this.greet(link, node));
    // Nobody is there: it has been silent from now on at least.
    socket.once('error', () => {
      if (node.pingSent === 0) node.pingSent = now;
    });
  }

  private greet(link: BusLink, node: ClusterNode): void {
    const { pingSent } = node;
    this.ping(link, node.has(NodeFlag.meet) ? MessageType.meet : MessageType.ping);
    // It has been silent since before the link broke.
    if (pingSent !== 0) node.pingSent = pingSent;
    node.unset(NodeFlag.meet);
  }

  /** PING, PONG or MEET, with what this node knows of some others. */
  ping(link: BusLink, type: typeof MessageType.ping | typeof MessageType.pong | typeof MessageType.meet): void {
    const { myself, now, table, server } = this.cluster;
    if (!link.isInbound && type === MessageType.ping && link.node !== undefined) link.node.pingSent = now;
    const hostname = myself.hostname === '' ? undefined : myself.hostname;
    this.send(link, { type, gossip: chooseGossip(table, server.random), hostname });
  }

  send(link: BusLink | undefined, body: MessageBody, marks = 0): void {
    if (link === undefined) return;
    this.transmit(link, body, encodeMessage({ ...this.cluster.head(marks), ...body }));
  }

  /** To every node that is known by its name. */
  broadcast(body: MessageBody, marks = 0): void {
    const { nodes, myself } = this.cluster.table;
    const others = [...nodes.values()].filter((node) => node !== myself);
    this.sendAll(others, body, marks);
  }

  /** To those of them that are known by their names. */
  private sendAll(nodes: readonly ClusterNode[], body: MessageBody, marks = 0): void {
    const bytes = encodeMessage({ ...this.cluster.head(marks), ...body });
    for (const { link, inHandshake } of nodes) {
      if (link !== undefined && !inHandshake) this.transmit(link, body, bytes);
    }
  }

  /** A message for subscribers of all nodes. */
  publish(channel: ByteString, message: ByteString): void {
    this.broadcast({ type: MessageType.publish, channel, message });
  }

  /** A message for subscribers of this node's shard. */
  publishShard(channel: ByteString, message: ByteString): void {
    const { table, myself } = this.cluster;
    const primary = table.shardPrimary;
    const others = (primary === undefined ? [] : [primary, ...primary.replicas]).filter((node) => node !== myself);
    this.sendAll(others, { type: MessageType.publishShard, channel, message });
  }

  /** PONG without having been asked, to all or to the replicas of this node's shard. */
  announce(to: 'all' | 'shard'): void {
    const { table, myself } = this.cluster;
    for (const node of table.nodes.values()) {
      if (node.link === undefined || node === myself || node.inHandshake) continue;
      const isOfShard =
        node.isReplica && node.primary !== undefined && (node.primary === myself || node.primary === myself.primary);
      if (to === 'all' || isOfShard) this.ping(node.link, MessageType.pong);
    }
  }

  private transmit(link: BusLink, body: MessageBody, bytes: Buffer): void {
    if (body.type !== 'other') count(this.sent, body.type);
    link.send(bytes);
  }

  /** Links on which more waits than may. */
  endSlowLinks(): void {
    const limit = this.cluster.settings.linkLimit;
    if (limit === 0) return;
    for (const link of [...this.links]) {
      if (link.node === undefined || link.unsent <= limit) continue;
      this.overLimit++;
      link.end(`${link.unsent} bytes wait to be sent to node ${link.node.name}`);
    }
  }

  endLinks(node: ClusterNode): void {
    node.link?.end();
    node.inbound?.end();
  }

  /** How many sockets there are. */
  get connections(): number {
    return this.links.size;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const link of [...this.links]) link.end();
    await Promise.all(this.listening.map((socket) => new Promise((resolve) => socket.close(resolve))));
  }

  private accept(socket: Socket): void {
    const { server, settings } = this.cluster;
    // What others say changes the data: it has to be there. They try again.
    if (this.isClosed || (server.persistence.loading && server.settings.primary === '')) {
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    socket.setKeepAlive(true, settings.nodeTimeout * 2);
    const { interceptor } = server;
    if (interceptor === undefined) this.adopt(socket, true);
    else interceptor.acceptedNode(socket, () => this.adopt(socket, true));
  }

  private adopt(socket: Socket, isInbound: boolean): BusLink {
    const { server, now } = this.cluster;
    const link: BusLink = new BusLink(socket, isInbound, now, {
      longest: () => server.settings.maxBulk + HEAD_LENGTH + server.settings.queryLimit,
      received: (from, frame) => this.decode(from, frame),
      ended: (from, reason) => this.forget(from, reason),
    });
    this.links.add(link);
    return link;
  }

  private decode(link: BusLink, frame: Buffer): void {
    const type = frame.readUInt16BE(12);
    if (type <= MessageType.publishShard) count(this.received, type);
    if (type === this.cluster.droppedType) return;
    const message = decodeMessage(frame);
    if (message !== undefined) this.receive(link, message);
    else this.cluster.server.log('warning', `Received an invalid message of type ${type} on the cluster bus`);
  }

  private forget(link: BusLink, reason: string | undefined): void {
    this.links.delete(link);
    const { node } = link;
    if (node?.link === link) node.link = undefined;
    if (node?.inbound === link) node.inbound = undefined;
    if (reason !== undefined && !this.isClosed) this.cluster.server.log('debug', `Cluster link ended: ${reason}`);
  }
}

function count(counts: Map<number, number>, type: number): void {
  counts.set(type, (counts.get(type) ?? 0) + 1);
}
