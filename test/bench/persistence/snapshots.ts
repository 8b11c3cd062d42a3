import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { median } from '../measure.js';
import { spread } from '../server/compare.js';
import {
  DELAY_BOUNDS,
  type Directives,
  field,
  type LoopDelays,
  type Subject,
  startBundled,
  startReal,
} from '../server/subject.js';
import { fill, KEYS, keyOf, mixed, uniform } from './data.js';
import { Pings, request, SteadyWrites } from './load.js';
import { PeakMemory } from './memory.js';
import { type Measured, ratioCells, type Section, whole } from './section.js';

const WRITES = 20_000;
const VALUES = { 'that compress to nothing shorter': mixed, 'that compress to a few bytes': uniform };

export const saving: Section = {
  title: 'SAVE and loading',
  about: `A million keys of 16 bytes with values of 100, \`rdbcompression\` and \`rdbchecksum\` on as by default. Loading is what
both servers log of it at their start, of the same file, saved by redis-server.`,
  head: ['', 'lookupd server (ms)', 'redis-server (ms)', 'ratio (range)', 'goal'],
  measure: async (pairs) => {
    const rows: string[][] = [];
    for (const [name, valueFor] of Object.entries(VALUES)) {
      const [ours, redis] = [await startBundled(), await startReal()];
      const folder = mkdtempSync(join(tmpdir(), 'lookupd-bench-'));
      try {
        await Promise.all([fill(ours, valueFor), fill(redis, valueFor)]);
        rows.push(
          row(
            `SAVE, values ${name}`,
            1,
            await inPairs(
              pairs,
              () => save(ours),
              () => save(redis),
            ),
          ),
        );
        cpSync(join(await folderOf(redis), 'dump.rdb'), join(folder, 'dump.rdb'));
      } finally {
        await Promise.all([ours.stop(), redis.stop()]);
      }
      try {
        const loading = await inPairs(
          pairs,
          () => load(startBundled, folder),
          () => load(startReal, folder),
        );
        rows.push(row(`loading, values ${name}`, 2, loading));
      } finally {
        rmSync(folder, { recursive: true });
      }
    }
    return { rows };
  },
};

interface Pair {
  readonly ours: number;
  readonly redis: number;
}

async function inPairs(pairs: number, ours: () => Promise<number>, redis: () => Promise<number>): Promise<Pair[]> {
  const found: Pair[] = [];
  for (let i = 0; i < pairs; i++) found.push({ ours: await ours(), redis: await redis() });
  return found;
}

function row(name: string, atMost: number, pairs: readonly Pair[]): string[] {
  const sides = (['ours', 'redis'] as const).map((side) => whole(median(pairs.map((pair) => pair[side]))));
  return [name, ...sides, ...ratioCells(spread(pairs.map(({ ours, redis }) => ours / redis)), { atMost })];
}

async function save({ control }: Subject): Promise<number> {
  const began = performance.now();
  await control.save();
  return performance.now() - began;
}

async function folderOf({ control }: Subject): Promise<string> {
  const [, folder] = (await control.config('GET', 'dir')) as [string, string];
  return folder;
}

/** Milliseconds, as the server's log has it. */
async function load(start: (directives: Directives) => Promise<Subject>, dir: string): Promise<number> {
  const server = await start({ dir });
  try {
    if ((await server.control.dbsize()) !== KEYS) throw new Error(`${server.name} has not loaded all`);
    return Number(/DB loaded from disk: ([\d.]+) seconds/.exec(server.startLog)?.[1]) * 1000;
  } finally {
    await server.stop();
  }
}

/** Of the tables of `eachJob`. */
export const SNAPSHOT_HEAD: readonly string[] = [
  '',
  'seconds',
  'loop: median, p99, longest (ms)',
  'own: median run, worst run (ms)',
  'PING: p99, longest (ms)',
  'memory (MB)',
  'goal',
];

export const background: Section = {
  title: 'Snapshots under load',
  about: `The same million keys while ${WRITES.toLocaleString('en-US')} writes a second change keys at random, and another client sends a PING a
millisecond after each answer. "Loop" is how late a timer of a millisecond was in the server's event loop, without the time in
which the system let others run; "own" the longest of what the server itself took of one: processor time of its thread, calls to the file
system for as long as they took, collections. The rest is the machine's, which is itself a guest and stopped in the midst of a turn. The goal is for
the worst run; "nothing" is two seconds of the load
without a job. Memory is the most that was resident at a time, and its multiple of what was before; for
redis-server with what its child has for itself alone. The append-only file is on, with \`everysec\`.`,
  head: SNAPSHOT_HEAD,
  measure: (pairs) => eachJob(pairs, (server) => fill(server), SETS),
};

/** A change of one key of the million, drawn without a pattern. */
const SETS = (i: number) => request('SET', keyOf((Math.imul(i, 0x9e3779b1) >>> 0) % KEYS), mixed(i));

