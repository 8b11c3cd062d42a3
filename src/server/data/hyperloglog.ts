import { CommandError } from '../errors.js';
import { SparseRegisters } from './hyperloglog-sparse.js';
import { Murmur64 } from './murmur64.js';

/**
 * A HyperLogLog as Redis keeps it in a string, bit for bit: "HYLL", the encoding, three zero bytes, the cached
 * cardinality (eight bytes, the highest bit set: not valid), then 16384 registers, either dense (six bits
 * each) or sparse (hyperloglog-sparse.ts).
 *
 * Works on the string's own bytes: of a dense one they may be the keyspace's (registers change in place), a
 * sparse one is a copy, since it grows. Methods throw `corrupt` for registers that make no sense.
 */
export class HyperLogLog {
  private constructor(private body: Buffer) {}

  /** An empty one, sparse. */
  static empty(): HyperLogLog {
    const bytes = Buffer.alloc(HEADER + 2);
    bytes.latin1Write('HYLL', 0);
    bytes[4] = SPARSE;
    bytes[HEADER] = 0x7f;
    bytes[HEADER + 1] = 0xff;
    return new HyperLogLog(bytes);
  }

  /** Of a string's bytes, which it uses as they are; undefined when they are no HyperLogLog. */
  static of(bytes: Buffer): HyperLogLog | undefined {
    if (bytes.length < HEADER || bytes.latin1Slice(0, 4) !== 'HYLL') return undefined;
    const encoding = bytes[4]!;
    if (encoding > SPARSE || (encoding === DENSE && bytes.length !== DENSE_SIZE)) return undefined;
    return new HyperLogLog(bytes);
  }

  get bytes(): Buffer {
    return this.body;
  }

  get isDense(): boolean {
    return this.body[4] === DENSE;
  }

  /** Adds elements; answers how many of them changed a register. */
  add(elements: Iterable<Element>, sparseLimit: number): number {
    let changes = 0;
    const sparse = this.isDense ? undefined : new SparseRegisters(this.body, HEADER);
    for (const { bytes, start, length } of elements) {
      hash.hash(bytes, start, length, SEED);
      if (this.raise(sparse, hash.low & (REGISTERS - 1), patternLength(hash), sparseLimit)) changes++;
    }
    this.takeSparse(sparse);
    return changes;
  }

  /** Raises every register to at least the given one. */
  raiseAll(registers: Uint8Array, sparseLimit: number): void {
    const sparse = this.isDense ? undefined : new SparseRegisters(this.body, HEADER);
    for (let i = 0; i < REGISTERS; i++) if (registers[i]! > 0) this.raise(sparse, i, registers[i]!, sparseLimit);
    this.takeSparse(sparse);
    this.invalidate();
  }

  toDense(): void {
    if (this.isDense) return;
    const registers = this.registers();
    const dense = Buffer.alloc(DENSE_SIZE);
    this.body.copy(dense, 0, 0, HEADER);
    dense[4] = DENSE;
    for (let i = 0; i < REGISTERS; i++) if (registers[i]! > 0) setRegister(dense, i, registers[i]!);
    this.body = dense;
  }

  /** Raises `max` to the registers of this one. */
  mergeInto(max: Uint8Array): void {
    if (this.isDense) {
      for (let i = 0; i < REGISTERS; i++) max[i] = Math.max(max[i]!, register(this.body, i));
    } else if (!new SparseRegisters(this.body, HEADER).mergeInto(max)) throw corrupt;
  }

  /** One byte each. */
  registers(): Uint8Array {
    const registers = new Uint8Array(REGISTERS);
    this.mergeInto(registers);
    return registers;
  }

  /** The cardinality as it was last computed, undefined when elements came since. */
  get cached(): bigint | undefined {
    return (this.body[15]! & 0x80) === 0 ? this.body.readBigUInt64LE(8) : undefined;
  }

  cache(cardinality: number): void {
    this.body.writeBigUInt64LE(BigInt.asUintN(64, BigInt(cardinality)), 8);
  }

