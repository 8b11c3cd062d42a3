import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Csv, csvRow } from '../../src/lookups/lists/csv.js';
import { EntryTableBuilder } from '../../src/lookups/lists/entry-table.js';
import { IpRanges } from '../../src/lookups/lists/ip-ranges.js';
import { postfixLine } from '../../src/lookups/lists/postfix-text.js';
import { linesOf, type RecordReader } from '../../src/lookups/lists/records.js';
import { load } from '../unit/lookups/lists/loaded.js';

/** One character per byte. */
const bytes = fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array).latin1Slice());

function entriesOf(reader: RecordReader, text: string) {
  const records = [...linesOf(Buffer.from(text, 'latin1'))].map((line) => reader.push(line));
  return [...records, reader.end()].flatMap((record) => (record?.kind === 'entry' ? [[record.key, record.value]] : []));
}

describe('a table of entries', () => {
  test('has what a Map has', () => {
    const operations = fc.array(fc.tuple(bytes, bytes, fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(operations, fc.array(bytes), (added, others) => {
        const builder = new EntryTableBuilder();
        const map = new Map<string, string>();
        for (const [key, value, replace] of added) {
          expect(builder.add(key, value, replace)).toBe(!map.has(key));
          if (replace || !map.has(key)) map.set(key, value);
        }
        const table = builder.build();
        expect(table.size).toBe(map.size);
        for (const key of [...map.keys(), ...others]) {
          expect(table.get(Buffer.from(key, 'latin1'))?.latin1Slice()).toBe(map.get(key));
        }
      }),
    );
  });
});

describe('ranges of addresses', () => {
  const word = fc.nat({ max: 0xffffffff });
  // Few addresses, so that networks are in one another.
  const near = fc.oneof(
    fc.nat({ max: 40 }),
    fc.nat({ max: 40 }).map((n) => 0xffffffff - n),
    word,
  );

  test.each([1, 4])('find the first network that has an address, of %i words', (width) => {
    const address = fc.array(near, { minLength: width, maxLength: width });
    const network = fc.tuple(address, fc.nat({ max: 32 * width })).map(([words, prefix]) => ({
      words: words.map((one, i) => (BigInt(one) & maskOf(prefix - 32 * i)) as unknown as number).map(Number),
      prefix,
    }));
    fc.assert(
      fc.property(fc.array(network, { maxLength: 40 }), fc.array(address, { maxLength: 20 }), (networks, asked) => {
        const ranges = new IpRanges(networks, width);
        const has = ({ words, prefix }: (typeof networks)[number], key: readonly number[]) =>
          words.every((one, i) => BigInt(one) === (BigInt(key[i]!) & maskOf(prefix - 32 * i)));
        for (const key of [...asked, ...networks.map(({ words }) => words)]) {
          const first = networks.findIndex((one) => has(one, key));
          expect(ranges.find(key)).toBe(first === -1 ? undefined : first);
        }
      }),
    );
  });

  function maskOf(bits: number): bigint {
    const inWord = BigInt(Math.min(32, Math.max(0, bits)));
    return ((1n << inWord) - 1n) << (32n - inWord);
  }
});

describe('what is written as a line', () => {
  const entries = fc.array(fc.tuple(bytes, bytes), { maxLength: 10 });

  test('of CSV is read as it was', () => {
    fc.assert(
      fc.property(entries, (written) => {
        const meant = written.filter(([key]) => key !== '').map(([key, value]) => [key, value === '' ? '1' : value]);
        // A line end that is written as "\r\n" is read as "\n".
        fc.pre(!written.flat().some((text) => text.includes('\r')));
        const text = meant.map(([key, value]) => `${csvRow(key!, value!)}\n`).join('');
        const reader = new Csv({ key: 0, value: 1, separator: ',', skipFirst: false });
        expect(entriesOf(reader, text)).toEqual(meant);
      }),
    );
  });

  test('of a Postfix text is read as it was, or is refused', () => {
    const word = fc.stringMatching(/^[a-z"\\ #]{1,6}$/);
    fc.assert(
      fc.property(fc.oneof(word, bytes), fc.oneof(word, bytes), (key, value) => {
        const line = postfixLine(key, value);
        fc.pre(line !== undefined);
        const lines = linesOf(Buffer.from(`first 1\n${line}\nlast 2\n`, 'latin1'));
        expect([...lines].map(({ text }) => text)[1]).toBe(line);
      }),
    );
  });
});

test('any bytes in any format end in a list, with what is wrong of them', async () => {
  const formats = fc.constantFrom('list', 'csv', 'postfix', 'cidr', 'regexp');
  const piece = fc.oneof(
    fc.constantFrom(
      'if ',
      'endif\n',
      '!',
      '/a/ x\n',
      '1.2.3.0/24 y\n',
      '"',
      '\\',
      '\n',
      ' ',
      ',',
      '$1',
      '(',
      '::/0 z\n',
    ),
    bytes,
  );
  await fc.assert(
    fc.asyncProperty(formats, fc.array(piece, { maxLength: 30 }), bytes, async (format, pieces, key) => {
      const reading = await load(Buffer.from(pieces.join(''), 'latin1'), { format });
      expect(['found', 'notFound']).toContain(reading.list.find(Buffer.from(key, 'latin1')).kind);
      for (const { line, column } of reading.notices) {
        expect(line.number).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
      }
    }),
  );
});
