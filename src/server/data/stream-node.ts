import type { Args } from '../../resp/args.js';
import { integerRoom, ListpackElements } from './listpack.js';
import type { TextSink } from './listpack-element.js';
import { countElements, fromListpack, MAX_SCRATCH, toPassingListpack } from './listpack-frame.js';
import { addUint64, compareIds, differenceOf, type StreamId, type Uint64 } from './stream-id.js';

/**
 * A run of a stream's entries, in the layout of Redis's stream nodes, so that nodes fill up, are trimmed and
 * are saved as there. Elements: the number of master fields, those fields, 0; then for each entry
 *
 *     flags, ms and seq (less the node's first ID), [number of fields], [field] value …, number of elements
 *
 * An entry with the fields of the node's first one leaves them out (SAME_FIELDS). A deleted entry stays and is
 * flagged. The two counters that Redis keeps in front (entries, deleted ones) are `live` and `deleted` here. Copies of a
 * stream share its nodes.
 */
export class StreamNode {
  live = 0;
  deleted = 0;
  /** The ID of the last entry, deleted or not. */
  last: StreamId;
  /** Of the one stream that may change it. */
  owner: object | undefined;

  /** A node for an entry whose fields and values are the arguments from `from` on. */
  static startedBy(first: StreamId, args: Args, from: number): StreamNode {
    const fieldCount = (args.count - from) / 2;
    const elements = new ListpackElements(FIRST_ROOM);
    elements.addInteger(fieldCount);
    for (let i = from; i < args.count; i += 2) elements.addString(args.buffer, args.start(i), args.length(i));
    elements.addInteger(0);
    return new StreamNode(first, elements, fieldCount, elements.end);
  }

  /** From its listpack as it is stored; undefined when that is not sound. `mended` hears of wrong counts, if they may be. */
  static fromListpack(first: StreamId, listpack: Buffer, mended?: (what: string) => void): StreamNode | undefined {
    const all = fromListpack(listpack, mended);
    const counters = all && readCounters(all);
    if (!all || !counters) return undefined;
    const elements = ListpackElements.from(Buffer.copyBytesFrom(all.buffer, counters.end, all.end - counters.end));
    const begin = entriesBegin(elements, counters.fieldCount);
    if (begin === undefined) return undefined;
    const node = new StreamNode(first, elements, counters.fieldCount, begin);
    const entries = node.countEntries();
    if (entries === undefined || (entries !== counters.entries && mended === undefined)) return undefined;
    if (entries !== counters.entries) mended?.('a wrong number of entries in a node');
    return node;
  }

  private constructor(
    readonly first: StreamId,
    private readonly elements: ListpackElements,
    private readonly fieldCount: number,
    /** Where the entries begin. */
    private readonly begin: number,
  ) {
    this.last = first;
  }

  /** Bytes of the node's listpack. */
  get size(): number {
    return HEAD_AND_END + integerRoom(this.live) + integerRoom(this.deleted) + this.elements.end;
  }

  /** As it is stored: the counters in front. Good until the next call. */
  toPassingListpack(): Buffer {
    const { elements } = this;
    const all = elements.end > MAX_SCRATCH ? new ListpackElements(elements.end + 20) : STORED;
    all.end = 0;
    all.addInteger(this.live);
    all.addInteger(this.deleted);
    all.addElements(elements);
    return toPassingListpack(all, countElements(all));
  }

  append(id: StreamId, args: Args, from: number): void {
    const { elements } = this;
    const fields = (args.count - from) / 2;
    const same = this.hasFields(args, from, fields);
    elements.addInteger(same ? SAME_FIELDS : 0);
    elements.addInteger(differenceOf(id.ms, this.first.ms));
    elements.addInteger(differenceOf(id.seq, this.first.seq));
    if (!same) elements.addInteger(fields);
    for (let i = same ? from + 1 : from; i < args.count; i += same ? 2 : 1) {
      elements.addString(args.buffer, args.start(i), args.length(i));
    }
    elements.addInteger(same ? fields + 3 : fields * 2 + 4);
    this.last = id;
    this.live++;
  }

  /** No more entries will come. */
  finish(): void {
    this.elements.shrink();
  }

  /** Flags entries from the first on as deleted, while each of them `goes`; answers how many. */
  deleteWhile(goes: (entry: NodeEntry) => boolean): number {
    const entry = new NodeEntry();
    const before = this.deleted;
    for (this.toFirst(entry); this.readForward(entry); ) {
      if (!goes(entry)) break;
      if (!entry.isDeleted) this.delete(entry);
    }
    return this.deleted - before;
  }

  delete(entry: NodeEntry): void {
    const { buffer } = this.elements;
    buffer[entry.start] = buffer[entry.start]! | DELETED;
    this.live--;
    this.deleted++;
  }

  toFirst(entry: NodeEntry): void {
    entry.end = this.begin;
  }

  toLast(entry: NodeEntry): void {
    entry.start = this.elements.end;
  }

  /** Moves to the entry behind this one; false at the end. */
  readForward(entry: NodeEntry): boolean {
    if (entry.end >= this.elements.end) return false;
    this.read(entry, entry.end);
    return true;
  }

  /** Moves to the entry before this one; false at the beginning. */
  readBackward(entry: NodeEntry): boolean {
    if (entry.start <= this.begin) return false;
    const { elements } = this;
    let at = elements.previous(entry.start);
    for (let left = Number(elements.integer(at)); left > 0; left--) at = elements.previous(at);
    this.read(entry, at);
    return true;
  }

