import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';
import { seededRandom } from '../../../src/core/random.js';
import type { LookupStore } from '../../../src/stores/store.js';
import { until } from '../until.js';
import { ChaosLoad, counterName } from './load.js';
import { type ChaosTopology, DEADLINE, type StoreSettings, type TopologyKind, type Trouble } from './topology.js';

export interface ChaosOptions {
  readonly workers: number;
  /** How often each trouble comes. */
  readonly rounds: number;
  readonly seed: number;
  /** Milliseconds by which a busy machine may be late. */
  readonly slack: number;
  readonly store?: StoreSettings;
  /** Only troubles of these kinds; all by default. */
  readonly only?: readonly string[];
}

/** Runs the workers while one trouble after the other comes and goes; what came of it, checked. */
export async function runChaos(kind: TopologyKind, options: ChaosOptions): Promise<Record<string, number | string>> {
  const topology = await kind.start();
  if (options.store !== undefined) topology.store = options.store;
  try {
    return await run(topology, options);
  } finally {
    await topology.stop();
  }
}

async function run(topology: ChaosTopology, options: ChaosOptions): Promise<Record<string, number | string>> {
  const random = seededRandom(options.seed);
  const load = new ChaosLoad(await topology.open(), () => topology.promotions, options.seed);
  const rejections: unknown[] = [];
  const reject = (reason: unknown) => void rejections.push(reason);
  process.on('unhandledRejection', reject);
  const faults = new Map<string, number>();
  try {
    await load.fill();
    await topology.settle();
    load.start(options.workers);
    await load.ended(1_000);
    const before = { connections: topology.connections?.(), megabytes: megabytes() };
    const troubles = topology.troubles.filter((each) => options.only?.includes(each.kind) ?? true);
    for (let round = 0; round < options.rounds; round++) {
      for (const trouble of shuffled(troubles, () => random.float())) {
        await trouble.run({ random, load });
        faults.set(trouble.kind, (faults.get(trouble.kind) ?? 0) + 1);
        await topology.settle();
        await load.ended(200);
      }
    }
    await untilAnswered(load.current);
    await load.stop();
    const counts = await judge(topology, load, options);
    await untilFewer(topology, before.connections);
    const after = megabytes();
    expect(after).toBeLessThan(before.megabytes * 1.5 + SPARE_MEGABYTES);
    await load.current.close();
    if (topology.connections) await until(() => topology.connections!() === 0, 'all connections are closed');
    expect(rejections).toEqual([]);
    return {
      operations: load.operations,
      faults: [...faults].map(([name, count]) => `${name} ${count}`).join(', '),
      ...counts,
      'memory before and after (MB)': `${before.megabytes} and ${after}`,
    };
  } finally {
    process.off('unhandledRejection', reject);
    await load.stop();
    await load.current.close();
  }
}

/** Fails where something is wrong; answers what was counted. */
async function judge(topology: ChaosTopology, load: ChaosLoad, options: ChaosOptions) {
  const increments = await judgeIncrements(topology, load);
  const { locks, beyondLimit } = load;
  await judgeWritten(topology, load);
  expect(load.wrong).toEqual([]);
  expect(load.slowest).toBeLessThan(DEADLINE + options.slack);
  const { twice, notToldApart, notRising } = locks;
  expect({ twice, notToldApart, notRising }).toEqual({ twice: 0, notToldApart: 0, notRising: 0 });
  expect(beyondLimit.wrong).toBe(0);
  expect(load.found).toBeGreaterThan(0);
  expect(locks.acquired).toBeGreaterThan(0);
  expect(load.ratesAllowed).toBeGreaterThan(0);
  return {
    'failed calls': [...load.failures].map(([code, count]) => `${code} ${count}`).join(', ') || 0,
    ...increments,
    'locks taken': locks.acquired,
    'held twice': 0,
    'held twice across promotions, told apart by fences': locks.twiceAcross,
    'rate tokens': load.ratesAllowed,
    'beyond the limit across promotions': beyondLimit.across,
    'wrong answers': 0,
    'longest call (ms)': Math.round(load.slowest),
  };
}

async function judgeIncrements(topology: ChaosTopology, load: ChaosLoad) {
  const sums = { acknowledged: 0, indeterminate: 0, lost: 0, doubled: 0, unexplained: 0 };
  for (const [n, { acknowledged, indeterminate }] of load.counters.entries()) {
    const value = Number(await load.current.counter(counterName(n)));
    const lost = Math.max(0, acknowledged - value);
    const explained = topology.promotions === 0 ? 0 : (topology.lostOf?.(counterName(n)) ?? lost);
    sums.acknowledged += acknowledged;
    sums.indeterminate += indeterminate;
    sums.lost += lost;
    sums.doubled += Math.max(0, value - acknowledged - indeterminate);
    sums.unexplained += Math.max(0, lost - explained);
  }
  expect(sums).toMatchObject({ doubled: 0, unexplained: 0 });
  expect(sums.acknowledged).toBeGreaterThan(0);
  return {
    'increments acknowledged': sums.acknowledged,
    indeterminate: sums.indeterminate,
    'lost by promotions': sums.lost,
    'otherwise lost or doubled': 0,
  };
}

/** What the store answers, near or not, is what is there, at the latest once it has heard of it. */
async function judgeWritten(topology: ChaosTopology, load: ChaosLoad): Promise<void> {
  const fresh = await topology.open();
  for (const key of load.written) {
    const isRight = async () => (await load.current.getText(key)) === (await fresh.getText(key));
    await until(isRight, `the value of ${key} is what is there`);
  }
  if (fresh !== load.current) await fresh.close();
}

/** It works again, without a new store. */
async function untilAnswered(store: LookupStore): Promise<void> {
  const answers = async () => (await store.getText('key:1').catch(() => undefined)) === 'value 1';
  await until(answers, 'a lookup is answered again');
}

/** To every node that was there there may be one connection more. */
async function untilFewer(topology: ChaosTopology, before: number | undefined): Promise<void> {
  if (before === undefined) return;
  await until(() => topology.connections!() <= before + SPARE_CONNECTIONS, 'connections that nobody uses are closed');
}

function megabytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
}

function shuffled(troubles: readonly Trouble[], float: () => number): Trouble[] {
  return troubles
    .map((trouble) => ({ trouble, at: float() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ trouble }) => trouble);
}

const SPARE_CONNECTIONS = 8;
const SPARE_MEGABYTES = 60;
