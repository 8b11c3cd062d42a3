import { execFile } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from '../measure.js';
import { thousands } from '../report.js';
import { spread } from '../server/compare.js';
import { measure, type Sample } from '../server/redis-benchmark.js';
import { type Subject, startBundled, startReal } from '../server/subject.js';
import type { Workload } from '../server/workloads.js';
import { ratioCells, type Section } from './section.js';

const exec = promisify(execFile);
const EVERYSEC = { appendonly: 'yes', appendfsync: 'everysec' };
const ALWAYS = { appendonly: 'yes', appendfsync: 'always' };
const GOAL = { measure: 'rate', atLeast: 0 } as const;
const SET_P16: Workload = { name: 'SET', pipeline: 16, load: ['-t', 'set'], goal: GOAL };
const SET_P1: Workload = { name: 'SET', pipeline: 1, load: ['-t', 'set'], goal: GOAL };

export const appendOnly: Section = {
  title: 'The append-only file',
  about: `SET of values of 100 bytes by 50 connections of redis-benchmark. A rewrite by size is switched off, so that none falls
into a measurement, and what the run before has written is on disk when one begins. CPU is what a request takes of the
server's processor time, more than 1 is less of it. A guest whose memory its host provides when it is first touched pays for
that with each new page of the file, here up to 16 µs for 4 KiB, which is what 28 of these SETs write; so \`everysec\` is measured
in memory that the machine had used just before each run, and in memory as it was found.`,
  head: ['', 'with it: /s (CPU µs)', 'compared with: /s (CPU µs)', 'rate (range)', 'goal', 'CPU (range)'],
  measure: async (pairs) => {
    const ours: Pair = [() => startBundled({ ...EVERYSEC, ...NO_REWRITE }), () => startBundled()];
    const redis: Pair = [() => startReal({ ...EVERYSEC, ...NO_REWRITE }), () => startReal()];
    const always: Pair = [
      () => startBundled({ ...ALWAYS, ...NO_REWRITE }),
      () => startReal({ ...ALWAYS, ...NO_REWRITE }),
    ];
    const everysec = { workload: SET_P16, pairs };
    const rows = [
      await compared('lookupd server, everysec, and without a file: P16', ours, {
        ...everysec,
        atLeast: 0.85,
        warm: true,
      }),
      await compared('the same, memory as found', ours, { ...everysec, atLeast: 0.85 }),
      await compared('redis-server, everysec, and without a file: P16', redis, { ...everysec, warm: true }),
      await compared('the same, memory as found', redis, everysec),
      await compared('always, lookupd server and redis-server: not pipelined', always, {
        workload: SET_P1,
        pairs,
        atLeast: 0.8,
      }),
    ];
    return { rows };
  },
};

const NO_REWRITE = { 'auto-aof-rewrite-percentage': '0' };

type Pair = readonly [() => Promise<Subject>, () => Promise<Subject>];

interface Terms {
  readonly workload: Workload;
  readonly pairs: number;
  readonly atLeast?: number;
  /** Each run finds as much memory as its file takes used before. */
  readonly warm?: boolean;
}

async function compared(name: string, [startOne, startOther]: Pair, terms: Terms): Promise<string[]> {
  const { workload, pairs, atLeast, warm = false } = terms;
  const [one, other] = [await startOne(), await startOther()];
  try {
    const requests = await enough(one, workload);
    const run = async (subject: Subject) => {
      await exec('sync');
      if (warm) useMemory(2 * requests * LONGEST_REQUEST);
      return await measure(subject, workload, requests);
    };
    for (const subject of [one, other]) await run(subject);
    const found: { readonly one: Sample; readonly other: Sample }[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      // Either of the two comes first in turn.
      const first = await run(pair % 2 === 0 ? one : other);
      const second = await run(pair % 2 === 0 ? other : one);
      found.push(pair % 2 === 0 ? { one: first, other: second } : { one: second, other: first });
    }
    const rates = spread(found.map((pair) => pair.one.perSecond / pair.other.perSecond));
    const [rate, goal] = ratioCells(rates, { atLeast: atLeast ?? 0 });
    const [cpu] = ratioCells(spread(found.map((pair) => pair.other.cpuUs / pair.one.cpuUs)), { atLeast: 0 });
    const sides = (['one', 'other'] as const).map((side) => sideText(found.map((pair) => pair[side])));
    return [name, ...sides, rate, atLeast === undefined ? '' : goal, cpu];
  } finally {
    await Promise.all([one.stop(), other.stop()]);
  }
}

/** Touches so many bytes of memory that is free, and gives it back: the system takes the same for the next file. */
function useMemory(bytes: number): void {
  const path = join(tmpdir(), `lookupd-bench-${process.pid}`);
  const file = openSync(path, 'wx');
  try {
    for (let written = 0; written < bytes; written += PIECE.length) writeSync(file, PIECE);
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

const PIECE = Buffer.alloc(1024 * 1024);
/** Of bytes, as it comes and as it is in the file. */
const LONGEST_REQUEST = 150;

function sideText(samples: readonly Sample[]): string {
  const perSecond = median(samples.map((sample) => sample.perSecond));
  return `${thousands(perSecond)} (${median(samples.map(({ cpuUs }) => cpuUs)).toFixed(2)})`;
}

/** Requests that take a second and a half. */
async function enough(server: Subject, workload: Workload): Promise<number> {
  const { perSecond } = await measure(server, workload, 10_000);
  return Math.max(10_000, Math.round(perSecond * 1.5));
}
