import { createReadStream, fstatSync, openSync } from 'node:fs';
import type { Server } from '../server.js';
import type { Replica } from './replica.js';
import type { Replication } from './replication.js';

/**
 * Full resynchronisation: a snapshot for each replica that asks, one for all that wait together. Either the RDB file is
 * saved and sent from there, behind its length ("disk"), or replicas get the snapshot as it is made, up to a mark at its
 * end, those who know the mark ("sockets"). A server without files has the length only by holding the snapshot in memory.
 * The stream from the snapshot's moment on follows.
 */
export class FullSync {
  private running: Running | undefined;

  constructor(
    private readonly server: Server,
    private readonly replication: Replication,
  ) {}

  /** Replicas get a snapshot as it is made. */
  get isStreaming(): boolean {
    return this.running?.target === 'sockets';
  }

  request(replica: Replica): void {
    const { server, running } = this;
    const { disklessSync, disklessSyncDelay } = server.settings;
    this.replication.syncs.full++;
    replica.state = 'waiting';
    replica.heardAt = server.clock.now();
    this.replication.attach(replica);
    if (running?.target === 'disk' && this.join(running, replica)) {
      server.log('notice', 'Waiting for end of BGSAVE for SYNC');
    } else if (running?.target === 'sockets') {
      server.log('notice', 'Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC');
    } else if (server.persistence.isSaving) {
      server.log('notice', "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC");
    } else if (disklessSync && replica.knowsEndMark && disklessSyncDelay > 0) {
      server.log('notice', 'Delay next BGSAVE for diskless SYNC');
    } else if (server.appendOnlyFile.rewrite.isRunning) {
      const text = 'No BGSAVE in progress, but another BG operation is active. BGSAVE for replication delayed';
      server.log('notice', text);
    } else this.start(replica);
  }

  /** Once a second: those whose delay is over, which has let others join them, or who had to wait for another job. */
  startDue(): void {
    const { clock, settings, persistence, appendOnlyFile } = this.server;
    if (this.running || persistence.isSaving || appendOnlyFile.rewrite.isRunning) return;
    const waiting = this.waiting();
    const [first] = waiting;
    if (first === undefined) return;
    const waited = Math.max(...waiting.map(({ heardAt }) => clock.now() - heardAt)) / 1000;
    const { disklessSync, disklessSyncDelay, disklessSyncMaxReplicas: enough } = settings;
    const isEnough = enough > 0 && waiting.length >= enough;
    if (!disklessSync || isEnough || waited >= disklessSyncDelay) this.start(first);
  }

  /** A replica has gone: what was made for it alone is of no use, unless the file is wanted for itself. */
  left(): void {
    const { running, server } = this;
    if (!running || this.taking(running).length > 0) return;
    if (running.target === 'sockets') {
      server.log('warning', 'Diskless rdb transfer, last replica dropped, killing fork child.');
    } else if (server.persistence.savePoints.length > 0) return;
    server.persistence.cancelBackground();
  }

  /** Once a second: replicas that take nothing would hold up the others. */
  disconnectStuck(): void {
    const { clock, settings, log } = this.server;
    for (const replica of this.running?.replicas ?? []) {
      if (replica.stuckSince === 0 || clock.now() - replica.stuckSince <= settings.replicationTimeout * 1000) continue;
      log('warning', `Disconnecting timedout replica (full sync): ${replica.name}`);
      replica.session.peer.close();
    }
  }

  private waiting(): Replica[] {
    return [...this.replication.replicas].filter(({ state }) => state === 'waiting');
  }

  /** The snapshot that is being made will do, with what is kept of the stream for another replica. */
  private join(running: Running, replica: Replica): boolean {
    const [other] = this.taking(running);
    if (other === undefined || replica.functionsOnly) return false;
    replica.followAs(other);
    running.replicas.push(replica);
    this.announce(replica, running);
    return true;
  }

  private announce(replica: Replica, { id, offset }: Running): void {
    if (!replica.isOld) replica.write(`+FULLRESYNC ${id} ${offset}\r\n`);
    replica.state = 'saving';
  }

  /** For the replica and all that wait for the same. */
  private start(first: Replica): void {
    const { server, replication } = this;
    const { functionsOnly } = first;
    const replicas = this.waiting().filter((replica) => replica.functionsOnly === functionsOnly);
    const isMarked = server.settings.disklessSync || functionsOnly || !server.persistence.keepsFiles;
    const target = isMarked && replicas.every((one) => one.knowsEndMark) ? 'sockets' : 'disk';
    server.log('notice', `Starting BGSAVE for SYNC with target: ${target === 'sockets' ? 'replicas sockets' : 'disk'}`);
    replication.flush();
    replication.forgetDatabase();
    const running: Running = { target, replicas, id: replication.id, offset: replication.offset };
    this.running = running;
    for (const replica of replicas) {
      this.announce(replica, running);
      replica.followFrom(replication.backlog!, running.offset + 1);
    }
    void this.run(running, functionsOnly).catch((error: unknown) => {
      server.log('warning', `BGSAVE for replication failed: ${(error as Error).message}`);
      this.end(running);
      for (const replica of replicas) replica.session.peer.close();
    });
  }

