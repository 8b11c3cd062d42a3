import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { median } from '../measure.js';
import { spread } from '../server/compare.js';
import { type Subject, startBundled, startReal } from '../server/subject.js';
import { fill, KEYS, keyOf, mixed } from './data.js';
import { request, SteadyWrites } from './load.js';
import { ratioCells, type Section, whole } from './section.js';

const WRITES = 50_000;
const SECONDS = 2;

interface Figures {
  readonly name: string;
  readonly sync: number[];
  readonly lags: number[];
}

export const replication: Section = {
  title: 'Replication',
  about: `From REPLICAOF until a new replica says that its link is up, with the million keys (\`repl-diskless-sync-delay 0\`, all else
by default), and as a multiple of what redis-server takes as a replica of redis-server. Then for ${SECONDS} seconds, with
${WRITES.toLocaleString('en-US')} writes a second on the primary: from a write's answer until the replica has it, asked again and again.`,
  head: ['primary, replica', 'full sync (ms)', 'ratio (range)', 'goal', 'lag: median, longest (ms)', 'goal'],
  measure: async (rounds) => {
    const primaries = [await startReal(), await startBundled()];
    try {
      for (const primary of primaries) {
        await primary.control.config('SET', 'repl-diskless-sync-delay', '0');
        await fill(primary);
      }
      const figures = primaries.flatMap(({ name }) =>
        ['redis-server', 'lookupd server'].map(
          (replica): Figures => ({ name: `${name}, ${replica}`, sync: [], lags: [] }),
        ),
      );
      for (let round = 0; round < rounds; round++) {
        for (const [i, each] of figures.entries()) {
          await measurePair(each, primaries[i >> 1]!, i % 2 === 0 ? startReal : startBundled);
        }
      }
      return { rows: figures.map((each, i) => row(each, figures[0]!.sync, i === 0)) };
    } finally {
      for (const primary of primaries) await primary.stop();
    }
  },
};

function row({ name, sync, lags }: Figures, base: readonly number[], isBase: boolean): string[] {
  const longest = Math.max(...lags);
  const lag = `${median(lags).toFixed(1)}, ${longest.toFixed(1)}`;
  if (isBase) return [name, whole(median(sync)), '', '', lag, ''];
  const ratio = ratioCells(spread(sync.map((ms, round) => ms / base[round]!)), { atMost: 2 });
  return [name, whole(median(sync)), ...ratio, lag, `at most 50${longest <= 50 ? '' : ' (missed)'}`];
}

async function measurePair(
  { sync, lags }: Figures,
  primary: Subject,
  startReplica: () => Promise<Subject>,
): Promise<void> {
  const replica = await startReplica();
  try {
    const began = performance.now();
    await replica.control.replicaof('127.0.0.1', primary.port);
    while (!(await isUp(replica))) await wait(5);
    sync.push(performance.now() - began);
    if ((await replica.control.dbsize()) < KEYS) throw new Error(`${replica.name} has not all keys`);
    lags.push(...(await lagUnderLoad(primary, replica)));
  } finally {
    await replica.stop();
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
