import { type Consumer, ConsumerGroup, entriesUpTo } from '../../data/stream-group.js';
import { canonical, compareIds, type Int64, idText, type StreamId } from '../../data/stream-id.js';
import { StreamNode } from '../../data/stream-node.js';
import { StreamValue } from '../../data/stream-value.js';
import type { RdbInput } from './rdb-input.js';
import { type Mended, RdbError, RdbType } from './types.js';

/** A stream of Redis 5 (`stream`), 7.0 (`stream2`) or 7.2 (`stream3`). */
export function readStream(input: RdbInput, type: number, mended?: Mended): StreamValue {
  const stream = new StreamValue();
  for (const node of readNodes(input, mended)) stream.addNode(node);
  const last = stream.nodes.at(-1)?.last;
  if (input.size() !== stream.size) wrong('Stream length inconsistent with rax entries', last && mended);
  stream.lastId = readId(input);
  if (last && compareIds(stream.lastId, last) < 0) {
    wrong('entries behind the last one', mended);
    stream.lastId = last;
  }
  if (type === RdbType.stream) {
    stream.findFirst();
    stream.entriesAdded = stream.size;
  } else {
    stream.firstId = readId(input);
    stream.maxDeletedId = readId(input);
    stream.entriesAdded = readCount(input);
  }
  for (let left = input.count(); left > 0; left--) {
    const name = input.text();
    if (stream.groups.has(name)) throw new RdbError(`Duplicated consumer group name ${name}`);
    stream.groups.set(name, readGroup(input, stream, type, mended));
  }
  return stream;
}

/** What can be put right, where somebody is to hear of it; an error otherwise. */
function wrong(what: string, mended: Mended | undefined): void {
  if (!mended) throw new RdbError(what);
  mended(what);
}

function readNodes(input: RdbInput, mended: Mended | undefined): StreamNode[] {
  const nodes: StreamNode[] = [];
  for (let left = input.count(); left > 0; left--) {
    input.string();
    if (input.length !== ID_BYTES) throw new RdbError('invalid ID of a stream node');
    const first = heldId(input);
    input.string();
    const node = StreamNode.fromListpack(first, input.heldBytes(), mended);
    if (!node) throw new RdbError('Stream listpack integrity check failed.');
    if (node.live + node.deleted === 0) throw new RdbError('Empty listpack inside stream');
    nodes.push(node);
  }
  nodes.sort((a, b) => compareIds(a.first, b.first));
  for (let i = 1; i < nodes.length; i++) {
    if (compareIds(nodes[i - 1]!.last, nodes[i]!.first) >= 0) throw new RdbError('stream nodes out of order');
  }
  return nodes;
}

interface Delivery {
  readonly id: StreamId;
  readonly deliveredAt: number;
  readonly deliveries: number;
}

function readGroup(input: RdbInput, stream: StreamValue, type: number, mended: Mended | undefined): ConsumerGroup {
  const lastId = readId(input);
  const read = type === RdbType.stream ? entriesUpTo(stream, lastId) : readCount(input);
  const group = new ConsumerGroup(lastId, read);
  const pending = readPending(input);
  for (let left = input.count(); left > 0; left--) {
    const name = input.text();
    if (group.consumers.has(name)) throw new RdbError('Duplicate stream consumer detected.');
    const consumer = group.addConsumer(name, input.time());
    // 7.2 keeps when a consumer was last given something, too.
    if (type === RdbType.stream3) input.time();
    readOwned(input, group, consumer, pending);
  }
  // Nobody could ever acknowledge them: they were delivered to no one.
  if (pending.size > 0) wrong('Stream CG PEL entry without consumer', mended);
  return group;
}

/** How many entries were read, or added: 64 bits with a sign. */
function readCount(input: RdbInput): Int64 {
  const count = input.wideSize();
  return typeof count === 'bigint' ? canonical(BigInt.asIntN(64, count)) : count;
}

function readPending(input: RdbInput): Map<string, Delivery> {
  const pending = new Map<string, Delivery>();
  for (let left = input.count(); left > 0; left--) {
    input.raw(ID_BYTES);
    const id = heldId(input);
    const key = idText(id);
    if (pending.has(key)) throw new RdbError('Duplicated global PEL entry loading stream consumer group');
    pending.set(key, { id, deliveredAt: input.time(), deliveries: Number(input.wideSize()) });
  }
  return pending;
}

/** Gives the consumer its entries, each of which it is the only owner of. */
function readOwned(input: RdbInput, group: ConsumerGroup, consumer: Consumer, pending: Map<string, Delivery>): void {
  for (let left = input.count(); left > 0; left--) {
    input.raw(ID_BYTES);
    const key = idText(heldId(input));
    const entry = pending.get(key);
    if (!entry) throw new RdbError('Consumer entry not found in group global PEL');
    pending.delete(key);
    group.addPending(entry.id, consumer, entry.deliveredAt, entry.deliveries);
  }
}

function readId(input: RdbInput): StreamId {
  return { ms: input.wideSize(), seq: input.wideSize() };
}

/** The ID in the bytes that were read. */
function heldId({ area: { bytes }, start }: RdbInput): StreamId {
  return { ms: canonical(bytes.readBigUInt64BE(start)), seq: canonical(bytes.readBigUInt64BE(start + 8)) };
}

const ID_BYTES = 16;
