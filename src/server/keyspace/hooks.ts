import type { Args, ByteString } from '../../resp/args.js';
import type { Database } from './database.js';
import type { Entries } from './entries.js';
import type { Ref } from './memory.js';
import type { OpenPack } from './packs.js';

/** What a database tells the server and asks of it. */
export interface KeyspaceHooks {
  /** The time all decisions of the running command are made at. */
  readonly now: number;
  readonly settings: { readonly lazyServerDel: boolean };
  readonly openPack: OpenPack;
  /** Keys are found by their slots too: the server is a node of a cluster. */
  readonly indexesSlots: boolean;
  hits: number;
  /** Somebody wants to know of every change: CLIENT TRACKING. */
  readonly tracked: boolean;
  readonly remembersExpiries: boolean;
  /** A key was given a time to live, told while `remembersExpiries`. */
  expirySet(db: Database, ref: Ref): void;
  /** A key has changed, told while `tracked`. */
  modified(key: ByteString): void;
  freedLater: number;
  /** A key that was read is not there. */
  missed(db: Database, args: Args, i: number): void;
  /** A key that was not there has been made. */
  created(db: Database, args: Args, i: number): void;
  /** Moves the entry's access clock. */
  accessed(entries: Entries, ref: Ref): void;
  /** Removes an expired key and tells whoever must know; false where keys only expire by order (a replica). */
  expire(db: Database, ref: Ref): boolean;
  /** Fields of a hash were removed because their time was over; the key too when it was `emptied`. */
  fieldsExpired(db: Database, key: ByteString, fields: readonly ByteString[], emptied: boolean): void;
  /** A key that somebody observes has changed. */
  touched(db: Database, key: ByteString): void;
  /** A stream that somebody may wait for is about to go. */
  becameReady(db: Database, key: ByteString): void;
}
