import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexTable } from '../../src/server/keyspace/index-table.js';

/** Entries are numbers that stand for themselves; their hash is drawn, so that runs and collisions abound. */
interface Change {
  readonly kind: 'insert' | 'remove' | 'look';
  readonly count: number;
}

const changes = fc.record({
  kind: fc.constantFrom('insert' as const, 'remove' as const, 'look' as const),
  count: fc.integer({ min: 1, max: 150 }),
});

class Population {
  readonly table = new IndexTable();
  readonly hashes = new Map<number, number>();
  #next = 1;

  constructor(private readonly hashOf: (ref: number) => number) {}

  apply({ kind, count }: Change, keep: ReadonlySet<number> = new Set()): void {
    if (kind === 'insert') for (let i = 0; i < count; i++) this.insert();
    else if (kind === 'look') for (let i = 0; i < count; i++) this.table.moveSome();
    else for (const ref of [...this.hashes.keys()].filter((one) => !keep.has(one)).slice(0, count)) this.remove(ref);
  }

  insert(): void {
    const ref = this.#next++;
    const hash = this.hashOf(ref) >>> 0;
    this.hashes.set(ref, hash);
    this.table.insert(hash, ref);
  }

  remove(ref: number): void {
    this.table.remove(this.hashes.get(ref)!, ref);
    this.hashes.delete(ref);
  }

  has(ref: number): boolean {
    return this.table.find(this.hashes.get(ref) ?? this.hashOf(ref) >>> 0, (found) => found === ref) === ref;
  }
}

/** Well spread, in few buckets, or all in one run at the end of the table, where it wraps. */
const hashFunctions = fc.constantFrom<(ref: number) => number>(
  (ref) => Math.imul(ref, 0x9e3779b1),
  (ref) => Math.imul(ref, 0x9e3779b1) & 0x1f,
  (ref) => 0xffffffff - (ref & 3),
  (ref) => ref << 20,
);

describe('the index', () => {
  it('finds what was inserted and not removed, through growth and shrinking', () => {
    const run = (hashOf: (ref: number) => number, sequence: readonly Change[]) => {
      const population = new Population(hashOf);
      let most = 0;
      for (const change of sequence) {
        population.apply(change);
        most = Math.max(most, population.hashes.size);
        expect(population.table.size).toBe(population.hashes.size);
        for (const ref of population.hashes.keys()) if (!population.has(ref)) throw new Error(`${ref} is not found`);
      }
      const met: number[] = [];
      population.table.forEach((ref) => void met.push(ref));
      expect(met.sort()).toEqual([...population.hashes.keys()].sort());
    };
    fc.assert(fc.property(hashFunctions, fc.array(changes, { maxLength: 12 }), run), { numRuns: 100 });
  });

  it('shows a scan every entry that was there from its beginning to its end, whatever is changed meanwhile', () => {
    const run = (hashOf: (ref: number) => number, before: readonly Change[], during: readonly Change[]) => {
      const population = new Population(hashOf);
      for (const change of before) population.apply(change);
      // Every third entry stays; the others may go while the scan is under way.
      const staying = new Set([...population.hashes.keys()].filter((ref) => ref % 3 === 0));
      const met = new Set<number>();
      let cursor = 0;
      let steps = 0;
      do {
        cursor = population.table.scan(cursor, (ref) => void met.add(ref));
        const change = during[steps++ % Math.max(1, during.length)];
        if (change && steps < 50) population.apply(change, staying);
      } while (cursor !== 0);
      expect([...staying].filter((ref) => !met.has(ref))).toEqual([]);
    };
    const sequences = fc.array(changes, { maxLength: 8 });
    fc.assert(fc.property(hashFunctions, sequences, sequences, run), { numRuns: 150 });
  });

  it('ends every scan that starts anywhere', () => {
    const run = (cursor: number, count: number) => {
      const population = new Population((ref) => Math.imul(ref, 0x9e3779b1));
      population.apply({ kind: 'insert', count });
      let left = 4 * population.table.slots;
      do cursor = population.table.scan(cursor, () => undefined);
      while (cursor !== 0 && --left > 0);
      expect(cursor).toBe(0);
    };
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 500 }), run));
  });

  it('moves a resize on with each write, and is done long before the next one', () => {
    const population = new Population((ref) => Math.imul(ref, 0x9e3779b1));
    let resizes = 0;
    for (let i = 0; i < 20_000; i++) {
      const before = population.table.slots;
      population.insert();
      if (population.table.slots > before && population.table.resizing) resizes++;
    }
    expect(resizes).toBeGreaterThan(8);
    for (const ref of [...population.hashes.keys()]) population.remove(ref);
    while (!population.table.step(1024));
    expect(population.table.slots).toBeLessThan(64);
  });
});
