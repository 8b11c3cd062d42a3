import type { Args, ByteString } from '../../resp/args.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import { radixTreeNodes } from './radix-size.js';
import { StreamCursor } from './stream-cursor.js';
import type { ConsumerGroup } from './stream-group.js';
import {
  addInt64,
  addUint64,
  compareIds,
  FIRST_ID,
  type Int64,
  idAfter,
  LAST_ID,
  MAX_UINT64,
  type StreamId,
  type Uint64,
} from './stream-id.js';
import { StreamNode } from './stream-node.js';

/** When an entry begins a new node; 0: no limit. */
export interface StreamLimits {
  readonly streamNodeMaxBytes: number;
  readonly streamNodeMaxEntries: number;
}

/** What to keep: this many of the newest entries, or those from an ID on. */
export interface StreamTrim {
  readonly keep: number | StreamId;
  /** Whole nodes only ("~"). */
  readonly approximate: boolean;
  /** The most entries that may go; 0: any number. */
  readonly limit: number;
}

/**
 * A stream: entries ordered by ID, appended at the end, in nodes of about a hundred (stream-node.ts), and
 * consumer groups. An empty stream stays. Fields and values are kept as bytes outside the heap.
 */
export class StreamValue implements CollectionValue {
  readonly type = Type.stream;
  readonly encoding = 'stream';
  /** Entries. */
  size = 0;
  lastId: StreamId = FIRST_ID;
  /** Of the first entry; 0-0 when there is none. */
  firstId: StreamId = FIRST_ID;
  /** The highest ID that was deleted by name. */
  maxDeletedId: StreamId = FIRST_ID;
  /** Entries that were ever added. */
  entriesAdded: Int64 = 0;
  readonly groups = new Map<ByteString, ConsumerGroup>();
  nodes: StreamNode[] = [];
  /** That of the nodes that no copy has. */
  private owner = {};
  counted = 0;
  /** Bytes of the nodes. */
  private bytes = 0;

  get pieces(): number {
    let pieces = this.nodes.length;
    for (const { pending, consumers } of this.groups.values()) pieces += 1 + pending.size + consumers.size;
    return pieces;
  }

  /** The ID that "*" stands for now; undefined when there is none left. */
  nextId(now: number): StreamId | undefined {
    return now > this.lastId.ms ? { ms: now, seq: 0 } : idAfter(this.lastId);
  }

  /** The ID that "ms-*" stands for; undefined when there is none left. */
  nextIdIn(ms: Uint64): StreamId | undefined {
    if (ms !== this.lastId.ms) return { ms, seq: 0 };
    return this.lastId.seq === MAX_UINT64 ? undefined : { ms, seq: addUint64(this.lastId.seq, 1) };
  }

  /** Adds an entry with an ID above the last one; the arguments from `from` on are its fields and values. */
  append(id: StreamId, args: Args, from: number, limits: StreamLimits): void {
    const node = this.nodeFor(id, args, from, limits);
    const before = node.memory();
    node.append(id, args, from);
    this.bytes += node.memory() - before;
    this.size++;
    this.entriesAdded = addInt64(this.entriesAdded, 1);
    this.lastId = id;
    if (this.size === 1) this.firstId = id;
  }

  /** A node behind all others, of a stream that is loaded. */
  addNode(node: StreamNode): void {
    node.owner = this.owner;
    this.nodes.push(node);
    this.size += node.live;
    this.bytes += node.memory();
  }

  /** Entries from one ID to another, both included; the cursor is good until the next change. */
  range(from: StreamId = FIRST_ID, to: StreamId = LAST_ID, backwards = false): StreamCursor {
    return new StreamCursor(this, from, to, backwards);
  }

  has(id: StreamId): boolean {
    return this.range(id, id).next();
  }

  /** The ID of the newest entry. */
  newestId(): StreamId | undefined {
    const cursor = this.range(FIRST_ID, LAST_ID, true);
    return cursor.next() ? cursor.id() : undefined;
  }

  /** The first ID that nodes hold, of a deleted entry too. */
  oldestKeptId(): StreamId {
    return this.nodes[0]?.first ?? LAST_ID;
  }

  /** Deletes entries by ID; answers how many were there. */
  delete(ids: readonly StreamId[]): number {
    let deleted = 0;
    let first = false;
    for (const id of ids) {
      if (!this.deleteOne(id)) continue;
      deleted++;
      first ||= compareIds(id, this.firstId) === 0;
      if (compareIds(id, this.maxDeletedId) > 0) this.maxDeletedId = id;
    }
    if (first || this.size === 0) this.findFirst();
    return deleted;
  }

