import type { CommandDeclaration } from '../../command.js';
import { groupChanged } from '../changes.js';
import { groupOf } from '../find-group.js';
import { writeStream } from './group-arguments.js';

export const createconsumer: CommandDeclaration = {
  name: 'createconsumer',
  summary: 'Create a consumer in a consumer group.',
  since: '6.2.0',
  group: 'stream',
  complexity: 'O(1)',
  arguments: ['key#0', 'groupname', 'consumername'],
  arity: 5,
  flags: ['write', 'denyoom'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const group = groupOf(call, writeStream(call));
    const name = call.args.text(4);
    const isNew = !group.consumers.has(name);
    if (isNew) {
      group.addConsumer(name, call.now);
      groupChanged(call, 2, 'xgroup-createconsumer');
    }
    call.reply.integer(isNew ? 1 : 0);
  },
};
