import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../harness/ports.js';
import { until } from '../../harness/until.js';
import type { Sample } from '../measure.js';
import type { Conversation } from './conversations.js';
import type { LoadRun } from './load.js';

const run = promisify(execFile);

/** Connections of every load, one request in flight each. */
export const CONNECTIONS = 50;

/** Where something listens, as `connect` takes it. */
export type Place = { readonly port: number; readonly host: string } | { readonly path: string };

/** Something that listens, in a process of its own. */
export interface Listening {
  readonly at: Place;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface DaemonOptions {
  /** Everything but listeners and log. */
  readonly toml: string;
  /** Of the one listener that is measured. */
  readonly listener: string;
  /** The path of its unix socket; TCP by default. */
  readonly unixSocket?: string | undefined;
}

const onPort = (port: number): Place => ({ port, host: '127.0.0.1' });

/** The built daemon, as it is installed. `resp` is a listener to write to its store through. */
export async function startDaemon({
  toml,
  listener,
  unixSocket,
}: DaemonOptions): Promise<Listening & { readonly resp: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lookupd-bench-'));
  const [port = 0, health = 0, resp = 0] = await freePorts(3);
  const file = path.join(folder, 'lookupd.toml');
  writeFileSync(
    file,
    `${toml}
[server.listener."measured"]
${listener}
bind = "${unixSocket === undefined ? `127.0.0.1:${port}` : `unix:${unixSocket}`}"
limits.max-connections = 20000
[server.listener."health"]
protocol = "http"
bind = "127.0.0.1:${health}"
serve = ["health", "metrics"]
[server.listener."resp"]
protocol = "resp"
bind = "127.0.0.1:${resp}"
store = "bench"
write = true
[log]
level = "error"
`,
  );
  const child = spawn(process.execPath, ['dist/cli/main.js', 'serve', '-c', file], { stdio: 'inherit' });
  const stop = async () => {
    await ended(child);
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
  const at = unixSocket === undefined ? onPort(port) : { path: unixSocket };
  return { at, resp, pid: child.pid!, stop };
}

/** A program of peers/ with its arguments; it prints the port, or the path, it listens on. */
export async function startPeer(name: string, ...args: readonly (string | number)[]): Promise<Listening> {
  const file = path.join(import.meta.dirname, 'peers', `${name}.ts`);
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const where = line.toString().trim();
  const at = where.startsWith('/') ? { path: where } : onPort(Number(where));
  return { at, pid: child.pid!, stop: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

/** A process that plays a mail server. */
export interface Load {
  /** So many milliseconds of it, on connections of their own. */
  run(on: Listening, ms: number): Promise<Sample>;
  stop(): Promise<void>;
}

export function startLoad(kind: Conversation): Load {
  const child = fork(path.join(import.meta.dirname, 'load.ts'), [kind], { execArgv: ['--import', 'tsx'] });
  const failed = once(child, 'exit').then(() => Promise.reject(new Error('the load has ended')));
  failed.catch(() => undefined);
  const answer = async ({ at }: Listening, ms: number): Promise<number> => {
    child.send({ at, connections: CONNECTIONS, ms } satisfies LoadRun);
    const [perSecond] = (await Promise.race([once(child, 'message'), failed])) as [number];
    return perSecond;
  };
  return {
    async run(on, ms) {
      const before = cpuSeconds(on.pid);
      const perSecond = await answer(on, ms);
      return { perSecond, cpuUs: ((cpuSeconds(on.pid) - before) * 1e6) / ((perSecond * ms) / 1000) };
    },
    stop: () => ended(child),
  };
}

/** Its own report, and no CPU figure: the work is Redis's. */
export async function redisBenchmark(port: number, ms: number, keys: number): Promise<Sample> {
  const requests = Math.max(50_000, Math.round(ms * 100));
  const args = ['-p', port, '-t', 'get', '-c', CONNECTIONS, '-n', requests, '-r', keys, '-d', 100, '--csv'].map(String);
  const { stdout } = await run('redis-benchmark', args);
  const row = stdout.split('\n').find((line) => line.startsWith('"GET"'));
  return { perSecond: Number(row?.split(',')[1]?.replaceAll('"', '')), cpuUs: undefined };
}

/** User and system time of a process from /proc, in seconds (a tick is a hundredth on Linux). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of a process, in MB. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}
