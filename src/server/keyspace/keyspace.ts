import type { Clock } from '../../core/clock.js';
import type { Random } from '../../core/random.js';
import type { Args, ByteString } from '../../resp/args.js';
import { AccessClock, type AccessSettings } from './access-clock.js';
import { Database } from './database.js';
import type { Entries } from './entries.js';
import type { KeyspaceHooks } from './hooks.js';
import type { Ref } from './memory.js';
import type { OpenPack } from './packs.js';

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
  expiredFields = 0;
  tracked = false;
  /** Whoever gives a key a time to live is asked whether it is to be remembered (`OwnKeys`). */
  remembersExpiries = false;
  /** Values that were large enough to be freed "in the background", for those who count. */
  freedLater = 0;
  /** Keys live on while their history is read: what they ended by comes later in it. */
  isLoading = false;
  expiryRule: () => ExpiryRule = () => 'remove';
  observer: KeyspaceObserver = {
    touched: () => undefined,
    becameReady: () => undefined,
    swapped: () => undefined,
    modified: () => undefined,
    flushed: () => undefined,
    expired: () => undefined,
    expirySet: () => undefined,
    evicted: () => undefined,
    fieldsExpired: () => undefined,
    missed: () => undefined,
    created: () => undefined,
  };
  /** How much keys are used: what OBJECT tells and eviction goes by. */
  readonly access: AccessClock;
  /** What TIME said last, and whether it was within the running command. */
  private timestamp = 0;
  private timestampHolds = false;
  private readonly seed: number;

  constructor(
    readonly settings: KeyspaceSettings,
    private readonly clock: Clock,
    random: Random,
    readonly openPack: OpenPack,
    readonly indexesSlots = false,
  ) {
    this.access = new AccessClock(settings, random);
    this.now = clock.now();
    this.seed = random.below(2 ** 32);
    this.databases = this.createDatabases();
  }

  /** Empty ones, as many as there are. */
  createDatabases(): Database[] {
    return Array.from({ length: this.settings.databases }, (_, number) => new Database(number, this, this.seed));
  }

  /** Reads the clock: at the start of each command that is not inside another. */
  updateTime(): void {
    this.now = this.clock.now();
    this.timestampHolds = false;
    this.access.update(this.now);
  }

  /** Runs at the time of now, inside a command that goes on at its own time afterwards: a script in EXEC. */
  atTimeOfItsOwn(run: () => void): void {
    const { now } = this;
    this.updateTime();
    try {
      run();
    } finally {
      this.now = now;
      this.timestampHolds = false;
    }
  }

  /** A further command at the same time. */
  goOn(): void {
    this.timestampHolds = false;
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
    this.access.mark(entries, ref);
  }

  /** Runs what leaves the access clocks of existing keys alone (CLIENT NO-TOUCH). */
  withoutTouching(run: () => void): void {
    this.access.touching = false;
    try {
      run();
    } finally {
      this.access.touching = true;
    }
  }

  /** CONFIG RESETSTAT. */
  resetCounters(): void {
    this.hits = this.misses = this.expired = this.evicted = 0;
    this.expiredFields = this.freedLater = 0;
  }

  /** Bytes that keys and values take up. */
  memory(): number {
    let bytes = 0;
    for (const db of this.databases) bytes += db.memory;
    return bytes;
  }

  /** How many keys a slot of the cluster has. */
  countInSlot(slot: number): number {
    return this.databases[0]!.entries.bySlot?.count(slot) ?? 0;
  }

  touched(db: Database, key: ByteString): void {
    this.observer.touched(db, key);
  }

  becameReady(db: Database, key: ByteString): void {
    this.observer.becameReady(db, key);
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

  /** What is over is there all the same: history is read, and says when it goes. */
  get keepsExpired(): boolean {
    return this.isLoading || this.expiryRule() === 'keep';
  }

  expire(db: Database, ref: Ref): boolean {
    if (this.isLoading) return false;
    const rule = this.expiryRule();
    if (rule !== 'remove') return rule === 'hide';
    this.removeExpired(db, ref);
    return true;
  }

  removeExpired(db: Database, ref: Ref): void {
    const key = db.entries.keyText(ref);
    db.remove(ref, this.settings.lazyExpire);
    this.expired++;
    this.observer.expired(db, key);
  }

  expirySet(db: Database, ref: Ref): void {
    this.observer.expirySet(db, ref);
  }

  fieldsExpired(db: Database, key: ByteString, fields: readonly ByteString[], emptied: boolean): void {
    this.expiredFields += fields.length;
    this.observer.fieldsExpired(db, key, fields, emptied);
  }

  /** Removes a key for want of memory, and tells whoever must know. */
  evict(db: Database, ref: Ref): void {
    const key = db.entries.keyText(ref);
    db.remove(ref, this.settings.lazyEviction);
    this.evicted++;
    this.observer.evicted(db, key);
  }

  /** Empties databases; whoever watches one of their keys is told. Answers how many keys went. */
  flush(databases: readonly Database[], lazily = false): number {
    let removed = 0;
    for (const db of databases) {
      const gone = [...db.observed.keys()].filter((key) => db.has(key));
      removed += db.size;
      db.clear();
      for (const key of gone) {
        this.observer.touched(db, key);
        this.observer.becameReady(db, key);
      }
    }
    this.observer.flushed();
    if (lazily) this.freedLater += removed;
    return removed;
  }

  /** Puts the contents of others, made by `createDatabases`, in place of all there is. */
  replaceBy(fresh: readonly Database[], lazily: boolean): void {
    for (const [number, db] of this.databases.entries()) {
      const next = fresh[number]!;
      for (const key of db.observed.keys()) {
        if (!db.has(key) && !next.has(key)) continue;
        this.observer.touched(db, key);
        this.observer.becameReady(db, key);
      }
      if (lazily) this.freedLater += db.size;
      db.exchange(next);
    }
    this.observer.flushed();
  }

  /** Exchanges the contents of two databases; clients stay in the number they selected. */
  swap(a: number, b: number): void {
    const { databases } = this;
    const [first, second] = [databases[a]!, databases[b]!];
    first.exchange(second);
    for (const [db, before] of [
      [first, second],
      [second, first],
    ] as const) {
      for (const key of db.observed.keys()) this.observer.swapped(db, key, before.has(key));
    }
  }
}

