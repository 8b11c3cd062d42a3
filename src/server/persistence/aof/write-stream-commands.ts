import type { ByteString } from '../../../resp/args.js';
import type { StreamCursor } from '../../data/stream-cursor.js';
import type { ConsumerGroup } from '../../data/stream-group.js';
import { idText } from '../../data/stream-id.js';
import type { StreamValue } from '../../data/stream-value.js';
import type { Words } from './write-commands.js';

/** A stream with its groups, as the commands that make it. */
export function* streamCommands(stream: StreamValue, key: ByteString): Generator<Words> {
  const cursor = stream.range();
  while (cursor.next()) yield ['XADD', key, idText(cursor.id()), ...fieldsOf(cursor)];
  // A stream without entries is one that has lost them.
  if (stream.size === 0) yield ['XADD', key, 'MAXLEN', '0', '0-1', 'x', 'y'];
  const { lastId, entriesAdded, maxDeletedId } = stream;
  const counters = ['ENTRIESADDED', String(entriesAdded), 'MAXDELETEDID', idText(maxDeletedId)];
  yield ['XSETID', key, idText(lastId), ...counters];
  for (const [name, group] of stream.groups) yield* groupCommands(key, name, group);
}

function* groupCommands(key: ByteString, name: ByteString, group: ConsumerGroup): Generator<Words> {
  yield ['XGROUP', 'CREATE', key, name, idText(group.lastId), 'ENTRIESREAD', String(group.entriesRead)];
  for (const consumer of group.consumers.values()) {
    if (consumer.pending.size === 0) yield ['XGROUP', 'CREATECONSUMER', key, name, consumer.name];
    for (const { id, deliveredAt, deliveries } of consumer.pending) {
      const state = ['TIME', String(deliveredAt), 'RETRYCOUNT', String(deliveries), 'JUSTID', 'FORCE'];
      yield ['XCLAIM', key, name, consumer.name, '0', idText(id), ...state];
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
