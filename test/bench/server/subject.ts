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
  readonly control: Redis;
  /** Seconds of CPU that the process has taken, in the program and in the system. */
  cpuSeconds(): Promise<number>;
  stop(): Promise<void>;
}

/** The bundled server as it is built and as a user starts it. */
export async function startBundled(): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'lookupd-bench-'));
  const [port = 0] = await freePorts(1);
  const args = ['dist/cli/main.js', 'server', '--port', String(port), '--dir', folder, '--save', ''];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(child);
  } catch (error) {
    await end();
    throw error;
  }
  return subject('lookupd server', port, end);
}

export async function startReal(): Promise<Subject> {
  const redis = await startRedis();
  return subject('redis-server', redis.port, () => redis.stop());
}

function subject(name: string, port: number, end: () => Promise<void>): Subject {
  const control = new Redis(port, '127.0.0.1');
  return {
    name,
    port,
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

function field(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]);
}

async function ready(child: ChildProcess): Promise<void> {
  for await (const chunk of child.stdout!) {
    if (!String(chunk).includes('Ready to accept connections')) continue;
    break;
  }
  if (child.exitCode !== null) throw new Error('the bundled server did not start: npm run build first');
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
