import { expect, it } from 'vitest';
import { Args } from '../../../src/resp/args.js';
import { RequestDecoder } from '../../../src/resp/request-decoder.js';

it.each([20, 100, 5000, 99_999])('a command torn after %i bytes is counted whole from then on', (cut) => {
  const request = Buffer.from(`*2\r\n$3\r\nGET\r\n$100000\r\n${'x'.repeat(100_000)}`);
  const decoder = new RequestDecoder({ maxBulk: () => 1_000_000 });
  const args = new Args();
  const sizes = [request.subarray(0, 23), request.subarray(23, 23 + cut), request.subarray(23 + cut)].map((chunk) => {
    decoder.push(chunk);
    expect(decoder.next(args)).toBe(false);
    return decoder.capacity;
  });
  expect(new Set(sizes)).toEqual(new Set([request.length + 2]));
  decoder.push(Buffer.from('\r\n'));
  expect(decoder.next(args)).toBe(true);
  expect(decoder.capacity).toBe(0);
});
