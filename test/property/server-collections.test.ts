import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Area } from '../../src/resp/area.js';
import { Args } from '../../src/resp/args.js';
import { HashValue } from '../../src/server/data/hash-value.js';
import { compareIntegers, isIntegerText } from '../../src/server/data/integer-text.js';
import { ListValue } from '../../src/server/data/list-value.js';
import { RankTree } from '../../src/server/data/rank-tree.js';
import { SetValue } from '../../src/server/data/set-value.js';
import { SortedSetValue } from '../../src/server/data/sorted-set-value.js';
import { hashBytes, hashText } from '../../src/server/keyspace/hash.js';

/** Each structure does what a plain array or Map does, whatever the order of operations. */

const limits = { hashMaxListpackEntries: 20, hashMaxListpackValue: 8, setMaxIntsetEntries: 20 };
const zsetLimits = { zsetMaxListpackEntries: 20, zsetMaxListpackValue: 8 };
const text = fc.oneof(
  fc.integer({ min: -40, max: 400 }).map(String),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

describe('hash of bytes', () => {
  it('is the same for bytes and for text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer(), (bytes, seed) => {
        const area = new Area(Buffer.from(bytes));
        expect(hashText(area.bytes.toString('latin1'), seed)).toBe(hashBytes(area.view, 0, bytes.length, seed));
      }),
    );
  });
});

describe('integers as text', () => {
  const big = fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n });

  it('are those of 64 bits', () => {
    fc.assert(
      fc.property(big, (value) => {
        expect(isIntegerText(String(value))).toBe(BigInt.asIntN(64, value) === value);
      }),
    );
    for (const other of ['', '-', '-0', '01', '+1', '1.0', ' 1', '1 ', 'a']) expect(isIntegerText(other)).toBe(false);
  });

  it('are ordered as numbers', () => {
    fc.assert(
      fc.property(big, big, (a, b) => {
        expect(Math.sign(compareIntegers(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe('list', () => {
  type Step = readonly [operation: number, index: number, element: string];
  // From a pack of a few bytes to many chunks, some with an element larger than they.
  const element = fc.integer({ min: 0, max: 20 }).map((i) => String(i).repeat([1, 40, 1, 700, 1, 9000][i % 6]!));
  const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(), element), { maxLength: 900, size: 'max' });

  function apply(list: ListValue, model: string[], [operation, index, element]: Step): void {
    const at = model.length === 0 ? 0 : index % model.length;
    const run = (change: () => void, same: () => void) => [change, same].forEach((one) => void one());
    if (operation <= 1)
      run(
        () => list.pushHead(element),
        () => model.unshift(element),
      );
    else if (operation <= 3)
      run(
        () => list.pushTail(element),
        () => model.push(element),
      );
    else if (operation === 4)
      run(
        () => list.insert(at, element),
        () => model.splice(at, 0, element),
      );
    else if (model.length === 0) return;
    else if (operation === 5) expect(list.popHead()).toBe(model.shift());
    else if (operation === 6) expect(list.popTail()).toBe(model.pop());
    else if (operation === 7)
      run(
        () => list.set(at, element),
        () => model.splice(at, 1, element),
      );
    else if (operation === 8) expect(list.get(at)).toBe(model[at]);
    else if (index % 10 === 0) removeEqual(list, model, element, index);
    else if (index % 50 === 1)
      run(
        () => list.keep(at, 1),
        () => model.splice(0, model.length, model[at]!),
      );
  }

  /** A copy shares what it can, and neither sees what is done to the other. */
  function changeCopy(list: ListValue, all: readonly Step[]): void {
    const copy = list.clone();
    const model = copy.slice(0, copy.size - 1);
    for (const step of all) apply(copy, model, step);
    expect(copy.slice(0, copy.size - 1)).toEqual(model);
  }

  function removeEqual(list: ListValue, model: string[], element: string, index: number): void {
    const backwards = index % 20 === 0;
    const limit = (index % 3) + 1;
    let removed = 0;
    for (; removed < limit; removed++) {
      const found = backwards ? model.lastIndexOf(element) : model.indexOf(element);
      if (found < 0) break;
      model.splice(found, 1);
    }
    expect(list.removeEqual(element, limit, backwards)).toBe(removed);
  }

  it('is a sequence', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (all, from) => {
        const list = new ListValue();
        const model: string[] = [];
        for (const step of all) apply(list, model, step);
        expect(list.size).toBe(model.length);
        expect(list.slice(0, list.size - 1)).toEqual(model);
        changeCopy(list, all.slice(0, 30));
        expect(list.slice(0, list.size - 1)).toEqual(model);
        const start = model.length === 0 ? 0 : from % model.length;
        const seen: string[] = [];
        list.each(start, model.length, (element) => seen.push(element), true);
        expect(seen).toEqual(model.slice(0, start + 1).reverse());
      }),
    );
  });
});

describe('hash and set', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), text, text), { maxLength: 300, size: 'max' });

  it('a hash is a map', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const hash = new HashValue(limits);
        const model = new Map<string, string>();
        for (const [put, field, value] of all) {
          const args = Args.of(field);
          const place = hash.find(args, 0);
          expect(place < 0 ? undefined : hash.value(place)).toBe(model.get(field));
          if (put) expect(hash.set(args, 0, value)).toBe(!model.has(field));
          else if (place >= 0) hash.remove(place);
          if (put) model.set(field, value);
          else model.delete(field);
        }
        const entries = Array.from({ length: hash.size }, (_, i) => [hash.field(i), hash.value(i)] as const);
        if (hash.encoding === 'listpack') expect(entries).toEqual([...model]);
        expect(new Map(entries)).toEqual(model);
        const copy = hash.clone();
        expect(copy.encoding).toBe(hash.encoding);
        for (const [field, value] of model) expect(copy.value(copy.find(Args.of(field), 0))).toBe(value);
      }),
    );
  });

  it('a set is a set, and an intset is sorted', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const set = new SetValue(limits);
        const model = new Set<string>();
        for (const [put, member, other] of all) {
          expect(set.has(Args.of(other), 0)).toBe(model.has(other));
          if (put) expect(set.add(Args.of(member), 0)).toBe(!model.has(member));
          else expect(set.removeText(member)).toBe(model.has(member));
          if (put) model.add(member);
          else model.delete(member);
        }
        expect(new Set(set.members)).toEqual(model);
        expect(set.size).toBe(model.size);
        if (set.encoding === 'intset')
          expect(set.members.map(Number)).toEqual([...model].map(Number).sort((a, b) => a - b));
      }),
    );
  });

  it('a scan meets every member that is there all through, while others come and go', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -60, max: 60 }), { maxLength: 60 }), fc.nat(200), (changes, lasting) => {
        const set = new SetValue({ setMaxIntsetEntries: 0 });
        for (let i = 0; i < lasting; i++) set.addText(`lasting ${i}`);
        const seen = new Set<string>();
        let cursor = 0;
        let passing = 0;
        let step = 0;
        do {
          cursor = set.scan(cursor, (place) => seen.add(set.members[place]!));
          const change = changes[step++] ?? 0;
          for (let i = 0; i < change; i++) set.addText(`passing ${passing++}`);
          for (let i = 0; i < -change && passing > 0; i++) set.removeText(`passing ${--passing}`);
        } while (cursor !== 0);
        for (let i = 0; i < lasting; i++) expect(seen.has(`lasting ${i}`)).toBe(true);
      }),
    );
  });
});

