import type { SetValue } from '../../data/set-value.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { newSet, writeSet } from './access.js';

export const smove: CommandDeclaration = {
  name: 'smove',
  summary: 'Move a member from one set to another',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1)',
  arguments: ['source#0', 'destination#1', 'member'],
  arity: 4,
  flags: ['write', 'fast'],
  keys: { first: 1, last: 2, step: 1 },
  run(call) {
    const { args, reply } = call;
    const source = writeSet(call, 1);
    if (!source) {
      // The other one is met all the same: it may be over.
      call.db.write(args, 2);
      reply.integer(0);
      return;
    }
    const target = writeSet(call, 2);
    if (source === target || !source.has(args, 3)) {
      reply.integer(source.has(args, 3) ? 1 : 0);
      return;
    }
    move(call, source);
    reply.integer(1);
  },
};

function move(call: Call, source: SetValue): void {
  const { args } = call;
  source.remove(args, 3);
  call.changed(1, NOTIFY.set, 'srem');
  call.removeIfEmpty(1, source);
  const target = call.obtain<SetValue>(2, Type.set, () => newSet(call));
  if (target.add(args, 3)) call.changed(2, NOTIFY.set, 'sadd');
}