  invalidate(): void {
    this.body[15]! |= 0x80;
  }

  count(): number {
    return estimate(this.histogram());
  }

  /** The sparse runs as PFDEBUG tells them. */
  describeRuns(): string {
    return new SparseRegisters(this.body, HEADER).describe();
  }

  private histogram(): Float64Array {
    const histogram = new Float64Array(64);
    if (this.isDense) for (let i = 0; i < REGISTERS; i++) histogram[register(this.body, i)]!++;
    else if (!new SparseRegisters(this.body, HEADER).addToHistogram(histogram)) throw corrupt;
    return histogram;
  }

  private raise(sparse: SparseRegisters | undefined, index: number, value: number, sparseLimit: number): boolean {
    if (sparse === undefined || this.isDense) {
      if (register(this.body, index) >= value) return false;
      setRegister(this.body, index, value);
      return true;
    }
    const change = sparse.raise(index, value, sparseLimit);
    if (change === 'corrupt') throw corrupt;
    if (change !== 'full') return change === 'raised';
    this.body = sparse.bytes;
    this.toDense();
    setRegister(this.body, index, value);
    return true;
  }

  private takeSparse(sparse: SparseRegisters | undefined): void {
    if (sparse && !this.isDense) this.body = sparse.bytes;
  }
}

export interface Element {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
}

export const corrupt = new CommandError('INVALIDOBJ Corrupted HLL object detected');

export const REGISTERS = 1 << 14;
/** Bits of the hash that do not choose the register. */
const Q = 64 - 14;
const SEED = 0xadc83b19;
/** 0.5 / ln 2 */
const ALPHA = 0.7213475204444817;
const HEADER = 16;
const DENSE = 0;
const SPARSE = 1;
const DENSE_SIZE = HEADER + (REGISTERS * 6) / 8;

const hash = new Murmur64();

/** The zeros that the hash begins with behind the register's bits, and one. */
function patternLength({ low, high }: Murmur64): number {
  const first = (low >>> 14) | (high << 18);
  if (first !== 0) return 32 - Math.clz32(first & -first);
  const rest = (high >>> 14) | (1 << (Q - 32));
  return 64 - Math.clz32(rest & -rest);
}

function register(bytes: Buffer, index: number): number {
  const bit = index * 6;
  const at = HEADER + (bit >> 3);
  const pair = bytes[at]! | ((bytes[at + 1] ?? 0) << 8);
  return (pair >> (bit & 7)) & 63;
}

function setRegister(bytes: Buffer, index: number, value: number): void {
  const bit = index * 6;
  const at = HEADER + (bit >> 3);
  const shift = bit & 7;
  const pair = bytes[at]! | ((bytes[at + 1] ?? 0) << 8);
  const changed = (pair & ~(63 << shift)) | (value << shift);
  bytes[at] = changed & 0xff;
  if (shift > 2) bytes[at + 1] = changed >> 8;
}

/** The cardinality of registers of one byte each. */
export function cardinality(registers: Uint8Array): number {
  const histogram = new Float64Array(64);
  for (const value of registers) histogram[value & 63]!++;
  return estimate(histogram);
}

/** Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv:1702.01284). */
function estimate(histogram: Float64Array): number {
  const m = REGISTERS;
  let z = m * tau((m - histogram[Q + 1]!) / m);
  for (let j = Q; j >= 1; j--) z = (z + histogram[j]!) * 0.5;
  z += m * sigma(histogram[0]! / m);
  const count = (ALPHA * m * m) / z;
  // What C's llround makes of infinity: all registers full, which no elements can do.
  return Number.isFinite(count) ? Math.round(count) : -(2 ** 63);
}

function sigma(x: number): number {
  if (x === 1) return Infinity;
  let y = 1;
  let z = x;
  for (let before = Number.NaN; before !== z; ) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let y = 1;
  let z = 1 - x;
  for (let before = Number.NaN; before !== z; ) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}
