import { globMatches } from '../../../../core/glob.js';
import type { Call } from '../../call.js';

/** DEBUG STRINGMATCH-TEST: random patterns on random texts, to see that matching always ends. */
export function testGlobs({ reply, server }: Call): void {
  const { random } = server;
  for (let round = 0; round < ROUNDS; round++) {
    globMatches(draw(PATTERN_CHARS), draw(TEXT_CHARS));
  }
  reply.simple('Apparently Redis did not crash: test passed');

  function draw(chars: string): string {
    return Array.from({ length: random.below(LONGEST) }, () => chars[random.below(chars.length)]).join('');
  }
}

const ROUNDS = 100_000;
const LONGEST = 32;
const TEXT_CHARS = 'ab-^]';
const PATTERN_CHARS = `${TEXT_CHARS}[*?\\`;
