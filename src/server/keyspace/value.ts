import type { Args, ByteString } from '../../resp/args.js';
import type { IndexTable } from './index-table.js';
import type { Pack } from './pack.js';

/**
 * What a key can hold. Strings live as bytes in the keyspace's memory; every other type is an object from
 * data/, whose class says its `type` and `encoding`.
 */
export const Type = { none: 0, string: 1, list: 2, set: 3, zset: 4, hash: 5, stream: 6 } as const;
export type Type = (typeof Type)[keyof typeof Type];

export const TYPE_NAMES = ['none', 'string', 'list', 'set', 'zset', 'hash', 'stream'] as const;

/** A value that is not a string. */
export interface CollectionValue {
  /** Its elements while they are few and short, in one run of bytes. */
  readonly pack?: Pack | undefined;
  readonly type: Type;
  /** What OBJECT ENCODING answers. */
  readonly encoding: string;
  /** Elements, fields or members; a collection of size 0 is removed with its key. */
  readonly size: number;
  /** Pieces that freeing it takes: a large value is freed "in the background", for those who count. */
  readonly pieces: number;
  /** The bytes that `Entries` has counted for it: its own, not the collection's. */
  counted: number;
  /** The hash table that finds its members, for DEBUG HTSTATS-KEY; absent where there is none. */
  readonly index?: IndexTable | undefined;
  /** Looks at the members that commands name, before they are run (`fetchMembers`); absent where that is of no use. */
  fetch?(commands: readonly Args[], members: Int32Array, count: number): number;
  /** A hash: no field's time is over before this one, in milliseconds since the epoch; Infinity: fields stay. */
  readonly nextExpiry?: number;
  /** Removes fields whose time is over, not more than `limit`, and tells each. */
  dropExpired?(now: number, limit: number, dropped: (field: ByteString) => void): void;
  /** A deep copy (COPY), of bytes and pointers only: it stops nobody for long. */
  clone(): CollectionValue;
  /** Bytes of memory, estimated, from counters that each change keeps. */
  memory(): number;
}
