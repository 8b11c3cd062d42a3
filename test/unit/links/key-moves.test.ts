import { expect, test } from 'vitest';
import { KeyMoves, parseHolding } from '../../../src/links/cluster/key-moves.js';
import type { Node } from '../../../src/links/wire/node.js';
import { VerbatimText } from '../../../src/resp/reply.js';

const OTHERS = [
  'b 10.0.0.2:7001@17001,host.example master - 0 0 2 connected 5-9',
  'c 2001:db8::7:7002@17002 slave b 0 0 2 connected',
];

function text(slots: string, flags = 'myself,master'): string {
  return [`a 10.0.0.1:7000@17000 ${flags} - 0 0 1 connected ${slots}`, ...OTHERS, ''].join('\n');
}

test.each([
  ['0-2 4', { owned: [0, 1, 2, 4], given: [], givesTo: [] }],
  ['', { owned: [], given: [], givesTo: [] }],
  ['1 [7-<-b]', { owned: [1], given: [7], givesTo: [] }],
  ['1 [1->-b] [1->-gone]', { owned: [1], given: [], givesTo: [{ host: '10.0.0.2', port: 7001 }] }],
  ['1 [1->-c]', { owned: [1], given: [], givesTo: [{ host: '2001:db8::7', port: 7002 }] }],
  ['1 16384-16390 9-3 word', { owned: [1], given: [], givesTo: [] }],
])('the line of a node with "%s"', (slots, holding) => {
  expect(parseHolding(text(slots))).toEqual(holding);
});

test('without an own line nothing is known', () => {
  expect(parseHolding(OTHERS.join('\n'))).toBeUndefined();
  expect(parseHolding('')).toBeUndefined();
});

test.each([
  ['RESP2', (line: string) => Buffer.from(line)],
  ['RESP3', (line: string) => new VerbatimText('txt', line)],
])('over %s a node is gone over again when it has, or is being given, slots it did not have', async (_, replyOf) => {
  const lines: Record<string, string | Error> = { a: text('0-4'), b: text('5-9') };
  const nodes = ['a', 'b', 'c'].map((name) => {
    const command = async () => {
      const line = lines[name]!;
      if (line instanceof Error) throw line;
      return replyOf(line);
    };
    return { name, command } as unknown as Node;
  });
  const [a, b, c] = nodes as [Node, Node, Node];
  let primaries = [a, b];
  const moves = new KeyMoves(
    () => primaries,
    ({ port }) => (port === 7001 ? c : b),
  );
  const holders = async () => (await moves.holders({ deadline: 0 })).map(({ name }) => name);
  lines.c = text('');
  expect(await holders()).toEqual(['a', 'b']);
  expect(await holders()).toEqual([]);
  lines.a = text('0-4 [5-<-b]');
  expect(await holders()).toEqual(['a']);
  expect(await holders()).toEqual([]);
  lines.a = text('0-5');
  lines.b = text('6-9');
  expect(await holders()).toEqual([]);
  lines.b = text('5-9');
  lines.a = text('1-4');
  expect(await holders()).toEqual([]);
  // To one that has no slots yet, and so is no primary that anybody knows.
  lines.a = text('1-4 [4->-b]');
  lines.c = text('[4-<-a]');
  expect(await holders()).toEqual(['c']);
  // One that took over from another.
  primaries = [b, c];
  lines.c = text('1-4');
  expect(await holders()).toEqual(['c']);
  lines.b = new Error('away');
  expect(await holders()).toEqual([]);
});

test('a node that does not tell is gone over once', async () => {
  const silent = { command: () => Promise.reject(new Error('NOPERM')) } as unknown as Node;
  const moves = new KeyMoves(
    () => [silent],
    () => silent,
  );
  const ask = () => moves.holders({ deadline: 0 });
  expect(await ask()).toEqual([silent]);
  expect(await ask()).toEqual([]);
});
