/**
 * Where keys are while slots are on their way: who scans all primaries one after the other misses a key that goes
 * from one that is yet to be scanned to one that was. Each primary says itself which slots it has and which it is being
 * given (its own line of CLUSTER NODES); one that has more than the last time is to be scanned again.
 */
import { SLOT_COUNT } from '../../resp/key-slot.js';
import { textOf } from '../../resp/reply.js';
import type { CallOptions, NodeLink } from '../link.js';
import type { Node } from '../wire/node.js';
import type { NodeAddress } from './topology-reply.js';

export interface Holding {
  readonly owned: readonly number[];
  readonly given: readonly number[];
  /** To whom it gives slots away: they need not have any yet. */
  readonly givesTo: readonly NodeAddress[];
}

export class KeyMoves {
  /** Slots whose keys were scanned, or are about to be, by node. */
  readonly #known = new Map<NodeLink, Set<number>>();

  constructor(
    private readonly primaries: () => readonly Node[],
    private readonly nodeAt: (address: NodeAddress) => Node,
  ) {}

  /** At first all that have keys; then, each time, those that were or are being given some meanwhile. */
  async holders(options: CallOptions): Promise<readonly NodeLink[]> {
    const isFirst = this.#known.size === 0;
    const asked = new Set(this.primaries());
    const holders = new Set<NodeLink>();
    for (const node of asked) {
      const holding = await holdingOf(node, options);
      if (holding === undefined) {
        // One that does not tell is scanned once.
        if (!this.#known.has(node)) holders.add(node);
        this.#known.set(node, this.#known.get(node) ?? new Set());
        continue;
      }
      // They are asked in the same round.
      for (const address of holding.givesTo) asked.add(this.nodeAt(address));
      if (this.#learns(node, holding, isFirst)) holders.add(node);
    }
    return [...holders];
  }

  /** What is being given when all begins may still go there after it was scanned: it counts as news the next time. */
  #learns(node: Node, { owned, given }: Holding, isFirst: boolean): boolean {
    const known = this.#known.get(node);
    const slots = isFirst ? owned : [...owned, ...given];
    this.#known.set(node, new Set([...(known ?? []), ...slots]));
    return known === undefined || slots.some((slot) => !known.has(slot));
  }
}

/** Undefined when it does not tell. */
async function holdingOf(node: Node, options: CallOptions): Promise<Holding | undefined> {
  return parseHolding(textOf(await node.command(['CLUSTER', 'NODES'], options).catch(() => null)));
}

/** `<id> <ip:port@bus[,host]> myself,master … <link-state> 0-99 200 [300-<-<id>] [301->-<id>]` */
export function parseHolding(text: string): Holding | undefined {
  const lines = text.split('\n').map((line) => line.trim().split(' '));
  const own = lines.find(([, , flags = '']) => flags.split(',').includes('myself'));
  if (own === undefined) return undefined;
  const owned: number[] = [];
  const given: number[] = [];
  const takers = new Set<string>();
  for (const word of own.slice(8)) {
    const move = /^\[(\d+)-([<>])-(\w+)\]$/.exec(word);
    if (move?.[2] === '<') given.push(Number(move[1]));
    else if (move?.[2] === '>') takers.add(move[3]!);
    else owned.push(...slotsOf(word));
  }
  const givesTo = lines.filter(([id = '']) => takers.has(id)).flatMap(([, address = '']) => addressOf(address) ?? []);
  return { owned, given, givesTo };
}

function slotsOf(range: string): number[] {
  const [first = Number.NaN, last = first] = range.split('-').map(Number);
  if (!(first >= 0 && last >= first && last < SLOT_COUNT)) return [];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function addressOf(text: string): NodeAddress | undefined {
  const match = /^(.+):(\d+)(?:@\d+)?(?:,.*)?$/.exec(text);
  return match === null ? undefined : { host: match[1]!, port: Number(match[2]) };
}
