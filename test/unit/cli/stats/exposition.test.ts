import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpositionError, parseExposition, type Sample } from '../../../../src/cli/stats/exposition.js';
import { Metrics } from '../../../../src/observe/metrics.js';

describe('samples', () => {
  it.each<[string, Sample[]]>([
    ['', []],
    ['# HELP a b\n# TYPE a counter\n\n', []],
    ['up 1', [{ name: 'up', labels: {}, value: 1 }]],
    ['up{} 1.5e3 1395066363000', [{ name: 'up', labels: {}, value: 1500 }]],
    ['a:b{x="1",y="}, ",} -2', [{ name: 'a:b', labels: { x: '1', y: '}, ' }, value: -2 }]],
    [
      String.raw`m{ le = "+Inf" , k="a\"b\\c\nd" } +Inf`,
      [{ name: 'm', labels: { le: '+Inf', k: 'a"b\\c\nd' }, value: Number.POSITIVE_INFINITY }],
    ],
    ['m NaN', [{ name: 'm', labels: {}, value: Number.NaN }]],
  ])('of %j', (text, samples) => {
    expect(parseExposition(text)).toEqual(samples);
  });

  it.each(['<html>', 'm', 'm{a="1" 2', 'm{a=1} 2', 'm{a="1"} two', 'm{a="1"}', '{} 1', 'm 1 2 3'])(
    'are not in %j',
    (text) => {
      expect(() => parseExposition(text)).toThrow(ExpositionError);
    },
  );

  it('of the daemon’s own metrics are what was counted, whatever stands in a label', async () => {
    const names = fc.uniqueArray(fc.string({ unit: 'binary' }), { minLength: 20, maxLength: 50 });
    const counted = fc.asyncProperty(names, async (maps) => {
      const metrics = new Metrics('1.2.3');
      for (const [i, map] of maps.entries()) {
        for (let times = 0; times < i % 5; times++) metrics.lookups.meter('l', map).answered('found', 1);
        metrics.lookups.meter('l', map);
      }
      const found = parseExposition(await metrics.render()).filter(({ labels }) => labels['result'] === 'found');
      const values = maps.map((map, i) => ({ labels: { listener: 'l', map, result: 'found' }, value: i % 5 }));
      expect(found).toEqual(values.map((sample) => ({ name: 'lookupd_lookups_total', ...sample })));
    });
    await fc.assert(counted, { numRuns: 3 });
  });

  it('or an error, of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parseExposition(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpositionError);
        }
      }),
    );
  });
});
