import { canonical, compareIds, FIRST_ID, type Int64, isZero, type StreamId } from '../../data/stream-id.js';
import type { StreamValue } from '../../data/stream-value.js';
import { CommandError, errors } from '../../errors.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readBigInteger } from '../numbers.js';
import { readId } from './arguments.js';
import { groupChanged } from './changes.js';

export const xsetid: CommandDeclaration = {
  name: 'xsetid',
  summary: 'An internal command for replicating stream values',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  history: ['7.0.0 Added the `entries_added` and `max_deleted_entry_id` arguments.'],
  arguments: [
    'key#0',
    'last-id',
    '[ENTRIESADDED entries_added:integer@7.0.0]',
    '[MAXDELETEDID max_deleted_entry_id@7.0.0]',
  ],
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    const { id, entriesAdded, maxDeletedId } = readOptions(call);
    const stream = call.write<StreamValue>(1, Type.stream);
    if (!stream) throw errors.noSuchKey;
    const newest = stream.newestId();
    if (newest && compareIds(id, newest) < 0) throw belowTop;
    if (newest && entriesAdded !== undefined && stream.size > entriesAdded) throw fewerThanThere;
    stream.lastId = id;
    if (entriesAdded !== undefined) stream.entriesAdded = entriesAdded;
    if (!isZero(maxDeletedId)) stream.maxDeletedId = maxDeletedId;
    call.reply.ok();
    groupChanged(call, 1, 'xsetid');
  },
};

interface Options {
  id: StreamId;
  entriesAdded: Int64 | undefined;
  maxDeletedId: StreamId;
}

function readOptions({ args }: Call): Options {
  const options: Options = { id: readId(args, 2), entriesAdded: undefined, maxDeletedId: FIRST_ID };
  for (let i = 3; i < args.count; i += 2) {
    const word = i + 1 < args.count ? args.word(i) : '';
    if (word === 'entriesadded') {
      options.entriesAdded = canonical(readBigInteger(args, i + 1));
      if (options.entriesAdded < 0) throw new CommandError('ERR entries_added must be positive');
    } else if (word === 'maxdeletedid') {
      options.maxDeletedId = readId(args, i + 1);
      if (compareIds(options.id, options.maxDeletedId) < 0) throw belowDeleted;
    } else throw errors.syntax;
  }
  return options;
}

const belowDeleted = new CommandError(
  'ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id',
);
const belowTop = new CommandError('ERR The ID specified in XSETID is smaller than the target stream top item');
const fewerThanThere = new CommandError(
  'ERR The entries_added specified in XSETID is smaller than the target stream length',
);
