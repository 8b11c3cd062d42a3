import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Args } from '../../../src/resp/args.js';
import { RequestDecoder } from '../../../src/resp/request-decoder.js';
import { encodeWords, RequestBytes } from '../../../src/resp/request-encoder.js';

const words = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary-ascii' }),
    fc.nat(5000).map((n) => 'x'.repeat(n)),
  ),
  {
    minLength: 1,
    maxLength: 12,
  },
);

it('requests stand one behind the other as a client would send them, also when the area is used again', () => {
  const requests = new RequestBytes();
  fc.assert(
    fc.property(fc.array(words, { minLength: 1, maxLength: 8 }), fc.boolean(), (commands, asArgs) => {
      requests.clear();
      for (const command of commands) {
        if (asArgs) requests.addArgs(Args.from(command));
        else requests.addWords(command);
      }
      const expected = Buffer.concat(commands.map(encodeWords));
      expect(requests.area.bytes.subarray(0, requests.end).equals(expected)).toBe(true);
    }),
  );
});

it('a request lies whole where it came, whatever pieces it came in', () => {
  fc.assert(
    fc.property(
      fc.array(words, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 3000 }),
      (commands, size) => {
        const decoder = new RequestDecoder();
        const bytes = Buffer.concat(commands.map(encodeWords));
        const found: Buffer[] = [];
        const args = new Args();
        for (let at = 0; at < bytes.length; at += size) {
          decoder.push(Buffer.copyBytesFrom(bytes, at, size));
          while (decoder.next(args)) {
            found.push(Buffer.copyBytesFrom(args.buffer, args.base, args.wholeRequest));
            expect(args.clone().wholeRequest).toBe(0);
          }
        }
        expect(found).toEqual(commands.map(encodeWords));
      },
    ),
  );
});

it.each([
  ['SET k v\r\n', 'an inline command'],
  ['*3\r-$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n', 'another byte than LF behind the count'],
  ['*3\r\n$3\r-SET\r\n$1\r\nk\r\n$1\r\nv\r\n', 'behind a length'],
  ['*3\r\n$3\r\nSET\r\n$1\r\nk--$1\r\nv\r\n', 'behind an argument'],
  ['*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\n\r', 'behind the last one'],
])('what is read of %j is not told as it came: %s', (text) => {
  const decoder = new RequestDecoder();
  const args = new Args();
  decoder.push(Buffer.from(text));
  expect(decoder.next(args)).toBe(true);
  expect(args.texts()).toEqual(['SET', 'k', 'v']);
  expect(args.wholeRequest).toBe(0);
});
