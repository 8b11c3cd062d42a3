import { describe, expect, test } from 'vitest';
import type { Command } from '../../../src/links/link.js';
import { blocks, closesTransactions, factsOf, refusalOf } from '../../../src/links/wire/command-facts.js';

const split = (line: string) => line.split(' ') as unknown as Command;

test.each([
  ['GET k', [1]],
  ['get k', [1]],
  ['MGET a b c', [1, 2, 3]],
  ['MSET a 1 b 2', [1, 3]],
  ['DEL a b', [1, 2]],
  ['EVALSHA sha 2 a b x', [3, 4]],
  ['EVAL text 0 x', []],
  ['EVALSHA sha 9 a', [3]],
  ['EVALSHA sha nine a', []],
  ['BLPOP a b 1.5', [1, 2]],
  ['RENAME a b', [1, 2]],
  ['XREAD COUNT 2 STREAMS a b 0 0', [4, 5]],
  ['XREADGROUP GROUP g c streams a >', [5]],
  ['PUBLISH channel message', []],
  ['GET', []],
  ['SORT a', undefined],
])('the keys of %s', (line, keys) => {
  const command = split(line);
  expect(factsOf(command).keys?.(command)).toEqual(keys);
});

test.each([
  ['BLPOP a 0', true],
  ['XREAD BLOCK 0 STREAMS a 0', true],
  ['XREAD STREAMS a 0', false],
  ['GET a', false],
])('%s blocks: %s', (line, expected) => {
  const command = split(line);
  expect(blocks(command, factsOf(command))).toBe(expected);
});

describe('a shared connection', () => {
  test.each(['SUBSCRIBE a', 'MONITOR', 'SELECT 1', 'MULTI', 'quit', 'CLIENT REPLY OFF', 'WATCH a'])(
    'does not take %s',
    (line) => {
      expect(refusalOf(split(line))?.message).toMatch(/^ERR \w+ is not available/);
    },
  );

  test.each(['GET a', 'CLIENT LIST', 'FUNCTION LIST'])('takes %s', (line) => {
    expect(refusalOf(split(line))).toBeUndefined();
  });

  test.each([
    [['MULTI', 'GET a', 'EXEC'], true],
    [['SET a 1', 'multi', 'GET a', 'discard', 'MULTI', 'EXEC'], true],
    [['MULTI', 'GET a'], false],
    [['GET a', 'EXEC'], false],
    [['MULTI', 'MULTI', 'EXEC'], false],
  ])('takes the whole transactions of %j: %s', (lines, expected) => {
    expect(closesTransactions(lines.map(split))).toBe(expected);
  });
});
