import { encodeWords } from '../../resp/request-encoder.js';
import { Target } from '../effects.js';
import type { Server } from '../server.js';
import type { Session } from '../session/session.js';
import { Backlog } from './backlog.js';
import { Failover } from './failover.js';
import { FullSync } from './full-sync.js';
import { Replica } from './replica.js';

/**
 * The primary's side of replication: the stream of effects as one row of bytes, numbered from the first, its backlog,
 * and the replicas that follow it. Nothing is streamed before the first replica has come; what one turn of the event
 * loop brings goes out together.
 */
export class Replication {
  readonly replicas = new Set<Replica>();
  /** Which history of the data the offsets belong to. */
  id: string;
  /** Bytes streamed so far (master_repl_offset). */
  offset = 0;
  backlog: Backlog | undefined;
  readonly fullSync: FullSync;
  readonly failover: Failover;
  /** INFO's sync_full, sync_partial_ok, sync_partial_err. */
  readonly syncs = { full: 0, partial: 0, refused: 0 };
  bytesOut = 0;
  /** Online replicas that were heard of within `min-replicas-max-lag`. */
  goodReplicas = 0;
  /** The database that the stream is in; -1: the next command says it. */
  private database = -1;
  private pending: Buffer[] = [];
  private isAckWanted = false;
  private stopFollowing: () => void = () => undefined;
  private aloneSince = 0;
  private seconds = 0;
  private readonly waits = new Set<Wait>();

  constructor(private readonly server: Server) {
    this.id = server.random.bytes(20).toString('hex');
    this.fullSync = new FullSync(server, this);
    this.failover = new Failover(server);
  }

  /** The replica that a client is, or by REPLCONF will be. */
  replicaOf(session: Session): Replica {
    session.replica ??= new Replica(session);
    return session.replica;
  }

  /** Fewer replicas keep up than `min-replicas-to-write` asks for. */
  get lacksReplicas(): boolean {
    const { minReplicas, minReplicasMaxLag } = this.server.settings;
    return minReplicas > 0 && minReplicasMaxLag > 0 && this.goodReplicas < minReplicas;
  }

  /** From now on its session gets the stream. The first replica begins a new history. */
  attach(replica: Replica): void {
    this.replicas.add(replica);
    if (this.backlog !== undefined) return;
    this.renew();
    this.backlog = new Backlog(this.offset + 1, () => Math.max(this.server.settings.backlogSize, LEAST_BACKLOG));
    this.stopFollowing = this.server.effects.listen(Target.replicas, (db, bytes) => this.feed(db, bytes));
    this.server.log(
      'notice',
      `Replication backlog created, my new replication IDs are '${this.id}' and '${'0'.repeat(40)}'`,
    );
  }

  /** The client's connection has ended. */
  forget(session: Session): void {
    for (const wait of this.waits) if (wait.session === session) this.waits.delete(wait);
    const { replica } = session;
    if (replica === undefined || !this.replicas.delete(replica)) return;
    this.server.log('warning', `Connection with replica ${replica.name} lost.`);
    if (this.replicas.size === 0) this.aloneSince = this.server.clock.now();
    this.countGood();
  }

  /** An effect, or what the server itself has to say in the database the stream is in. */
  private feed(db: number, bytes: Buffer): void {
    if (db !== this.database) {
      this.append(encodeWords(['SELECT', String(db)]));
      this.database = db;
    }
    this.append(bytes);
  }

  /** The next command names its database: a snapshot's reader starts without one. */
  forgetDatabase(): void {
    this.database = -1;
  }

  get streamDatabase(): number {
    return this.database;
  }

  private append(bytes: Buffer): void {
    this.offset += bytes.length;
    this.pending.push(bytes);
    this.server.turn.schedule();
  }

  /** Sends what has been streamed. */
  flush(): void {
    if (this.isAckWanted && this.replicas.size > 0) this.append(GETACK);
    this.isAckWanted = false;
    if (this.pending.length === 0) return;
    const bytes = this.pending.length === 1 ? this.pending[0]! : Buffer.concat(this.pending);
    this.pending = [];
    this.backlog?.append(bytes);
    for (const replica of this.replicas) replica.follow(bytes);
    this.bytesOut += bytes.length * this.replicas.size;
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
    if (
      this.seconds++ % settings.replicaPingPeriod === 0 &&
      this.replicas.size > 0 &&
      this.failover.state === 'no-failover'
    ) {
      this.append(PING);
    }
    this.failover.check();
    for (const replica of this.replicas) {
      // A sign of life while nothing can be sent yet.
      if (replica.state === 'waiting' || (replica.state === 'saving' && !replica.knowsEndMark)) replica.write('\n');
    }
    this.disconnectSilent();
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
    this.stopFollowing();
    this.failover.close();
    this.pending = [];
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
    if (this.backlog === undefined || this.replicas.size > 0 || settings.backlogTtl === 0) return;
    if (lagOf(clock.now(), this.aloneSince) <= settings.backlogTtl) return;
    this.flush();
    this.stopFollowing();
    this.backlog = undefined;
    this.renew();
    log('notice', `Replication backlog freed after ${settings.backlogTtl} seconds without connected replicas.`);
  }

  /** REPLICAOF NO ONE, when another server has taken over: a history of its own begins. */
  beginAnew(): void {
    if (this.failover.successor === undefined) return;
    this.failover.successor = undefined;
    for (const replica of this.replicas) replica.session.peer.close();
    this.renew();
  }

  private renew(): void {
    this.id = this.server.random.bytes(20).toString('hex');
    this.database = -1;
  }
}

interface Wait {
  readonly session: Session;
  readonly offset: number;
  readonly wanted: number;
}

/** Whole seconds since a time. */
export function lagOf(now: number, heardAt: number): number {
  return Math.floor((now - heardAt) / 1000);
}

const PING = encodeWords(['PING']);
const GETACK = encodeWords(['REPLCONF', 'GETACK', '*']);
const LEAST_BACKLOG = 16 * 1024;
