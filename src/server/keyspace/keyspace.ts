import type { Clock } from '../../core/clock.js';
import type { Random } from '../../core/random.js';
import type { Args, ByteString } from '../../resp/args.js';
import { Database, type KeyspaceHooks } from './database.js';
import type { Entries } from './entries.js';
import type { Ref } from './memory.js';

/**
 * The server's databases and what they share: the time of the running command, hit counters, the access
 * clock. Whoever must hear of writes and expiries is set by the composition root through `observer`.
 */
export class Keyspace implements KeyspaceHooks {
  readonly databases: Database[];
  now: number;
  hits = 0;
  misses = 0;
  expired = 0;
  evicted = 0;
  tracked = false;
  /** While clients are paused keys expire for their readers, and are removed later. */
  isExpiryHeld: () => boolean = () => false;
  observer: KeyspaceObserver = {
    touched: () => undefined,
    modified: () => undefined,
    flushed: () => undefined,
    expired: () => undefined,
    missed: () => undefined,
    created: () => undefined,
  };
  /** Seconds, the low 24 bits: what OBJECT IDLETIME and LRU eviction compare. */
  private accessClock = 0;
  private accessClockAt = 0;
  private touching = true;
  /** What TIME said last, and whether it was within the running command. */
  private timestamp = 0;
  private timestampHolds = false;

  constructor(
    count: number,
    private readonly clock: Clock,
    random: Random,
  ) {
    this.now = clock.now();
    const seed = random.below(2 ** 32);
    this.databases = Array.from({ length: count }, (_, number) => new Database(number, this, seed));
  }

  /** Reads the clock: at the start of each command that is not inside another. */
  updateTime(): void {
    this.now = this.clock.now();
    this.timestampHolds = false;
    if (this.now - this.accessClockAt >= 1000 || this.now < this.accessClockAt) {
      this.accessClockAt = this.now;
      this.accessClock = Math.floor(this.now / 1000) & 0xffffff;
    }
  }

  /**
   * The time of the running command in microseconds. No two commands see the same one, so that what is
   * numbered by it (the fences of locks) rises; a clock that was set back is followed.
   */
  microseconds(): number {
    if (this.timestampHolds) return this.timestamp;
    const from = this.now * 1000;
    const fine = Math.min(Math.max(this.clock.microseconds?.() ?? from, from), from + 999);
    const repeats = fine <= this.timestamp && this.timestamp - fine < 1000;
    this.timestamp = repeats ? this.timestamp + 1 : fine;
    this.timestampHolds = true;
    return this.timestamp;
  }

  accessed(entries: Entries, ref: Ref): void {
    if (this.touching || entries.access(ref) === 0) entries.setAccess(ref, this.accessClock);
  }

  /** Runs what leaves the access clocks of existing keys alone (CLIENT NO-TOUCH). */
  withoutTouching(run: () => void): void {
    this.touching = false;
    try {
      run();
    } finally {
      this.touching = true;
    }
  }

  /** Milliseconds since the entry was last used. */
  idleTime(entries: Entries, ref: Ref): number {
    return ((this.accessClock - entries.access(ref)) & 0xffffff) * 1000;
  }

  /** CONFIG RESETSTAT. */
  resetCounters(): void {
    this.hits = this.misses = this.expired = this.evicted = 0;
  }

  /** Bytes that keys and strings take up. */
  memory(): number {
    return this.databases.reduce((sum, db) => sum + db.entries.used, 0);
  }

  touched(db: Database, key: ByteString): void {
    this.observer.touched(db, key);
  }

  modified(key: ByteString): void {
    this.observer.modified(key);
  }

  missed(db: Database, args: Args, i: number): void {
    this.misses++;
    this.observer.missed(db, args, i);
  }

  created(db: Database, args: Args, i: number): void {
    this.observer.created(db, args, i);
  }

  expire(db: Database, ref: Ref): boolean {
    if (this.isExpiryHeld()) return true;
    const key = db.entries.keyText(ref);
    db.remove(ref);
    this.expired++;
    this.observer.expired(db, key);
    return true;
  }

  /** Empties databases; whoever watches one of their keys is told. Answers how many keys went. */
  flush(databases: readonly Database[]): number {
    let removed = 0;
    for (const db of databases) {
      for (const key of db.observed.keys()) if (db.has(key)) this.observer.touched(db, key);
      removed += db.size;
      db.clear();
    }
    this.observer.flushed();
    return removed;
  }

  /** Exchanges the contents of two databases; clients stay in the number they selected. */
  swap(a: number, b: number): void {
    const { databases } = this;
    const [first, second] = [databases[a]!, databases[b]!];
    for (const db of [first, second]) {
      for (const key of db.observed.keys()) if (first.isLive(key) || second.isLive(key)) this.observer.touched(db, key);
    }
    first.exchange(second);
  }
}

export interface KeyspaceObserver {
  missed(db: Database, args: Args, i: number): void;
  created(db: Database, args: Args, i: number): void;
  /** An observed key (WATCH, blocked clients) was changed. */
  touched(db: Database, key: ByteString): void;
  /** A key was changed by a command, told while `tracked`. */
  modified(key: ByteString): void;
  /** Databases were emptied. */
  flushed(): void;
  /** A key was removed because its time was over. */
  expired(db: Database, key: ByteString): void;
}