describe('sorted set', () => {
  // A listpack does not tell -0 from 0.
  const score = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true })).map((value) => value || 0);
  const steps = fc.array(fc.tuple(fc.nat(3), text, score), { maxLength: 600, size: 'max' });
  const sorted = (model: Map<string, number>) =>
    [...model].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).map(([member]) => member);

  function membersOf(zset: SortedSetValue): string[] {
    const members: string[] = [];
    zset.each(0, zset.size, (member) => members.push(member));
    return members;
  }

  it('orders members by score and then by bytes', () => {
    fc.assert(
      fc.property(steps, fc.nat(), fc.nat(), (all, from, count) => {
        const zset = new SortedSetValue(zsetLimits);
        const model = new Map<string, number>();
        for (const [operation, member, value] of all) {
          const place = zset.findText(member);
          expect(place >= 0 ? zset.score(place) : undefined).toBe(model.get(member));
          if (operation === 0) model.delete(member);
          else model.set(member, value);
          if (operation > 0 && place < 0) zset.add(member, value);
          else if (operation > 0) zset.setScore(place, value);
          else if (place >= 0) zset.remove(place);
        }
        const order = sorted(model);
        const seen: string[] = [];
        zset.each(0, zset.size, (member) => seen.push(member));
        expect(seen.map((member) => model.get(member))).toEqual(order.map((member) => model.get(member)));
        for (const [rank, member] of seen.entries()) expect(zset.rank(zset.findText(member))).toBe(rank);
        const start = from % (zset.size + 1);
        const copy = zset.clone();
        for (let i = 0; i < count % 20; i++) copy.add(`of the copy ${i}`, i - 5);
        const copied = membersOf(copy);
        zset.removeRange(start, count % 50);
        expect(membersOf(copy)).toEqual(copied);
        seen.splice(start, count % 50);
        const left: string[] = [];
        zset.each(zset.size - 1, zset.size, (member) => left.push(member), true);
        expect(left).toEqual(seen.reverse());
      }),
    );
  });

  it('keeps its ranks through tens of thousands of changes', () => {
    const tree = new RankTree();
    const size = 20_000;
    const shuffled = Array.from({ length: size }, (_, i) => (i * 7919) % size);
    for (const i of shuffled) tree.insert(i >> 2, String(i).padStart(6, '0'));
    for (let i = 0; i < size; i += 3) tree.remove(i >> 2, String(i).padStart(6, '0'));
    let rank = 0;
    for (let i = 0; i < size; i++) {
      if (i % 3 === 0) continue;
      expect(tree.rank(i >> 2, String(i).padStart(6, '0'))).toBe(rank++);
    }
    expect(tree.size).toBe(rank);
    expect(tree.countWhile((score) => score < 100)).toBe(tree.rank(100, ''));
    for (let i = 0; i < size; i++) if (i % 3 !== 0) tree.remove(i >> 2, String(i).padStart(6, '0'));
    expect(tree.size).toBe(0);
  });
});
