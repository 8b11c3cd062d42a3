import type { CommandDeclaration } from '../../command.js';
import { groupChanged } from '../changes.js';
import { groupOf } from '../find-group.js';
import { writeStream } from './group-arguments.js';

export const delconsumer: CommandDeclaration = {
  name: 'delconsumer',
  summary: 'Delete a consumer from a consumer group.',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  arguments: ['key#0', 'groupname', 'consumername'],
  arity: 5,
  flags: ['write'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const group = groupOf(call, writeStream(call));
    const consumer = group.consumers.get(call.args.text(4));
    const pending = consumer?.pending.size ?? 0;
    if (consumer) {
      group.removeConsumer(consumer);
      groupChanged(call, 2, 'xgroup-delconsumer');
    }
    call.reply.integer(pending);
  },
};
