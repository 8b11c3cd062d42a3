import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { writeSet } from './access.js';

export const srem: CommandDeclaration = {
  name: 'srem',
  summary: 'Remove one or more members from a set',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(N) where N is the number of members to be removed.',
  history: ['2.4.0 Accepts multiple `member` arguments.'],
  arguments: ['key#0', 'member...'],
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    const { args, reply } = call;
    const set = writeSet(call, 1);
    let removed = 0;
    if (set) for (let i = 2; i < args.count; i++) if (set.remove(args, i)) removed++;
    if (set && removed > 0) {
      call.changed(1, NOTIFY.set, 'srem', removed);
      call.removeIfEmpty(1, set);
    }
    reply.integer(removed);
  },
};
