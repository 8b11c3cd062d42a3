import { CommandError, errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { addDecimals } from '../long-double.js';
import { findField, obtainHash, writeHash } from './access.js';

export const hincrbyfloat: CommandDeclaration = {
  name: 'hincrbyfloat',
  summary: 'Increment the float value of a hash field by the given amount',
  since: '2.6.0',
  group: 'hash',
  complexity: 'O(1)',
  arguments: ['key#0', 'field', 'increment:double'],
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  member: 2,
  run(call) {
    const { args, reply } = call;
    const by = args.text(3);
    const valid = addDecimals('0', by);
    if (valid === undefined) throw errors.notFloat;
    if (valid === 'infinite') throw INFINITE_INCREMENT;
    const found = writeHash(call, 1);
    const place = findField(call, found, 2);
    const sum = addDecimals(place < 0 ? '0' : found!.value(place), by);
    if (sum === undefined) throw NOT_FLOAT;
    if (sum === 'infinite') throw INFINITE;
    if (place < 0) obtainHash(call, 1).set(args, 2, sum);
    else found!.setValue(place, sum);
    call.changed(1, NOTIFY.hash, 'hincrbyfloat');
    // As HSET, so that no follower's arithmetic can differ.
    call.propagate('HSET', args.text(1), args.text(2), sum);
    const expiry = place < 0 ? 0 : found!.expiry(place);
    if (expiry > 0) call.propagate('HPEXPIREAT', args.text(1), String(expiry), 'FIELDS', '1', args.text(2));
    reply.bulk(sum);
  },
};

const NOT_FLOAT = new CommandError('ERR hash value is not a float');
const INFINITE_INCREMENT = new CommandError('ERR value is NaN or Infinity');
const INFINITE = new CommandError('ERR increment would produce NaN or Infinity');
