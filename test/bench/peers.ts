import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import type { Contestant } from './measure.js';

/** How many keys the data has, and what they hold. */
export const KEYS = 100_000;
export const VALUE = 'x'.repeat(100);

export const keyOf = (i: number) => KEY_TEXTS[i % KEYS]!;
const KEY_TEXTS = Array.from({ length: KEYS }, (_, i) => `bench:${i}`);

export function ioredis(port: number, enableAutoPipelining: boolean): Redis {
  return new Redis({ port, host: '127.0.0.1', enableAutoPipelining });
}

export function ioredisCluster(ports: readonly number[]): Cluster {
  const nodes = ports.map((port) => ({ host: '127.0.0.1', port }));
  return new Cluster(nodes, { enableAutoPipelining: true });
}

export async function nodeRedis(port: number) {
  return await createClient({ socket: { port, host: '127.0.0.1' } }).connect();
}

export async function nodeRedisCluster(ports: readonly number[]) {
  return await createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) }).connect();
}

/** A contestant over a client, its first answer checked. */
export async function contestant(
  name: string,
  operate: (i: number) => Promise<unknown>,
  close: () => Promise<unknown>,
  isRight: (answer: unknown) => boolean,
): Promise<Contestant> {
  const answer = await operate(0);
  if (!isRight(answer)) throw new Error(`${name} answered ${String(answer)}`);
  return {
    name,
    operate,
    close: async () => {
      await close();
    },
  };
}

export const isValue = (answer: unknown) => String(answer) === VALUE;
