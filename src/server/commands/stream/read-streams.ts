import { Args } from '../../../resp/args.js';
import type { ConsumerGroup } from '../../data/stream-group.js';
import { compareIds, FIRST_ID, idAfter, idText, LAST_ID, type StreamId } from '../../data/stream-id.js';
import type { StreamValue } from '../../data/stream-value.js';
import { CommandError } from '../../errors.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { readId } from './arguments.js';
import { deliver, replyHistory } from './deliver.js';
import { type Reader, type ReadOptions, readReadOptions } from './read-options.js';
import { replyRange } from './reply-entries.js';

/**
 * XREAD and XREADGROUP: replies with what is there; else, with BLOCK, waits, with its "$" replaced by the IDs
 * that they stand for. When it runs again since a key was touched, it is served from that key alone.
 */
export function runRead(call: Call, inGroup: boolean): void {
  const options = readReadOptions(call, inGroup);
  call.propagateNothing();
  if (call.session.blocked) {
    resume(call, options);
    return;
  }
  const sources: Source[] = [];
  for (let i = 0; i < options.streams; i++) sources.push(readSource(call, options, i, inGroup));
  if (serveAll(call, options, sources)) return;
  if (options.timeout === undefined || !wait(call, options, sources)) call.reply.nilArray();
}

/** A stream to read from. */
interface Source {
  /** The argument of its key. */
  readonly place: number;
  readonly group: ConsumerGroup | undefined;
  /** Entries behind this one are wanted; NEW: those that the group has not delivered yet. */
  readonly after: StreamId;
}

/** What ">" is kept as. */
const NEW = LAST_ID;

function readSource(call: Call, { first, streams, reader }: ReadOptions, i: number, inGroup: boolean): Source {
  const { args } = call;
  const place = first + i;
  const stream = call.read<StreamValue>(place, Type.stream);
  const group = reader && stream?.groups.get(reader.group);
  if (reader && !group) {
    throw new CommandError(
      `NOGROUP No such key '${args.text(place)}' or consumer group '${reader.group}' in XREADGROUP with GROUP option`,
    );
  }
  const id = args.text(place + streams);
  if (id === '$' && inGroup) throw dollarInGroup;
  if (id === '>' && !inGroup) throw newWithoutGroup;
  if (id === '$') return { place, group, after: stream?.lastId ?? FIRST_ID };
  return { place, group, after: id === '>' ? NEW : readId(args, place + streams) };
}

/** False when no stream has anything for this reader, and nothing was written. */
function serveAll(call: Call, options: ReadOptions, sources: readonly Source[]): boolean {
  const { reply } = call;
  let mark: number | undefined;
  let served = 0;
  for (const source of sources) {
    const stream = call.readToChange<StreamValue>(source.place, Type.stream);
    if (!stream || !hasNews(stream, source)) continue;
    mark ??= reply.open(reply.protocol === 3 ? 'map' : 'array');
    served++;
    replyStream(call, options, stream, source);
    if (source.group) call.dirty++;
  }
  if (mark !== undefined) reply.close(mark, served);
  return mark !== undefined;
}

/** A consumer's own history is always served. */
function hasNews(stream: StreamValue, { group, after }: Source): boolean {
  if (group && compareIds(after, NEW) !== 0) return true;
  const newest = stream.newestId();
  return newest !== undefined && compareIds(newest, group?.lastId ?? after) > 0;
}

/** The key and its entries. */
function replyStream(call: Call, options: ReadOptions, stream: StreamValue, { place, group, after }: Source): void {
  const { reply, args } = call;
  if (reply.protocol === 2) reply.array(2);
  reply.bulk(args.text(place));
  const { count, reader } = options;
  if (!group || !reader) {
    replyRange(reply, stream.range(idAfter(after)), count);
    return;
  }
  const isNew = compareIds(after, NEW) === 0;
  const reading = { call, place, stream, group, reader, count, noAck: options.noAck };
  if (isNew) deliver(reading);
  else replyHistory(reading, idAfter(after) ?? FIRST_ID);
}

function wait(call: Call, options: ReadOptions, sources: readonly Source[]): boolean {
  const { timeout = 0, first, streams } = options;
  const { reply } = call;
  const own = call.args;
  const keys = own.texts(first, first + streams);
  // The ID may be far behind: not more than so many entries at once.
  const count = options.count || BLOCKED_COUNT;
  const ids = sources.map(({ group, after }) => (group ? '>' : idText(after)));
  const group = options.reader ? ['GROUP', options.reader.group, options.reader.consumer] : [];
  call.args = Args.of(
    ...[own.text(0), ...group, 'COUNT', count, 'BLOCK', timeout],
    ...[...(options.noAck ? ['NOACK'] : []), 'STREAMS', ...keys, ...ids],
  );
  const waits = call.block(keys, timeout, () => reply.nilArray());
  call.args = own;
  return waits;
}

/** Serves a client that waited from the key that was touched, or lets it wait on. */
function resume(call: Call, options: ReadOptions): void {
  const { args, db, reply } = call;
  const { first, streams, reader } = options;
  const place = first + Math.max(0, args.texts(first, first + streams).indexOf(call.server.blocking.readyKey ?? ''));
  const ref = db.peek(args, place);
  const stream = db.type(ref) === Type.stream ? (db.collection(ref) as StreamValue) : undefined;
  if (!stream && reader) throw streamGone;
  const group = stream && reader && groupOrGone(stream, reader);
  const after = group?.lastId ?? (reader ? NEW : readId(args, place + streams));
  if (!stream || compareIds(stream.lastId, after) <= 0) {
    call.block([], 0, () => undefined);
    return;
  }
  db.entries.preserve(ref);
  db.entries.willChange(stream);
  if (reply.protocol === 3) reply.map(1);
  else reply.array(1);
  replyStream(call, options, stream, { place, group, after: group ? NEW : after });
  if (group) call.dirty++;
}

function groupOrGone(stream: StreamValue, { group }: Reader): ConsumerGroup {
  const found = stream.groups.get(group);
  if (!found) throw groupGone;
  return found;
}

const BLOCKED_COUNT = 1000;
const streamGone = new CommandError('UNBLOCKED the stream key no longer exists');
const groupGone = new CommandError('NOGROUP the consumer group this client was blocked on no longer exists');
const dollarInGroup = new CommandError(
  'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.',
);
const newWithoutGroup = new CommandError(
  'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.',
);
