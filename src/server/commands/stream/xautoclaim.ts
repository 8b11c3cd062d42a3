import type { PendingEntry } from '../../data/pending-list.js';
import { FIRST_ID, idAfter, type StreamId } from '../../data/stream-id.js';
import { CommandError, errors } from '../../errors.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readBigInteger, readInteger } from '../numbers.js';
import { readRangeStart } from './arguments.js';
import { type Claiming, dropDeleted, replyClaimed, takeOver } from './claim.js';
import { findGroup } from './find-group.js';
import { replyId } from './reply-entries.js';

export const xautoclaim: CommandDeclaration = {
  name: 'xautoclaim',
  summary:
    'Changes (or acquires) ownership of messages in a consumer group, as if the messages were delivered to the specified consumer.',
  since: '6.2.0',
  group: 'stream',
  complexity: 'O(1) if COUNT is small.',
  history: ['7.0.0 Added an element to the reply array, containing deleted entries the command cleared from the PEL'],
  arguments: ['key#0', 'group', 'consumer', 'min-idle-time', 'start', '[COUNT count:integer]', '[JUSTID]'],
  arity: -6,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    // Options that are wrong are told of before a key that is, but the key has been met by then.
    const ref = call.db.read(call.args, 1);
    const options = readOptions(call);
    const claiming = { call, ...findGroup(call, ref) };
    call.propagateNothing();
    const { claimed, deleted, next } = claimFrom(claiming, options);
    const { reply } = call;
    reply.array(3);
    replyId(reply, next?.id ?? FIRST_ID);
    replyClaimed(reply, claiming.stream, claimed, options.justIds);
    reply.array(deleted.length);
    for (const id of deleted) replyId(reply, id);
  },
};

interface Options {
  readonly minIdle: number;
  readonly start: StreamId;
  count: number;
  justIds: boolean;
}

interface Outcome {
  readonly claimed: StreamId[];
  readonly deleted: StreamId[];
  /** Where to go on. */
  next: PendingEntry | undefined;
}

/** Looks at ten times as many entries as it may claim. */
function claimFrom(claiming: Claiming, { minIdle, start, count, justIds }: Options): Outcome {
  const { call, stream, group } = claiming;
  const outcome: Outcome = { claimed: [], deleted: [], next: group.pending.atOrAfter(start) };
  const { claimed, deleted } = outcome;
  for (let looks = count * 10; looks > 0 && claimed.length + deleted.length < count && outcome.next; looks--) {
    const entry = outcome.next;
    const after = idAfter(entry.id);
    if (!stream.has(entry.id)) {
      dropDeleted(claiming, entry);
      deleted.push(entry.id);
    } else if (minIdle === 0 || call.now - entry.deliveredAt >= minIdle) {
      takeOver(claiming, entry, call.now, entry.deliveries + (justIds ? 0 : 1));
      claimed.push(entry.id);
    }
    outcome.next = after && group.pending.atOrAfter(after);
  }
  return outcome;
}

function readOptions({ args }: Call): Options {
  const minIdle = Math.max(0, readInteger(args, 4, wrongIdle));
  const options: Options = { minIdle, start: readRangeStart(args, 5), count: 100, justIds: false };
  for (let i = 6; i < args.count; i++) {
    const word = args.word(i);
    if (word === 'count' && i + 1 < args.count) {
      const count = readBigInteger(args, ++i, wrongCount);
      if (count < 1n || count > MAX_COUNT) throw wrongCount;
      options.count = Number(count);
    } else if (word === 'justid') options.justIds = true;
    else throw errors.syntax;
  }
  return options;
}

/** Redis's LONG_MAX by the 16 bytes of an ID. */
const MAX_COUNT = (2n ** 63n - 1n) / 16n;
const wrongIdle = new CommandError('ERR Invalid min-idle-time argument for XAUTOCLAIM');
const wrongCount = new CommandError('ERR COUNT must be > 0');
