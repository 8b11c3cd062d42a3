import type { ByteString } from '../../../resp/args.js';
import type { StreamCursor } from '../../data/stream-cursor.js';
import type { ConsumerGroup } from '../../data/stream-group.js';
import { FIRST_ID, idAfter, idText, type StreamId } from '../../data/stream-id.js';
import type { StreamValue } from '../../data/stream-value.js';
import type { Words } from './write-commands.js';

/** A stream with its groups, as the commands that make it. The stream may be another one, of the same entries, each time. */
export function* streamCommands(key: ByteString, source: { readonly value: StreamValue }): Generator<Words, void> {
  yield* entryCommands(key, source);
  const { size, lastId, entriesAdded, maxDeletedId } = source.value;
  // A stream without entries is one that has lost them.
  if (size === 0) yield ['XADD', key, 'MAXLEN', '0', '0-1', 'x', 'y'];
  const counters = ['ENTRIESADDED', String(entriesAdded), 'MAXDELETEDID', idText(maxDeletedId)];
  yield ['XSETID', key, idText(lastId), ...counters];
  for (const name of [...source.value.groups.keys()])
    yield* groupCommands(key, name, () => source.value.groups.get(name)!);
}

function* entryCommands(key: ByteString, source: { readonly value: StreamValue }): Generator<Words, void> {
  let stream = source.value;
  let cursor = stream.range();
  for (let after: StreamId | undefined = FIRST_ID; after !== undefined && cursor.next(); ) {
    const id = cursor.id();
    yield ['XADD', key, idText(id), ...fieldsOf(cursor)];
    after = idAfter(id);
    if (source.value === stream || after === undefined) continue;
    stream = source.value;
    cursor = stream.range(after);
  }
}

function* groupCommands(key: ByteString, name: ByteString, group: () => ConsumerGroup): Generator<Words, void> {
  const { lastId, entriesRead } = group();
  yield ['XGROUP', 'CREATE', key, name, idText(lastId), 'ENTRIESREAD', String(entriesRead)];
  for (const consumer of [...group().consumers.keys()]) {
    const pending = () => group().consumers.get(consumer)!.pending;
    if (pending().size === 0) yield ['XGROUP', 'CREATECONSUMER', key, name, consumer];
    for (let next = pending().first; next !== undefined; ) {
      const { id, deliveredAt, deliveries } = next;
      const state = ['TIME', String(deliveredAt), 'RETRYCOUNT', String(deliveries), 'JUSTID', 'FORCE'];
      yield ['XCLAIM', key, name, consumer, '0', idText(id), ...state];
      const after = idAfter(id);
      next = after && pending().atOrAfter(after);
    }
  }
}

function fieldsOf(cursor: StreamCursor): ByteString[] {
  const words: ByteString[] = [];
  cursor.tellFields({
    bulk: (text) => void words.push(text),
    bulkBytes: (bytes, start, end) => void words.push(Buffer.from(bytes.subarray(start, end)).latin1Slice()),
  });
  return words;
}
