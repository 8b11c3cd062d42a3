import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Args } from '../../../src/resp/args.js';
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
