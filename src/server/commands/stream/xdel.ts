import type { StreamValue } from '../../data/stream-value.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readIds } from './arguments.js';

export const xdel: CommandDeclaration = {
  name: 'xdel',
  summary:
    'Removes the specified entries from the stream. Returns the number of items actually deleted, that may be different from the number of IDs passed in case certain IDs do not exist.',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1) for each single item to delete in the stream, regardless of the stream size.',
  arguments: ['key#0', 'id...'],
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    const stream = call.write<StreamValue>(1, Type.stream);
    const deleted = stream?.delete(readIds(call.args, 2)) ?? 0;
    if (deleted > 0) call.changed(1, NOTIFY.stream, 'xdel', deleted);
    call.reply.integer(deleted);
  },
};
