import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Args } from '../../../src/resp/args.js';
import { ListpackElements } from '../../../src/server/data/listpack.js';
import { PendingList } from '../../../src/server/data/pending-list.js';
import { radixTreeNodes } from '../../../src/server/data/radix-size.js';
import {
  addUint64,
  compareIds,
  idAfter,
  idBefore,
  idText,
  MAX_UINT64,
  parseStreamId,
  type StreamId,
} from '../../../src/server/data/stream-id.js';
import { StreamValue } from '../../../src/server/data/stream-value.js';

const LIMITS = { streamNodeMaxBytes: 4096, streamNodeMaxEntries: 100 };
const uint64 = fc.oneof(fc.bigInt(0n, 20n), fc.bigInt(0n, MAX_UINT64), fc.bigInt(2n ** 53n - 3n, 2n ** 53n + 3n));
const id = fc.tuple(uint64, uint64).map(([ms, seq]): StreamId => ({ ms: addUint64(0, ms), seq: addUint64(0, seq) }));

describe('stream IDs', () => {
  it('order and step as 128-bit numbers', () => {
    const number = ({ ms, seq }: StreamId) => (BigInt(ms) << 64n) | BigInt(seq);
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(Math.sign(compareIds(a, b))).toBe(number(a) < number(b) ? -1 : number(a) > number(b) ? 1 : 0);
        const after = idAfter(a);
        if (after) expect(number(after)).toBe(number(a) + 1n);
        const before = idBefore(a);
        if (before) expect(number(before)).toBe(number(a) - 1n);
        expect(parseStreamId(idText(a), 0)).toEqual(a);
      }),
    );
  });
});

describe('listpack elements', () => {
  it('read forwards and backwards what was added', () => {
    const integer = fc.oneof(
      fc.integer().map(BigInt),
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      fc.bigInt(-5000n, 5000n),
    );
    const value = fc.oneof(
      integer.map(String),
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constant('x'.repeat(5000)),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), (values) => {
        const texts = values.map((text) => Buffer.from(text).toString('latin1'));
        const elements = new ListpackElements(8);
        const places = texts.map((text) => {
          const place = elements.end;
          const bytes = Buffer.from(text, 'latin1');
          elements.addString(bytes, 0, bytes.length);
          return place;
        });
        const told: string[] = [];
        const sink = {
          bulk: (text: string) => void told.push(text),
          bulkBytes: (bytes: Uint8Array, start: number, end: number) =>
            void told.push(Buffer.from(bytes.subarray(start, end)).toString('latin1')),
        };
        for (let at = 0; at < elements.end; at = elements.next(at)) elements.tell(at, sink);
        expect(told).toEqual(texts);
        const back: number[] = [];
        for (let at = elements.end; at > 0; ) back.push((at = elements.previous(at)));
        expect(back.reverse()).toEqual(places);
      }),
    );
  });
});

