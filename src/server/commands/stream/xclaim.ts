import { compareIds, FIRST_ID, parseStreamId, type StreamId } from '../../data/stream-id.js';
import { CommandError } from '../../errors.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readInteger } from '../numbers.js';
import { readId } from './arguments.js';
import { obtainConsumer, propagateGroupId } from './changes.js';
import { type Claiming, dropDeleted, nameOf, replyClaimed, takeOver } from './claim.js';
import { findGroup } from './find-group.js';

export const xclaim: CommandDeclaration = {
  name: 'xclaim',
  summary:
    'Changes (or acquires) ownership of a message in a consumer group, as if the message was delivered to the specified consumer.',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(log N) with N being the number of messages in the PEL of the consumer group.',
  arguments: [
    'key#0',
    'group',
    'consumer',
    'min-idle-time',
    'id...',
    '[IDLE ms:integer]',
    '[TIME unix-time-milliseconds:unix-time]',
    '[RETRYCOUNT count:integer]',
    '[FORCE]',
    '[JUSTID]',
    '[LASTID id]',
  ],
  arity: -6,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    const claiming = { call, ...findGroup(call) };
    const { stream, group } = claiming;
    const options = readOptions(call);
    call.propagateNothing();
    const moved = compareIds(options.lastId, group.lastId) > 0;
    if (moved) group.lastId = options.lastId;
    const outcomes = options.ids.map((id) => claim(claiming, id, options));
    if (moved && outcomes.every((outcome) => outcome === 'left')) {
      propagateGroupId(call, nameOf(call), group);
      call.dirty++;
    }
    const claimed = options.ids.filter((_, i) => outcomes[i] === 'claimed');
    replyClaimed(call.reply, stream, claimed, options.justIds);
  },
};

interface Options {
  readonly minIdle: number;
  readonly ids: readonly StreamId[];
  force: boolean;
  justIds: boolean;
  deliveredAt: number;
  /** undefined: one more than before. */
  deliveries: number | undefined;
  lastId: StreamId;
}

function claim(claiming: Claiming, id: StreamId, options: Options): 'claimed' | 'deleted' | 'left' {
  const { call, stream, group } = claiming;
  const { deliveredAt, force, justIds, minIdle } = options;
  const known = group.pending.get(id);
  if (!stream.has(id)) {
    if (!known) return 'left';
    dropDeleted(claiming, known);
    return 'deleted';
  }
  if (known && minIdle > 0 && call.now - known.deliveredAt < minIdle) return 'left';
  if (!known && !force) return 'left';
  const entry = known ?? group.addPending(id, obtainConsumer(call, 1, group, call.args.text(3)), deliveredAt, 1);
  takeOver(claiming, entry, deliveredAt, options.deliveries ?? entry.deliveries + (justIds ? 0 : 1));
  return 'claimed';
}

function readOptions({ args, now }: Call): Options {
  const minIdle = Math.max(0, readInteger(args, 4, wrong('min-idle-time')));
  const ids = leadingIds(args.texts(5));
  const options: Options = {
    ...{ minIdle, ids, force: false, justIds: false },
    ...{ deliveredAt: now, deliveries: undefined, lastId: FIRST_ID },
  };
  for (let i = 5 + ids.length; i < args.count; i++) {
    const word = args.word(i);
    const hasValue = i + 1 < args.count;
    if (word === 'force') options.force = true;
    else if (word === 'justid') options.justIds = true;
    else if (word === 'idle' && hasValue) options.deliveredAt = now - readInteger(args, ++i, wrong('IDLE option'));
    else if (word === 'time' && hasValue) options.deliveredAt = readInteger(args, ++i, wrong('TIME option'));
    else if (word === 'retrycount' && hasValue) {
      const deliveries = readInteger(args, ++i, wrong('RETRYCOUNT option'));
      options.deliveries = deliveries >= 0 ? deliveries : undefined;
    } else if (word === 'lastid' && hasValue) options.lastId = readId(args, ++i);
    else throw new CommandError(`ERR Unrecognized XCLAIM option '${args.text(i)}'`);
  }
  // A time that makes no sense is taken as now: clients reckon with clocks of their own.
  if (options.deliveredAt < 0 || options.deliveredAt > now) options.deliveredAt = now;
  return options;
}

/** IDs up to the first word that is none. */
function leadingIds(words: readonly string[]): StreamId[] {
  const ids: StreamId[] = [];
  for (const word of words) {
    const id = parseStreamId(word, 0);
    if (id === undefined) break;
    ids.push(id);
  }
  return ids;
}

function wrong(what: string): CommandError {
  return new CommandError(`ERR Invalid ${what} argument for XCLAIM`);
}
