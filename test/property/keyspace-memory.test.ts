import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capacity, MAX_BLOCK, Memory, type Ref } from '../../src/server/keyspace/memory.js';

/** Sizes of blocks: small, any class, at the borders, with a segment of their own. */
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 600 }),
  fc.integer({ min: 1, max: MAX_BLOCK }),
  fc.constantFrom(1, 16, 17, 512, 513, MAX_BLOCK - 1, MAX_BLOCK, MAX_BLOCK + 1, 3 * MAX_BLOCK),
);
const steps = fc.array(fc.tuple(sizes, fc.nat(3)), { minLength: 1, maxLength: 600, size: 'max' });

interface Block {
  readonly ref: Ref;
  readonly size: number;
  readonly mark: number;
}

function fill(memory: Memory, { ref, size, mark }: Block): void {
  const at = memory.offset(ref);
  memory.segment(ref).fill(mark, at, at + size);
}

function isIntact(memory: Memory, { ref, size, mark }: Block): boolean {
  const at = memory.offset(ref);
  const bytes = memory.segment(ref).subarray(at, at + size);
  return bytes.length === size && bytes.every((byte) => byte === mark);
}

describe('the memory of the keyspace', () => {
  it('never hands out a byte twice, aligns blocks, and counts what is in use', () => {
    const run = (sequence: readonly (readonly [number, number])[]) => {
      const memory = new Memory();
      const blocks: Block[] = [];
      sequence.forEach(([size, action], i) => {
        const ref = memory.allocate(size);
        expect(ref).toBeGreaterThan(0);
        expect(memory.offset(ref) % 16).toBe(0);
        const block = { ref, size, mark: (i % 255) + 1 };
        blocks.push(block);
        fill(memory, block);
        if (action > 1) return;
        const [gone] = blocks.splice((i * 7) % blocks.length, 1);
        expect(isIntact(memory, gone!)).toBe(true);
        memory.release(gone!.ref, gone!.size);
      });
      expect(blocks.filter((block) => !isIntact(memory, block))).toEqual([]);
      expect(memory.used).toBe(blocks.reduce((sum, { size }) => sum + capacity(size), 0));
    };
    fc.assert(fc.property(steps, run), { numRuns: 25 });
  });

  it('uses released blocks again: the same load over and over takes no more segments', () => {
    const memory = new Memory();
    const load = () => {
      const refs = Array.from({ length: 2000 }, (_, i) => [memory.allocate(1 + ((i * 977) % MAX_BLOCK)), i] as const);
      for (const [ref, i] of refs) memory.release(ref, 1 + ((i * 977) % MAX_BLOCK));
    };
    load();
    const segments = memory.bytes.length;
    expect(segments).toBeGreaterThan(4);
    for (let round = 0; round < 5; round++) load();
    expect(memory.bytes.length).toBe(segments);
    expect(memory.used).toBe(0);
  });

  it('wastes less than an eighth of a block and a unit', () => {
    for (let size = 1; size <= MAX_BLOCK; size++) {
      if (capacity(size) < size || capacity(size) > size * 1.125 + 16) throw new Error(`${size}: ${capacity(size)}`);
    }
  });

  it('uses what was cleared again, or gives it back piece by piece without the garbage collector', () => {
    const memory = new Memory();
    const fill = () => {
      for (let i = 0; i < 100 * 128; i++) memory.allocate(MAX_BLOCK);
      return [...new Set(memory.bytes.map(({ buffer }) => buffer))];
    };
    const first = fill();
    memory.clear();
    const second = fill();
    expect(second.filter((buffer) => first.includes(buffer)).length).toBe(first.length - 1);
    memory.clear();
    let steps = 0;
    for (let left = second.length; left > 1; steps++) {
      memory.giveBackSome();
      const now = second.filter(({ byteLength }) => byteLength > 0).length;
      expect(now).toBeLessThan(left);
      left = now;
    }
    expect(steps).toBeGreaterThan(20);
    memory.giveBackSome();
    const ref = memory.allocate(100);
    expect(memory.segment(ref).length).toBeGreaterThan(100);
  });
});
