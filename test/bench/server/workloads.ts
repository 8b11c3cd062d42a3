import { fixedWindowScript } from '../../../src/stores/scripts/fixed-window.js';

/** What redis-benchmark sends, and what the ratio to redis-server must reach. */
export interface Workload {
  readonly name: string;
  /** Requests that a connection sends at once. */
  readonly pipeline: number;
  /** redis-benchmark's own arguments: a test of its, or a command. */
  readonly load: readonly string[];
  /** Run before each measurement: what the command finds. Empties the server first. */
  readonly prepare?: readonly Preparation[];
  readonly goal: Goal;
}

/** Requests of a load, "as many as are measured" where they use up what is there. */
export interface Preparation {
  readonly load: readonly string[];
  readonly requests: number | 'as many';
}

/** `rate`: requests per second; `cpu`: CPU per request; `p99`: at most this many times redis-server's. */
export interface Goal {
  readonly measure: 'rate' | 'cpu';
  readonly atLeast: number;
  readonly p99AtMost?: number;
}

/** Keys and members are drawn from so many. */
export const KEYSPACE = 100_000;
export const CONNECTIONS = 50;

const MEMBER = 'element:__rand_int__';
const VALUE = 'x'.repeat(100);
const KEYS = { load: ['-t', 'set'], requests: 3 * KEYSPACE } as const;
const FIELDS = { load: ['-t', 'hset'], requests: 3 * KEYSPACE } as const;
const RANKED = { load: ['-t', 'zadd'], requests: 3 * KEYSPACE } as const;
const { source: SCRIPT, sha: SCRIPT_SHA } = fixedWindowScript;

const atP64: Goal = { measure: 'rate', atLeast: 1.3 };
const strings: Goal = { measure: 'rate', atLeast: 1 };
const collections: Goal = { measure: 'rate', atLeast: 0.7 };
const alone: Goal = { measure: 'cpu', atLeast: 0.78, p99AtMost: 2.2 };

export const workloads: readonly Workload[] = [
  { name: 'GET', pipeline: 64, load: ['-t', 'get'], prepare: [KEYS], goal: atP64 },
  { name: 'SET', pipeline: 64, load: ['-t', 'set'], goal: atP64 },
  { name: 'GET', pipeline: 16, load: ['-t', 'get'], prepare: [KEYS], goal: strings },
  { name: 'SET', pipeline: 16, load: ['-t', 'set'], goal: strings },
  { name: 'INCR', pipeline: 16, load: ['-t', 'incr'], goal: strings },
  { name: 'HSET', pipeline: 16, load: ['-t', 'hset'], goal: collections },
  { name: 'HGET', pipeline: 16, load: ['HGET', 'myhash', MEMBER], prepare: [FIELDS], goal: collections },
  { name: 'SADD', pipeline: 16, load: ['-t', 'sadd'], goal: collections },
  { name: 'LPUSH', pipeline: 16, load: ['LPUSH', 'mylist', VALUE], goal: collections },
  {
    name: 'LPOP',
    pipeline: 16,
    load: ['LPOP', 'mylist'],
    prepare: [{ load: ['LPUSH', 'mylist', VALUE], requests: 'as many' }],
    goal: collections,
  },
  { name: 'ZADD', pipeline: 16, load: ['-t', 'zadd'], goal: collections },
  { name: 'ZRANGE of 10', pipeline: 16, load: ['ZRANGE', 'myzset', '0', '9'], prepare: [RANKED], goal: collections },
  { name: 'GET', pipeline: 1, load: ['-t', 'get'], prepare: [KEYS], goal: alone },
  { name: 'SET', pipeline: 1, load: ['-t', 'set'], goal: alone },
  {
    name: 'EVALSHA of a rate limit',
    pipeline: 16,
    load: ['EVALSHA', SCRIPT_SHA, '1', 'rate:__rand_int__', '1', '60000'],
    prepare: [{ load: ['SCRIPT', 'LOAD', SCRIPT], requests: 1 }],
    goal: { measure: 'rate', atLeast: 0.33 },
  },
];

/** How a row is called, on the command line too: "GET at P16". No name is a part of another one. */
export function nameOf({ name, pipeline }: Workload): string {
  return pipeline === 1 ? `${name}, not pipelined` : `${name} at P${pipeline}`;
}
