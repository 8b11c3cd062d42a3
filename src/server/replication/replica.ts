import type { PeerSocket, Session } from '../session/session.js';
import type { Backlog } from './backlog.js';

/** `joining`: told of itself by REPLCONF, and nothing asked yet. */
export type ReplicaState = 'joining' | 'waiting' | 'saving' | 'sending' | 'online';

/** A client that follows this server's data, or says by REPLCONF that it will. */
export class Replica {
  state: ReplicaState = 'joining';
  listeningPort = 0;
  announcedAddress: string | undefined;
  /** Knows where a snapshot of unknown length ends. */
  knowsEndMark = false;
  /** Goes on after a failover, when told the new replication id. */
  knowsNewIds = false;
  /** Wants the snapshot and nothing after it. */
  snapshotOnly = false;
  /** Of the snapshot, only the function libraries. */
  functionsOnly = false;
  /** Came by SYNC: it never acknowledges. */
  isOld = false;
  acknowledged = 0;
  /** When it last acknowledged, in milliseconds. */
  heardAt = 0;
  /** Since when it has taken nothing of a snapshot, in milliseconds; 0: it does. */
  stuckSince = 0;
  /** Resolves when it is a replica no more. */
  readonly gone: Promise<void>;
  /** It gets nothing before it has said that it has loaded the snapshot. */
  private awaitsAck = false;
  private backlog: Backlog | undefined;
  /** The next byte of the stream that it is to get; undefined: none, before its snapshot is begun. */
  private nextOffset: number | undefined;
  private isFull = false;
  private leave!: () => void;

  constructor(readonly session: Session) {
    this.gone = new Promise((resolve) => {
      this.leave = resolve;
    });
  }

  get isAttached(): boolean {
    return this.state !== 'joining';
  }

  get shownState(): string {
    return SHOWN_STATES[this.state];
  }

  /** As the log names it. */
  get name(): string {
    const port = this.listeningPort === 0 ? '<unknown-replica-port>' : String(this.listeningPort);
    return `${this.address}:${port}`;
  }

  get address(): string {
    const { address } = this.session.peer;
    return this.announcedAddress ?? address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  }

  /** A snapshot is on its way to it. */
  get isSyncing(): boolean {
    return this.state === 'saving' || this.state === 'sending';
  }

  /** The first byte of the stream that has to be kept for it. */
  get neededOffset(): number {
    return this.nextOffset ?? Number.POSITIVE_INFINITY;
  }

  /** Bytes of the stream that wait for it. */
  get heldBytes(): number {
    return this.backlog === undefined || this.nextOffset === undefined ? 0 : this.backlog.nextOffset - this.nextOffset;
  }

  /** The stream from there on is for it, once it is online. */
  followFrom(backlog: Backlog, offset: number): void {
    if (this.snapshotOnly) return;
    this.backlog = backlog;
    this.nextOffset = offset;
  }

  /** It gets what another replica will get, whose snapshot is its own too. */
  followAs({ backlog, nextOffset }: Replica): void {
    if (backlog !== undefined && nextOffset !== undefined) this.followFrom(backlog, nextOffset);
  }

  /** Sends of the stream what it takes now; the rest when it has taken that. */
  send(): void {
    const { session, backlog } = this;
    const { socket } = session.peer;
    if (socket === undefined || backlog === undefined) return;
    while (this.state === 'online' && !this.awaitsAck && !this.isFull && !session.closing) {
      const bytes = backlog.at(this.nextOffset!);
      if (bytes === undefined) break;
      this.nextOffset! += bytes.length;
      socket.write(bytes);
      if (socket.unsent > MOST_UNSENT) this.waitForRoom(socket);
    }
    socket.checkOutput();
  }

  private waitForRoom(socket: PeerSocket): void {
    this.isFull = true;
    void socket.drained().then(() => {
      this.isFull = false;
      this.send();
      this.backlog?.trim();
    });
  }

  /** The snapshot has been sent. */
  goOnline(now: number, awaitsAck: boolean): void {
    this.state = 'online';
    this.session.refresh();
    this.heardAt = now;
    this.awaitsAck = awaitsAck;
    this.send();
  }

  acknowledge(offset: number, now: number): void {
    this.acknowledged = Math.max(this.acknowledged, offset);
    this.heardAt = now;
    if (!this.awaitsAck || this.state !== 'online') return;
    this.awaitsAck = false;
    this.send();
  }

  write(bytes: Buffer | string): void {
    this.session.peer.socket?.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** It is a replica no more: nothing is kept for it. */
  forget(): void {
    this.nextOffset = this.backlog = undefined;
    this.leave();
  }
}

/** As INFO and the log have it. */
const SHOWN_STATES: Readonly<Record<ReplicaState, string>> = {
  joining: '',
  waiting: 'wait_bgsave',
  saving: 'wait_bgsave',
  sending: 'send_bulk',
  online: 'online',
};

/** Bytes given to its socket before it has to take some of them. */
const MOST_UNSENT = 256 * 1024;
