import { type AddressWords, contains, maskOf, type Network } from './ip-address.js';

/**
 * Networks of one family as sorted ranges that do not overlap, each with the first network (the lowest position in
 * the list) that holds there: a lookup is one binary search, whatever their number. Networks either contain one
 * another or have nothing in common, so n of them make at most 2n + 1 ranges.
 */
export class IpRanges {
  /** The first addresses of the ranges, `width` words each. */
  readonly #starts: Uint32Array;
  /** Positions of networks, or NONE. */
  readonly #firsts: Uint32Array;
  readonly #width: number;

  /** Takes the networks of `width` words out of the list. */
  constructor(networks: readonly Network[], width: number) {
    const sweep = new Sweep(networks, width);
    sweep.run();
    this.#width = width;
    this.#starts = sweep.starts.slice(0, sweep.count * width);
    this.#firsts = sweep.firsts.slice(0, sweep.count);
  }

  get byteLength(): number {
    return this.#starts.byteLength + this.#firsts.byteLength;
  }

  /** The position of the first network that has the address. */
  find(address: AddressWords): number | undefined {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isAfter(middle, address)) high = middle;
      else low = middle + 1;
    }
    const first = low === 0 ? NONE : (this.#firsts[low - 1] as number);
    return first === NONE ? undefined : first;
  }

  /** Whether a range starts behind the address. */
  #isAfter(range: number, address: AddressWords): boolean {
    for (let i = 0; i < this.#width; i++) {
      const difference = (this.#starts[range * this.#width + i] as number) - (address[i] as number);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }
}

const NONE = 0xffffffff;

/** Goes through the networks from left to right, outer before inner, with those that are open on a stack. */
class Sweep {
  readonly starts: Uint32Array;
  readonly firsts: Uint32Array;
  count = 0;
  readonly #networks: readonly Network[];
  readonly #width: number;
  readonly #order: Uint32Array;
  readonly #open: { readonly network: Network; readonly first: number }[] = [];

  constructor(networks: readonly Network[], width: number) {
    this.#networks = networks;
    this.#width = width;
    this.#order = sorted(networks, width);
    this.starts = new Uint32Array((2 * this.#order.length + 1) * width);
    this.firsts = new Uint32Array(2 * this.#order.length + 1);
  }

  run(): void {
    for (const position of this.#order) {
      const network = this.#networks[position] as Network;
      this.#closeBefore(network);
      const first = Math.min(position, this.#openFirst);
      this.#open.push({ network, first });
      this.#begin(network.words, first);
    }
    this.#closeBefore(undefined);
  }

  get #openFirst(): number {
    return this.#open.at(-1)?.first ?? NONE;
  }

  /** Ends what does not contain the network that comes next. */
  #closeBefore(next: Network | undefined): void {
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      if (next !== undefined && contains(top.network, next.words)) return;
      this.#open.pop();
      const behind = successorOf(top.network);
      if (behind !== undefined) this.#begin(behind, this.#openFirst);
    }
  }

  /** A range that starts where the one before it started takes its place; one that says the same goes on with it. */
  #begin(start: AddressWords, first: number): void {
    if (this.count > 0 && this.#startsAt(this.count - 1, start)) this.count--;
    if ((this.count === 0 ? NONE : this.firsts[this.count - 1]) === first) return;
    this.starts.set(start, this.count * this.#width);
    this.firsts[this.count++] = first;
  }

  #startsAt(range: number, start: AddressWords): boolean {
    return start.every((word, i) => this.starts[range * this.#width + i] === word);
  }
}

/** The address behind the last one of a network; undefined behind the last of all. */
function successorOf({ words, prefix }: Network): AddressWords | undefined {
  const next = words.map((word, i) => (word | ~maskOf(prefix - i * 32)) >>> 0);
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = ((next[i] as number) + 1) >>> 0;
    if (next[i] !== 0) return next;
  }
  return undefined;
}

/**
 * Positions of the networks of that width by their first address, wider ones first, else as they stand: byte by byte
 * from the last to the first, which takes a time that grows with their number and holds nobody up for long.
 */
function sorted(networks: readonly Network[], width: number): Uint32Array {
  const positions = Uint32Array.from(networks.keys()).filter((position) => networks[position]?.words.length === width);
  const column = (read: (network: Network) => number) => positions.map((one) => read(networks[one] as Network));
  let order: Uint32Array = Uint32Array.from(positions.keys());
  order = sortedBy(
    column(({ prefix }) => prefix),
    1,
    order,
  );
  for (let word = width - 1; word >= 0; word--)
    order = sortedBy(
      column(({ words }) => words[word] as number),
      4,
      order,
    );
  return order.map((index) => positions[index] as number);
}

/** The order by the lowest bytes of numbers; what is equal keeps the order it has. */
function sortedBy(numbers: Uint32Array, bytes: number, order: Uint32Array): Uint32Array {
  let other: Uint32Array = new Uint32Array(order.length);
  for (let shift = 0; shift < bytes * 8; shift += 8) {
    const places = new Uint32Array(257);
    for (let i = 0; i < numbers.length; i++) places[(((numbers[i] as number) >>> shift) & 0xff) + 1]!++;
    for (let byte = 1; byte < 257; byte++) places[byte]! += places[byte - 1] as number;
    for (let i = 0; i < order.length; i++) {
      const index = order[i] as number;
      other[places[((numbers[index] as number) >>> shift) & 0xff]!++] = index;
    }
    [order, other] = [other, order];
  }
  return order;
}
