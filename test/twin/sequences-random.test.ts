import fc from 'fast-check';
import { it } from 'vitest';
import { randomSequences } from '../harness/random-sequences.js';
import { describeTwin, runCase } from '../harness/twin.js';

/** All types and commands together, with encodings as usual and with such that change after a few elements. */
const SMALL: Readonly<Record<string, string>> = {
  'hash-max-listpack-entries': '4',
  'hash-max-listpack-value': '8',
  'list-max-listpack-size': '3',
  'set-max-intset-entries': '3',
  'zset-max-listpack-entries': '4',
  'zset-max-listpack-value': '8',
  'stream-node-max-entries': '3',
};

/** How many sequences, and how many steps in each: TWIN_SEQUENCES=5000 for a long run by hand. */
const RUNS = Number(process.env['TWIN_SEQUENCES'] ?? 40);
const STEPS = 80;

sequencesWith('usual encodings', {});
sequencesWith('small encodings', SMALL);

function sequencesWith(name: string, directives: Readonly<Record<string, string>>): void {
  describeTwin(`random sequences over all types, ${name}`, { directives }, (twin) => {
    it('leave the same replies and the same data', async () => {
      for (const change of Object.entries(directives)) await twin().ours.configuration.set([change]);
      const protocol = fc.constantFrom(2 as const, 3 as const);
      const property = fc.asyncProperty(randomSequences(STEPS), protocol, (steps, version) =>
        runCase(twin(), steps, version),
      );
      await fc.assert(property, { numRuns: RUNS });
    }, 3_600_000);
  });
}