  /** Tells fields and values in turn. */
  tellFields(entry: NodeEntry, sink: TextSink): void {
    const { elements } = this;
    let field = entry.hasSameFields ? elements.next(0) : 0;
    let at = entry.values;
    for (let i = 0; i < entry.fieldCount; i++) {
      if (entry.hasSameFields) {
        elements.tell(field, sink);
        field = elements.next(field);
      } else {
        elements.tell(at, sink);
        at = elements.next(at);
      }
      elements.tell(at, sink);
      at = elements.next(at);
    }
  }

  clone(): StreamNode {
    const copy = new StreamNode(this.first, this.elements.clone(), this.fieldCount, this.begin);
    copy.live = this.live;
    copy.deleted = this.deleted;
    copy.last = this.last;
    return copy;
  }

  /** Bytes of memory. */
  memory(): number {
    return this.elements.buffer.length + OBJECTS;
  }

  /** Counts live and deleted entries; undefined when they are not sound or not in order. */
  private countEntries(): number | undefined {
    const entry = new NodeEntry();
    for (this.toFirst(entry); entry.end < this.elements.end; ) {
      if (!isEntry(this.elements, entry.end, this.fieldCount)) return undefined;
      this.read(entry, entry.end);
      if (this.live + this.deleted > 0 && compareIds(entry, this.last) <= 0) return undefined;
      this.last = entry.id();
      if (entry.isDeleted) this.deleted++;
      else this.live++;
    }
    return this.live + this.deleted;
  }

  private hasFields(args: Args, from: number, count: number): boolean {
    if (count !== this.fieldCount) return false;
    const { elements } = this;
    let at = elements.next(0);
    for (let i = from; i < args.count; i += 2, at = elements.next(at)) {
      if (!elements.equals(at, args.buffer, args.start(i), args.length(i))) return false;
    }
    return true;
  }

  private read(entry: NodeEntry, start: number): void {
    const { elements } = this;
    const flags = elements.buffer[start]!;
    let at = elements.next(start);
    entry.start = start;
    entry.isDeleted = (flags & DELETED) !== 0;
    entry.hasSameFields = (flags & SAME_FIELDS) !== 0;
    entry.ms = addUint64(this.first.ms, elements.integer(at));
    at = elements.next(at);
    entry.seq = addUint64(this.first.seq, elements.integer(at));
    at = elements.next(at);
    entry.fieldCount = this.fieldCount;
    if (!entry.hasSameFields) {
      entry.fieldCount = Number(elements.integer(at));
      at = elements.next(at);
    }
    entry.values = at;
    const rest = entry.hasSameFields ? entry.fieldCount : entry.fieldCount * 2;
    for (let left = rest; left >= 0; left--) at = elements.next(at);
    entry.end = at;
  }
}

/** A place in a node and the entry there; reused from entry to entry. */
export class NodeEntry implements StreamId {
  ms: Uint64 = 0;
  seq: Uint64 = 0;
  isDeleted = false;
  fieldCount = 0;
  hasSameFields = false;
  /** Offsets of the entry, of its values (or fields and values), and behind it. */
  start = 0;
  values = 0;
  end = 0;

  /** The ID alone, to keep. */
  id(): StreamId {
    return { ms: this.ms, seq: this.seq };
  }
}

const DELETED = 1;
const SAME_FIELDS = 2;
/** A listpack's six bytes in front and the one at its end. */
const HEAD_AND_END = 7;
const FIRST_ROOM = 128;
/** The node's own objects on the heap, estimated. */
const OBJECTS = 200;

/** The counters in front of a node's elements, and where these begin. */
function readCounters(all: ListpackElements): { entries: number; fieldCount: number; end: number } | undefined {
  const numbers: number[] = [];
  const places: number[] = [];
  for (let at = 0; numbers.length < 3; at = all.next(at)) {
    if (at >= all.end || !all.isInteger(at)) return undefined;
    places.push(at);
    numbers.push(Number(all.integer(at)));
  }
  const [live, deleted, fieldCount] = numbers as [number, number, number];
  return live < 0 || deleted < 0 || fieldCount < 0
    ? undefined
    : { entries: live + deleted, fieldCount, end: places[2]! };
}

/** Behind the number of fields, the fields and the 0. */
function entriesBegin(elements: ListpackElements, fieldCount: number): number | undefined {
  const at = skip(elements, 0, fieldCount + 1);
  return at !== undefined && isNumber(elements, at, 0) ? elements.next(at) : undefined;
}

function isEntry(elements: ListpackElements, start: number, nodeFields: number): boolean {
  const { buffer } = elements;
  const flags = buffer[start]!;
  if (flags > (DELETED | SAME_FIELDS)) return false;
  const ms = elements.next(start);
  const seq = skip(elements, ms, 1);
  if (seq === undefined || !isInteger(elements, ms) || !isInteger(elements, seq)) return false;
  const after = elements.next(seq);
  if ((flags & SAME_FIELDS) !== 0) {
    const end = skip(elements, after, nodeFields);
    return end !== undefined && isNumber(elements, end, nodeFields + 3);
  }
  if (!isInteger(elements, after)) return false;
  const fields = Number(elements.integer(after));
  const end = fields < 0 ? undefined : skip(elements, after, 1 + fields * 2);
  return end !== undefined && isNumber(elements, end, fields * 2 + 4);
}

/** The place so many elements later, where there is still one; undefined otherwise. */
function skip(elements: ListpackElements, at: number, count: number): number | undefined {
  for (let left = count; left > 0 && at < elements.end; left--) at = elements.next(at);
  return at < elements.end ? at : undefined;
}

function isInteger(elements: ListpackElements, at: number): boolean {
  return at < elements.end && elements.isInteger(at);
}

function isNumber(elements: ListpackElements, at: number, value: number): boolean {
  return isInteger(elements, at) && elements.integer(at) === value;
}

/** Where a node is put together that is to be stored. */
const STORED = new ListpackElements(8192);
