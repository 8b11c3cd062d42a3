import type { StreamValue } from '../../data/stream-value.js';
import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readIds } from './arguments.js';

export const xack: CommandDeclaration = {
  name: 'xack',
  summary:
    'Marks a pending message as correctly processed, effectively removing it from the pending entries list of the consumer group. Return value of the command is the number of messages successfully acknowledged, that is, the IDs we were actually able to resolve in the PEL.',
  since: '5.0.0',
  group: 'stream',
  complexity: 'O(1) for each message ID processed.',
  arguments: ['key#0', 'group', 'id...'],
  arity: -4,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const group = call.readToChange<StreamValue>(1, Type.stream)?.groups.get(args.text(2));
    let acknowledged = 0;
    for (const id of group ? readIds(args, 3) : []) {
      const entry = group?.pending.get(id);
      if (!entry) continue;
      group!.removePending(entry);
      acknowledged++;
    }
    call.dirty += acknowledged;
    reply.integer(acknowledged);
  },
};
