import type { Session } from '../session/session.js';

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
  /** It gets nothing before it has said that it has loaded the snapshot. */
  private awaitsAck = false;
  /** What was streamed since its snapshot was taken. */
  private held: Buffer[] = [];
  heldBytes = 0;

  constructor(readonly session: Session) {}

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

  /** Bytes of the stream. Those that come before the snapshot is taken are part of it. */
  follow(bytes: Buffer): void {
    if (this.snapshotOnly || this.state === 'joining' || this.state === 'waiting') return;
    if (this.state === 'online' && !this.awaitsAck) this.write(bytes);
    else this.hold(bytes);
  }

  /** The snapshot has been sent. */
  goOnline(now: number, awaitsAck: boolean): void {
    this.state = 'online';
    this.heardAt = now;
    this.awaitsAck = awaitsAck;
    if (!awaitsAck) this.release();
  }

  acknowledge(offset: number, now: number): void {
    this.acknowledged = Math.max(this.acknowledged, offset);
    this.heardAt = now;
    if (!this.awaitsAck || this.state !== 'online') return;
    this.awaitsAck = false;
    this.release();
  }

  write(bytes: Buffer | string): void {
    this.session.peer.socket?.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  private hold(bytes: Buffer): void {
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    this.session.peer.socket?.checkOutput();
  }

  private release(): void {
    const { held } = this;
    this.held = [];
    this.heldBytes = 0;
    for (const bytes of held) this.write(bytes);
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