describe('pending lists', () => {
  it('stay in order whatever comes and goes', () => {
    const step = fc.tuple(fc.constantFrom('add', 'remove'), fc.nat(900));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1500, size: 'max' }), fc.nat(900), (steps, start) => {
        const list = new PendingList();
        const model = new Set<number>();
        for (const [what, ms] of steps) {
          const known = list.get({ ms, seq: 0 });
          expect(known !== undefined).toBe(model.has(ms));
          if (what === 'add' && !known) {
            list.add({ id: { ms, seq: 0 }, consumer: 'c', deliveredAt: 0, deliveries: 1 });
            model.add(ms);
          } else if (what === 'remove' && known) {
            list.remove(known);
            model.delete(ms);
          }
        }
        const sorted = [...model].sort((a, b) => a - b);
        expect([...list].map((entry) => entry.id.ms)).toEqual(sorted);
        expect([...list.from({ ms: start, seq: 0 })].map((entry) => entry.id.ms)).toEqual(
          sorted.filter((ms) => ms >= start),
        );
        expect(list.atOrAfter({ ms: start, seq: 0 })?.id.ms).toBe(sorted.find((ms) => ms >= start));
        expect([list.size, list.first?.id.ms, list.last?.id.ms]).toEqual([sorted.length, sorted[0], sorted.at(-1)]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('copies of pending lists', () => {
  it('stay as they are when either changes', () => {
    const change = fc.tuple(fc.constantFrom('add', 'remove', 'replace', 'copy'), fc.nat(900), fc.nat(3));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 1500, size: 'max' }), (changes) => {
        const lists = [new PendingList()];
        const models = [new Map<number, number>()];
        for (const [at, [what, ms, which]] of changes.entries()) {
          const number = which % lists.length;
          const [list, model] = [lists[number]!, models[number]!];
          const known = list.get({ ms, seq: 0 });
          const entry = { id: { ms, seq: 0 }, consumer: 'c', deliveredAt: at, deliveries: 1 };
          if (what === 'copy') {
            if (lists.length > 3) continue;
            lists.push(list.clone());
            models.push(new Map(model));
          } else if (what === 'add' && !known) {
            list.add(entry);
            model.set(ms, at);
          } else if (what === 'replace' && known) {
            list.replace(entry);
            model.set(ms, at);
          } else if (what === 'remove' && known) {
            list.remove(known);
            model.delete(ms);
          }
        }
        for (const [number, list] of lists.entries()) {
          const sorted = [...models[number]!].sort(([a], [b]) => a - b);
          expect([...list].map(({ id, deliveredAt }) => [id.ms, deliveredAt])).toEqual(sorted);
          expect(list.size).toBe(sorted.length);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the radix tree that XINFO tells of', () => {
  /** Counts in a tree that is really built. */
  function count(keys: readonly Uint8Array[], depth: number): number {
    if (keys.length === 1) return depth < keys[0]!.length ? 2 : 1;
    let shared = depth;
    while (keys.every((key) => key[shared] === keys[0]![shared])) shared++;
    let nodes = shared > depth ? 2 : 1;
    for (const byte of new Set(keys.map((key) => key[shared]))) {
      nodes += count(
        keys.filter((key) => key[shared] === byte),
        shared + 1,
      );
    }
    return nodes;
  }

  it('has as many nodes', () => {
    const key = fc.uint8Array({ minLength: 4, maxLength: 4, max: 3 });
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 60, selector: String }), (keys) => {
        const sorted = keys.sort(Buffer.compare);
        expect(radixTreeNodes(sorted)).toBe(count(sorted, 0));
      }),
    );
    expect(radixTreeNodes([])).toBe(1);
  });
});

describe('streams', () => {
  const entry = (value: number) => Args.of('field', value);

  it('keep a copy apart from the original', () => {
    const stream = new StreamValue();
    for (let ms = 1; ms <= 250; ms++) stream.append({ ms, seq: 0 }, entry(ms), 0, LIMITS);
    const copy = stream.clone();
    stream.trim({ keep: 10, approximate: false, limit: 0 });
    copy.append({ ms: 300, seq: 0 }, entry(1), 0, LIMITS);
    expect([stream.size, copy.size, stream.firstId.ms, copy.firstId.ms]).toEqual([10, 251, 241, 1]);
    expect(stream.newestId()?.ms).toBe(250);
  });

  it('find a range without walking to it', () => {
    const stream = new StreamValue();
    for (let ms = 1; ms <= 100_000; ms++) stream.append({ ms, seq: 0 }, entry(ms), 0, LIMITS);
    expect(stream.nodes.length).toBe(1000);
    expect([1, 50_000, 50_001, 99_999].map((ms) => stream.nodeIndex({ ms, seq: 0 }))).toEqual([0, 499, 500, 999]);
    for (let ms = 1; ms <= 100_000; ms += 100) expect(stream.has({ ms, seq: 0 })).toBe(true);
  });
});
