import { connect, Socket, type TcpNetConnectOpts } from 'node:net';
import { HeldSockets } from './held-sockets.js';

/** One that others reach at its ports. */
interface NetworkNode {
  readonly port: number;
  /** Of a node of a cluster. */
  readonly busPort?: number;
  /** The ends at this node of connections that another has made from this port. */
  acceptedFrom(port: number): Socket[];
}

/**
 * What nodes reach each other by: the bus of a cluster, replication, sentinels; it can be divided. Connections that cross the division
 * stay, and what is sent on them arrives when it is healed; new ones are never answered.
 */
export class TestNetwork {
  private readonly links = new Set<Link>();
  private readonly held = new HeldSockets();
  /** The group of each node while it is divided. */
  private groups: ReadonlyMap<NetworkNode, number> | undefined;

  constructor(private readonly nodes: readonly NetworkNode[]) {}

  connect(from: NetworkNode, place: TcpNetConnectOpts): Socket {
    const to = this.nodes.find(({ port, busPort }) => place.port === port || place.port === busPort);
    const isCut = to !== undefined && this.areApart(from, to);
    // One that is not told to connect keeps what is written to it.
    const socket = isCut ? new Socket() : connect(place);
    const link: Link = { from, to, socket, isCut };
    this.links.add(link);
    socket.once('close', () => this.links.delete(link));
    return socket;
  }

  /** Nodes that are in no group are together in one more. */
  divide(groups: readonly (readonly NetworkNode[])[]): void {
    this.heal();
    this.groups = new Map(this.nodes.map((node) => [node, groups.findIndex((group) => group.includes(node))]));
    for (const { from, to, socket } of this.links) {
      if (to === undefined || !this.areApart(from, to)) continue;
      const { localPort } = socket;
      const ends = localPort === undefined ? [] : to.acceptedFrom(localPort);
      // One that is not accepted yet would be let in behind the division.
      if (ends.length === 0) socket.destroy();
      else this.held.hold([socket, ...ends]);
    }
  }

  heal(): void {
    this.groups = undefined;
    this.held.release();
    for (const { isCut, socket } of this.links) if (isCut) socket.destroy(new Error('connect ETIMEDOUT'));
  }

  private areApart(one: NetworkNode, other: NetworkNode): boolean {
    return this.groups !== undefined && this.groups.get(one) !== this.groups.get(other);
  }
}

/** A connection of a node's to another. */
interface Link {
  readonly from: NetworkNode;
  readonly to: NetworkNode | undefined;
  readonly socket: Socket;
  readonly isCut: boolean;
}
