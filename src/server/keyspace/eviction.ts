import type { Cancel, Clock } from '../../core/clock.js';
import { Args, type ByteString } from '../../resp/args.js';
import type { EvictionPolicy } from '../settings.js';
import type { Database } from './database.js';
import type { IndexTable } from './index-table.js';
import type { Keyspace } from './keyspace.js';
import type { Ref } from './memory.js';

export interface EvictionHost {
  readonly keyspace: Keyspace;
  readonly clock: Clock;
  readonly settings: {
    readonly maxMemory: number;
    readonly maxMemoryPolicy: EvictionPolicy;
    readonly maxMemorySamples: number;
    readonly evictionTenacity: number;
    readonly replicaIgnoresMaxMemory: boolean;
  };
  readonly usedMemory: number;
  readonly latency: { begin(): number; end(event: string, began: number): void };
  /** While clients are paused the data stays as it is. */
  readonly pause: { readonly active: boolean };
  /** A replica may leave it to its primary what goes. */
  readonly replication: { readonly isReplica: boolean };
}

/**
 * Keeps memory under `maxmemory` by removing keys as `maxmemory-policy` says. As in Redis the keys are found by
 * sampling: each round looks at some random keys of every database, keeps the best candidates seen so far in a
 * small pool, and removes the best of these. Keys go for a bounded time per command; what is left to do goes on
 * between commands.
 */
export class Eviction {
  /** Milliseconds above the limit: until now, and in all. */
  private exceededSince = 0;
  private exceeded = 0;
  /** Candidates, the best one last. */
  private readonly pool: Candidate[] = [];
  private poolPolicy: EvictionPolicy | undefined;
  private nextDatabase = 0;
  private hasFailed = false;
  private later: Cancel | undefined;

  constructor(
    private readonly host: EvictionHost,
    private readonly draw: () => number,
  ) {}

  /** The limit was passed when it was looked at last, and nothing could be done about it. */
  get failed(): boolean {
    return this.host.settings.maxMemory > 0 && this.hasFailed;
  }

  /** False when the limit is passed and nothing can be done about it. Called only where there is a limit. */
  makeRoom(): boolean {
    const possible = this.tryToMakeRoom();
    this.hasFailed = !possible;
    return possible;
  }

  private tryToMakeRoom(): boolean {
    const { settings, pause, replication } = this.host;
    if (replication.isReplica && settings.replicaIgnoresMaxMemory) return true;
    const { usedMemory } = this.host;
    if (usedMemory <= settings.maxMemory || settings.maxMemory === 0) {
      if (this.exceededSince !== 0) this.noteExceeded(false);
      return true;
    }
    if (pause.active) return true;
    const possible = settings.maxMemoryPolicy !== 'noeviction' && this.evict();
    this.noteExceeded(!possible || this.later !== undefined);
    return possible;
  }

  /** Milliseconds that memory has been above the limit. */
  exceededTimes(): { total: number; current: number } {
    const current = this.exceededSince === 0 ? 0 : performance.now() - this.exceededSince;
    return { total: Math.floor(this.exceeded + current), current: Math.floor(current) };
  }

  resetCounters(): void {
    this.exceeded = 0;
    if (this.exceededSince !== 0) this.exceededSince = performance.now();
  }

  close(): void {
    this.later?.();
  }

  private evict(): boolean {
    const { host } = this;
    const { maxMemory, evictionTenacity } = host.settings;
    const began = host.latency.begin();
    const possible = this.evictDownTo(maxMemory, evictionTenacity);
    host.latency.end('eviction-cycle', began);
    return possible;
  }

  private evictDownTo(maxMemory: number, evictionTenacity: number): boolean {
    const { host } = this;
    const end = performance.now() + timeLimit(evictionTenacity);
    for (let evicted = 1; host.usedMemory > maxMemory; evicted++) {
      if (!this.evictOne()) return false;
      if (evicted % 16 === 0 && performance.now() > end) {
        this.goOnLater();
        break;
      }
    }
    return true;
  }

  private goOnLater(): void {
    this.later ??= this.host.clock.schedule(0, () => {
      this.later = undefined;
      this.host.keyspace.updateTime();
      this.makeRoom();
    });
  }

