import type { Args } from '../../../resp/args.js';
import { keySpecTable } from './key-spec-table.js';

/**
 * A key specification: where a search for keys begins and how many follow.
 *
 * The table's notation: `2` the argument 2; `1:-2` from 1 to the last but one; `1:-1/2` every second;
 * `2#` argument 2 counts the keys behind it; `STREAMS@4:-1%2` behind that word, looked for from argument 4 on,
 * the first half of what is left; `?` cannot be said. Flags follow, and a note behind `--`.
 */
export interface KeySpec {
  readonly begin:
    | { readonly type: 'index'; readonly index: number }
    | { readonly type: 'keyword'; readonly keyword: string; readonly from: number }
    | { readonly type: 'unknown' };
  readonly find:
    | { readonly type: 'range'; readonly last: number; readonly step: number; readonly limit: number }
    | { readonly type: 'keynum' }
    | { readonly type: 'unknown' };
  readonly flags: readonly string[];
  readonly note: string | undefined;
}

/** By full name ("object|encoding"); none for a command without keys. */
export function keySpecsOf(name: string): readonly KeySpec[] {
  return byName.get(name) ?? [];
}

function parse(line: string): KeySpec {
  const [head = '', note] = line.split(' -- ');
  const [where = '', ...flags] = head.split(' ');
  if (where === '?') return { begin: { type: 'unknown' }, find: { type: 'unknown' }, flags, note };
  const parts =
    /^(?:(?<keyword>[A-Z]+)@)?(?<start>-?\d+)(?:(?<counted>#)|:(?<last>-?\d+))?(?:\/(?<step>\d+))?(?:%(?<limit>\d+))?$/;
  const { keyword, start, counted, last = '0', step = '1', limit = '0' } = parts.exec(where)!.groups!;
  return {
    begin:
      keyword === undefined
        ? { type: 'index', index: Number(start) }
        : { type: 'keyword', keyword, from: Number(start) },
    find:
      counted === undefined
        ? { type: 'range', last: Number(last), step: Number(step), limit: Number(limit) }
        : { type: 'keynum' },
    flags,
    note,
  };
}

const byName = new Map(
  keySpecTable.flatMap(({ keys, of }) => {
    const specs = keys.map(parse);
    return of.split(' ').map((name) => [name, specs] as const);
  }),
);

/** The places of the keys that the specification names in these arguments; undefined where it cannot tell. */
export function placesOf(spec: KeySpec, args: Args): readonly number[] | undefined {
  if (spec.begin.type === 'unknown') return undefined;
  const start = beginning(spec.begin, args);
  if (start === undefined) return [];
  const { find } = spec;
  switch (find.type) {
    case 'unknown':
      return undefined;
    case 'keynum': {
      const count = start < args.count ? args.text(start) : '';
      return /^\d+$/.test(count) ? steps(start + 1, start + Number(count), 1, args.count) : undefined;
    }
    case 'range': {
      const last = find.last >= 0 ? start + find.last : lastOf(find, start, args.count);
      return steps(start, last, find.step, args.count);
    }
  }
}

function lastOf(find: { last: number; limit: number }, start: number, count: number): number {
  // A limit of 2: the first half of what is left.
  return find.limit > 1 ? start + Math.floor((count - start) / find.limit) - 1 : count + find.last;
}

/** Undefined for none, and for more than there are. */
function steps(first: number, last: number, step: number, count: number): number[] | undefined {
  if (last < first || last >= count) return undefined;
  const places: number[] = [];
  for (let i = first; i <= last; i += step) places.push(i);
  return places;
}

/** Undefined when the word is not there; the last argument is not looked at, since nothing follows it. */
function beginning(begin: Exclude<KeySpec['begin'], { type: 'unknown' }>, args: Args): number | undefined {
  if (begin.type === 'index') return begin.index;
  const [from, step] = begin.from < 0 ? [args.count + begin.from, -1] : [begin.from, 1];
  for (let i = from; i > 0 && i < args.count - 1; i += step) {
    if (args.text(i).toUpperCase() === begin.keyword) return i + 1;
  }
  return undefined;
}

/** First, last and step as clients from before key specifications know them, and whether that is not all. */
export function legacyRange(specs: readonly KeySpec[]): LegacyRange {
  const [only] = specs;
  if (specs.length === 1 && only?.begin.type === 'index' && only.find.type === 'range') {
    const { last, step } = only.find;
    const { index } = only.begin;
    return { first: index, last: last >= 0 ? index + last : last, step, movable: false };
  }
  const range = { first: 0, last: 0, step: 0, movable: false };
  for (const { begin, find, flags } of specs) {
    const follows = begin.type === 'index' && (range.first === 0 || range.last === begin.index - 1);
    if (begin.type !== 'index' || find.type !== 'range' || find.step !== 1 || !follows) {
      range.movable = true;
      continue;
    }
    if (flags.includes('incomplete')) range.movable = true;
    if (range.first === 0) range.first = begin.index;
    range.last = find.last >= 0 ? begin.index + find.last : find.last;
    range.step = 1;
  }
  return range;
}

export interface LegacyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  /** Keys are elsewhere too: ask COMMAND GETKEYS. */
  readonly movable: boolean;
}
