import type { Area } from '../../resp/area.js';
import { encodeWords } from '../../resp/request-encoder.js';
import { ByteQueue } from '../byte-queue.js';
import { type EffectListener, Target } from '../effects.js';
import type { Server } from '../server.js';
import type { Session } from '../session/session.js';
import { Backlog, inPieces } from './backlog.js';
import { Failover } from './failover.js';
import { Following } from './following.js';
import { FullSync } from './full-sync.js';
import { lagOf } from './lag.js';
import { OwnKeys } from './own-keys.js';
import { Replica } from './replica.js';

/**
 * The replication stream as one row of bytes, numbered from the first, its backlog, and the replicas that follow it. On a
 * primary it is made of effects, and nothing is streamed before the first replica has come; what one turn of the event
 * loop brings goes out together. On a replica it is what the primary has sent (following.ts), byte by byte.
 */
export class Replication implements EffectListener {
  readonly replicas = new Set<Replica>();
  /** Which history of the data the offsets belong to. */
  id: string;
  /** The history before this one, and the first offset that is no longer part of it; -1: there was none. */
  secondId = NO_ID;
  secondOffset = -1;
  /** This server follows a primary. */
  isReplica = false;
  readonly following: Following;
  /** Bytes streamed so far (master_repl_offset). */
  offset = 0;
  backlog: Backlog | undefined;
  readonly fullSync: FullSync;
  readonly failover: Failover;
  private own: OwnKeys | undefined;
  /** INFO's sync_full, sync_partial_ok, sync_partial_err. */
  readonly syncs = { full: 0, partial: 0, refused: 0 };
  bytesOut = 0;
  /** Online replicas that were heard of within `min-replicas-max-lag`. */
  goodReplicas = 0;
  /** The database that the stream is in; -1: the next command says it. */
  private database = -1;
  private readonly pending = new ByteQueue();
  private isAckWanted = false;
  private stopListening: () => void = () => undefined;
  private aloneSince = 0;
  /** Cycles. The first one is no time to say PING: replicas that come back after a restart may be there by then. */
  private seconds = 1;
  private readonly waits = new Set<Wait>();

  constructor(private readonly server: Server) {
    this.id = server.random.bytes(20).toString('hex');
    this.fullSync = new FullSync(server, this);
    this.failover = new Failover(server);
    this.following = new Following(server);
  }

  /** What clients of a writable replica have put there for a time. */
  get ownKeys(): OwnKeys {
    this.own ??= new OwnKeys(this.server.keyspace);
    return this.own;
  }

  /** As the role and `replica-read-only` are now. */
  keepOwnKeys(): void {
    this.server.keyspace.remembersExpiries = this.isReplica && !this.server.settings.replicaReadOnly;
    if (!this.isReplica) this.ownKeys.clear();
  }

  /** CONFIG RESETSTAT. */
  resetCounters(): void {
    this.syncs.full = this.syncs.partial = this.syncs.refused = this.bytesOut = 0;
  }

  /** The replica that a client is, or by REPLCONF will be. */
  replicaOf(session: Session): Replica {
    session.replica ??= new Replica(session);
    return session.replica;
  }

  /** Fewer replicas keep up than `min-replicas-to-write` asks for. */
  get lacksReplicas(): boolean {
    const { minReplicas, minReplicasMaxLag } = this.server.settings;
    return !this.isReplica && minReplicas > 0 && minReplicasMaxLag > 0 && this.goodReplicas < minReplicas;
  }

  /** Whether the bytes after `offset` in the history `id` are, or will be, those of this stream. */
  continues(id: string, offset: number): boolean {
    return id === this.id || (id === this.secondId && offset <= this.secondOffset);
  }

  /** From now on its session gets the stream. The first replica begins a new history. */
  attach(replica: Replica): void {
    this.replicas.add(replica);
    replica.session.refresh();
    if (this.backlog !== undefined) return;
    this.renew();
    this.backlog = this.createBacklog();
    this.listen();
    this.server.log('notice', `Replication backlog created, my new replication IDs are '${this.id}' and '${NO_ID}'`);
  }

  /** Turns into a replica: from now on the stream is the primary's. */
  stopBeingPrimary(): void {
    // Who was found to be in step is to be so still.
    this.isAckWanted = false;
    this.flush();
    this.stopListening();
    this.isReplica = true;
    this.server.oomScore.apply();
    this.keepOwnKeys();
  }

  /** Turns into a primary, with a new history that continues the old one. */
  bePrimary(): void {
    this.flush();
    this.isReplica = false;
    this.server.oomScore.apply();
    this.keepOwnKeys();
    this.shiftId(this.server.random.bytes(20).toString('hex'));
    this.database = -1;
    this.aloneSince = this.server.clock.now();
    if (this.backlog !== undefined) this.listen();
  }

