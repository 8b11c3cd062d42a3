import type { ByteString } from '../../../resp/args.js';
import type { ListValue } from '../../data/list-value.js';
import { ListpackElements } from '../../data/listpack.js';
import { toListpack, toPassingListpack } from '../../data/listpack-frame.js';
import type { RdbOutput } from './rdb-output.js';
import { Container } from './types.js';

export interface ListLimits {
  /** Elements of a node, or from -1 to -5 its bytes: 4, 8, 16, 32 or 64 KiB. */
  readonly listMaxListpackSize: number;
  /** Bytes from which on an element is a node of its own, as it is (DEBUG QUICKLIST-PACKED-THRESHOLD). */
  readonly listPackedThreshold: number;
}

/** A list in nodes, divided as Redis divides one that is pushed to at its end. */
export function writeList(output: RdbOutput, list: ListValue, limits: ListLimits): void {
  const nodes = listNodes(list, limits);
  output.size(nodes.length);
  for (const node of nodes) writeNode(output, node);
}

export function listNodes(list: ListValue, limits: ListLimits): readonly ListNode[] {
  const found: ListNode[] = [];
  const nodes = new ListNodes(limits, {
    plain: (element) => void found.push(plainNode(element)),
    packed: (elements, size) => void found.push({ container: Container.packed, bytes: toListpack(elements, size) }),
  });
  list.each(0, list.size, (element) => nodes.add(element));
  nodes.close();
  return found;
}

/** As `writeList`, so many elements at a time: once to count the nodes, then to write them. */
export function* listInParts(
  output: RdbOutput,
  held: { readonly value: ListValue },
  limits: ListLimits,
  part: number,
): Generator<undefined, void> {
  let count = 0;
  const counted = () => void count++;
  yield* eachPart(held, part, new ListNodes(limits, { plain: counted, packed: counted }));
  output.size(count);
  const written: NodeSink = {
    plain: (element) => writeNode(output, plainNode(element)),
    packed: (elements, size) =>
      writeNode(output, { container: Container.packed, bytes: toPassingListpack(elements, size) }),
  };
  yield* eachPart(held, part, new ListNodes(limits, written));
}

function* eachPart(held: { readonly value: ListValue }, part: number, nodes: ListNodes): Generator<undefined, void> {
  const { size } = held.value;
  for (let from = 0; from < size; from += part) {
    held.value.each(from, Math.min(part, size - from), (element) => nodes.add(element));
    yield;
  }
  nodes.close();
}

function writeNode(output: RdbOutput, { container, bytes }: ListNode): void {
  output.size(container);
  output.string(bytes);
}

export interface ListNode {
  readonly container: number;
  readonly bytes: Buffer;
}

function plainNode(element: ByteString): ListNode {
  return { container: Container.plain, bytes: Buffer.from(element, 'latin1') };
}

/** What a node is made of; elements are good until the next one begins. */
interface NodeSink {
  plain(element: ByteString): void;
  packed(elements: ListpackElements, count: number): void;
}

class ListNodes {
  private readonly elements = new ListpackElements(64);
  private count = 0;

  constructor(
    private readonly limits: ListLimits,
    private readonly found: NodeSink,
  ) {}

  add(element: ByteString): void {
    if (element.length >= this.limits.listPackedThreshold) {
      this.close();
      this.found.plain(element);
      return;
    }
    if (this.count > 0 && !this.hasRoom(element.length)) this.close();
    if (this.count === 0) this.elements.end = 0;
    this.elements.addText(element);
    this.count++;
  }

  private hasRoom(length: number): boolean {
    const size = FRAME + this.elements.end + length + OVERHEAD;
    const { listMaxListpackSize: fill } = this.limits;
    return fill < 0 ? size <= NODE_BYTES[Math.min(-fill, 5) - 1]! : size <= SAFE_BYTES && this.count < fill;
  }

  /** Nothing more comes into the node that is being filled. */
  close(): void {
    if (this.count === 0) return;
    this.found.packed(this.elements, this.count);
    this.count = 0;
  }
}

/** A listpack's head and end. */
const FRAME = 7;
/** What Redis expects an element to need beside its bytes. */
const OVERHEAD = 8;
const NODE_BYTES = [4096, 8192, 16384, 32768, 65536];
const SAFE_BYTES = 8192;
