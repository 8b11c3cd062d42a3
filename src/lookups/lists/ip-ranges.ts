import { type AddressWords, compareAddresses, lastOf, type Network, successor } from './ip-address.js';

/**
 * Networks of one family as sorted ranges that do not overlap, each with the first rule (the lowest number) that
 * holds there: a lookup is one binary search, whatever the number of networks. Networks either contain one another
 * or have nothing in common, so n of them make at most 2n + 1 ranges.
 */
export class IpRanges {
  /** The first addresses of the ranges, `width` words each. */
  readonly #starts: Uint32Array;
  readonly #rules: Uint32Array;
  readonly #width: number;

  constructor(networks: readonly NumberedNetwork[], width: number) {
    const breaks = breaksOf(networks);
    this.#width = width;
    this.#starts = new Uint32Array(breaks.length * width);
    this.#rules = new Uint32Array(breaks.length);
    for (const [i, { start, rule }] of breaks.entries()) {
      this.#starts.set(start, i * width);
      this.#rules[i] = rule;
    }
  }

  get byteLength(): number {
    return this.#starts.byteLength + this.#rules.byteLength;
  }

  /** The number of the first rule that has the address. */
  find(address: AddressWords): number | undefined {
    let low = 0;
    let high = this.#rules.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isAfter(middle, address)) high = middle;
      else low = middle + 1;
    }
    const rule = low === 0 ? NONE : (this.#rules[low - 1] as number);
    return rule === NONE ? undefined : rule;
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

export interface NumberedNetwork {
  readonly network: Network;
  readonly rule: number;
}

interface Break {
  readonly start: AddressWords;
  readonly rule: number;
}

const NONE = 0xffffffff;

/** Goes through the networks from left to right, outer before inner, with those that are open on a stack. */
function breaksOf(networks: readonly NumberedNetwork[]): Break[] {
  const sorted = networks.toSorted(
    (a, b) => compareAddresses(a.network.words, b.network.words) || a.network.prefix - b.network.prefix,
  );
  const breaks: Break[] = [];
  const open: { readonly last: AddressWords; readonly rule: number }[] = [];
  const begin = (start: AddressWords, rule: number) => {
    const before = breaks.at(-1);
    if (before !== undefined && compareAddresses(before.start, start) === 0) breaks.pop();
    if ((breaks.at(-1)?.rule ?? NONE) !== rule) breaks.push({ start, rule });
  };
  const closeBefore = (start: AddressWords | undefined) => {
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      if (start !== undefined && compareAddresses(top.last, start) >= 0) return;
      open.pop();
      const next = successor(top.last);
      if (next !== undefined) begin(next, open.at(-1)?.rule ?? NONE);
    }
  };
  for (const { network, rule } of sorted) {
    closeBefore(network.words);
    const first = Math.min(rule, open.at(-1)?.rule ?? NONE);
    open.push({ last: lastOf(network), rule: first });
    begin(network.words, first);
  }
  closeBefore(undefined);
  return breaks;
}
