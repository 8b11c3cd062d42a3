import { performance } from 'node:perf_hooks';
import { Args } from '../../../dist/resp/args.js';
import { ReplyError } from '../../../dist/resp/reply.js';
import { Server } from '../../../dist/server/server.js';
import { OwnTime } from '../own-time.js';

/**
 * One run of `pauses.ts`, in a process of its own and without sockets, so that neither the network nor a client is
 * measured: the longest turn of the event loop while the server is given a few commands at a time, and the time of
 * single commands that free, replace or copy a lot. The last rows are what the machine does to any program.
 */
const KEYS = Number(process.argv[2]);
const ROWS = new RegExp(process.argv[3]);
const ELEMENTS = 1_000_000;
const STORM = Math.min(1_000_000, KEYS / 4);
const PER_TURN = 20;
const BYTES_PER_KEY = 160;

const server = await Server.start();
const session = server.session();
const value = 'v'.repeat(100);
const args = new Args();
const time = new OwnTime();
let longest = { turn: 0, own: 0 };

await phase('insert', () => turns(KEYS, (i) => run('SET', keyOf(i), value)));
await phase('idle', () => idle(1000));
await phase(`expiry of ${STORM} keys at once`, expiryStorm);
await phase('eviction of a tenth, allkeys-lru', evict);
for (const [type, build] of Object.entries(collections())) {
  if (!ROWS.test(type)) continue;
  await turns(ELEMENTS / 100, build);
  await idle(500);
  await phase(`${type}: COPY`, () => idle(500), ['COPY', type, 'copy']);
  await phase(`${type}: writing to the copy`, () => turns(1000, changes()[type]));
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

/** Runs the command, then the work, and tells of both. */
async function phase(name, work, command) {
  if (name !== 'insert' && !ROWS.test(name)) return;
  longest = { turn: 0, own: 0 };
  const began = performance.now();
  if (command) run(...command);
  const took = command && performance.now() - began;
  await work();
  process.send({ name, command: took, ...longest });
}

/**
 * What the machine does to a program that is not ours: with nothing to do, writing to as much memory for the first time, and
 * reading it here and there.
 */
async function machine() {
  await phase('the machine alone: nothing', () => turns(KEYS, () => undefined));
  const bytes = 2 ** 25;
  const kept = [];
  await phase('the machine alone: writing to new memory', () =>
    turns(KEYS, (i) => {
      const at = (i * BYTES_PER_KEY) % bytes;
      if (at < BYTES_PER_KEY) kept.push(Buffer.allocUnsafeSlow(bytes + BYTES_PER_KEY));
      kept.at(-1).fill(1, at, at + BYTES_PER_KEY);
    }),
  );
  let sum = 0;
  await phase('the machine alone: reading it here and there', () =>
    turns(KEYS, (i) => {
      const hash = Math.imul(i, 0x9e3779b1) >>> 0;
      sum += kept[hash % kept.length][(hash >>> 7) % bytes];
    }),
  );
  if (sum === 0) throw new Error('nothing was read');
}

/** Runs a step for each number below `count`, some to each turn of the event loop. */
async function turns(count, step) {
  for (let i = 0; i < count; ) {
    time.start();
    for (const end = Math.min(count, i + PER_TURN); i < end; i++) step(i);
    await turnEnds();
  }
}

/** Lets others run; what is measured lasts until they have. */
async function turnEnds() {
  await new Promise(setImmediate);
  const { turn, own } = time.stop();
  longest = { turn: Math.max(longest.turn, turn), own: Math.max(longest.own, own) };
}

/** A client that asks for little. */
async function idle(milliseconds) {
  for (const end = performance.now() + milliseconds; performance.now() < end; ) {
    time.start();
    run('GET', keyOf(1));
    await turnEnds();
  }
}

async function expiryStorm() {
  const at = String(Date.now() + 8000);
  await turns(STORM, (i) => run('PEXPIREAT', keyOf(i), at));
  const left = () => server.keyspace.databases[0].expiring.size;
  while (left() > 0) await idle(100);
}

async function evict() {
  run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  run('CONFIG', 'SET', 'maxmemory', String(Math.floor(server.usedMemory * 0.9)));
  while (server.usedMemory > server.settings.maxMemory) await idle(100);
  await turns(100_000, (i) => run('SET', keyOf(KEYS + i), value));
  run('CONFIG', 'SET', 'maxmemory', '0');
}

/** A hundred elements a step. */
function collections() {
  const each = (step, make) => Array.from({ length: 100 }, (_, i) => make(step * 100 + i)).flat();
  return {
    hash: (step) => run('HSET', 'hash', ...each(step, (i) => [`field:${i}`, `value:${i}`])),
    set: (step) => run('SADD', 'set', ...each(step, (i) => [`member:${i}`])),
    list: (step) => run('RPUSH', 'list', ...each(step, (i) => [`element:${i}`])),
    zset: (step) => run('ZADD', 'zset', ...each(step, (i) => [String((i * 7919) % ELEMENTS), `member:${i}`])),
    stream: (step) => each(step, (i) => [String(run('XADD', 'stream', '*', 'field', `value:${i}`))]),
  };
}

/** Some element of a copy, drawn over all of it. */
function changes() {
  return {
    hash: (step) => run('HSET', 'copy', `field:${(step * 7919) % ELEMENTS}`, 'other'),
    set: (step) => run('SREM', 'copy', `member:${(step * 7919) % ELEMENTS}`),
    list: (step) => run('RPUSH', 'copy', `element:${step}`),
    zset: (step) => run('ZADD', 'copy', String(step), `member:${(step * 7919) % ELEMENTS}`),
    stream: (step) => run('XADD', 'copy', '*', 'field', `value:${step}`),
  };
}

function keyOf(i) {
  return `key:${String(i).padStart(12, '0')}`;
}

function run(...words) {
  args.fill(words);
  const reply = session.runArgs(args);
  if (reply instanceof ReplyError) throw reply;
  return reply;
}
