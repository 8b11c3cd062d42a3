import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { median } from '../measure.js';
import { spread } from '../server/compare.js';
import { type Subject, startBundled, startReal } from '../server/subject.js';
import { fill, KEYS, keyOf, mixed } from './data.js';
import { request, SteadyWrites } from './load.js';
import { ratioCells, type Section, whole } from './section.js';

const WRITES = 50_000;
const SECONDS = 3;

type Start = () => Promise<Subject>;
const real: Start = () => startReal();
const ours: Start = () => startBundled();
const PAIRS: readonly (readonly [string, Start, Start])[] = [
  ['redis-server, followed by redis-server', real, real],
  ['lookupd server, followed by redis-server', ours, real],
  ['redis-server, followed by lookupd server', real, ours],
  ['lookupd server, followed by lookupd server', ours, ours],
];

interface Figures {
  readonly sync: number[];
  readonly lags: number[];
}

export const replication: Section = {
  title: 'Replication',
  about: `From REPLICAOF until the replica says that its link is up, with the million keys (\`repl-diskless-sync-delay 0\`, all else
by default), and as a multiple of what redis-server takes as a replica of redis-server. Then for ${SECONDS} seconds, with
${WRITES.toLocaleString('en-US')} writes a second on the primary: from a write's answer until the replica has it, asked again and again.`,
  head: ['', 'full sync (ms)', 'ratio (range)', 'goal', 'lag: median, longest (ms)', 'goal'],
  measure: async (rounds) => {
    const figures = PAIRS.map((): Figures => ({ sync: [], lags: [] }));
    for (let round = 0; round < rounds; round++) {
      for (const [i, [, startPrimary, startReplica]] of PAIRS.entries()) {
        await measurePair(figures[i]!, startPrimary, startReplica);
      }
    }
    const [base] = figures;
    return PAIRS.map(([name], i) => {
      const { sync, lags } = figures[i]!;
      const ratio = spread(sync.map((ms, round) => ms / base!.sync[round]!));
      const longest = Math.max(...lags);
      const lag = `${median(lags).toFixed(1)}, ${longest.toFixed(1)}`;
      const goals = i === 0 ? ['', ''] : ratioCells(ratio, { atMost: 2 });
      return [name, whole(median(sync)), ...goals, lag, i === 0 ? '' : `at most 50${longest <= 50 ? '' : ' (missed)'}`];
    });
  },
};

async function measurePair({ sync, lags }: Figures, startPrimary: Start, startReplica: Start): Promise<void> {
  const primary = await startPrimary();
  const replica = await startReplica();
  try {
    await primary.control.config('SET', 'repl-diskless-sync-delay', '0');
    await fill(primary);
    const began = performance.now();
    await replica.control.replicaof('127.0.0.1', primary.port);
    while (!(await isUp(replica))) await wait(5);
    sync.push(performance.now() - began);
    if ((await replica.control.dbsize()) !== KEYS) throw new Error(`${replica.name} has not all keys`);
    lags.push(...(await lagUnderLoad(primary, replica)));
  } finally {
    await replica.stop();
    await primary.stop();
  }
}

async function isUp({ control }: Subject): Promise<boolean> {
  return (await control.info('replication')).includes('master_link_status:up');
}

/** Milliseconds from a write's answer until the replica has it, again and again while others write. */
async function lagUnderLoad(primary: Subject, replica: Subject): Promise<number[]> {
  const lags: number[] = [];
  const writes = await SteadyWrites.begin(primary, WRITES, (i) => request('SET', keyOf(i % KEYS), mixed(i)));
  const began = performance.now();
  for (let i = 1; performance.now() - began < SECONDS * 1000; i++) {
    await primary.control.set('mark', i);
    const answered = performance.now();
    while ((await replica.control.get('mark')) !== String(i)) await wait(0);
    lags.push(performance.now() - answered);
    await wait(20);
  }
  const rate = await writes.end();
  if (rate < WRITES * 0.95) throw new Error(`only ${whole(rate)} writes a second on ${primary.name}`);
  return lags;
}
