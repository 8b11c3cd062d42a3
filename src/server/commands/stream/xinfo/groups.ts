import type { CommandDeclaration } from '../../command.js';
import { byName } from '../find-group.js';
import { progress, readStream, replyFields } from './fields.js';

export const groups: CommandDeclaration = {
  name: 'groups',
  summary: 'List the consumer groups of a stream',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1)',
  history: ['7.0.0 Added the `entries-read` and `lag` fields'],
  arguments: ['key#0'],
  arity: 3,
  flags: ['readonly'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const { reply } = call;
    const stream = readStream(call);
    const all = byName(stream.groups);
    reply.array(all.length);
    for (const [name, group] of all) {
      const { consumers, pending } = group;
      reply.map(6);
      replyFields(reply, { name, consumers: consumers.size, pending: pending.size, ...progress(group, stream) });
    }
  },
};
