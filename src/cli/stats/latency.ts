/** Durations as a histogram of Prometheus has them: how many took at most so many seconds, upper bounds ascending. */
export interface Histogram {
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
}

/** Milliseconds; null where nothing was measured. */
export interface Latency {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export function latencyOf(histogram: Histogram): Latency {
  const quantile = (q: number) => quantileOf(histogram, q);
  return { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) };
}

/**
 * As Prometheus's histogram_quantile: evenly spread within a bucket; what is longer than all bounds counts as the last
 * of them.
 */
function quantileOf({ buckets }: Histogram, quantile: number): number | null {
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return null;
  const rank = quantile * total;
  const at = buckets.findIndex(({ count }) => count >= rank);
  const before = buckets[at - 1] ?? { le: 0, count: 0 };
  const { le, count } = buckets[at]!;
  if (le === Number.POSITIVE_INFINITY) return before.le * 1_000;
  const part = count === before.count ? 1 : (rank - before.count) / (count - before.count);
  return (before.le + (le - before.le) * part) * 1_000;
}

/** What was measured between the two; all of the later one where that has less. */
export function histogramSince(later: Histogram, earlier: Histogram | undefined): Histogram {
  const before = new Map(earlier?.buckets.map(({ le, count }) => [le, count]));
  const buckets = later.buckets.map(({ le, count }) => ({ le, count: count - (before.get(le) ?? 0) }));
  return buckets.some(({ count }) => count < 0) ? later : { buckets };
}
