/** Every key is listed once and every one deleted, while its slot or its primary goes elsewhere. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { slotOf } from '../../src/resp/key-slot.js';
import { openStore } from '../../src/stores/factory.js';
import type { LookupStore } from '../../src/stores/store.js';
import { type SlotMove, startCluster, type TestCluster, type TestClusterNode } from '../../src/testing/index.js';

let cluster: TestCluster;
let store: LookupStore;

/** Several keys of one slot of each of three primaries. */
const TAGS = ['{a}', '{b}', '{c}'];
const KEYS = TAGS.flatMap((tag) => Array.from({ length: 5 }, (_, i) => `scan:${tag}${i}`)).sort();

beforeEach(async () => {
  cluster = await startCluster({ replicas: 1 });
  store = await openStore({ type: 'redis', redisType: 'cluster', urls: cluster.urls });
  await Promise.all(KEYS.map((key) => store.set(key, 'v')));
  await cluster.inStep();
});

afterEach(async () => {
  await store.close();
  await cluster.close();
});

/** Lists all keys; when those of the first node are through, something happens to the keys of another. */
async function scanWith(happens: (first: TestClusterNode, slot: number) => Promise<unknown>): Promise<string[]> {
  const listed: string[] = [];
  let first: TestClusterNode | undefined;
  let isDone = false;
  for await (const key of store.scan('scan:')) {
    listed.push(String(key));
    const node = cluster.primaryOf(String(key));
    first ??= node;
    if (node === first || isDone) continue;
    isDone = true;
    const tag = TAGS.find((other) => ![first, node].includes(cluster.primaryOf(other)))!;
    await happens(first, slotOf(tag));
  }
  expect(isDone).toBe(true);
  return listed.sort();
}

test('the keys are where this test needs them', () => {
  expect(new Set(TAGS.map((tag) => cluster.primaryOf(tag))).size).toBe(3);
});

test('a slot that moves to a node that was scanned already', async () => {
  expect(await scanWith((first, slot) => cluster.moveSlot(slot, first))).toEqual(KEYS);
});

test('a slot that is on its way there, with all of its keys', async () => {
  const moves: SlotMove[] = [];
  const listed = await scanWith(async (first, slot) => {
    const move = await cluster.startMove(slot, first);
    await move.move(move.left);
    moves.push(move);
  });
  expect(listed).toEqual(KEYS);
  expect(await store.deletePrefix('scan:')).toBe(KEYS.length);
  for (const move of moves) await cluster.finishMove(move);
});

test('a primary that gives its place away', async () => {
  expect(await scanWith((_, slot) => cluster.failover(cluster.primaryOfSlot(slot)))).toEqual(KEYS);
});

test('a primary that is killed and replaced', async () => {
  const listed = await scanWith(async (_, slot) => {
    const primary = cluster.primaryOfSlot(slot);
    await cluster.kill(primary);
    await cluster.failover(primary);
  });
  expect(listed).toEqual(KEYS);
  expect(await store.deletePrefix('scan:')).toBe(KEYS.length);
});
