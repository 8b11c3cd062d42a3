import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { isThere, writeHash } from './access.js';
import { fewFields, readFields } from './field-arguments.js';

export const hpersist: CommandDeclaration = {
  name: 'hpersist',
  summary: 'Removes the expiration time for each specified field',
  since: '7.4.0',
  group: 'hash',
  complexity: 'O(N) where N is the number of specified fields',
  arguments: ['key#0', 'FIELDS fields(numfields:integer, field...)'],
  arity: -5,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const hash = writeHash(call, 1);
    const first = readFields(args, 2, fewFields);
    let persisted = 0;
    reply.array(args.count - first);
    for (let i = first; i < args.count; i++) {
      const place = hash === undefined ? -1 : hash.find(args, i);
      if (place < 0 || !isThere(call, hash!, place)) reply.integer(-2);
      else if (hash!.expiry(place) === 0) reply.integer(-1);
      else {
        hash!.setExpiry(place, 0);
        persisted++;
        reply.integer(1);
      }
    }
    if (persisted > 0) call.changed(1, NOTIFY.hash, 'hpersist');
  },
};
