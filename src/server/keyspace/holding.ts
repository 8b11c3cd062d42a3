import { Area } from '../../resp/area.js';
import type { Args } from '../../resp/args.js';
import type { Database } from './database.js';
import type { Ref } from './memory.js';
import { External, Raw, type StringEncoding } from './string-encoding.js';
import { type CollectionValue, Type } from './value.js';

/** What a key holds, outside of any entry, to be put under another key or into another database. */
export interface Holding {
  readonly value: Buffer | CollectionValue;
  readonly encoding: StringEncoding;
  /** Milliseconds since the epoch; 0: none. */
  readonly expiry: number;
}

/** The key is gone then. */
export function takeOut(db: Database, ref: Ref): Holding {
  const holding = holdingOf(db, ref, false);
  db.remove(ref);
  return holding;
}

/** A deep copy. */
export function copyOut(db: Database, ref: Ref): Holding {
  return holdingOf(db, ref, true);
}

/** The key must not be there. */
export function putHolding(db: Database, args: Args, i: number, { value, encoding, expiry }: Holding): void {
  let ref: Ref;
  if (Buffer.isBuffer(value)) {
    ref = db.putString(args, i, new Area(value), 0, value.length);
    if (encoding !== External) db.setEncoding(ref, encoding);
  } else ref = db.putCollection(args, i, value);
  db.setExpiry(ref, expiry);
}

function holdingOf(db: Database, ref: Ref, copied: boolean): Holding {
  const { entries } = db;
  const expiry = entries.expiry(ref);
  if (entries.type(ref) === Type.string) {
    return { expiry, value: db.stringBytes(ref), encoding: entries.encoding(ref) };
  }
  const value = db.collection(ref);
  // A pack stays with its entry.
  const own = copied || value.pack !== undefined ? value.clone() : value;
  return { expiry, value: own, encoding: Raw };
}