  private evictOne(): boolean {
    const { keyspace, settings } = this.host;
    const chosen = settings.maxMemoryPolicy.endsWith('random') ? this.randomEntry() : this.bestEntry();
    if (chosen === undefined) return false;
    const began = this.host.latency.begin();
    keyspace.evict(chosen.db, chosen.ref);
    this.host.latency.end('eviction-del', began);
    return true;
  }

  /** From one database after another. */
  private randomEntry(): Chosen | undefined {
    const { databases } = this.host.keyspace;
    for (let i = 0; i < databases.length; i++) {
      this.nextDatabase = (this.nextDatabase + 1) % databases.length;
      const db = databases[this.nextDatabase]!;
      const ref = this.evictable(db).sample(this.draw);
      if (ref !== 0) return { db, ref };
    }
    return undefined;
  }

  private bestEntry(): Chosen | undefined {
    const { maxMemoryPolicy } = this.host.settings;
    if (maxMemoryPolicy !== this.poolPolicy) this.pool.length = 0;
    this.poolPolicy = maxMemoryPolicy;
    while (this.fillPool()) {
      for (let candidate = this.pool.pop(); candidate; candidate = this.pool.pop()) {
        const ref = this.entryOf(candidate);
        if (ref !== 0) return { db: candidate.db, ref };
      }
    }
    return undefined;
  }

  /** The candidate's entry, 0 when it is gone or no longer in question. */
  private entryOf({ db, key }: Candidate): Ref {
    const { entries } = db;
    const args = Args.of(key);
    const ref = entries.find(args, 0, entries.hash(args, 0));
    return ref !== 0 && (this.takesAll || entries.expiry(ref) !== 0) ? ref : 0;
  }

  /** Samples every database; false when there is no key to choose from. */
  private fillPool(): boolean {
    let found = false;
    for (const db of this.host.keyspace.databases) {
      const table = this.evictable(db);
      const samples = Math.min(table.size, this.host.settings.maxMemorySamples);
      for (let i = 0; i < samples; i++) this.consider(db, table.sample(this.draw));
      found ||= samples > 0;
    }
    return found;
  }

  private consider(db: Database, ref: Ref): void {
    const { pool } = this;
    const score = this.score(db, ref);
    if (pool.length === POOL_SIZE && score <= pool[0]!.score) return;
    if (pool.length === POOL_SIZE) pool.shift();
    let at = pool.length;
    while (at > 0 && pool[at - 1]!.score > score) at--;
    pool.splice(at, 0, { db, key: db.entries.keyText(ref), score });
  }

  /** The higher, the sooner the key goes. */
  private score({ entries }: Database, ref: Ref): number {
    const { access } = this.host.keyspace;
    switch (this.host.settings.maxMemoryPolicy) {
      case 'allkeys-lfu':
      case 'volatile-lfu':
        return -access.frequency(entries, ref);
      case 'volatile-ttl':
        return -entries.expiry(ref);
      default:
        return access.idleTime(entries, ref);
    }
  }

  private evictable(db: Database): IndexTable {
    return this.takesAll ? db.entries.index : db.expiring;
  }

  private get takesAll(): boolean {
    return this.host.settings.maxMemoryPolicy.startsWith('allkeys');
  }

  private noteExceeded(exceeded: boolean): void {
    const now = performance.now();
    if (exceeded) this.exceededSince ||= now;
    else if (this.exceededSince !== 0) {
      this.exceeded += now - this.exceededSince;
      this.exceededSince = 0;
    }
  }
}

interface Chosen {
  readonly db: Database;
  readonly ref: Ref;
}

interface Candidate {
  readonly db: Database;
  readonly key: ByteString;
  readonly score: number;
}

const POOL_SIZE = 16;

/** Milliseconds that evictions may take of one command: half of one by default, no limit at 100. */
function timeLimit(tenacity: number): number {
  if (tenacity <= 10) return tenacity * 0.05;
  return tenacity < 100 ? 0.5 * 1.15 ** (tenacity - 10) : Number.POSITIVE_INFINITY;
}
