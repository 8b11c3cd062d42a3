import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RepeatedText } from '../../../src/core/repeated-text.js';

it('reads what toString reads, however often and in whatever order it comes', () => {
  const names = new RepeatedText();
  const name = fc.oneof(
    fc
      .constantFrom('', 'a', 'ab', 'ba', 'aliases', 'ä', 'x'.repeat(64), 'x'.repeat(65))
      .map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 40 }), fc.nat(3), (all, start) => {
      for (const bytes of all) {
        const within = Buffer.concat([Buffer.alloc(start, 'z'), bytes, Buffer.from(' key')]);
        expect(names.read(within, start, start + bytes.length)).toBe(bytes.toString('utf8'));
        // What was read is remembered by its bytes, not by where they were.
        within.fill(0);
      }
    }),
  );
});
