import type { ReplySink } from '../../../../resp/sink.js';
import type { PendingEntry, PendingList } from '../../../data/pending-list.js';
import type { Consumer, ConsumerGroup } from '../../../data/stream-group.js';
import { FIRST_ID, idText, LAST_ID } from '../../../data/stream-id.js';
import type { StreamValue } from '../../../data/stream-value.js';
import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';
import { subcommandSyntax } from '../arguments.js';
import { byName } from '../find-group.js';
import { replyEntry, replyId, replyRange } from '../reply-entries.js';
import { progress, readStream, replyFields } from './fields.js';

export const stream: CommandDeclaration = {
  name: 'stream',
  summary: 'Get information about a stream',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  history: [
    '6.0.0 Added the `FULL` modifier.',
    '7.0.0 Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` fields',
  ],
  arguments: ['key#0', '[FULL full([COUNT count:integer])]'],
  arity: -3,
  flags: ['readonly'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const { reply } = call;
    const value = readStream(call);
    const count = readFullCount(call);
    reply.map(count === undefined ? 10 : 9);
    replyHead(reply, value);
    if (count === undefined) replySummary(reply, value);
    else replyAll(reply, value, count);
  },
};

/** How many entries FULL tells of each list, 0 all; undefined without FULL. */
function readFullCount({ args }: Call): number | undefined {
  if (args.count === 3) return undefined;
  const withCount = args.count === 6;
  if (args.word(3) !== 'full' || (!withCount && args.count !== 4) || (withCount && args.word(4) !== 'count')) {
    throw subcommandSyntax(args, 'XINFO');
  }
  const count = withCount ? readInteger(args, 5) : USUAL_COUNT;
  return count < 0 ? USUAL_COUNT : count;
}

const USUAL_COUNT = 10;

function replyHead(reply: ReplySink, value: StreamValue): void {
  replyFields(reply, {
    length: value.size,
    'radix-tree-keys': value.nodes.length,
    'radix-tree-nodes': value.radixTreeNodes(),
    'last-generated-id': idText(value.lastId),
    'max-deleted-entry-id': idText(value.maxDeletedId),
    'entries-added': value.entriesAdded,
    'recorded-first-entry-id': idText(value.firstId),
  });
}

function replySummary(reply: ReplySink, value: StreamValue): void {
  replyFields(reply, { groups: value.groups.size });
  for (const [name, backwards] of [
    ['first-entry', false],
    ['last-entry', true],
  ] as const) {
    const cursor = value.range(FIRST_ID, LAST_ID, backwards);
    reply.bulk(name);
    if (cursor.next()) replyEntry(reply, cursor);
    else reply.nil();
  }
}

function replyAll(reply: ReplySink, value: StreamValue, count: number): void {
  reply.bulk('entries');
  replyRange(reply, value.range(), count);
  reply.bulk('groups');
  reply.array(value.groups.size);
  for (const [name, group] of byName(value.groups)) replyGroup(reply, value, name, group, count);
}

function replyGroup(reply: ReplySink, value: StreamValue, name: string, group: ConsumerGroup, count: number): void {
  reply.map(7);
  replyFields(reply, { name, ...progress(group, value), 'pel-count': group.pending.size });
  reply.bulk('pending');
  replyPending(reply, group.pending, count, true);
  reply.bulk('consumers');
  reply.array(group.consumers.size);
  for (const [, consumer] of byName(group.consumers)) replyConsumer(reply, consumer, count);
}

function replyConsumer(reply: ReplySink, { name, seenAt, pending }: Consumer, count: number): void {
  reply.map(4);
  replyFields(reply, { name, 'seen-time': seenAt, 'pel-count': pending.size });
  reply.bulk('pending');
  replyPending(reply, pending, count, false);
}

function replyPending(reply: ReplySink, pending: PendingList, count: number, withConsumer: boolean): void {
  const told: PendingEntry[] = [];
  for (const entry of pending.from(FIRST_ID)) {
    if (count > 0 && told.length >= count) break;
    told.push(entry);
  }
  reply.array(told.length);
  for (const { id, consumer, deliveredAt, deliveries } of told) {
    reply.array(withConsumer ? 4 : 3);
    replyId(reply, id);
    if (withConsumer) reply.bulk(consumer);
    reply.integer(deliveredAt);
    reply.integer(deliveries);
  }
}
