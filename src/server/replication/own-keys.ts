import { Args, type ByteString } from '../../resp/args.js';
import type { Database } from '../keyspace/database.js';
import type { Keyspace } from '../keyspace/keyspace.js';

/**
 * Keys that clients of a writable replica have given a time to live. The primary knows nothing of them, so this server
 * removes them by itself; whatever else a replica has goes when the primary says so.
 */
export class OwnKeys {
  private readonly keys = new Map<Database, Set<ByteString>>();
  size = 0;

  constructor(private readonly keyspace: Keyspace) {}

  remember(db: Database, key: ByteString): void {
    let keys = this.keys.get(db);
    if (keys === undefined) {
      keys = new Set();
      this.keys.set(db, keys);
    }
    this.size -= keys.size;
    keys.add(key);
    this.size += keys.size;
  }

  /** Removes those whose time is over, looking at some; false when the time `end` came first. */
  expireSome(end: number): boolean {
    for (const [db, keys] of this.keys) {
      let looked = 0;
      for (const key of keys) {
        if (++looked % LOOKS === 0 && performance.now() > end) return false;
        if (!this.isSettled(db, key)) continue;
        keys.delete(key);
        this.size--;
      }
    }
    return true;
  }

  /** The data is another, or is this server's own. */
  clear(): void {
    this.keys.clear();
    this.size = 0;
  }

  /** Nothing is left to be done about the key. */
  private isSettled(db: Database, key: ByteString): boolean {
    const args = Args.of(key);
    const ref = db.entries.find(args, 0, db.entries.hash(args, 0));
    if (ref === 0 || db.expiry(ref) === 0) return true;
    if (!db.isExpired(ref)) return false;
    this.keyspace.removeExpired(db, ref);
    return true;
  }
}

const LOOKS = 64;
