import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from '../../harness/ports.js';
import { startRedis } from '../../harness/redis.js';

/** A server under load, in a process of its own, with a connection to ask it about itself. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** What it logged until it was ready. */
  readonly startLog: string;
  readonly control: Redis;
  /** Seconds of CPU that the process has taken, in the program and in the system. */
  cpuSeconds(): Promise<number>;
  /** The delays of its event loop since the last call, in milliseconds; undefined for a program that is not ours. */
  delays(): Promise<LoopDelays | undefined>;
  stop(): Promise<void>;
}

export interface LoopDelays {
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
  /** Of what the server took itself, without the machine's. */
  readonly longestOwn: number;
  /** How many were up to each of `DELAY_BOUNDS`, and how many longer; the same of what the server took itself. */
  readonly late: readonly number[];
  readonly own: readonly number[];
}

/** Milliseconds. */
export const DELAY_BOUNDS = [0.5, 1, 2, 5, 10, 20];

/** Directives beside those of every subject: no save points, a folder of its own. */
export type Directives = Readonly<Record<string, string>>;

/** The bundled server as it is built and as a user starts it, with an eye on its event loop. */
export async function startBundled(directives: Directives = {}): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'lookupd-bench-'));
  const [port = 0] = await freePorts(1);
  const words = Object.entries({ port: String(port), dir: folder, save: '', ...directives });
  const args = [
    '--import',
    LOOP_PROBE,
    'dist/cli/main.js',
    'server',
    ...words.flatMap(([name, value]) => [`--${name}`, value]),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const end = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  let startLog: string;
  try {
    startLog = await ready(child);
  } catch (error) {
    await end();
    throw error;
  }
  const delays = async () => {
    child.send(DELAY_BOUNDS);
    const [answer] = (await once(child, 'message')) as [LoopDelays];
    return answer;
  };
  return subject({ name: 'lookupd server', port, pid: child.pid!, startLog, delays }, end);
}

const LOOP_PROBE = new URL('./loop-probe.mjs', import.meta.url).pathname;

export async function startReal(directives: Directives = {}): Promise<Subject> {
  const redis = await startRedis({ directives });
  const { port, pid, startLog } = redis;
  const delays = () => Promise.resolve(undefined);
  return subject({ name: 'redis-server', port, pid, startLog, delays }, () => redis.stop());
}

function subject(
  known: Pick<Subject, 'name' | 'port' | 'pid' | 'startLog' | 'delays'>,
  end: () => Promise<void>,
): Subject {
  const control = new Redis(known.port, '127.0.0.1');
  return {
    ...known,
    control,
    cpuSeconds: async () => {
      const info = await control.info('cpu');
      return field(info, 'used_cpu_user') + field(info, 'used_cpu_sys');
    },
    stop: async () => {
      control.disconnect();
      await end();
    },
  };
}

/** A number of INFO. */
export function field(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]);
}

/** Answers what it has logged. */
async function ready(child: ChildProcess): Promise<string> {
  let log = '';
  for await (const chunk of child.stdout!) {
    log += String(chunk);
    if (log.includes('Ready to accept connections')) return log;
  }
  throw new Error('the bundled server did not start: npm run build first');
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
