import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { median } from '../measure.js';
import { machine } from '../report.js';
import { type Subject, startBundled, startReal } from './subject.js';

/**
 * `npm run bench:replication [-- PAIRS]`: how long a replica takes to get a million keys, of ours and of redis-server in all
 * four pairs, in turn; and how far it is behind while the primary takes 50,000 writes a second.
 */
const KEYS = 1_000_000;
const VALUE = 'v'.repeat(100);
const BATCH = 10_000;
const WRITES_PER_SECOND = 50_000;
const SECONDS = 5;
const ROUNDS = Number(process.argv[2] ?? 3);

type Start = () => Promise<Subject>;
const real: Start = () => startReal();
const ours: Start = () => startBundled();
const PAIRS: readonly (readonly [string, Start, Start])[] = [
  ['redis-server', real, real],
  ['lookupd server, followed by redis-server', ours, real],
  ['redis-server, followed by lookupd server', real, ours],
  ['lookupd server', ours, ours],
];

interface Figures {
  readonly sync: number[];
  readonly lags: number[];
}

const figures = new Map<string, Figures>(PAIRS.map(([name]) => [name, { sync: [], lags: [] }]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, startPrimary, startReplica] of PAIRS) await measure(figures.get(name)!, startPrimary, startReplica);
}
print();

async function measure({ sync, lags }: Figures, startPrimary: Start, startReplica: Start): Promise<void> {
  const primary = await startPrimary();
  const replica = await startReplica();
  try {
    await primary.control.config('SET', 'repl-diskless-sync-delay', '0');
    await fill(primary);
    const began = performance.now();
    await replica.control.replicaof('127.0.0.1', primary.port);
    while (!(await isUp(replica))) await wait(5);
    if ((await replica.control.dbsize()) !== KEYS) throw new Error(`${replica.name} has not all keys`);
    sync.push(performance.now() - began);
    lags.push(...(await lagUnderLoad(primary, replica)));
  } finally {
    await replica.stop();
    await primary.stop();
  }
}

async function fill({ control }: Subject): Promise<void> {
  for (let start = 0; start < KEYS; start += BATCH) {
    const batch = control.pipeline();
    for (let i = start; i < start + BATCH; i++) batch.set(`key:${String(i).padStart(12, '0')}`, VALUE);
    await batch.exec();
  }
}

async function isUp({ control }: Subject): Promise<boolean> {
  return (await control.info('replication')).includes('master_link_status:up');
}

/** Milliseconds from a write's answer until the replica has it, again and again while others write. */
async function lagUnderLoad(primary: Subject, replica: Subject): Promise<number[]> {
  const writer = primary.control.duplicate();
  const lags: number[] = [];
  let written = 0;
  const began = performance.now();
  const load = async (): Promise<void> => {
    while (performance.now() - began < SECONDS * 1000) {
      const due = Math.floor(((performance.now() - began) * WRITES_PER_SECOND) / 1000);
      const batch = writer.pipeline();
      for (; written < due; written++) batch.set(`key:${String(written % KEYS).padStart(12, '0')}`, VALUE);
      await batch.exec();
      await wait(5);
    }
  };
  const look = async (): Promise<void> => {
    for (let i = 1; performance.now() - began < SECONDS * 1000; i++) {
      await primary.control.set('mark', i);
      const answered = performance.now();
      while ((await replica.control.get('mark')) !== String(i)) await wait(0);
      lags.push(performance.now() - answered);
      await wait(20);
    }
  };
  await Promise.all([load(), look()]);
  writer.disconnect();
  if (written < WRITES_PER_SECOND * SECONDS * 0.9) throw new Error(`only ${written} writes in ${SECONDS} s`);
  return lags;
}

function print(): void {
  const base = figures.get('redis-server')!;
  console.log(`${machine()}; ${ROUNDS} rounds, interleaved\n`);
  console.log(
    "| primary and replica | full sync of 1M keys (ms) | of redis-server's | lag at 50,000 writes/s: median, longest (ms) |",
  );
  console.log('|---|---|---|---|');
  for (const [name, { sync, lags }] of figures) {
    const ratio = median(sync.map((ms, i) => ms / base.sync[i]!));
    const cells = [
      name,
      Math.round(median(sync)),
      ratio.toFixed(2),
      `${median(lags).toFixed(1)}, ${Math.max(...lags).toFixed(1)}`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
