/**
 * Two contestants measured in one run: in turn, pair by pair, so that a machine whose speed drifts is fair to
 * both. What is quoted is the median of the pairs' ratios with their range, and CPU time per operation.
 */
export interface Contestant {
  readonly name: string;
  /** One operation; its answer is checked by the scenario, not timed apart. */
  readonly operate: (i: number) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export interface Scenario {
  readonly name: string;
  /** Operations under way at the same time. */
  readonly inFlight: number;
  /** What the ratio must reach, undefined when it is only reported. */
  readonly atLeast?: number;
  /** Opens both sides over the same server with the same data, and checks an answer of each. */
  readonly open: (servers: Servers) => Promise<{ ours: Contestant; peer: Contestant }>;
}

/** Where the servers of this run are. */
export interface Servers {
  readonly redisPort: number;
  readonly redisSocket: string;
  readonly clusterPorts: readonly number[];
}

export interface Sample {
  readonly perSecond: number;
  /** Microseconds of the process's CPU per operation; undefined where it was not measured. */
  readonly cpuUs: number | undefined;
}

export interface Result {
  readonly scenario: Scenario;
  readonly ours: Sample;
  readonly peer: Sample;
  readonly peerName: string;
  readonly ratio: { readonly median: number; readonly min: number; readonly max: number };
}

export interface Effort {
  readonly pairs: number;
  /** Milliseconds each side runs in each pair. */
  readonly ms: number;
}

export async function compare(scenario: Scenario, servers: Servers, effort: Effort): Promise<Result> {
  const { ours, peer } = await scenario.open(servers);
  try {
    for (const side of [ours, peer]) await sample(side, scenario.inFlight, effort.ms / 2);
    const samples: { ours: Sample; peer: Sample }[] = [];
    for (let pair = 0; pair < effort.pairs; pair++) {
      const oursFirst = pair % 2 === 0;
      const first = await sample(oursFirst ? ours : peer, scenario.inFlight, effort.ms);
      const second = await sample(oursFirst ? peer : ours, scenario.inFlight, effort.ms);
      samples.push(oursFirst ? { ours: first, peer: second } : { ours: second, peer: first });
    }
    return summarise(scenario, peer.name, samples);
  } finally {
    await ours.close();
    await peer.close();
  }
}

/** Keeps `inFlight` operations under way until the time is over. */
async function sample(side: Contestant, inFlight: number, ms: number): Promise<Sample> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + ms;
  let operations = 0;
  let running = true;
  const worker = async (first: number) => {
    for (let i = first; running; i += inFlight) {
      await side.operate(i);
      // Reading the clock costs a tenth of the fastest operations, so it is read now and then.
      if ((++operations & 15) === 0 && performance.now() >= end) running = false;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, i) => worker(i)));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: operations / seconds, cpuUs: (user + system) / operations };
}

function summarise(scenario: Scenario, peerName: string, samples: readonly { ours: Sample; peer: Sample }[]): Result {
  const ratios = samples.map(({ ours, peer }) => ours.perSecond / peer.perSecond);
  const middle = (side: 'ours' | 'peer'): Sample => ({
    perSecond: median(samples.map((pair) => pair[side].perSecond)),
    cpuUs: medianKnown(samples.map((pair) => pair[side].cpuUs)),
  });
  return {
    scenario,
    peerName,
    ours: middle('ours'),
    peer: middle('peer'),
    ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

/** Of the values that were measured; undefined when none was. */
export function medianKnown(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}
