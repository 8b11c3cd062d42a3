import type { CommandDeclaration } from '../../command.js';
import { readAnyId, subcommandSyntax } from '../arguments.js';
import { groupChanged } from '../changes.js';
import { groupOf } from '../find-group.js';
import { readGroupOptions, writeStream } from './group-arguments.js';

export const setid: CommandDeclaration = {
  name: 'setid',
  summary: 'Set a consumer group to an arbitrary last delivered ID value.',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  history: ['7.0.0 Added the optional `entries_read` argument.'],
  arguments: ['key#0', 'groupname', 'id(id | new_id"$")', '[ENTRIESREAD entries_read:integer]'],
  arity: -5,
  flags: ['write'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const { args, reply } = call;
    const { entriesRead } = readGroupOptions(call, false);
    const stream = writeStream(call);
    const group = groupOf(call, stream);
    if (args.count !== 5 && args.count !== 7) throw subcommandSyntax(args, 'XGROUP');
    group.lastId = args.text(4) === '$' ? stream.lastId : readAnyId(args, 4);
    group.entriesRead = entriesRead;
    groupChanged(call, 2, 'xgroup-setid');
    reply.ok();
  },
};
