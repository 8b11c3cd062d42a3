import type { SetValue } from '../../data/set-value.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { newSet } from './access.js';

export const sadd: CommandDeclaration = {
  name: 'sadd',
  summary: 'Add one or more members to a set',
  since: '1.0.0',
  group: 'set',
  complexity:
    'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
  history: ['2.4.0 Accepts multiple `member` arguments.'],
  arguments: ['key#0', 'member...'],
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    const { args, reply } = call;
    const set = call.obtain<SetValue>(1, Type.set, () => newSet(call));
    let added = 0;
    for (let i = 2; i < args.count; i++) if (set.add(args, i)) added++;
    if (added > 0) call.changed(1, NOTIFY.set, 'sadd', added);
    reply.integer(added);
  },
};
