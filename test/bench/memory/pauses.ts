import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Args } from '../../../src/resp/args.js';
import { ReplyError } from '../../../src/resp/reply.js';
import type { LocalSession } from '../../../src/server/local-session.js';
import { Server } from '../../../src/server/server.js';

/**
 * How long the bundled server stops for reasons of its own: with many keys in it, the longest turn of its event
 * loop while it is given a few commands at a time, and the time of single commands that free, replace or copy a lot.
 * In one process and without sockets, so that neither the network nor a client is measured; with the young generation
 * that the program has (`--max-semi-space-size`), and without the time in which the system let others run (Linux tells).
 * What a machine that is itself a guest of another does to every program is not told: the last two rows show it.
 *
 *     npm run bench:pauses -- [keys, 10000000] [which rows, a regular expression]
 */
const KEYS = Number(process.argv[2] ?? 10_000_000);
const ROWS = new RegExp(process.argv[3] ?? '');
const ELEMENTS = 1_000_000;
const STORM = Math.min(1_000_000, KEYS / 4);
const PER_TURN = 20;
const BYTES_PER_KEY = 160;

const server = await Server.start();
const session = server.session();
const value = 'v'.repeat(100);
const args = new Args();
let longest = 0;

console.log(`${KEYS.toLocaleString('en-US')} keys of 16 bytes with values of 100; milliseconds\n`);
console.log('| | the command | longest turn |\n|---|---|---|');

await phase('insert', () => turns(KEYS, (i) => run('SET', keyOf(i), value)));
await phase('idle', () => idle(1000));
await phase(`expiry of ${STORM} keys at once`, expiryStorm);
await phase('eviction of a tenth, allkeys-lru', evict);
for (const [type, build] of Object.entries(collections())) {
  if (!ROWS.test(type)) continue;
  await turns(ELEMENTS / 100, build);
  await idle(500);
  await phase(`${type}: COPY`, () => idle(500), ['COPY', type, 'copy']);
  await phase(`${type}: writing to the copy`, () => turns(1000, changes()[type]!));
  await phase(`${type}: RENAME over one as large`, () => idle(500), ['RENAME', 'copy', type]);
  await phase(`${type}: DEL`, () => idle(500), ['DEL', type]);
  await turns(ELEMENTS / 100, build);
  await phase(`${type}: SET over it`, () => idle(500), ['SET', type, 'small']);
  run('DEL', type);
  await turns(ELEMENTS / 100, build);
  await phase(`${type}: UNLINK`, () => idle(500), ['UNLINK', type]);
}
await phase('FLUSHALL', () => turns(KEYS / 10, (i) => run('SET', keyOf(i), value)), ['FLUSHALL']);
await phase('FLUSHALL ASYNC', () => idle(2000), ['FLUSHALL', 'ASYNC']);
await server.close();
await machine();
console.log(`\nnode ${process.version}, resident ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB at the end`);

/** Runs the command, then the work, and prints a row. */
async function phase(name: string, work: () => Promise<void>, command?: readonly string[]): Promise<void> {
  if (name !== 'insert' && !ROWS.test(name)) return;
  longest = 0;
  const began = performance.now();
  if (command) run(...command);
  const took = command ? (performance.now() - began).toFixed(1) : '';
  await work();
  console.log(`| ${name} | ${took} | ${longest.toFixed(1)} |`);
}

/** What the machine does to a program that is not ours: with nothing to do, and writing to as much memory for the first time. */
async function machine(): Promise<void> {
  await phase('the machine alone: nothing', () => turns(KEYS, () => undefined));
  const bytes = 2 ** 25;
  const kept: Buffer[] = [];
  await phase('the machine alone: writing to new memory', () =>
    turns(KEYS, (i) => {
      const at = (i * BYTES_PER_KEY) % bytes;
      if (at < BYTES_PER_KEY) kept.push(Buffer.allocUnsafeSlow(bytes + BYTES_PER_KEY));
      kept.at(-1)!.fill(1, at, at + BYTES_PER_KEY);
    }),
  );
}

/** Runs a step for each number below `count`, some to each turn of the event loop. */
async function turns(count: number, step: (i: number) => void): Promise<void> {
  for (let i = 0; i < count; ) {
    const waitedBefore = waited();
    const began = performance.now();
    for (const end = Math.min(count, i + PER_TURN); i < end; i++) step(i);
    await turn(began, waitedBefore);
  }
}

/** Lets others run; what is measured lasts until they have. */
async function turn(began: number, waitedBefore: number): Promise<void> {
  await new Promise(setImmediate);
  longest = Math.max(longest, performance.now() - began - (waited() - waitedBefore));
}

/** A client that asks for little. */
async function idle(milliseconds: number): Promise<void> {
  for (const end = performance.now() + milliseconds; performance.now() < end; ) {
    const waitedBefore = waited();
    const began = performance.now();
    run('GET', keyOf(1));
    await turn(began, waitedBefore);
  }
}

async function expiryStorm(): Promise<void> {
  const at = String(Date.now() + 8000);
  await turns(STORM, (i) => run('PEXPIREAT', keyOf(i), at));
  const left = () => server.keyspace.databases[0]!.expiring.size;
  while (left() > 0) await idle(100);
}

async function evict(): Promise<void> {
  run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  run('CONFIG', 'SET', 'maxmemory', String(Math.floor(server.usedMemory * 0.9)));
  while (server.usedMemory > server.settings.maxMemory) await idle(100);
  await turns(100_000, (i) => run('SET', keyOf(KEYS + i), value));
  run('CONFIG', 'SET', 'maxmemory', '0');
}

/** A hundred elements a step. */
function collections(): Record<string, (step: number) => void> {
  const each = (step: number, make: (i: number) => string[]) =>
    Array.from({ length: 100 }, (_, i) => make(step * 100 + i)).flat();
  return {
    hash: (step) => run('HSET', 'hash', ...each(step, (i) => [`field:${i}`, `value:${i}`])),
    set: (step) => run('SADD', 'set', ...each(step, (i) => [`member:${i}`])),
    list: (step) => run('RPUSH', 'list', ...each(step, (i) => [`element:${i}`])),
    zset: (step) => run('ZADD', 'zset', ...each(step, (i) => [String((i * 7919) % ELEMENTS), `member:${i}`])),
    stream: (step) => each(step, (i) => [String(run('XADD', 'stream', '*', 'field', `value:${i}`))]),
  };
}

/** Some element of a copy, drawn over all of it. */
function changes(): Record<string, (step: number) => void> {
  return {
    hash: (step) => run('HSET', 'copy', `field:${(step * 7919) % ELEMENTS}`, 'other'),
    set: (step) => run('SREM', 'copy', `member:${(step * 7919) % ELEMENTS}`),
    list: (step) => run('RPUSH', 'copy', `element:${step}`),
    zset: (step) => run('ZADD', 'copy', String(step), `member:${(step * 7919) % ELEMENTS}`),
    stream: (step) => run('XADD', 'copy', '*', 'field', `value:${step}`),
  };
}

function keyOf(i: number): string {
  return `key:${String(i).padStart(12, '0')}`;
}

function run(...words: string[]): ReturnType<LocalSession['run']> {
  args.fill(words);
  const reply = session.runArgs(args);
  if (reply instanceof ReplyError) throw reply;
  return reply;
}

/** Milliseconds in which this thread could have run and did not, since its start; 0 where the system does not tell. */
function waited(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
