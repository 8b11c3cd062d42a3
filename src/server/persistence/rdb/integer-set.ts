import type { ByteString } from '../../../resp/args.js';
import { compareIntegers } from '../../data/integer-text.js';
import { type Mended, RdbError } from './types.js';

/** A set of integers as Redis keeps it: the bytes of each (2, 4 or 8), how many, and they in order, lowest byte first. */

export function integerSetBytes(width: number, count: number, stored: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD + stored.length);
  bytes.writeUInt32LE(width, 0);
  bytes.writeUInt32LE(count, 4);
  stored.copy(bytes, HEAD);
  return bytes;
}

/** In order, each once: unless that may be otherwise, which `mended` hears of then. */
export function readIntegerSet(bytes: Buffer, mended?: Mended): ByteString[] {
  const width = bytes.length < HEAD ? 0 : bytes.readUInt32LE(0);
  if (width !== 2 && width !== 4 && width !== 8) throw new RdbError('lengths are wrong');
  const count = bytes.readUInt32LE(4);
  if (count === 0 || bytes.length !== HEAD + count * width) throw new RdbError('lengths are wrong');
  const members: ByteString[] = [];
  let isSorted = true;
  for (let at = HEAD; at < bytes.length; at += width) {
    const member = String(width === 8 ? bytes.readBigInt64LE(at) : bytes.readIntLE(at, width));
    if (members.length > 0 && compareIntegers(members.at(-1)!, member) >= 0) isSorted = false;
    members.push(member);
  }
  if (isSorted) return members;
  if (!mended) throw new RdbError('integers out of order');
  mended('integers out of order or doubled');
  return [...new Set(members)];
}

const HEAD = 8;
