import { expect, it } from 'vitest';
import { type Histogram, histogramSince, latencyOf } from '../../../../src/cli/stats/latency.js';

/** Bounds of 1, 2 and 10 seconds, and what is longer. */
const histogram = (...counts: readonly number[]): Histogram => ({
  buckets: [1, 2, 10, Number.POSITIVE_INFINITY].map((le, i) => ({ le, count: counts[i] ?? 0 })),
});

it.each<[string, number[], (number | null)[]]>([
  ['nothing', [0, 0, 0, 0], [null, null, null]],
  ['all in the first bucket', [100, 100, 100, 100], [500, 950, 990]],
  ['half in the second', [50, 100, 100, 100], [1_000, 1_900, 1_980]],
  ['a gap between', [50, 50, 100, 100], [1_000, 9_200, 9_840]],
  ['longer than all bounds', [0, 0, 0, 3], [10_000, 10_000, 10_000]],
])('%s', (_, counts, [p50, p95, p99]) => {
  expect(latencyOf(histogram(...counts))).toEqual({ p50, p95, p99 });
});

it('since an earlier look', () => {
  expect(histogramSince(histogram(5, 9, 9, 10), histogram(5, 6, 6, 6))).toEqual(histogram(0, 3, 3, 4));
  expect(histogramSince(histogram(1, 1, 1, 1), undefined)).toEqual(histogram(1, 1, 1, 1));
  expect(histogramSince(histogram(1, 1, 1, 1), histogram(5, 6, 6, 6))).toEqual(histogram(1, 1, 1, 1));
});
