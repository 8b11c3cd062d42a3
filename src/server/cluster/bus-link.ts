import type { Socket } from 'node:net';
import { BusError, BusFrames } from './bus-frames.js';
import type { ClusterNode } from './node.js';

export interface BusLinkOptions {
  /** Bytes of the longest message that is taken. */
  readonly longest: () => number;
  readonly received: (link: BusLink, frame: Buffer) => void;
  readonly ended: (link: BusLink, reason: string | undefined) => void;
}

/** A connection of the cluster bus. Each side makes one to the other: what is asked on one is answered on it. */
export class BusLink {
  /** Whose it is: of one that was accepted it is known once the node has said who it is. */
  node: ClusterNode | undefined;
  private readonly frames: BusFrames;
  private isOver = false;

  constructor(
    private readonly socket: Socket,
    /** The other side has made it. */
    readonly isInbound: boolean,
    readonly createdAt: number,
    private readonly options: BusLinkOptions,
  ) {
    this.frames = new BusFrames(options.longest);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) => this.end(error.message));
    socket.on('close', () => this.end());
  }

  /** The other side's address, and this one's, as the connection has them. */
  get peerAddress(): string {
    return plainAddress(this.socket.remoteAddress);
  }

  get ownAddress(): string {
    return plainAddress(this.socket.localAddress);
  }

  /** Bytes that are not sent yet. */
  get unsent(): number {
    return this.socket.writableLength;
  }

  send(bytes: Buffer): void {
    if (!this.isOver && this.socket.writable) this.socket.write(bytes);
  }

  end(reason?: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.socket.destroy();
    this.options.ended(this, reason);
  }

  private receive(chunk: Buffer): void {
    try {
      this.frames.push(chunk);
      for (let frame = this.frames.next(); frame !== undefined; frame = this.frames.next()) {
        this.options.received(this, frame);
        if (this.isOver) return;
      }
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      this.end(`Bad message length or signature received from Cluster bus: ${error.message}`);
    }
  }
}

function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}
