import { expect, it } from 'vitest';
import { seededRandom } from '../../../../src/core/random.js';
import { Args } from '../../../../src/resp/args.js';
import { HashValue } from '../../../../src/server/data/hash-value.js';
import { PagedArray, PagedNumbers } from '../../../../src/server/data/paged-array.js';
import { SetValue } from '../../../../src/server/data/set-value.js';
import { SortedSetValue } from '../../../../src/server/data/sorted-set-value.js';
import { IndexTable } from '../../../../src/server/keyspace/index-table.js';

/** Copies of what is larger than a page share pages: neither may see what is done to the other. */

const SIZE = 200_000;
const random = seededRandom(7);
const limits = { hashMaxListpackEntries: 20, hashMaxListpackValue: 8, setMaxIntsetEntries: 20 };

/** As an assertion, but quick. */
function must(holds: boolean): void {
  if (!holds) throw new Error('a copy has changed');
}

/** A collection of numbers from 0 to SIZE, with what a Map says of it. */
interface Subject {
  clone(): Subject;
  put(item: number, value: number): void;
  remove(item: number): void;
  contents(): Map<number, number>;
}

class Hash implements Subject {
  constructor(private readonly value = new HashValue(limits)) {}

  clone(): Subject {
    return new Hash(this.value.clone());
  }

  put(item: number, value: number): void {
    this.value.set(Args.of(`f${item}`), 0, String(value));
    this.value.setExpiry(this.value.find(Args.of(`f${item}`), 0), value + 1);
  }

  remove(item: number): void {
    const place = this.value.find(Args.of(`f${item}`), 0);
    if (place >= 0) this.value.remove(place);
  }

  contents(): Map<number, number> {
    const found = new Map<number, number>();
    for (let place = 0; place < this.value.size; place++) {
      const value = Number(this.value.value(place));
      must(this.value.expiry(place) === value + 1);
      found.set(Number(this.value.field(place).slice(1)), value);
    }
    return found;
  }
}

class Members implements Subject {
  constructor(private readonly value = new SetValue(limits)) {}

  clone(): Subject {
    return new Members(this.value.clone());
  }

  put(item: number): void {
    this.value.addText(`m${item}`);
  }

  remove(item: number): void {
    this.value.removeText(`m${item}`);
  }

  contents(): Map<number, number> {
    return new Map(this.value.members.map((member) => [Number(member.slice(1)), 0]));
  }
}

class Ranked implements Subject {
  constructor(private readonly value = new SortedSetValue({ zsetMaxListpackEntries: 20, zsetMaxListpackValue: 8 })) {}

  clone(): Subject {
    return new Ranked(this.value.clone());
  }

  put(item: number, value: number): void {
    const place = this.value.findText(`m${item}`);
    if (place < 0) this.value.add(`m${item}`, value);
    else this.value.setScore(place, value);
  }

  remove(item: number): void {
    const place = this.value.findText(`m${item}`);
    if (place >= 0) this.value.remove(place);
  }

  contents(): Map<number, number> {
    const found = new Map<number, number>();
    let last = Number.NEGATIVE_INFINITY;
    this.value.each(0, this.value.size, (member, score) => {
      must(score >= last);
      last = score;
      found.set(Number(member.slice(1)), score);
    });
    for (const [item, score] of found) must(this.value.score(this.value.findText(`m${item}`)) === score);
    return found;
  }
}

const subjects: [name: string, make: () => Subject, valued: boolean][] = [
  ['hash', () => new Hash(), true],
  ['set', () => new Members(), false],
  ['sorted set', () => new Ranked(), true],
];

it.each(subjects)('a large %s and its copy change apart', (_, make, valued) => {
  const change = (subject: Subject, model: Map<number, number>, times: number) => {
    for (let i = 0; i < times; i++) {
      const item = random.below(SIZE);
      if (random.below(3) === 0) {
        subject.remove(item);
        model.delete(item);
      } else {
        const value = valued ? random.below(1000) : 0;
        subject.put(item, value);
        model.set(item, value);
      }
    }
  };
  const subject = make();
  const model = new Map<number, number>();
  for (let item = 0; item < SIZE; item += 2) {
    subject.put(item, 0);
    model.set(item, 0);
  }
  const copy = subject.clone();
  const copyModel = new Map(model);
  change(subject, model, 3000);
  const third = copy.clone();
  const thirdModel = new Map(copyModel);
  change(copy, copyModel, 3000);
  for (const [one, expected] of [
    [subject, model],
    [copy, copyModel],
    [third, thirdModel],
  ] as const) {
    const sorted = (map: Map<number, number>) => [...map].sort(([a], [b]) => a - b);
    expect(sorted(one.contents())).toEqual(sorted(expected));
  }
});

it.each([
  ['anything', () => new PagedArray<number>()],
  ['numbers', () => new PagedNumbers()],
])('an array of %s in pages grows, shrinks and is copied as an array', (_, make) => {
  let paged = make();
  const model: number[] = [];
  const same = () => expect(Array.from({ length: paged.length }, (_, place) => paged.at(place))).toEqual(model);
  for (const [grow, shrink] of [
    [140_000, 80_000],
    [70_000, 65_000],
    [3, 61_000],
    [10, 3300],
  ] as const) {
    for (let i = 0; i < grow; i++) {
      paged.push(i);
      model.push(i);
    }
    const copy = paged.clone();
    const before = model.slice();
    for (let i = 0; i < shrink; i++) must(paged.pop() === model.pop());
    for (const place of [0, model.length >> 1, model.length - 1]) {
      paged.set(place, -1);
      model[place] = -1;
    }
    same();
    expect(copy.length).toBe(before.length);
    expect(before.every((item, place) => copy.at(place) === item)).toBe(true);
    paged.removeInOrder(model.length - 3);
    model.splice(-3, 1);
    paged = paged.clone();
  }
  same();
});

it('an index of many pages and its copy find what each has, while they grow and shrink', () => {
  const hashOf = (ref: number) => Math.imul(ref, 0x9e3779b1) >>> 0;
  const table = new IndexTable();
  for (let ref = 1; ref <= 100_000; ref++) table.insert(hashOf(ref), ref);
  expect(table.resizing).toBe(true);
  const copy = table.clone();
  for (let ref = 1; ref <= 90_000; ref++) table.remove(hashOf(ref), ref);
  while (!table.step(1 << 16));
  for (let ref = 100_001; ref <= 150_000; ref++) copy.insert(hashOf(ref), ref);
  const refs = (of: IndexTable) => {
    const met: number[] = [];
    of.forEach((ref) => void met.push(ref));
    for (const ref of met)
      if (of.find(hashOf(ref), (found) => found === ref) !== ref) throw new Error(`${ref} is lost`);
    return met.sort((a, b) => a - b);
  };
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  expect(table.slots).toBeLessThan(70_000);
  expect(refs(table)).toEqual(range(90_001, 100_000));
  expect(refs(copy)).toEqual(range(1, 150_000));
});