/** What is done under the load; the first is what the load itself, and the machine, make of it. */
const JOBS = ['nothing', 'BGSAVE', 'BGREWRITEAOF'] as const;
type Job = (typeof JOBS)[number];

/** How long nothing is done. */
const NOTHING_MS = 2_000;

/** BGSAVE and BGREWRITEAOF of both servers under the load, and neither. */
export async function eachJob(
  pairs: number,
  prepare: (server: Subject) => Promise<void>,
  command: (i: number) => string,
): Promise<Measured> {
  const rows: string[][] = [];
  const delays: string[][] = [];
  for (const start of [startBundled, startReal]) {
    const server = await start({ appendonly: 'yes', 'auto-aof-rewrite-percentage': '0' });
    try {
      await prepare(server);
      for (const job of JOBS) {
        const runs: Run[] = [];
        for (let i = 0; i < pairs; i++) runs.push(await runUnderLoad(server, job, command));
        rows.push(jobRow(job, server.name, runs));
        if (runs[0]!.delays !== undefined) delays.push([`${job} of ${server.name}`, ...histogram(runs)]);
      }
    } finally {
      await server.stop();
    }
  }
  return { rows, further: { about: DELAYS, head: DELAYS_HEAD, rows: delays } };
}

const DELAYS = `How many of the loop's timers were late by so much, in all runs together; in brackets the same of what the server took
itself.`;
const DELAYS_HEAD = ['', ...DELAY_BOUNDS.map((bound) => `up to ${bound} ms`), 'longer'];

function histogram(runs: readonly Run[]): string[] {
  const total = (of: (delays: LoopDelays) => readonly number[], at: number) =>
    runs.reduce((sum, { delays }) => sum + (delays === undefined ? 0 : of(delays)[at]!), 0);
  return DELAYS_HEAD.slice(1).map((_, i) => `${total(({ late }) => late, i)} (${total(({ own }) => own, i)})`);
}

interface Run {
  readonly seconds: number;
  /** Undefined of a program that is not ours. */
  readonly delays: LoopDelays | undefined;
  readonly pings: readonly number[];
  readonly before: number;
  readonly peak: number;
}

async function runUnderLoad(server: Subject, job: Job, command: (i: number) => string): Promise<Run> {
  const { control } = server;
  const writes = await SteadyWrites.begin(server, WRITES, command);
  await wait(1000);
  const memory = new PeakMemory(server);
  const pings = await Pings.begin(server);
  await server.delays();
  const began = performance.now();
  if (job === 'nothing') await wait(NOTHING_MS);
  else await control.call(job);
  while (await isBusy(server)) await wait(20);
  const seconds = (performance.now() - began) / 1000;
  const delays = await server.delays();
  const { p99, longest } = pings.end();
  const peak = memory.end();
  const rate = await writes.end();
  if (rate < WRITES * 0.95) throw new Error(`only ${whole(rate)} writes a second on ${server.name}`);
  return { seconds, delays, pings: [p99, longest], before: memory.before, peak };
}

async function isBusy({ control }: Subject): Promise<boolean> {
  const info = await control.info('persistence');
  return field(info, 'rdb_bgsave_in_progress') === 1 || field(info, 'aof_rewrite_in_progress') === 1;
}

/** Of the runs the median, and the worst of what is to be bounded. */
function jobRow(job: Job, server: string, runs: readonly Run[]): string[] {
  const at = (of: (run: Run) => number | undefined) => median(runs.map((run) => of(run) ?? 0));
  const worst = (of: (run: Run) => number | undefined) => Math.max(...runs.map((run) => of(run) ?? 0));
  const ratio = worst(({ before, peak }) => peak / before);
  const isOurs = runs[0]!.delays !== undefined;
  const own = worst(({ delays }) => delays?.longestOwn);
  const goals = [
    `own at most 5${own <= 5 ? '' : ' (missed)'}`,
    `memory at most 1.30${ratio <= 1.3 ? '' : ' (missed)'}`,
  ];
  return [
    `${job} of ${server}`,
    at(({ seconds }) => seconds).toFixed(2),
    isOurs
      ? milliseconds(
          at(({ delays }) => delays?.median),
          at(({ delays }) => delays?.p99),
          worst(({ delays }) => delays?.longest),
        )
      : '',
    isOurs
      ? milliseconds(
          at(({ delays }) => delays?.longestOwn),
          own,
        )
      : '',
    milliseconds(
      at(({ pings }) => pings[0]),
      worst(({ pings }) => pings[1]),
    ),
    `${whole(worst(({ peak }) => peak) / 2 ** 20)} (${ratio.toFixed(2)})`,
    isOurs && job !== 'nothing' ? goals.join(', ') : '',
  ];
}

function milliseconds(...times: readonly number[]): string {
  return times.map((ms) => ms.toFixed(1)).join(', ');
}