  /** Answers how many entries went. */
  trim({ keep, approximate, limit }: StreamTrim): number {
    const before = this.size;
    let whole = 0;
    for (const node of this.nodes) {
      if (typeof keep === 'number' && this.size <= keep) break;
      if (limit > 0 && before - this.size + node.live > limit) break;
      const goes = typeof keep === 'number' ? this.size - node.live >= keep : compareIds(node.last, keep) < 0;
      if (!goes) {
        if (!approximate) this.trimWithin(this.own(whole), keep);
        break;
      }
      this.size -= node.live;
      whole++;
    }
    for (const node of this.nodes.splice(0, whole)) this.bytes -= node.memory();
    if (this.size < before || this.size === 0) this.findFirst();
    return before - this.size;
  }

  /** The node whose IDs begin at or before this one: where a search for it starts. */
  nodeIndex(id: StreamId): number {
    let low = 0;
    let high = this.nodes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareIds(this.nodes[middle]!.first, id) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Nodes of the radix tree that Redis would keep this stream's nodes in. */
  radixTreeNodes(): number {
    return radixTreeNodes(this.nodes.map(({ first }) => idBytes(first)));
  }

  clone(): StreamValue {
    const copy = new StreamValue();
    copy.nodes = this.nodes.slice();
    this.owner = {};
    for (const [name, group] of this.groups) copy.groups.set(name, group.clone());
    copy.size = this.size;
    copy.lastId = this.lastId;
    copy.firstId = this.firstId;
    copy.maxDeletedId = this.maxDeletedId;
    copy.entriesAdded = this.entriesAdded;
    copy.bytes = this.bytes;
    return copy;
  }

  memory(): number {
    let bytes = OBJECTS + this.bytes;
    for (const [name, group] of this.groups) bytes += name.length + group.memory();
    return bytes;
  }

  private nodeFor(id: StreamId, args: Args, from: number, limits: StreamLimits): StreamNode {
    const tail = this.nodes.at(-1);
    if (tail && !isFull(tail, payload(args, from), limits)) return this.own(this.nodes.length - 1);
    if (tail) this.finish(this.own(this.nodes.length - 1));
    const node = StreamNode.startedBy(id, args, from);
    this.addNode(node);
    return node;
  }

  private deleteOne(id: StreamId): boolean {
    const cursor = this.range(id, id);
    if (!cursor.next()) return false;
    const node = this.own(cursor.nodeIndex);
    node.delete(cursor.entry);
    if (node.live === 0) {
      this.nodes.splice(cursor.nodeIndex, 1);
      this.bytes -= node.memory();
    }
    this.size--;
    return true;
  }

  private finish(node: StreamNode): void {
    this.bytes -= node.memory();
    node.finish();
    this.bytes += node.memory();
  }

  /** A node that is about to change. */
  private own(at: number): StreamNode {
    const node = this.nodes[at]!;
    if (node.owner === this.owner) return node;
    const copy = node.clone();
    copy.owner = this.owner;
    this.nodes[at] = copy;
    return copy;
  }

  private trimWithin(node: StreamNode, keep: number | StreamId): void {
    if (typeof keep === 'number') {
      let surplus = this.size - keep;
      this.size -= node.deleteWhile(({ isDeleted }) => surplus > 0 && (surplus -= isDeleted ? 0 : 1) >= 0);
    } else this.size -= node.deleteWhile((entry) => compareIds(entry, keep) < 0);
  }

  /** Finds out anew which entry is the first. */
  findFirst(): void {
    const cursor = this.range();
    this.firstId = cursor.next() ? cursor.id() : FIRST_ID;
  }
}

function isFull(node: StreamNode, added: number, { streamNodeMaxBytes, streamNodeMaxEntries }: StreamLimits): boolean {
  const bytes = streamNodeMaxBytes === 0 ? MAX_NODE_BYTES : Math.min(streamNodeMaxBytes, MAX_NODE_BYTES);
  if (node.size + added >= bytes) return true;
  return streamNodeMaxEntries > 0 && node.live + node.deleted >= streamNodeMaxEntries;
}

const MAX_NODE_BYTES = 2 ** 30;
/** The objects of an empty one on the heap, as measured. */
const OBJECTS = 640;

/** Bytes of the fields and values. */
export function payload(args: Args, from: number): number {
  let bytes = 0;
  for (let i = from; i < args.count; i++) bytes += args.length(i);
  return bytes;
}

function idBytes({ ms, seq }: StreamId): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeBigUInt64BE(BigInt(ms), 0);
  bytes.writeBigUInt64BE(BigInt(seq), 8);
  return bytes;
}
