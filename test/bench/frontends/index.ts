import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { Redis } from 'ioredis';
import { temporaryFolder } from '../../harness/folder.js';
import { startRedis } from '../../harness/redis.js';
import { until } from '../../harness/until.js';
import { type Effort, median, medianKnown, type Result, type Sample } from '../measure.js';
import { KEYS, keyOf, VALUE } from '../peers.js';
import { machine, table } from '../report.js';
import { embedded, single } from '../stores.js';
import type { Conversation } from './conversations.js';
import {
  CONNECTIONS,
  type DaemonOptions,
  type Listening,
  type Place,
  redisBenchmark,
  residentMb,
  startDaemon,
  startLoad,
  startPeer,
} from './processes.js';

/** The daemon under one load, beside a peer that is asked the same, or beside redis-benchmark. */
interface FrontendScenario {
  readonly name: string;
  readonly kind: Conversation;
  readonly store: 'redis' | 'embedded';
  readonly daemon: Pick<DaemonOptions, 'listener'> & { readonly sections?: string };
  /** Over unix sockets, as mail servers on the same machine may; the peer is given the path of its own. */
  readonly overUnix?: boolean;
  readonly peerName: string;
  /** Undefined: redis-benchmark on the run's Redis. */
  readonly peer?: (redisPort: number, unixSocket: readonly string[]) => Promise<Listening>;
  readonly atLeast: number;
}

const MAP = '[map."bench"]\nstore = "bench"\n';
const SOCKETMAP = { listener: 'protocol = "socketmap"', sections: MAP };
const HTTP = { listener: 'protocol = "http"\nserve = ["lookup"]', sections: MAP };
const REDIS_BENCHMARK = 'redis-benchmark GET P1';

export const frontendScenarios: readonly FrontendScenario[] = [
  {
    name: 'socketmap, embedded store',
    kind: 'socketmap',
    store: 'embedded',
    daemon: SOCKETMAP,
    peerName: REDIS_BENCHMARK,
    atLeast: 0.75,
  },
  {
    name: 'socketmap on Redis',
    kind: 'socketmap',
    store: 'redis',
    daemon: SOCKETMAP,
    peerName: REDIS_BENCHMARK,
    atLeast: 0.65,
  },
  {
    name: 'socketmap on Redis, beside a daemon',
    kind: 'socketmap',
    store: 'redis',
    daemon: SOCKETMAP,
    peerName: 'ioredis, autopipelining',
    peer: (redisPort) => startPeer('socketmap-autopipelining', redisPort),
    atLeast: 1.5,
  },
  {
    name: 'socketmap on Redis, beside a daemon, over unix sockets',
    kind: 'socketmap',
    store: 'redis',
    daemon: SOCKETMAP,
    overUnix: true,
    peerName: 'ioredis, autopipelining',
    peer: (redisPort, unixSocket) => startPeer('socketmap-autopipelining', redisPort, ...unixSocket),
    atLeast: 1.5,
  },
  {
    name: 'HTTP lookup, embedded store',
    kind: 'http',
    store: 'embedded',
    daemon: HTTP,
    peerName: 'Fastify',
    peer: () => startPeer('fastify', 'embedded'),
    atLeast: 1,
  },
  {
    name: 'HTTP lookup on Redis',
    kind: 'http',
    store: 'redis',
    daemon: HTTP,
    peerName: 'Fastify',
    peer: (redisPort) => startPeer('fastify', redisPort),
    atLeast: 1,
  },
  {
    name: 'policy: rate limit on Redis',
    kind: 'rate',
    store: 'redis',
    daemon: {
      listener: 'protocol = "policy"\npolicies = ["rate"]',
      sections: '[policy."rate"]\ntype = "rate-limit"\nkey = ["sasl_username"]\nrate = "1000000000/1h"\n',
    },
    peerName: 'rate-limiter-flexible',
    peer: (redisPort) => startPeer('rate-limiter-policy', redisPort, 'sasl_username'),
    atLeast: 1.2,
  },
  {
    name: 'policy: greylisting on Redis',
    kind: 'greylist',
    store: 'redis',
    daemon: {
      listener: 'protocol = "policy"\npolicies = ["grey"]',
      sections: '[policy."grey"]\ntype = "greylist"\n',
    },
    peerName: 'rate-limiter-flexible',
    peer: (redisPort) => startPeer('rate-limiter-policy', redisPort, 'client_address', 'sender', 'recipient'),
    atLeast: 1.2,
  },
];

const DICT = 'dict, short connections';
const IDLE = 'idle connections';
export const frontendNames = [...frontendScenarios.map(({ name }) => name), DICT, IDLE];

const HEAD = `# Benchmarks of the daemon

The daemon as mail servers load it, ${CONNECTIONS} connections with one request in flight each, over TCP where nothing else is said,
beside peers in the same run: \`npm run bench -- daemon --write\`. Daemon, load, peer and Redis are processes of their own. Each row is the median over
interleaved pairs; the ratio's range shows how noisy the machine was. The daemon runs as configured by default: deadline,
retries, breaker and metrics on; but its log is at \`level = "error"\`, so that policy decisions, which it logs by default, are
not logged here. The load passes its own streams by, as redis-benchmark has none, and each mail that a rate limit counts is
another one: a mail that was decided about is remembered, and no store is asked.
`;

