/**
 * Sorts an array so far that its first `count` items are the lowest, in order: Bentley and McIlroy's quicksort
 * ("Engineering a Sort Function"), which leaves alone what lies behind. Redis sorts with it where a COUNT asks
 * for fewer than all; which of several equal items come first is its choice, so it is the same one.
 */
export function partialSort<T>(items: T[], compare: (a: T, b: T) => number, count: number): void {
  sortRange(items, compare, 0, items.length, count);
}

function sortRange<T>(items: T[], compare: (a: T, b: T) => number, from: number, length: number, count: number): void {
  for (;;) {
    if (length < 7) {
      insertionSort(items, compare, from, length);
      return;
    }
    swap(items, from, pivotPlace(items, compare, from, length));
    const [lower, higher] = partition(items, compare, from, length);
    if (lower > 1) sortRange(items, compare, from, lower, count);
    if (higher <= 1) return;
    from += length - higher;
    length = higher;
    if (from >= count) return;
  }
}

/** Splits by the first item; answers how many items are lower than it and how many higher. */
function partition<T>(
  items: T[],
  compare: (a: T, b: T) => number,
  from: number,
  length: number,
): readonly [lower: number, higher: number] {
  // Equal items gather at both ends, a and d, and go to the middle at last.
  let a = from + 1;
  let b = a;
  let c = from + length - 1;
  let d = c;
  for (;;) {
    for (let order: number; b <= c && (order = compare(items[b]!, items[from]!)) <= 0; b++) {
      if (order === 0) swap(items, a++, b);
    }
    for (let order: number; b <= c && (order = compare(items[c]!, items[from]!)) >= 0; c--) {
      if (order === 0) swap(items, c, d--);
    }
    if (b > c) break;
    swap(items, b++, c--);
  }
  const end = from + length;
  const left = Math.min(a - from, b - a);
  for (let i = 0; i < left; i++) swap(items, from + i, b - left + i);
  const right = Math.min(d - c, end - d - 1);
  for (let i = 0; i < right; i++) swap(items, b + i, end - right + i);
  return [b - a, d - c];
}

function pivotPlace<T>(items: T[], compare: (a: T, b: T) => number, from: number, length: number): number {
  let middle = from + (length >> 1);
  if (length === 7) return middle;
  let low = from;
  let high = from + length - 1;
  if (length > 40) {
    const eighth = length >> 3;
    low = median(items, compare, low, low + eighth, low + 2 * eighth);
    middle = median(items, compare, middle - eighth, middle, middle + eighth);
    high = median(items, compare, high - 2 * eighth, high - eighth, high);
  }
  return median(items, compare, low, middle, high);
}

function median<T>(items: T[], compare: (a: T, b: T) => number, a: number, b: number, c: number): number {
  const order = (i: number, j: number) => compare(items[i]!, items[j]!);
  if (order(a, b) < 0) return order(b, c) < 0 ? b : order(a, c) < 0 ? c : a;
  return order(b, c) > 0 ? b : order(a, c) < 0 ? a : c;
}

function insertionSort<T>(items: T[], compare: (a: T, b: T) => number, from: number, length: number): void {
  for (let i = from + 1; i < from + length; i++) {
    for (let j = i; j > from && compare(items[j - 1]!, items[j]!) > 0; j--) swap(items, j, j - 1);
  }
}

function swap<T>(items: T[], i: number, j: number): void {
  const item = items[i]!;
  items[i] = items[j]!;
  items[j] = item;
}
