import { expect, it } from 'vitest';
import { IndexTable } from '../../../../src/server/keyspace/index-table.js';

const hashOf = (ref: number) => Math.imul(ref, 0x9e3779b1);

/** Which entries of these the index does not find. */
function missing(index: IndexTable, first: number, last: number): number[] {
  const refs = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return refs.filter((ref) => index.find(hashOf(ref), (found) => found === ref) !== ref);
}

it.each([1, 12, 13, 1000, 100_000])('an index with room for %d entries does not grow until they are there', (count) => {
  const index = new IndexTable();
  index.reserve(count);
  const { slots } = index;
  for (let ref = 1; ref <= count; ref++) {
    index.step(16);
    index.insert(hashOf(ref), ref);
  }
  expect([index.size, index.slots, index.resizing]).toEqual([count, slots, false]);
  expect(missing(index, 1, count)).toEqual([]);
});

it.each(['something has gone', 'no more will come'])(
  'room that was made and not used is given back once %s',
  (when) => {
    const index = new IndexTable();
    index.reserve(100_000);
    const { slots } = index;
    for (let ref = 1; ref <= 100; ref++) index.insert(hashOf(ref), ref);
    expect(index.slots).toBe(slots);
    if (when === 'no more will come') index.endReserve();
    else index.remove(hashOf(1), 1);
    while (!index.step(1000));
    expect(index.slots).toBeLessThan(1000);
    expect(missing(index, 2, 100)).toEqual([]);
  },
);

it('no room is made where there are entries', () => {
  const index = new IndexTable();
  index.insert(hashOf(1), 1);
  const { slots } = index;
  index.reserve(100_000);
  expect([index.slots, index.size]).toEqual([slots, 1]);
});