export async function benchFrontends(
  wanted: (name: string) => boolean,
  effort: Effort & { readonly write: boolean },
): Promise<void> {
  const redis = await startRedis();
  try {
    await fill(redis.port);
    const results: Result[] = [];
    for (const scenario of frontendScenarios.filter(({ name }) => wanted(name))) {
      const result = await compare(scenario, redis.port, effort);
      results.push(result);
      console.log(table([result]).split('\n')[2]);
    }
    const absolute: string[] = [];
    if (wanted(DICT)) absolute.push(await shortConnections(effort));
    if (wanted(IDLE)) absolute.push(await idleConnections());
    const effortText = `${machine()}; ${effort.pairs} pairs of ${effort.ms} ms a side, interleaved`;
    const others =
      absolute.length === 0 ? '' : `\n| measured | reached | goal |\n|---|---|---|\n${absolute.join('\n')}\n`;
    const text = `${effortText}\n\n${table(results)}\n${others}`;
    console.log(`\n${text}`);
    if (effort.write) writeFileSync('docs/benchmarks-daemon.md', `${HEAD}\n${text}`);
  } finally {
    await redis.stop();
  }
}

async function fill(port: number): Promise<void> {
  const redis = new Redis(port, { enableAutoPipelining: true });
  for (let from = 0; from < KEYS; from += 1_000) {
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => redis.set(keyOf(from + i), VALUE)));
  }
  await redis.quit();
}

async function daemonFor(
  { store, daemon }: FrontendScenario,
  redisPort: number,
  unixSocket: string | undefined,
): Promise<Listening> {
  const toml = `${store === 'embedded' ? embedded : single(redisPort)}${daemon.sections ?? ''}`;
  const started = await startDaemon({ toml, listener: daemon.listener, unixSocket });
  if (store === 'embedded') await fill(started.resp);
  return started;
}

/** Milliseconds until a server's code is compiled. */
const WARM_UP = 2_000;

async function compare(scenario: FrontendScenario, redisPort: number, effort: Effort): Promise<Result> {
  using folder = scenario.overUnix ? temporaryFolder() : undefined;
  const sockets = ['daemon', 'peer'].flatMap((name) => (folder === undefined ? [] : [path.join(folder.path, name)]));
  const daemon = await daemonFor(scenario, redisPort, sockets[0]);
  const peer = await scenario.peer?.(redisPort, sockets.slice(1));
  const load = startLoad(scenario.kind);
  const ask = {
    ours: (ms: number) => load.run(daemon, ms),
    peer: (ms: number) => (peer === undefined ? redisBenchmark(redisPort, ms, KEYS) : load.run(peer, ms)),
  };
  const pairs: { ours: Sample; peer: Sample }[] = [];
  try {
    await ask.ours(WARM_UP);
    await ask.peer(WARM_UP);
    for (let pair = 0; pair < effort.pairs; pair++) {
      const ours = await ask.ours(effort.ms);
      pairs.push({ ours, peer: await ask.peer(effort.ms) });
    }
  } finally {
    await load.stop();
    await daemon.stop();
    await peer?.stop();
  }
  return summary(scenario, pairs);
}

function summary(
  { name, atLeast, peerName }: FrontendScenario,
  pairs: readonly { ours: Sample; peer: Sample }[],
): Result {
  const ratios = pairs.map(({ ours, peer }) => ours.perSecond / peer.perSecond);
  const middle = (side: 'ours' | 'peer'): Sample => ({
    perSecond: median(pairs.map((pair) => pair[side].perSecond)),
    cpuUs: medianKnown(pairs.map((pair) => pair[side].cpuUs)),
  });
  return {
    scenario: { name, inFlight: CONNECTIONS, atLeast, open: () => Promise.reject() },
    peerName,
    ours: middle('ours'),
    peer: middle('peer'),
    ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
  };
}

const DICT_SECTIONS = '[dict."bench"]\nstore = "bench"\nprefix = ""\n';

/** Connect, say who one is, look one key up, close. */
async function shortConnections({ pairs, ms }: Effort): Promise<string> {
  const daemon = await startDaemon({ toml: `${embedded}${DICT_SECTIONS}`, listener: 'protocol = "dict"' });
  const load = startLoad('dict');
  try {
    await fill(daemon.resp);
    await load.run(daemon, ms / 2);
    const rates: number[] = [];
    for (let i = 0; i < pairs; i++) rates.push((await load.run(daemon, ms)).perSecond);
    return `| ${DICT}: accepted, greeted and answered | ${Math.round(median(rates)).toLocaleString('en-US')} per second | 5,000 |`;
  } finally {
    await load.stop();
    await daemon.stop();
  }
}

const IDLE_COUNT = 10_000;
const MOST_IDLE_MB = 150;

async function idleConnections(): Promise<string> {
  const toml = `${embedded}${MAP}`;
  const daemon = await startDaemon({ toml, listener: 'protocol = "socketmap"' });
  const sockets: Socket[] = [];
  try {
    while (sockets.length < IDLE_COUNT) {
      const some = await Promise.all(Array.from({ length: 200 }, () => asked(daemon.at)));
      sockets.push(...some);
    }
    await until(() => sockets.every((socket) => !socket.destroyed), 'all stay connected');
    const mb = Math.round(residentMb(daemon.pid));
    const verdict = mb < MOST_IDLE_MB ? '' : ' (missed)';
    return `| ${IDLE_COUNT.toLocaleString('en-US')} ${IDLE} that have asked one lookup each: the daemon's memory | ${mb} MB | under ${MOST_IDLE_MB} MB${verdict} |`;
  } finally {
    for (const socket of sockets) socket.destroy();
    await daemon.stop();
  }
}

function asked(at: Place): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...at });
    socket.on('error', reject);
    socket.once('data', () => resolve(socket));
    socket.write('9:bench key,');
  });
}
