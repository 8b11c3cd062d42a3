import { CommandError, errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Embstr, External, Raw } from '../../keyspace/string-encoding.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { addDecimals, LONGEST_DECIMAL } from '../long-double.js';

export const incrbyfloat: CommandDeclaration = {
  name: 'incrbyfloat',
  summary: 'Increment the float value of a key by the given amount',
  since: '2.6.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: ['key#0', 'increment:double'],
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, db, reply } = call;
    const ref = call.writeString(1);
    if (ref !== 0 && db.entries.stringLength(ref) > LONGEST_DECIMAL) throw errors.notFloat;
    const sum = addDecimals(ref === 0 ? '0' : db.stringText(ref), args.text(2));
    if (sum === undefined) throw errors.notFloat;
    if (sum === 'infinite') throw new CommandError('ERR increment would produce NaN or Infinity');
    const target = db.putText(args, 1, sum, true);
    if (db.entries.encoding(target) !== External) db.setEncoding(target, sum.length <= 44 ? Embstr : Raw);
    call.changed(1, NOTIFY.string, 'incrbyfloat');
    // As a SET, so that no follower's arithmetic can differ.
    call.propagate('SET', args.text(1), sum, 'KEEPTTL');
    reply.bulk(sum);
  },
};
