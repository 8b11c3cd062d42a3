import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Area } from '../../../src/resp/area.js';
import { ByteQueue } from '../../../src/server/byte-queue.js';

const bytes = fc.uint8Array({ maxLength: 40_000 }).map((array) => Buffer.from(array));

describe('a queue of bytes', () => {
  it('gives all in order, however they are divided', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 20, size: 'max' }), (added) => {
        const queue = new ByteQueue();
        for (const one of added) queue.add(new Area(one), 0, one.length);
        const all = Buffer.concat(added);
        expect(queue.length).toBe(all.length);
        expect(Buffer.concat(queue.pieces()).equals(all)).toBe(true);
        queue.clear();
        expect([queue.length, queue.pieces()]).toEqual([0, []]);
      }),
      { numRuns: 50 },
    );
  });

  it('does not move what is there', () => {
    const queue = new ByteQueue();
    queue.addBytes(Buffer.alloc(1_000_000, 1));
    const [first] = queue.pieces();
    queue.addBytes(Buffer.alloc(1_000_000, 2));
    expect(queue.pieces()[0]!.buffer).toBe(first!.buffer);
  });
});
