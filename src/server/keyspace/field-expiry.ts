import { Args, type ByteString } from '../../resp/args.js';
import type { Database } from './database.js';
import { BUCKETS_PER_ENTRY, IndexTable } from './index-table.js';
import type { Ref } from './memory.js';

/**
 * The hashes of a database that have fields with a time of their own (HEXPIRE), so that the background can remove
 * what is over. A hash may be listed for longer than it has such fields.
 */
export class FieldExpiry {
  private readonly table = new IndexTable();
  private cursor = 0;

  /** How many hashes are listed. */
  get size(): number {
    return this.table.size;
  }

  /** Whether a hash is listed that has such fields now. */
  hasTimes(db: Database): boolean {
    let hasTimes = false;
    let cursor = 0;
    do {
      cursor = this.table.scan(cursor, (ref) => {
        hasTimes ||= db.collection(ref).nextExpiry !== Number.POSITIVE_INFINITY;
      });
    } while (cursor !== 0 && !hasTimes);
    return hasTimes;
  }

  add(hash: number, ref: Ref): void {
    if (this.table.find(hash, (other) => other === ref) === 0) this.table.insert(hash, ref);
  }

  /** Also of a ref that is not listed. */
  remove(hash: number, ref: Ref): void {
    this.table.remove(hash, ref);
  }

  clear(): void {
    this.table.clear();
    this.cursor = 0;
  }

  step(slots: number): boolean {
    return this.table.step(slots);
  }

  /** Removes fields, looking at about `budget` hashes and never at many fields of one; answers how many went. */
  expireSome(db: Database, now: number, budget: number): number {
    const due: ByteString[] = [];
    let looked = 0;
    let buckets = budget * BUCKETS_PER_ENTRY;
    do {
      this.cursor = this.table.scan(this.cursor, (ref) => {
        looked++;
        const next = db.collection(ref).nextExpiry!;
        if (next <= now || next === Number.POSITIVE_INFINITY) due.push(db.entries.keyText(ref));
      });
    } while (looked < budget && --buckets > 0 && this.cursor !== 0);
    let removed = 0;
    for (const key of due) removed += this.expireIn(db, key, now);
    return removed;
  }

  private expireIn(db: Database, key: ByteString, now: number): number {
    const args = Args.of(key);
    const ref = db.peek(args, 0);
    if (ref === 0) return 0;
    const value = db.collection(ref);
    const fields: ByteString[] = [];
    value.dropExpired!(now, FIELDS_AT_ONCE, (field) => fields.push(field));
    if (value.nextExpiry === Number.POSITIVE_INFINITY) this.remove(db.entries.keyHash(ref), ref);
    if (fields.length > 0) db.fieldsExpired(args, 0, fields);
    return fields.length;
  }
}

/** Fields of one hash that are removed in one go. */
const FIELDS_AT_ONCE = 500;
