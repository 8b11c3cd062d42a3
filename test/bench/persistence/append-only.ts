import { median } from '../measure.js';
import { thousands } from '../report.js';
import { spread } from '../server/compare.js';
import { measure } from '../server/redis-benchmark.js';
import { type Subject, startBundled, startReal } from '../server/subject.js';
import type { Workload } from '../server/workloads.js';
import { ratioCells, type Section } from './section.js';

const EVERYSEC = { appendonly: 'yes', appendfsync: 'everysec' };
const ALWAYS = { appendonly: 'yes', appendfsync: 'always' };
const GOAL = { measure: 'rate', atLeast: 0 } as const;
const SET_P16: Workload = { name: 'SET', pipeline: 16, load: ['-t', 'set'], goal: GOAL };
const SET_P1: Workload = { name: 'SET', pipeline: 1, load: ['-t', 'set'], goal: GOAL };

export const appendOnly: Section = {
  title: 'The append-only file',
  about: `SET of values of 100 bytes by 50 connections of redis-benchmark. A rewrite by size is switched off, so that none falls
into a measurement.`,
  head: ['', 'with (/s)', 'compared with (/s)', 'ratio (range)', 'goal'],
  measure: async (pairs) => [
    await compared('lookupd server, everysec, and without a file: P16', SET_P16, pairs, 0.85, [
      () => startBundled({ ...EVERYSEC, ...NO_REWRITE }),
      () => startBundled(),
    ]),
    await compared('redis-server, everysec, and without a file: P16', SET_P16, pairs, undefined, [
      () => startReal({ ...EVERYSEC, ...NO_REWRITE }),
      () => startReal(),
    ]),
    await compared('always, lookupd server and redis-server: not pipelined', SET_P1, pairs, 0.8, [
      () => startBundled({ ...ALWAYS, ...NO_REWRITE }),
      () => startReal({ ...ALWAYS, ...NO_REWRITE }),
    ]),
  ],
};

const NO_REWRITE = { 'auto-aof-rewrite-percentage': '0' };

async function compared(
  name: string,
  workload: Workload,
  pairs: number,
  atLeast: number | undefined,
  [startOne, startOther]: readonly [() => Promise<Subject>, () => Promise<Subject>],
): Promise<string[]> {
  const [one, other] = [await startOne(), await startOther()];
  try {
    const requests = await enough(one, workload);
    await measure(other, workload, requests);
    const found: { readonly one: number; readonly other: number }[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const ofOne = (await measure(one, workload, requests)).perSecond;
      found.push({ one: ofOne, other: (await measure(other, workload, requests)).perSecond });
    }
    const [ratio, goal] = ratioCells(spread(found.map((pair) => pair.one / pair.other)), { atLeast: atLeast ?? 0 });
    const rates = (['one', 'other'] as const).map((side) => thousands(median(found.map((pair) => pair[side]))));
    return [name, ...rates, ratio, atLeast === undefined ? '' : goal];
  } finally {
    await Promise.all([one.stop(), other.stop()]);
  }
}

/** Requests that take a second and a half. */
async function enough(server: Subject, workload: Workload): Promise<number> {
  const { perSecond } = await measure(server, workload, 10_000);
  return Math.max(10_000, Math.round(perSecond * 1.5));
}
