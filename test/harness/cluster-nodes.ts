import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ReplyError } from '../../src/resp/reply.js';
import { Server } from '../../src/server/server.js';
import { freePorts } from './ports.js';
import { executable } from './programs.js';
import { type RedisServer, startRedis } from './redis.js';

/** Nodes of clusters, ours and real ones, that are empty and know nobody yet. */
export interface Node {
  readonly kind: 'ours' | 'redis';
  readonly port: number;
  readonly address: string;
  /** Its replies as text: what redis-cli would print, about. */
  ask(...words: readonly string[]): Promise<string>;
  /** Ends at once, as a crash does. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

function directivesFor(nodeTimeout: number): Record<string, string> {
  return {
    'cluster-enabled': 'yes',
    'cluster-node-timeout': String(nodeTimeout),
    'repl-diskless-sync-delay': '0',
    'repl-ping-replica-period': '1',
  };
}

/** Milliseconds; nodes of tests in which none ends have time, however busy the machine is. */
const PATIENT = 5000;

export async function startNode(kind: Node['kind'], nodeTimeout = PATIENT): Promise<Node> {
  return await (kind === 'ours' ? startOurNode(nodeTimeout) : startRealNode(nodeTimeout));
}

async function startOurNode(nodeTimeout: number): Promise<Node> {
  const server = new Server({ directives: directivesFor(nodeTimeout), keepsFiles: false });
  const { port = 0 } = await server.listen({ port: 0, busPort: 0 });
  const session = server.session({ protocol: 2 });
  return {
    kind: 'ours',
    port,
    address: `127.0.0.1:${port}`,
    ask: async (...words) => textOf(session.run(...words)),
    kill: () => server.close(),
    stop: () => server.close(),
  };
}

async function startRealNode(nodeTimeout: number): Promise<Node> {
  const [busPort = 0] = await freePorts(1);
  const redis: RedisServer = await startRedis({
    directives: { ...directivesFor(nodeTimeout), 'cluster-port': String(busPort) },
  });
  return {
    kind: 'redis',
    port: redis.port,
    address: `127.0.0.1:${redis.port}`,
    ask: async (...words) => textOf(await redis.command(...words)),
    kill: () => redis.kill(),
    stop: () => redis.stop(),
  };
}

function textOf(reply: unknown): string {
  if (reply instanceof ReplyError) return reply.message;
  return typeof reply === 'object' && reply !== null && 'text' in reply ? String(reply.text) : String(reply);
}

/** `redis-cli --cluster …`; what it prints. Rejects when it fails. */
export async function redisCliCluster(...words: readonly string[]): Promise<string> {
  const program = executable('redis-cli');
  if (program === undefined) throw new Error('redis-cli is not installed');
  try {
    const { stdout } = await promisify(execFile)(program, ['--cluster', ...words, '--cluster-yes'], {
      timeout: 60_000,
    });
    return stdout.replace(COLOURS, '');
  } catch (error) {
    const { stdout = '' } = error as { readonly stdout?: string };
    throw new Error(`redis-cli --cluster ${words.join(' ')} has failed: ${stdout.replace(COLOURS, '')}`, {
      cause: error,
    });
  }
}

const COLOURS = /\u001b\[[\d;]*m/g;
