import { describe, expect, it } from 'vitest';
import { fullTurn } from '../../../../src/daemon/turn.js';
import { IndexTable } from '../../../../src/server/keyspace/index-table.js';

/** Slots of a table whose memory goes back to the system in one piece. */
const PIECE = 1 << 22;
const FILLED = (PIECE * 3) / 4;
const hashOf = (ref: number) => Math.imul(ref, 0x9e3779b1);
const MEBIBYTE = 2 ** 20;

const has = (index: IndexTable, ref: number) => index.find(hashOf(ref), (found) => found === ref) === ref;

function filled(): IndexTable {
  const index = new IndexTable();
  for (let ref = 1; ref <= FILLED; ref++) index.insert(hashOf(ref), ref);
  return index;
}

/** Of all buffers, in MiB, once those that were given back are gone. */
async function buffers(): Promise<number> {
  await fullTurn();
  return process.memoryUsage().arrayBuffers / MEBIBYTE;
}

describe('a large index', () => {
  it('grows, gives back what it has left behind, and finds and scans everything meanwhile', async () => {
    const index = filled();
    expect(index.resizing).toBe(false);
    index.insert(hashOf(FILLED + 1), FILLED + 1);
    expect(index.resizing).toBe(true);
    index.step(PIECE / 2);
    for (let ref = 1; ref <= FILLED + 1; ref += 997) expect(has(index, ref)).toBe(true);
    const before = await buffers();
    expect(index.step(PIECE)).toBe(true);
    expect(before - (await buffers())).toBeGreaterThan(31);
    let missing = 0;
    for (let ref = 1; ref <= FILLED + 1; ref++) if (!has(index, ref)) missing++;
    expect(missing).toBe(0);
    expect(has(index, FILLED + 2)).toBe(false);
  });

  it('goes back to the system after it was cleared, but for what a copy has', async () => {
    const index = filled();
    const copy = index.clone();
    index.clear();
    index.giveBackSome();
    expect(has(copy, FILLED)).toBe(true);
    const other = filled();
    other.clear();
    const before = await buffers();
    other.giveBackSome();
    expect(before - (await buffers())).toBeGreaterThan(31);
    expect(other.size).toBe(0);
    expect(has(other, 1)).toBe(false);
  });
});
