/** The type bytes of values in RDB files and DUMP payloads; those that are written, and all that are read. */
export const RdbType = {
  string: 0,
  list: 1,
  set: 2,
  zset: 3,
  hash: 4,
  zsetBinary: 5,
  hashZipmap: 9,
  listZiplist: 10,
  setIntset: 11,
  zsetZiplist: 12,
  hashZiplist: 13,
  listQuicklist: 14,
  stream: 15,
  hashListpack: 16,
  zsetListpack: 17,
  listQuicklist2: 18,
  stream2: 19,
  setListpack: 20,
  stream3: 21,
  /** Hashes with fields that expire, of 7.4. */
  hashExpiring: 24,
  hashListpackExpiring: 25,
} as const;

/** Bytes that stand where a value's type could. */
export const Opcode = {
  function: 0xf5,
  moduleAux: 0xf7,
  idle: 0xf8,
  frequency: 0xf9,
  aux: 0xfa,
  resizeDb: 0xfb,
  expireMs: 0xfc,
  expireSeconds: 0xfd,
  selectDb: 0xfe,
  end: 0xff,
} as const;

/** How a string is kept, behind the two bits that say so: integers of 8, 16 and 32 bits, or compressed. */
export const StringCoding = { int8: 0, int16: 1, int32: 2, lzf: 3 } as const;

/** A node of a list: one long element as it is, or a listpack. */
export const Container = { plain: 1, packed: 2 } as const;

/** What is written; Redis 7.0 reads no later one. */
export const RDB_VERSION = 10;
/** The latest that is read: 7.4's, whose types are known here. What 7.0 cannot have is written as of this version. */
export const NEWEST_RDB_VERSION = 12;

/**
 * Hears what was wrong with a value and has been put right, as `sanitize-dump-payload` allows it: what a value says of itself
 * twice and differently, and what is there twice. Without one to hear it, it is an error.
 */
export type Mended = (what: string) => void;

/** Bytes that are not what they should be. */
export class RdbError extends Error {
  override readonly name: string = 'RdbError';
}

/** A collection without elements: left out of what is loaded. */
export class EmptyCollectionError extends RdbError {
  override readonly name = 'EmptyCollectionError';
}
