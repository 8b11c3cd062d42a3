/**
 * Redis's own lrand48: the same numbers for the same seed on every machine. Redis 7 seeds it once, when the
 * server starts, always alike; scripts go on in one sequence and may seed it for those after them.
 */
export class Lrand48 {
  private state = FIRST_STATE;

  seed(value: number): void {
    this.state = (BigInt(value >>> 0) << 16n) | SEED_LOW;
  }

  /** An integer in [0, 2^31). */
  next(): number {
    this.state = (this.state * MULTIPLIER + INCREMENT) & MASK;
    return Number(this.state >> 17n);
  }
}

const FIRST_STATE = 0x1234abcd330en;
const SEED_LOW = 0x330en;
const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const MASK = (1n << 48n) - 1n;
