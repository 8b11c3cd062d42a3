import { ConsumerGroup } from '../../../data/stream-group.js';
import { FIRST_ID } from '../../../data/stream-id.js';
import { StreamValue } from '../../../data/stream-value.js';
import { CommandError } from '../../../errors.js';
import { Type } from '../../../keyspace/value.js';
import type { CommandDeclaration } from '../../command.js';
import { readId, subcommandSyntax } from '../arguments.js';
import { groupChanged } from '../changes.js';
import { noStream, readGroupOptions } from './group-arguments.js';

export const create: CommandDeclaration = {
  name: 'create',
  summary: 'Create a consumer group.',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  history: ['7.0.0 Added the `entries_read` named argument.'],
  arguments: ['key#0', 'groupname', 'id(id | new_id"$")', '[MKSTREAM]', '[ENTRIESREAD entries_read:integer]'],
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const { args, db, reply } = call;
    const { makeStream, entriesRead } = readGroupOptions(call, true);
    const found = call.write<StreamValue>(2, Type.stream);
    if (!found && !makeStream) throw noStream;
    if (args.count > 8) throw subcommandSyntax(args, 'XGROUP');
    const id = args.text(4) === '$' ? (found?.lastId ?? FIRST_ID) : readId(args, 4);
    const name = args.text(3);
    if (found?.groups.has(name)) throw busy;
    const stream = found ?? new StreamValue();
    if (!found) {
      db.putCollection(args, 2, stream);
      db.touch(args, 2);
    }
    stream.groups.set(name, new ConsumerGroup(id, entriesRead));
    groupChanged(call, 2, 'xgroup-create');
    reply.ok();
  },
};

const busy = new CommandError('BUSYGROUP Consumer Group name already exists');
