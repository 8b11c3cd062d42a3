import { CommandError, errors } from '../../errors.js';
import type { Call } from '../call.js';
import { readBigInteger } from '../numbers.js';
import { readBitOffset } from './offset.js';

/** What BITFIELD's arguments ask for, and how integers of 1 to 64 bits lie in a string, highest bit first. */
export interface FieldOperation {
  readonly kind: 'get' | 'set' | 'incrby';
  readonly type: FieldType;
  readonly offset: number;
  readonly value: bigint;
  readonly overflow: Overflow;
}

export interface FieldType {
  readonly signed: boolean;
  readonly bits: number;
}

export type Overflow = 'wrap' | 'sat' | 'fail';

export function readOperations(call: Call, readOnly: boolean): FieldOperation[] {
  const { args } = call;
  const operations: FieldOperation[] = [];
  let overflow: Overflow = 'wrap';
  for (let i = 2; i < args.count; ) {
    const left = args.count - i - 1;
    const kind = args.word(i);
    if (kind === 'overflow' && left >= 1) {
      overflow = overflowAt(call, i + 1);
      i += 2;
    } else if (kind === 'get' && left >= 2) {
      operations.push(readOperation(call, i, kind, overflow));
      i += 3;
    } else if ((kind === 'set' || kind === 'incrby') && left >= 3) {
      operations.push(readOperation(call, i, kind, overflow));
      i += 4;
    } else throw errors.syntax;
  }
  if (readOnly && operations.some(({ kind }) => kind !== 'get')) {
    throw new CommandError('ERR BITFIELD_RO only supports the GET subcommand');
  }
  return operations;
}

function readOperation(call: Call, i: number, kind: FieldOperation['kind'], overflow: Overflow): FieldOperation {
  const type = fieldType(call.args.text(i + 1));
  const offset = readBitOffset(call, i + 2, type.bits);
  const value = kind === 'get' ? 0n : readBigInteger(call.args, i + 3);
  return { kind, type, offset, value, overflow };
}

function overflowAt({ args }: Call, i: number): Overflow {
  const word = args.word(i);
  if (word !== 'wrap' && word !== 'sat' && word !== 'fail')
    throw new CommandError('ERR Invalid OVERFLOW type specified');
  return word;
}

function fieldType(text: string): FieldType {
  const signed = text.startsWith('i');
  const bits = /^[iu][1-9]\d?$/.test(text) ? Number(text.slice(1)) : 0;
  if (bits < 1 || bits > (signed ? 64 : 63)) {
    throw new CommandError(
      'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.',
    );
  }
  return { signed, bits };
}

/** Bytes beyond `end` count as zero. */
export function readField(bytes: Buffer, start: number, end: number, offset: number, type: FieldType): bigint {
  const first = Math.floor(offset / 8);
  const last = Math.floor((offset + type.bits - 1) / 8);
  let value = 0n;
  for (let i = first; i <= last; i++) value = (value << 8n) | BigInt(start + i < end ? bytes[start + i]! : 0);
  value >>= BigInt((last + 1) * 8 - offset - type.bits);
  return type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
}

export function writeField(bytes: Buffer, start: number, offset: number, { bits }: FieldType, value: bigint): void {
  let rest = BigInt.asUintN(bits, value);
  for (let bit = offset + bits - 1; bit >= offset; bit--) {
    const at = start + Math.floor(bit / 8);
    const mask = 0x80 >> (bit & 7);
    bytes[at] = rest & 1n ? bytes[at]! | mask : bytes[at]! & ~mask;
    rest >>= 1n;
  }
}

/** As Redis reckons: a value so far below a signed type that the way up to its largest takes more than 63 bits is above it. */
export function saturating(value: bigint, { signed, bits }: FieldType): bigint {
  const max = 2n ** BigInt(bits - 1) - 1n;
  return signed && bits < 64 && max - value >= 2n ** 63n ? max + 1n : value;
}

/** The value brought into the type's range; undefined where it overflows and that fails. */
export function bringIntoRange(value: bigint, { signed, bits }: FieldType, overflow: Overflow): bigint | undefined {
  const max = 2n ** BigInt(signed ? bits - 1 : bits) - 1n;
  const min = signed ? -max - 1n : 0n;
  if (value >= min && value <= max) return value;
  switch (overflow) {
    case 'wrap':
      return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
    case 'sat':
      return value > max ? max : min;
    case 'fail':
      return undefined;
  }
}
