import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { findField, obtainHash, writeHash } from './access.js';

export const hsetnx: CommandDeclaration = {
  name: 'hsetnx',
  summary: 'Set the value of a hash field, only if the field does not exist',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(1)',
  arguments: ['key#0', 'field', 'value'],
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    const { args, reply } = call;
    if (findField(call, writeHash(call, 1), 2) >= 0) {
      reply.integer(0);
      return;
    }
    obtainHash(call, 1).set(args, 2, args.text(3));
    call.changed(1, NOTIFY.hash, 'hset');
    reply.integer(1);
  },
};
