import { describe, expect, it } from 'vitest';
import { Memory, type Ref } from '../../../../src/server/keyspace/memory.js';

const KIB = 1024;

/** Blocks of 4 KiB each, so many, with their number in them. */
function filled(blocks: number): { readonly memory: Memory; readonly refs: readonly Ref[] } {
  const memory = new Memory(16 * KIB);
  const refs = Array.from({ length: blocks }, () => memory.allocate(4 * KIB));
  for (const [i, ref] of refs.entries()) memory.setWord(ref, 0, i);
  return { memory, refs };
}

describe('memory that may be copied', () => {
  it('grows by small segments, larger ones only after a thousand', () => {
    const { memory } = filled(20_000);
    const longest = (from: number, to: number) => Math.max(...memory.bytes.slice(from, to).map(({ length }) => length));
    expect(longest(1, 1024)).toBe(64 * KIB);
    expect(longest(1025, memory.bytes.length)).toBe(256 * KIB);
  });

  it('shares each segment until one of the two writes to it', () => {
    const { memory, refs } = filled(1000);
    const copy = memory.clone();
    expect(copy.bytes.every((bytes, i) => bytes === memory.bytes[i])).toBe(true);
    copy.own(refs[500]!);
    copy.setWord(refs[500]!, 0, 77);
    memory.own(refs[1]!);
    memory.setWord(refs[1]!, 0, 78);
    expect(copy.bytes.filter((bytes, i) => bytes !== memory.bytes[i])).toHaveLength(2);
    expect(refs.map((ref) => memory.word(ref, 0))).toEqual(refs.map((_, i) => (i === 1 ? 78 : i)));
    expect(refs.map((ref) => copy.word(ref, 0))).toEqual(refs.map((_, i) => (i === 500 ? 77 : i)));
  });

  it('gives each of the two blocks of its own after that', () => {
    const { memory, refs } = filled(1000);
    const copy = memory.clone();
    const added = [memory, copy].map((each, i) => {
      const ref = each.allocate(4 * KIB);
      each.own(ref);
      each.setWord(ref, 0, 1000 + i);
      return ref;
    });
    expect([memory.word(added[0]!, 0), copy.word(added[1]!, 0)]).toEqual([1000, 1001]);
    expect(refs.map((ref) => copy.word(ref, 0))).toEqual(refs.map((ref) => memory.word(ref, 0)));
  });
});
