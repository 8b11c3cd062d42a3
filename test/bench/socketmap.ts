import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../harness/ports.js';
import { until } from '../harness/until.js';
import { type Effort, median, medianKnown, type Result, type Sample, type Servers } from './measure.js';
import { KEYS } from './peers.js';
import { single } from './stores.js';

const run = promisify(execFile);
const CONNECTIONS = 50;

/**
 * The daemon as Postfix loads it, beside redis-benchmark asking the same Redis: 50 connections, one request
 * in flight each. Daemon, load and Redis are processes of their own.
 */
export async function socketmapRow(servers: Servers, effort: Effort): Promise<Result> {
  const daemon = await startDaemon(servers);
  const pairs: { ours: Sample; peer: Sample }[] = [];
  try {
    await load(daemon, effort.ms / 2);
    for (let pair = 0; pair < effort.pairs; pair++) {
      const ours = await load(daemon, effort.ms);
      pairs.push({ ours, peer: await redisBenchmark(servers.redisPort, effort.ms) });
    }
  } finally {
    await daemon.stop();
  }
  const ratios = pairs.map(({ ours, peer }) => ours.perSecond / peer.perSecond);
  const middle = (side: 'ours' | 'peer'): Sample => ({
    perSecond: median(pairs.map((pair) => pair[side].perSecond)),
    cpuUs: medianKnown(pairs.map((pair) => pair[side].cpuUs)),
  });
  return {
    scenario: { name: 'socketmap on Redis', inFlight: CONNECTIONS, atLeast: 0.65, open: () => Promise.reject() },
    peerName: 'redis-benchmark GET P1',
    ours: middle('ours'),
    peer: middle('peer'),
    ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
  };
}

interface RunningDaemon {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

async function startDaemon({ redisPort }: Servers): Promise<RunningDaemon> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lookupd-bench-'));
  const [port = 0, health = 0] = await freePorts(2);
  const file = path.join(folder, 'lookupd.toml');
  writeFileSync(
    file,
    `${single(redisPort)}
[map."bench"]
store = "bench"
[server.listener."postfix"]
protocol = "socketmap"
bind = "127.0.0.1:${port}"
[server.listener."health"]
protocol = "http"
bind = "127.0.0.1:${health}"
serve = ["health", "metrics"]
[log]
level = "error"
`,
  );
  const child = spawn(process.execPath, ['dist/cli/main.js', 'serve', '-c', file], { stdio: 'inherit' });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const ready = () =>
    fetch(`http://127.0.0.1:${health}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  try {
    await until(ready, 'the daemon is ready');
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, pid: child.pid!, stop };
}

async function load(daemon: RunningDaemon, ms: number): Promise<Sample> {
  const before = cpuSeconds(daemon.pid);
  const args = ['--import', 'tsx', 'test/bench/socketmap-load.ts', daemon.port, CONNECTIONS, ms].map(String);
  const { stdout } = await run(process.execPath, args);
  const perSecond = Number(stdout);
  return { perSecond, cpuUs: ((cpuSeconds(daemon.pid) - before) * 1e6) / ((perSecond * ms) / 1000) };
}

/** Its own report, and no CPU figure: the work is Redis's. */
async function redisBenchmark(port: number, ms: number): Promise<Sample> {
  const requests = Math.max(50_000, Math.round(ms * 100));
  const args = ['-p', port, '-t', 'get', '-c', CONNECTIONS, '-n', requests, '-r', KEYS, '-d', 100, '--csv'].map(String);
  const { stdout } = await run('redis-benchmark', args);
  const row = stdout.split('\n').find((line) => line.startsWith('"GET"'));
  return { perSecond: Number(row?.split(',')[1]?.replaceAll('"', '')), cpuUs: undefined };
}

/** User and system time of a process from /proc, in seconds (a tick is a hundredth on Linux). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
