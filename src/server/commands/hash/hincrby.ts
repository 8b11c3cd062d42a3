import { CommandError, errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { INT64_MAX, INT64_MIN, parseInteger, readBigInteger } from '../numbers.js';
import { findField, obtainHash, writeHash } from './access.js';

export const hincrby: CommandDeclaration = {
  name: 'hincrby',
  summary: 'Increment the integer value of a hash field by the given number',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(1)',
  arguments: ['key#0', 'field', 'increment:integer'],
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    const { args, reply } = call;
    const by = readBigInteger(args, 3);
    const found = writeHash(call, 1);
    const place = findField(call, found, 2);
    const before = place < 0 ? 0n : parseInteger(found!.value(place));
    if (before === undefined) throw NOT_INTEGER;
    const sum = before + by;
    if (sum < INT64_MIN || sum > INT64_MAX) throw errors.overflow;
    if (place < 0) obtainHash(call, 1).set(args, 2, String(sum));
    else found!.setValue(place, String(sum));
    call.changed(1, NOTIFY.hash, 'hincrby');
    reply.integer(sum);
  },
};

const NOT_INTEGER = new CommandError('ERR hash value is not an integer');
