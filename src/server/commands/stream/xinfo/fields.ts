import type { ReplySink } from '../../../../resp/sink.js';
import { type ConsumerGroup, UNKNOWN } from '../../../data/stream-group.js';
import { type Int64, idText } from '../../../data/stream-id.js';
import type { StreamValue } from '../../../data/stream-value.js';
import { errors } from '../../../errors.js';
import { Type } from '../../../keyspace/value.js';
import type { Call } from '../../call.js';

/** The stream of argument 2. */
export function readStream(call: Call): StreamValue {
  const stream = call.read<StreamValue>(2, Type.stream);
  if (!stream) throw errors.noSuchKey;
  return stream;
}

/** Names with numbers, texts or null, in a map that was begun. */
export function replyFields(reply: ReplySink, fields: Readonly<Record<string, string | Int64 | undefined>>): void {
  for (const [name, value] of Object.entries(fields)) {
    reply.bulk(name);
    if (value === undefined) reply.nil();
    else if (typeof value === 'string') reply.bulk(value);
    else reply.integer(value);
  }
}

/** How far a group is. */
export function progress(group: ConsumerGroup, stream: StreamValue): Record<string, string | Int64 | undefined> {
  return {
    'last-delivered-id': idText(group.lastId),
    'entries-read': group.entriesRead === UNKNOWN ? undefined : group.entriesRead,
    lag: group.lag(stream),
  };
}