  /** All data has come from a primary, at this place of its history. */
  adopt(id: string, offset: number): void {
    this.dropReplicas();
    this.ownKeys.clear();
    this.pending.clear();
    this.id = id;
    this.secondId = NO_ID;
    this.secondOffset = -1;
    this.offset = offset;
    this.backlog = this.createBacklog();
  }

  /** The primary goes on with this server's history, under a new name perhaps. */
  continueAs(id: string): void {
    if (id !== this.id) {
      this.server.log('notice', `Master replication ID changed to ${id}`);
      this.shiftId(id);
    }
    this.backlog ??= this.createBacklog();
  }

  /** A part of the primary's stream, for this server's own replicas. */
  proxy(bytes: Buffer): void {
    this.append(bytes);
  }

  /** What replicas know of the data so far is of no use to them (DEBUG CHANGE-REPL-ID). */
  forgetHistory(): void {
    this.id = this.server.random.bytes(20).toString('hex');
    this.secondId = NO_ID;
    this.secondOffset = -1;
  }

  /** Replicas have to ask again, by which they learn of the new id. */
  private shiftId(id: string): void {
    this.secondId = this.id;
    this.secondOffset = this.offset + 1;
    this.id = id;
    this.server.log(
      'warning',
      `Setting secondary replication ID to ${this.secondId}, valid up to offset: ${this.secondOffset}. New replication ID is ${id}`,
    );
    this.dropReplicas();
  }

  private dropReplicas(): void {
    for (const replica of [...this.replicas]) replica.session.peer.close();
  }

  private createBacklog(): Backlog {
    return new Backlog(
      this.offset + 1,
      () => Math.max(this.server.settings.backlogSize, LEAST_BACKLOG),
      () => this.neededOffset(),
    );
  }

  private neededOffset(): number {
    let needed = Number.POSITIVE_INFINITY;
    for (const replica of this.replicas) needed = Math.min(needed, replica.neededOffset);
    return needed;
  }

  private listen(): void {
    this.stopListening();
    this.stopListening = this.server.effects.listen(Target.replicas, this);
  }

  /** The client's connection has ended. */
  forget(session: Session): void {
    for (const wait of this.waits) if (wait.session === session) this.waits.delete(wait);
    const { replica } = session;
    if (replica === undefined || !this.replicas.delete(replica)) return;
    this.server.log('warning', `Connection with replica ${replica.name} lost.`);
    replica.forget();
    this.backlog?.trim();
    this.fullSync.left();
    if (this.replicas.size === 0) this.aloneSince = this.server.clock.now();
    this.countGood();
  }

  happened(db: number, area: Area, start: number, length: number, isLent: boolean): void {
    if (db !== this.database) {
      this.append(encodeWords(['SELECT', String(db)]));
      this.database = db;
    }
    this.offset += length;
    if (isLent) this.pending.lend(area, start, length);
    else this.pending.add(area, start, length);
    this.server.turn.schedule();
  }

  keep(): void {
    this.pending.keep();
  }

  /** The next command names its database: a snapshot's reader starts without one. */
  forgetDatabase(): void {
    this.database = -1;
  }

  /** Where the data is in its history, for RDB files: what is loaded from one can go on there. Undefined: nowhere. */
  get place(): { readonly id: string; readonly offset: number; readonly database: number } | undefined {
    const { id, offset } = this;
    const known = this.backlog === undefined ? undefined : Math.max(0, this.database);
    const database = this.isReplica ? this.following.database : known;
    return database === undefined ? undefined : { id, offset, database };
  }

  /** A primary loads its data: what it finds expired is part of the history that replicas go on with. */
  beginLoading(): void {
    this.backlog = this.createBacklog();
    this.listen();
  }

  /** Goes on in the history that the file's fields name, if they do: replicas have to ask for what they have not. */
  endLoading(aux: ReadonlyMap<string, string>, isReplica: boolean): void {
    const id = aux.get('repl-id') ?? '';
    const offset = Number(aux.get('repl-offset') ?? -1);
    this.flush();
    if (id.length !== 40 || !Number.isSafeInteger(offset) || offset < 0) {
      this.stopListening();
      this.backlog = undefined;
      this.offset = 0;
      this.database = -1;
    } else if (isReplica) {
      this.id = id;
      this.offset = offset;
      this.following.resumeAt(Number(aux.get('repl-stream-db') ?? 0));
    } else {
      this.secondId = id;
      this.secondOffset = offset + 1;
      this.offset += offset;
      this.backlog?.rebase(offset);
      this.aloneSince = this.server.clock.now();
    }
  }

