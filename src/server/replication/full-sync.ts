import type { Server } from '../server.js';
import type { Replica } from './replica.js';
import type { Replication } from './replication.js';

/** What a snapshot for replicas is made of and goes with. */
export interface SnapshotOptions {
  /** Only the function libraries, no keys. */
  readonly functionsOnly: boolean;
  readonly replicationId: string;
  readonly replicationOffset: number;
}

/** The data at the moment of the call, as an RDB file's bytes. */
export type TakeSnapshot = (options: SnapshotOptions) => AsyncIterable<Buffer> | Iterable<Buffer>;

/**
 * Full resynchronisation: a snapshot for each replica that asks, one for all that wait together. Behind a length, for
 * which it is made whole first ("disk"), or as it is made, up to a mark at its end, for those who know the mark
 * ("sockets"). The stream from the snapshot's moment on follows.
 */
export class FullSync {
  private isRunning = false;

  constructor(
    private readonly server: Server,
    private readonly replication: Replication,
  ) {}

  request(replica: Replica): void {
    const { server } = this;
    const { disklessSync, disklessSyncDelay } = server.settings;
    this.replication.syncs.full++;
    replica.state = 'waiting';
    replica.heardAt = server.clock.now();
    this.replication.attach(replica);
    if (this.isRunning) server.log('notice', 'Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC');
    else if (disklessSync && replica.knowsEndMark && disklessSyncDelay > 0) {
      server.log('notice', 'Delay next BGSAVE for diskless SYNC');
    } else this.start(replica);
  }

  /** Once a second: those whose delay is over, which has let others join them. */
  startDue(): void {
    if (this.isRunning) return;
    const { clock, settings } = this.server;
    const waiting = this.waiting();
    const [first] = waiting;
    if (first === undefined) return;
    const waited = Math.max(...waiting.map(({ heardAt }) => clock.now() - heardAt)) / 1000;
    const { disklessSync, disklessSyncDelay, disklessSyncMaxReplicas: enough } = settings;
    const isEnough = enough > 0 && waiting.length >= enough;
    if (!disklessSync || isEnough || waited >= disklessSyncDelay) this.start(first);
  }

  private waiting(): Replica[] {
    return [...this.replication.replicas].filter(({ state }) => state === 'waiting');
  }

  /** For the replica and all that wait for the same. */
  private start(first: Replica): void {
    const { server, replication } = this;
    const { functionsOnly } = first;
    const replicas = this.waiting().filter((replica) => replica.functionsOnly === functionsOnly);
    const marked = (server.settings.disklessSync || functionsOnly) && replicas.every((one) => one.knowsEndMark);
    server.log('notice', `Starting BGSAVE for SYNC with target: ${marked ? 'replicas sockets' : 'disk'}`);
    replication.flush();
    replication.forgetDatabase();
    const { id, offset } = replication;
    for (const replica of replicas) {
      if (!replica.isOld) replica.write(`+FULLRESYNC ${id} ${offset}\r\n`);
      replica.state = 'saving';
    }
    this.isRunning = true;
    void this.send({ functionsOnly, replicationId: id, replicationOffset: offset }, replicas, marked).finally(() => {
      this.isRunning = false;
      this.startDue();
    });
  }

  private async send(options: SnapshotOptions, replicas: readonly Replica[], marked: boolean): Promise<void> {
    try {
      const snapshot = this.server.takeSnapshot(options);
      if (marked) await this.sendMarked(snapshot, replicas);
      else await this.sendCounted(snapshot, replicas);
    } catch (error) {
      this.server.log('warning', `BGSAVE for replication failed: ${(error as Error).message}`);
      for (const replica of replicas) replica.session.peer.close();
    }
  }

  private async sendMarked(snapshot: ReturnType<TakeSnapshot>, replicas: readonly Replica[]): Promise<void> {
    const { server } = this;
    server.log('notice', `Background RDB transfer started by pid ${process.pid}`);
    const mark = server.random.bytes(20).toString('hex');
    for (const replica of replicas) replica.write(`$EOF:${mark}\r\n`);
    for await (const bytes of snapshot) {
      for (const replica of this.attached(replicas)) await this.write(replica, bytes);
    }
    const left = this.attached(replicas);
    server.log('warning', `Diskless rdb transfer, done reading from pipe, ${left.length} replicas still up.`);
    for (const replica of left) {
      replica.write(mark);
      const next = 'Waiting for REPLCONF ACK from slave to enable streaming';
      server.log('notice', `Streamed RDB transfer with replica ${replica.name} succeeded (socket). ${next}`);
      this.finish(replica, true);
    }
  }

  private async sendCounted(snapshot: ReturnType<TakeSnapshot>, replicas: readonly Replica[]): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const bytes of snapshot) pieces.push(bytes);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    for (const replica of this.attached(replicas)) {
      replica.state = 'sending';
      replica.write(`$${length}\r\n`);
      for (const piece of pieces) await this.write(replica, piece);
      this.finish(replica, false);
    }
  }

  /** Goes on when the replica has taken it. */
  private async write(replica: Replica, bytes: Buffer): Promise<void> {
    replica.write(bytes);
    await replica.session.peer.socket?.drained();
  }

  private finish(replica: Replica, awaitsAck: boolean): void {
    const { server } = this;
    if (!this.replication.replicas.has(replica)) return;
    if (replica.snapshotOnly) {
      const text = `RDB transfer completed, rdb only replica (${replica.name}) should be disconnected asap`;
      server.log('notice', text);
      replica.session.peer.close();
      return;
    }
    replica.goOnline(server.clock.now(), awaitsAck);
    this.replication.countGood();
    server.log('notice', `Synchronization with replica ${replica.name} succeeded`);
  }

  private attached(replicas: readonly Replica[]): Replica[] {
    return replicas.filter((replica) => this.replication.replicas.has(replica));
  }
}
