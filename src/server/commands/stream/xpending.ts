import type { PendingEntry, PendingList } from '../../data/pending-list.js';
import type { ConsumerGroup } from '../../data/stream-group.js';
import { compareIds, type StreamId } from '../../data/stream-id.js';
import { errors } from '../../errors.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readInteger } from '../numbers.js';
import { readRangeEnd, readRangeStart } from './arguments.js';
import { byName, findGroup } from './find-group.js';
import { replyId } from './reply-entries.js';

export const xpending: CommandDeclaration = {
  name: 'xpending',
  summary:
    'Return information and entries from a stream consumer group pending entries list, that are messages fetched but never acknowledged.',
  since: '5.0.0',
  group: 'stream',
  complexity:
    'O(N) with N being the number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE filter. When the command returns just the summary and the list of consumers is small, it runs in O(1) time; otherwise, an additional O(N) time for iterating every consumer.',
  history: ['6.2.0 Added the `IDLE` option and exclusive range intervals.'],
  arguments: ['key#0', 'group', '[filters([IDLE min-idle-time:integer@6.2.0], start, end, count:integer, [consumer])]'],
  arity: -3,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    if (call.args.count === 3) {
      summarize(call, findGroup(call).group);
      return;
    }
    const range = readRange(call);
    list(call, findGroup(call).group, range);
  },
};

interface Range {
  readonly minIdle: number;
  readonly start: StreamId;
  readonly end: StreamId;
  readonly count: number;
  readonly consumer: string | undefined;
}

function readRange({ args }: Call): Range {
  if (args.count < 6 || args.count > 9) throw errors.syntax;
  const withIdle = args.word(3) === 'idle';
  const minIdle = withIdle ? readInteger(args, 4) : 0;
  if (withIdle && args.count < 8) throw errors.syntax;
  const from = withIdle ? 5 : 3;
  const count = readInteger(args, from + 2);
  const start = readRangeStart(args, from);
  const end = readRangeEnd(args, from + 1);
  const consumer = from + 3 < args.count ? args.text(from + 3) : undefined;
  return { minIdle, start, end, count, consumer };
}

/** How many are pending, from where to where, and how many of each consumer. */
function summarize({ reply }: Call, { pending, consumers }: ConsumerGroup): void {
  reply.array(4);
  reply.integer(pending.size);
  if (!pending.first || !pending.last) {
    reply.nil();
    reply.nil();
    reply.nilArray();
    return;
  }
  replyId(reply, pending.first.id);
  replyId(reply, pending.last.id);
  const owners = byName(consumers).filter(([, consumer]) => consumer.pending.size > 0);
  reply.array(owners.length);
  for (const [name, consumer] of owners) {
    reply.array(2);
    reply.bulk(name);
    reply.bulk(String(consumer.pending.size));
  }
}

function list({ now, reply }: Call, group: ConsumerGroup, range: Range): void {
  const owner = range.consumer === undefined ? group : group.consumers.get(range.consumer);
  const found = owner ? search(owner.pending, range, now) : [];
  reply.array(found.length);
  for (const { id, consumer, deliveredAt, deliveries } of found) {
    reply.array(4);
    replyId(reply, id);
    reply.bulk(consumer);
    reply.integer(Math.max(0, now - deliveredAt));
    reply.integer(deliveries);
  }
}

function search(pending: PendingList, { start, end, count, minIdle }: Range, now: number): PendingEntry[] {
  const found: PendingEntry[] = [];
  for (const entry of pending.from(start)) {
    if (found.length >= count || compareIds(entry.id, end) > 0) break;
    if (minIdle === 0 || now - entry.deliveredAt >= minIdle) found.push(entry);
  }
  return found;
}
