import type { CommandDeclaration } from '../../command.js';
import { byName, groupOf } from '../find-group.js';
import { readStream, replyFields } from './fields.js';

export const consumers: CommandDeclaration = {
  name: 'consumers',
  summary: 'List the consumers in a consumer group',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  arguments: ['key#0', 'groupname'],
  arity: 4,
  flags: ['readonly'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const { reply, now } = call;
    const all = byName(groupOf(call, readStream(call)).consumers);
    reply.array(all.length);
    for (const [name, { pending, seenAt }] of all) {
      reply.map(3);
      replyFields(reply, { name, pending: pending.size, idle: Math.max(0, now - seenAt) });
    }
  },
};