/**
 * What happens to a key whose time is over when it is met: it goes; or it is hidden from readers and removed later
 * (clients are paused; a replica waits for its primary's word); or it is as any other (to the primary's commands).
 */
export type ExpiryRule = 'remove' | 'hide' | 'keep';

export interface KeyspaceObserver {
  missed(db: Database, args: Args, i: number): void;
  created(db: Database, args: Args, i: number): void;
  /** There may be something for those who wait for an observed key: it came into being, or its stream went. */
  becameReady(db: Database, key: ByteString): void;
  /** An observed key (WATCH) was changed. */
  touched(db: Database, key: ByteString): void;
  /** SWAPDB put what another database had in the place of an observed key, which was there or was not. */
  swapped(db: Database, key: ByteString, wasThere: boolean): void;
  /** A key was changed by a command, told while `tracked`. */
  modified(key: ByteString): void;
  /** Databases were emptied. */
  flushed(): void;
  /** A key was removed because its time was over. */
  expired(db: Database, key: ByteString): void;
  /** A key was given a time to live, told while `remembersExpiries`. */
  expirySet(db: Database, ref: Ref): void;
  /** Fields of a hash were removed because their time was over; the key too when it was `emptied`. */
  fieldsExpired(db: Database, key: ByteString, fields: readonly ByteString[], emptied: boolean): void;
  /** A key was removed for want of memory. */
  evicted(db: Database, key: ByteString): void;
}

export interface KeyspaceSettings extends AccessSettings {
  readonly databases: number;
  readonly lazyExpire: boolean;
  readonly lazyEviction: boolean;
  readonly lazyServerDel: boolean;
}
