import type { Database } from '../../keyspace/database.js';
import type { Ref } from '../../keyspace/memory.js';
import type { CollectionValue } from '../../keyspace/value.js';
import { Crc64 } from './crc64.js';
import { RdbInput } from './rdb-input.js';
import { RdbOutput } from './rdb-output.js';
import { readValue, type ValueLimits } from './read-value.js';
import { type Mended, NEWEST_RDB_VERSION, RDB_VERSION } from './types.js';
import type { ListLimits } from './write-list.js';
import { needsNewest, writeType, writeValue } from './write-value.js';

/** What DUMP answers and RESTORE takes: a value as in an RDB file, the version in two bytes, the checksum of it all. */

export interface DumpSettings extends ListLimits {
  readonly rdbCompression: boolean;
}

export function dumpPayload({ entries }: Database, ref: Ref, settings: DumpSettings): Buffer {
  const output = new RdbOutput(settings.rdbCompression);
  writeType(output, entries, ref);
  writeValue(output, entries, ref, settings);
  return withFooter(output, needsNewest(entries, ref) ? NEWEST_RDB_VERSION : RDB_VERSION);
}

/** Bytes of the value in an RDB file, without its type. */
export function serializedLength({ entries }: Database, ref: Ref, settings: DumpSettings): number {
  const output = new RdbOutput(settings.rdbCompression);
  writeValue(output, entries, ref, settings);
  return output.length;
}

/** Ends the bytes that were written with version and checksum. */
export function withFooter(output: RdbOutput, version = RDB_VERSION): Buffer {
  const length = output.length;
  output.raw(FOOTER);
  const bytes = output.take();
  bytes.writeUInt16LE(version, length);
  new Crc64().update(bytes, 0, length + 2).writeTo(bytes, length + 2);
  return bytes;
}

/** The bytes before version and checksum; undefined when these are not right. */
export function payloadBody(bytes: Buffer, checked: boolean): Buffer | undefined {
  const length = bytes.length - FOOTER.length;
  if (length < 0 || bytes.readUInt16LE(length) > NEWEST_RDB_VERSION) return undefined;
  if (checked && !new Crc64().update(bytes, 0, length + 2).equals(bytes, length + 2)) return undefined;
  return bytes.subarray(0, length);
}

/** The value in the body of a payload: a string as its bytes, in place. Throws RdbError. */
export function readPayload(body: Buffer, limits: ValueLimits, mended?: Mended): CollectionValue | Buffer {
  const input = new RdbInput(body);
  return readValue(input, input.byte(), limits, mended) ?? input.heldBytes();
}

const FOOTER = Buffer.alloc(10);
