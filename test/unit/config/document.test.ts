import { describe, expect, it } from 'vitest';
import { type DocumentNode, readDocument, SyntaxProblem } from '../../../src/config/document.js';

/** Every value with its path and place, in order. */
function* placesOf(node: DocumentNode, path = ''): Generator<string> {
  if (node.kind === 'scalar') yield `${path} ${node.at.line}:${node.at.column} ${String(node.value)}`;
  else if (node.kind === 'list') for (const [i, item] of node.items.entries()) yield* placesOf(item, `${path}[${i}]`);
  else if (node.kind === 'table') {
    for (const [key, { value }] of node.entries) yield* placesOf(value, `${path}/${key}`);
  }
}

describe('a document', () => {
  it('knows the place of every value, in the order of the file', () => {
    const text = [
      'top = 1',
      '[a."b.c"]',
      'x.y = [1, "two",',
      '  { q = 3 }]',
      '10 = true',
      '2 = false',
      '[[list]]',
      '"__proto__" = 9223372036854775807',
      '[list.sub]',
      'k = 1.50',
      '[[list]]',
      '[[list.deep]]',
      'v = 1',
    ].join('\r\n');
    expect([...placesOf(readDocument(text))]).toEqual([
      '/top 1:7 1',
      '/a/b.c/x/y[0] 3:8 1',
      '/a/b.c/x/y[1] 3:11 two',
      '/a/b.c/x/y[2]/q 4:9 3',
      '/a/b.c/10 5:6 true',
      '/a/b.c/2 6:5 false',
      '/list[0]/__proto__ 8:15 9223372036854775807',
      '/list[0]/sub/k 10:5 1.5',
      '/list[1]/deep[0]/v 13:5 1',
    ]);
  });

  it.each([
    ['an unterminated string', 'a = "x\nb = 1', '1:7'],
    ['a table twice', '[a]\n[a]', '2:2'],
    ['a key twice', 'a = 1\na = 2', '2:1'],
    ['a missing value', 'a =\n', '1:4'],
    ['an unfinished array', 'a = [1,\n', '2:1'],
    ['an unknown escape', 'a = "\\q"', '1:7'],
  ])('tells the place of %s', (_, text, place) => {
    const read = () => readDocument(text);
    expect(read).toThrow(SyntaxProblem);
    try {
      read();
    } catch (error) {
      const { at } = error as SyntaxProblem;
      expect(`${at.line}:${at.column}`).toBe(place);
    }
  });
});
