import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RawClient } from '../harness/raw-client.js';
import { describeTwin } from '../harness/twin.js';
import { unordered } from '../harness/twin-compare.js';

const ALPHABET = ['a', 'b', 'c', '-', ']', '[', '^', '\\', '*', '?', '\xff', 'A'];
const KEYS = [
  '',
  'a',
  'b',
  'ab',
  'abc',
  'a-c',
  ']',
  '[',
  '^',
  '\\',
  '-',
  '*',
  'a*b',
  'cab',
  'aab',
  '\xff',
  'A',
  'bb',
  'a]',
  'b\\',
];

describeTwin('glob patterns', { skip: ['events', 'effects'] }, (twin) => {
  it('match the same keys', async () => {
    const clients = await Promise.all([RawClient.connect(twin().real.port), RawClient.connect(twin().port)]);
    for (const client of clients) await client.ask(['MSET', ...KEYS.flatMap((key) => [key, '1'])]);
    const pattern = fc.array(fc.constantFrom(...ALPHABET), { maxLength: 8 }).map((parts) => parts.join(''));
    const matchAlike = async (text: string) => {
      const [real, ours] = await Promise.all(clients.map((client) => client.ask(['KEYS', text])));
      expect(unordered(ours!)).toBe(unordered(real!));
    };
    await fc.assert(fc.asyncProperty(pattern, matchAlike), { numRuns: 3000 });
    for (const client of clients) client.close();
  });
});