  private append(bytes: Buffer): void {
    this.offset += bytes.length;
    this.pending.addBytes(bytes);
    this.server.turn.schedule();
  }

  /** Sends what has been streamed. */
  flush(): void {
    if (this.isAckWanted && this.replicas.size > 0 && !this.isReplica) this.append(GETACK);
    this.isAckWanted = false;
    if (this.pending.length === 0) return;
    const most = Math.max(this.server.settings.backlogSize / 16, LEAST_BACKLOG);
    for (const bytes of inPieces(this.pending.pieces(), Math.floor(most))) {
      this.backlog?.append(bytes);
      this.bytesOut += bytes.length * this.replicas.size;
    }
    this.pending.clear();
    for (const replica of this.replicas) replica.send();
  }

  /** REPLCONF ACK. */
  acknowledged(replica: Replica, offset: number): void {
    replica.acknowledge(offset, this.server.clock.now());
    for (const wait of [...this.waits]) {
      const count = this.countAcks(wait.offset);
      if (count < wait.wanted) continue;
      this.waits.delete(wait);
      this.server.blocking.unblock(wait.session, () => wait.session.reply.integer(count));
    }
    this.failover.check();
  }

  /** How many replicas have all up to the offset. */
  countAcks(offset: number): number {
    let count = 0;
    for (const { state, acknowledged } of this.replicas) if (state === 'online' && acknowledged >= offset) count++;
    return count;
  }

  /** WAIT: the session, which is blocked, is answered once `wanted` replicas have the offset. */
  awaitAcks(session: Session, offset: number, wanted: number): void {
    this.waits.add({ session, offset, wanted });
    this.askForAcks();
  }

  /** Replicas are to say how far they are. */
  askForAcks(): void {
    this.isAckWanted = true;
    this.server.turn.schedule();
  }

  endWait(session: Session): void {
    for (const wait of this.waits) if (wait.session === session) this.waits.delete(wait);
  }

  /** Once a second. */
  cycle(): void {
    const { settings } = this.server;
    this.following.cycle();
    const { cluster } = this.server;
    // A stream that is to come to an end must not grow.
    const isHandedOver = this.failover.state !== 'no-failover' || cluster?.handover.isUnderWay === true;
    const isPingDue = this.seconds++ % settings.replicaPingPeriod === 0 && !isHandedOver;
    if (isPingDue && this.replicas.size > 0 && !this.isReplica) this.append(PING);
    this.failover.check();
    for (const replica of this.replicas) {
      // A sign of life while nothing can be sent yet.
      if (replica.state === 'waiting' || (replica.state === 'saving' && !this.fullSync.isStreaming))
        replica.write('\n');
    }
    this.disconnectSilent();
    this.fullSync.disconnectStuck();
    this.endHistory();
    this.fullSync.startDue();
    this.countGood();
  }

  countGood(): void {
    const now = this.server.clock.now();
    const { minReplicasMaxLag } = this.server.settings;
    this.goodReplicas = 0;
    for (const { state, heardAt } of this.replicas) {
      if (state === 'online' && lagOf(now, heardAt) <= minReplicasMaxLag) this.goodReplicas++;
    }
  }

  close(): void {
    this.following.close();
    this.failover.close();
    this.stopListening();
    this.pending.clear();
  }

  private disconnectSilent(): void {
    const { clock, settings, log } = this.server;
    for (const replica of this.replicas) {
      if (replica.state !== 'online' || replica.isOld) continue;
      if (lagOf(clock.now(), replica.heardAt) <= settings.replicationTimeout) continue;
      log('warning', `Disconnecting timedout replica (streaming sync): ${replica.name}`);
      replica.session.peer.close();
    }
  }

  /** Without replicas the backlog is kept for `repl-backlog-ttl` seconds. */
  private endHistory(): void {
    const { settings, clock, log } = this.server;
    if (this.backlog === undefined || this.replicas.size > 0 || settings.backlogTtl === 0 || this.isReplica) return;
    if (lagOf(clock.now(), this.aloneSince) <= settings.backlogTtl) return;
    this.flush();
    this.stopListening();
    this.backlog = undefined;
    this.renew();
    log('notice', `Replication backlog freed after ${settings.backlogTtl} seconds without connected replicas.`);
  }

  private renew(): void {
    this.forgetHistory();
    this.database = -1;
  }
}

interface Wait {
  readonly session: Session;
  readonly offset: number;
  readonly wanted: number;
}

/** Of a history that never was. */
const NO_ID = '0'.repeat(40);
const PING = encodeWords(['PING']);
const GETACK = encodeWords(['REPLCONF', 'GETACK', '*']);
const LEAST_BACKLOG = 16 * 1024;
