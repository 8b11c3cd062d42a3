import type { ByteString } from '../../../resp/args.js';
import { compareIntegers } from '../../data/integer-text.js';
import { RdbError } from './types.js';

/** A set of integers as Redis keeps it: the bytes of each (2, 4 or 8), how many, and they in order, lowest byte first. */

export function integerSetBytes(members: readonly ByteString[]): Buffer {
  const width = Math.max(2, widthOf(members[0] ?? '0'), widthOf(members.at(-1) ?? '0'));
  const bytes = Buffer.allocUnsafe(HEAD + members.length * width);
  bytes.writeUInt32LE(width, 0);
  bytes.writeUInt32LE(members.length, 4);
  members.forEach((member, i) => {
    const at = HEAD + i * width;
    if (width === 8) bytes.writeBigInt64LE(BigInt(member), at);
    else bytes.writeIntLE(Number(member), at, width);
  });
  return bytes;
}

/** In order, each once. */
export function readIntegerSet(bytes: Buffer): ByteString[] {
  const width = bytes.length < HEAD ? 0 : bytes.readUInt32LE(0);
  if (width !== 2 && width !== 4 && width !== 8) throw new RdbError('lengths are wrong');
  const count = bytes.readUInt32LE(4);
  if (count === 0 || bytes.length !== HEAD + count * width) throw new RdbError('lengths are wrong');
  const members: ByteString[] = [];
  for (let at = HEAD; at < bytes.length; at += width) {
    const member = String(width === 8 ? bytes.readBigInt64LE(at) : bytes.readIntLE(at, width));
    if (members.length > 0 && compareIntegers(members.at(-1)!, member) >= 0)
      throw new RdbError('integers out of order');
    members.push(member);
  }
  return members;
}

const HEAD = 8;

/** Bytes that hold the integer. */
function widthOf(member: ByteString): number {
  const value = Number(member);
  if (value >= -32768 && value <= 32767) return 2;
  return value >= -2147483648 && value <= 2147483647 ? 4 : 8;
}
