import type { Clock } from '../../core/clock.js';
import type { Args, ByteString } from '../../resp/args.js';
import type { CommandDeclaration } from '../commands/command.js';
import type { Database } from '../keyspace/database.js';
import type { Session } from './session.js';

/**
 * Clients that wait for keys (BLPOP and its kin). A blocked command is run again, as it came, whenever one
 * of its keys became ready: it then replies, or blocks on and keeps its place in the queue. First come,
 * first served, per key. As in Redis a key becomes ready when it comes into being, not when something takes
 * the place of what it held (SORT STORE), and a stream with each entry and when it goes.
 */
export class Blocking {
  private readonly waiting = new Map<Database, Map<ByteString, Set<Session>>>();
  private ready = new Map<Database, Set<ByteString>>();
  private order: Ready[] = [];
  private serving = false;
  /** How many clients wait. */
  clients = 0;
  /** Those of them who hear of the end of a key. */
  private hearers = 0;
  private resuming: Session | undefined;
  /** While a blocked command runs again: the key that became ready. It is served from that key alone. */
  readyKey: ByteString | undefined;
  private blockedAgain = false;

  constructor(
    private readonly clock: Clock,
    /** Runs the command of an unblocked client. */
    private readonly rerun: (session: Session, command: CommandDeclaration, args: Args) => void,
    private readonly updateTime: () => void,
  ) {}

  get pending(): boolean {
    return this.order.length > 0 && !this.serving;
  }

  /** `timeout` in milliseconds, 0: for ever; `onTimeout` writes the reply of a client that waited in vain. */
  block(session: Session, wait: Wait): void {
    if (this.resuming === session) {
      this.blockedAgain = true;
      return;
    }
    const until = wait.timeout === 0 ? 0 : this.clock.now() + wait.timeout;
    const finish = () => this.unblock(session, () => wait.onTimeout?.());
    const cancelTimer = wait.timeout === 0 ? () => undefined : this.clock.schedule(wait.timeout, finish);
    session.blocked = { ...wait, args: wait.args.clone(), until, cancelTimer, since: this.clock.now() };
    this.clients++;
    if (wait.command.name === HEARS_OF_THE_END) this.hearers++;
    const keys = this.waiting.get(wait.db) ?? new Map<ByteString, Set<Session>>();
    this.waiting.set(wait.db, keys);
    for (const key of new Set(wait.keys)) {
      const sessions = keys.get(key) ?? new Set();
      keys.set(key, sessions);
      sessions.add(session);
      wait.db.observe(key);
    }
  }

  /** Ends the wait; `reply` writes what the client gets, if it wants replies. False when it did not wait. */
  unblock(session: Session, reply?: () => void): boolean {
    const { blocked } = session;
    if (!blocked) return false;
    session.blocked = undefined;
    this.clients--;
    if (blocked.command.name === HEARS_OF_THE_END) this.hearers--;
    blocked.cancelTimer();
    const keys = this.waiting.get(blocked.db);
    for (const key of new Set(blocked.keys)) {
      const sessions = keys?.get(key);
      sessions?.delete(session);
      if (sessions?.size === 0) keys?.delete(key);
      blocked.db.unobserve(key);
    }
    const mark = session.reply.mark();
    reply?.();
    if (session.replyMode !== 'on') session.reply.rewind(mark);
    session.endSkip();
    session.peer.flush();
    return true;
  }

  /** Those who wait for the key try again once the running command is over. */
  becameReady(db: Database, key: ByteString): void {
    if (!this.waiting.get(db)?.has(key)) return;
    const keys = this.ready.get(db) ?? new Set();
    this.ready.set(db, keys);
    if (keys.has(key)) return;
    keys.add(key);
    this.order.push({ db, key });
  }

  /** Lets those whose keys are ready try again, until no more keys become so; the time has moved on. */
  serve(): void {
    this.updateTime();
    this.serving = true;
    while (this.order.length > 0) {
      const { order } = this;
      this.order = [];
      for (const { db, key } of order) {
        this.ready.get(db)?.delete(key);
        this.serveKey(db, key);
      }
    }
    this.serving = false;
  }

  /** Once the key is gone, only those who wait for its end as well are asked: of thousands that wait one is served. */
  private serveKey(db: Database, key: ByteString): void {
    let isThere = db.has(key);
    for (const session of this.waiting.get(db)?.get(key) ?? []) {
      if (!isThere && this.hearers === 0) return;
      if (!isThere && session.blocked?.command.name !== HEARS_OF_THE_END) continue;
      this.retry(session, key);
      if (session.blocked === undefined) isThere = db.has(key);
    }
  }

  private retry(session: Session, key: ByteString): void {
    const { blocked } = session;
    if (!blocked) return;
    this.resuming = session;
    this.readyKey = key;
    this.blockedAgain = false;
    const selected = session.db;
    session.db = blocked.db;
    this.rerun(session, blocked.command, blocked.args);
    session.db = selected;
    this.resuming = undefined;
    this.readyKey = undefined;
    if (!this.blockedAgain) this.unblock(session);
  }
}

interface Ready {
  readonly db: Database;
  readonly key: ByteString;
}

/** Its group goes with the stream. */
const HEARS_OF_THE_END = 'xreadgroup';

export interface Wait {
  readonly command: CommandDeclaration;
  readonly args: Args;
  readonly db: Database;
  readonly keys: readonly ByteString[];
  readonly timeout: number;
  /** Absent: only who made it wait can end it. */
  readonly onTimeout: (() => void) | undefined;
}
