import type { ByteString } from '../../../resp/args.js';
import type { ListValue } from '../../data/list-value.js';
import { ListpackElements } from '../../data/listpack.js';
import { toListpack } from '../../data/listpack-frame.js';
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
  for (const { container, bytes } of nodes) {
    output.size(container);
    output.string(bytes);
  }
}

export function listNodes(list: ListValue, limits: ListLimits): readonly ListNode[] {
  const nodes = new ListNodes(limits);
  list.each(0, list.size, (element) => nodes.add(element));
  return nodes.finish();
}

/** As `writeList`, so many elements at a time. */
export function* listInParts(
  output: RdbOutput,
  list: ListValue,
  limits: ListLimits,
  part: number,
): Generator<undefined, void> {
  const nodes = new ListNodes(limits);
  for (let from = 0; from < list.size; from += part) {
    list.each(from, Math.min(part, list.size - from), (element) => nodes.add(element));
    yield;
  }
  const all = nodes.finish();
  output.size(all.length);
  for (const { container, bytes } of all) {
    output.size(container);
    output.string(bytes);
    yield;
  }
}

export interface ListNode {
  readonly container: number;
  readonly bytes: Buffer;
}

class ListNodes {
  private readonly nodes: ListNode[] = [];
  private elements = new ListpackElements(0);
  private count = 0;

  constructor(private readonly limits: ListLimits) {}

  add(element: ByteString): void {
    if (element.length >= this.limits.listPackedThreshold) {
      this.close();
      this.nodes.push({ container: Container.plain, bytes: Buffer.from(element, 'latin1') });
      return;
    }
    if (this.count > 0 && !this.hasRoom(element.length)) this.close();
    if (this.count === 0) this.elements = new ListpackElements(64);
    this.elements.addText(element);
    this.count++;
  }

  finish(): readonly ListNode[] {
    this.close();
    return this.nodes;
  }

  private hasRoom(length: number): boolean {
    const size = FRAME + this.elements.end + length + OVERHEAD;
    const { listMaxListpackSize: fill } = this.limits;
    return fill < 0 ? size <= NODE_BYTES[Math.min(-fill, 5) - 1]! : size <= SAFE_BYTES && this.count < fill;
  }

  private close(): void {
    if (this.count === 0) return;
    this.nodes.push({ container: Container.packed, bytes: toListpack(this.elements, this.count) });
    this.count = 0;
  }
}

/** A listpack's head and end. */
const FRAME = 7;
/** What Redis expects an element to need beside its bytes. */
const OVERHEAD = 8;
const NODE_BYTES = [4096, 8192, 16384, 32768, 65536];
const SAFE_BYTES = 8192;
