import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/load.js';
import { renderProblem } from '../../../src/config/problem.js';
import { machine } from './problems-of.js';

const host = machine({}, { REDIS_PASSWORD: 'secret' });
const texts = ['lookupd.toml', 'examples/cluster.toml', 'examples/tls.toml', 'examples/single.toml'].map((name) =>
  readFileSync(new URL(`../../../config/${name}`, import.meta.url), 'utf8'),
);

/** Reads a text and checks what holds for every reading. Answers whether it was refused. */
function read(text: string): boolean {
  const { config, problems } = readConfig({ text }, host);
  const lineCount = text.split('\n').length;
  for (const problem of problems) {
    expect(renderProblem(problem)).toContain(problem.message);
    expect(problem.line).toBeGreaterThanOrEqual(1);
    expect(problem.line).toBeLessThanOrEqual(lineCount);
  }
  const refused = problems.some(({ severity }) => severity === 'error');
  expect(config === undefined).toBe(refused);
  return refused;
}

describe('whatever the file holds', () => {
  it('reading ends with problems that stand in it, or with a configuration', () => {
    const inserted = fc.string({ unit: fc.constantFrom(...'[]{}"=.,\n#%é-1a'), maxLength: 4 });
    const damage = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(30), inserted);
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(damage, { minLength: 1, maxLength: 3 }), (text, damages) => {
        for (const [where, length, insert] of damages) {
          const at = Math.floor(where * text.length);
          text = text.slice(0, at) + insert + text.slice(at + length);
        }
        read(text);
      }),
      { numRuns: 300 },
    );
  });

  it('also without any one of its lines', () => {
    const refused = texts.flatMap((text) => {
      const lines = text.split('\n');
      return lines.map((_, at) => read(lines.toSpliced(at, 1).join('\n')));
    });
    expect(new Set(refused)).toEqual(new Set([true, false]));
  });
});
