import type { ReplySink } from '../../../resp/sink.js';
import type { StreamCursor } from '../../data/stream-cursor.js';
import { idText, type StreamId } from '../../data/stream-id.js';
import type { StreamValue } from '../../data/stream-value.js';

/** The entry that the cursor is at: its ID, and fields and values in turn. */
export function replyEntry(reply: ReplySink, cursor: StreamCursor): void {
  reply.array(2);
  replyId(reply, cursor.entry);
  reply.array(cursor.fieldCount * 2);
  cursor.tellFields(reply);
}

/** Up to `count` entries of the cursor, 0: all. */
export function replyRange(reply: ReplySink, cursor: StreamCursor, count: number): void {
  const mark = reply.open('array');
  let told = 0;
  while ((count === 0 || told < count) && cursor.next()) {
    replyEntry(reply, cursor);
    told++;
  }
  reply.close(mark, told);
}

/** False when there is no such entry. */
export function replyEntryById(reply: ReplySink, stream: StreamValue, id: StreamId): boolean {
  const cursor = stream.range(id, id);
  if (!cursor.next()) return false;
  replyEntry(reply, cursor);
  return true;
}

export function replyId(reply: ReplySink, id: StreamId): void {
  reply.bulk(idText(id));
}
