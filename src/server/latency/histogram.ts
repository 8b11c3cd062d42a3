/**
 * How long the calls of one command took: a histogram of two significant digits, laid out as HdrHistogram lays it out,
 * from one nanosecond to one second.
 */
export class LatencyHistogram {
  count = 0;
  private readonly counts = new Uint32Array(SIZE);

  /** So many calls that took so long each. */
  record(microseconds: number, calls = 1): void {
    const nanoseconds = Math.min(LONGEST, Math.max(1, Math.round(microseconds * 1000)));
    this.counts[place(nanoseconds)]! += calls;
    this.count += calls;
  }

  /** Microseconds that `percent` of the calls took at most. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.floor((percent / 100) * this.count + 0.5));
    let seen = 0;
    for (let i = 0; i < SIZE; i++) {
      seen += this.counts[i]!;
      if (seen >= wanted) return highest(i) / 1000;
    }
    return 0;
  }

  /** Bounds in microseconds, each about twice the one before, and how many calls took no longer; only where calls are. */
  *cumulative(): Generator<readonly [bound: number, calls: number]> {
    let seen = 0;
    let i = 0;
    for (let bound = 1024; seen < this.count; bound *= 2) {
      const last = place(bound);
      const before = seen;
      for (; i <= last && i < SIZE; i++) seen += this.counts[i]!;
      if (seen > before) yield [Math.floor(highest(last) / 1000), seen];
    }
  }
}

/** Values share a place with others of their first eight bits. */
function place(nanoseconds: number): number {
  const shift = Math.max(0, 24 - Math.clz32(nanoseconds));
  return 128 * shift + (nanoseconds >>> shift);
}

/** The highest value at a place. */
function highest(i: number): number {
  const shift = Math.max(0, Math.floor(i / 128) - 1);
  return (i - 128 * shift + 1) * 2 ** shift - 1;
}

const LONGEST = 1_000_000_000;
const SIZE = place(2 ** 30) + 1;
