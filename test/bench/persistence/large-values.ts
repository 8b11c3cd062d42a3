import { Pipeline } from '../../long/pipeline.js';
import type { Subject } from '../server/subject.js';
import { fill, keyOf, mixed } from './data.js';
import { request } from './load.js';
import type { Section } from './section.js';
import { eachJob, SNAPSHOT_HEAD } from './snapshots.js';

const MEMBERS = 1_000_000;
const STRING_BYTES = 100 * 1024 * 1024;
const STEP = 100;

/** Commands that add elements from a number on. */
const COLLECTIONS: Readonly<Record<string, (from: number, count: number) => string[]>> = {
  set: (from, count) => ['SADD', 'set', ...each(from, count, (i) => [`member:${i}`])],
  hash: (from, count) => ['HSET', 'hash', ...each(from, count, (i) => [`field:${i}`, `value:${i}`])],
  zset: (from, count) => ['ZADD', 'zset', ...each(from, count, (i) => [String((i * 7919) % MEMBERS), `member:${i}`])],
  list: (from, count) => ['RPUSH', 'list', ...each(from, count, (i) => [`element:${i}`])],
};

function each(from: number, count: number, make: (i: number) => string[]): string[] {
  return Array.from({ length: count }, (_, i) => make(from + i)).flat();
}

export const largeValues: Section = {
  title: 'Large values',
  about: `A set, a hash, a sorted set and a list of a million elements each, a stream of as many entries and a string of 100 MiB, among
100,000 small keys. Of 20,000 writes a second a hundredth changes one of the four collections, so that each changes before,
while and after it is written; the others set small keys.`,
  head: SNAPSHOT_HEAD,
  measure: (pairs) => eachJob(pairs, prepare, change),
};

async function prepare(server: Subject): Promise<void> {
  await fill(server, mixed, 100_000);
  using client = await Pipeline.connect(server.port);
  for (const add of Object.values(COLLECTIONS)) {
    await client.run(MEMBERS / STEP, 20, (i) => add(i * STEP, STEP));
  }
  await client.run(MEMBERS, 1000, (i) => ['XADD', 'stream', '*', 'field', `value:${i}`]);
  const part = mixed(0).repeat(10_000);
  for (let at = 0; at < STRING_BYTES; at += part.length) await client.ask(['APPEND', 'string', part]);
}

const CHANGES: readonly ((at: number) => string)[] = [
  (at) => request('SADD', 'set', `member:${MEMBERS + at}`),
  (at) => request('HSET', 'hash', `field:${at}`, 'other'),
  (at) => request('ZADD', 'zset', String(at), `member:${at}`),
  (at) => request('LSET', 'list', String(at % 1000), 'other'),
];

function change(i: number): string {
  const mixedUp = Math.imul(i, 0x9e3779b1) >>> 0;
  if (i % 100 !== 0) return request('SET', keyOf(mixedUp % 100_000), mixed(i));
  return CHANGES[(i / 100) % CHANGES.length]!(mixedUp % MEMBERS);
}
