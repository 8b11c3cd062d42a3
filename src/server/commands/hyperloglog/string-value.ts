import { HyperLogLog } from '../../data/hyperloglog.js';
import { CommandError } from '../../errors.js';
import { copyBytes } from '../../keyspace/bytes.js';
import type { Ref } from '../../keyspace/memory.js';
import { External, Int, Raw } from '../../keyspace/string-encoding.js';
import type { Call } from '../call.js';

const invalid = new CommandError('WRONGTYPE Key is not a valid HyperLogLog string value.');

/** The HyperLogLog in the string of `ref`, on the string's own bytes: gone with the next write. */
export function hyperLogLogOf({ db: { entries } }: Call, ref: Ref): HyperLogLog {
  const start = entries.stringStart(ref);
  const bytes = entries.stringBuffer(ref).subarray(start, start + entries.stringLength(ref));
  const found = entries.encoding(ref) === Int ? undefined : HyperLogLog.of(bytes);
  if (found === undefined) throw invalid;
  return found;
}

/** As Redis unshares a string before it changes it: its encoding becomes raw. */
export function makeRaw({ db }: Call, ref: Ref): void {
  if (db.entries.encoding(ref) !== External) db.setEncoding(ref, Raw);
}

/** Puts the bytes into the string at argument `i`; nothing to do when they are the string's own. */
export function store(call: Call, i: number, value: HyperLogLog, ref: Ref): void {
  const { db, args } = call;
  const { bytes } = value;
  const { entries } = db;
  if (ref !== 0 && isInPlace(call, value, ref)) {
    makeRaw(call, ref);
    return;
  }
  const target = db.makeString(args, i, bytes.length, false);
  copyBytes(bytes, 0, entries.stringBuffer(target), entries.stringStart(target), bytes.length);
}

function isInPlace({ db: { entries } }: Call, { bytes }: HyperLogLog, ref: Ref): boolean {
  const buffer = entries.stringBuffer(ref);
  return (
    bytes.buffer === buffer.buffer &&
    bytes.byteOffset === buffer.byteOffset + entries.stringStart(ref) &&
    bytes.length === entries.stringLength(ref)
  );
}