  private async run(running: Running, functionsOnly: boolean): Promise<void> {
    const { persistence } = this.server;
    if (running.target === 'sockets') await this.sendMarked(running, functionsOnly);
    else if (!persistence.keepsFiles) await this.sendFromMemory(running);
    else if (await persistence.saveInBackground()) this.sendFile(running);
    else this.fail(running);
  }

  private async sendMarked(running: Running, functionsOnly: boolean): Promise<void> {
    const { server } = this;
    const snapshot = server.persistence.streamInBackground({ functionsOnly });
    server.log('notice', `Background RDB transfer started by pid ${process.pid}`);
    const mark = server.random.bytes(20).toString('hex');
    for (const replica of running.replicas) replica.write(`$EOF:${mark}\r\n`);
    // At once, though a replica that takes nothing holds up the rest.
    void snapshot.done.then((isWhole) => isWhole || this.fail(running));
    for await (const bytes of snapshot) {
      await Promise.all(this.taking(running).map((replica) => this.write(replica, bytes)));
    }
    snapshot.end(true);
    if (snapshot.isCancelled) return;
    const left = this.taking(running);
    server.log('warning', `Diskless rdb transfer, done reading from pipe, ${left.length} replicas still up.`);
    server.log('notice', 'Background RDB transfer terminated with success');
    this.end(running);
    for (const replica of left) {
      replica.write(mark);
      const next = 'Waiting for REPLCONF ACK from slave to enable streaming';
      server.log('notice', `Streamed RDB transfer with replica ${replica.name} succeeded (socket). ${next}`);
      this.finish(replica, true);
    }
  }

  private async sendFromMemory(running: Running): Promise<void> {
    const pieces: Buffer[] = [];
    const snapshot = this.server.persistence.streamInBackground({});
    for await (const bytes of snapshot) pieces.push(bytes);
    snapshot.end(true);
    if (snapshot.isCancelled) {
      this.fail(running);
      return;
    }
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.end(running);
    for (const replica of this.taking(running)) void this.sendCounted(replica, length, pieces);
  }

  /** The file that has just been saved: each replica has it open, whatever becomes of its name. */
  private sendFile(running: Running): void {
    const { path } = this.server.persistence;
    this.end(running);
    for (const replica of this.taking(running)) {
      const fd = openSync(path, 'r');
      const { size } = fstatSync(fd);
      void this.sendCounted(replica, size, createReadStream(path, { fd, start: 0, highWaterMark: PIECE }));
    }
  }

  private async sendCounted(
    replica: Replica,
    length: number,
    pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  ): Promise<void> {
    replica.state = 'sending';
    replica.write(`$${length}\r\n`);
    try {
      for await (const piece of pieces) {
        if (!this.replication.replicas.has(replica)) return;
        await this.write(replica, piece);
      }
    } catch (error) {
      this.server.log('warning', `Read error sending DB to replica: ${(error as Error).message}`);
      replica.session.peer.close();
      return;
    }
    this.finish(replica, false);
  }

  /** Goes on when the replica has taken it, or is gone. */
  private async write(replica: Replica, bytes: Buffer): Promise<void> {
    replica.write(bytes);
    replica.stuckSince = this.server.clock.now();
    await Promise.race([replica.session.peer.socket?.drained(), replica.gone]);
    replica.stuckSince = 0;
  }

  private finish(replica: Replica, awaitsAck: boolean): void {
    const { server } = this;
    if (!this.replication.replicas.has(replica)) return;
    replica.goOnline(server.clock.now(), awaitsAck);
    if (replica.snapshotOnly) {
      const text = `RDB transfer completed, rdb only replica (${replica.name}) should be disconnected asap`;
      server.log('notice', text);
      replica.session.peer.close();
      return;
    }
    this.replication.countGood();
    server.log('notice', `Synchronization with replica ${replica.name} succeeded`);
  }

  private fail(running: Running): void {
    this.end(running);
    for (const replica of this.taking(running)) {
      this.server.log('warning', 'SYNC failed. BGSAVE child returned an error');
      replica.session.peer.close();
    }
  }

  private end(running: Running): void {
    if (this.running !== running) return;
    this.running = undefined;
    queueMicrotask(() => this.startDue());
  }

  /** Those of its replicas that are still there. */
  private taking({ replicas }: Running): Replica[] {
    return replicas.filter((replica) => this.replication.replicas.has(replica));
  }
}

/** A snapshot that is being made for replicas. */
interface Running {
  readonly target: 'disk' | 'sockets';
  readonly replicas: Replica[];
  /** Where in the replication stream it is. */
  readonly id: string;
  readonly offset: number;
}

const PIECE = 256 * 1024;
