import { createHistogram } from 'node:perf_hooks';
import { StoreError } from '../../core/errors.js';
import type { LookupStore } from '../../stores/store.js';
import type { BenchTest } from './tests.js';

export interface Load {
  /** Operations under way at the same time. */
  readonly concurrency: number;
  /** Whichever comes first ends it; milliseconds. */
  readonly requests: number;
  readonly duration: number;
  readonly keys: readonly string[];
  readonly value: Buffer;
  /** Asked between operations. */
  readonly stopped: () => boolean;
}

/** Latencies in milliseconds, of the operations that succeeded. */
export interface Measured {
  readonly test: string;
  readonly requests: number;
  readonly errors: number;
  readonly firstError: string | undefined;
  readonly perSecond: number;
  readonly latency: Readonly<Record<'min' | 'mean' | 'p50' | 'p95' | 'p99' | 'max', number>>;
}

/** Nanoseconds of a millisecond, which is what the histogram counts in. */
const NS = 1_000_000;

/** Keeps so many operations under way until the load is over. A StoreError counts, anything else is thrown. */
export async function measure(store: LookupStore, test: BenchTest, load: Load): Promise<Measured> {
  const histogram = createHistogram();
  let begun = 0;
  let errors = 0;
  let firstError: string | undefined;
  const began = performance.now();
  const isOver = () => begun >= load.requests || performance.now() - began >= load.duration || load.stopped();
  const work = async () => {
    while (!isOver()) {
      const key = load.keys[begun++ % load.keys.length]!;
      const asked = performance.now();
      try {
        await test.run(store, key, load.value);
        histogram.record(Math.max(1, Math.round((performance.now() - asked) * NS)));
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        errors++;
        firstError ??= error.message;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(load.concurrency, load.requests) }, work));
  const seconds = (performance.now() - began) / 1_000;
  const ms = (nanoseconds: number) => Math.round(nanoseconds / 1_000) / 1_000;
  const none = histogram.count === 0;
  return {
    test: test.name,
    requests: histogram.count,
    errors,
    firstError,
    perSecond: Math.round(histogram.count / seconds),
    latency: {
      min: none ? 0 : ms(histogram.min),
      mean: none ? 0 : ms(histogram.mean),
      p50: ms(histogram.percentile(50)),
      p95: ms(histogram.percentile(95)),
      p99: ms(histogram.percentile(99)),
      max: ms(histogram.max),
    },
  };
}
