import { randomBytes, randomFillSync } from 'node:crypto';
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

  it('copies what was lent before its memory is used for something else', () => {
    const part = fc.tuple(fc.nat(900), fc.nat(100), fc.constantFrom('behind', 'there', 'own', 'kept'));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60, size: 'max' }), (parts) => {
        const queue = new ByteQueue();
        const all: Buffer[] = [];
        const lender = new Area(randomBytes(1000));
        let end = 0;
        for (const [place, length, how] of parts) {
          const start = how === 'behind' && end + length <= 1000 ? end : place;
          const bytes = Buffer.copyBytesFrom(lender.bytes, start, length);
          if (how === 'own') queue.addBytes(bytes);
          else queue.lend(lender, start, length);
          if (how !== 'own') end = start + length;
          all.push(bytes);
          expect(queue.length).toBe(Buffer.concat(all).length);
          if (how !== 'kept') continue;
          queue.keep();
          randomFillSync(lender.bytes);
        }
        expect(Buffer.concat(queue.pieces()).equals(Buffer.concat(all))).toBe(true);
        queue.lend(lender, 0, 10);
        queue.clear();
        expect([queue.length, queue.pieces()]).toEqual([0, []]);
      }),
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
