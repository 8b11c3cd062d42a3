import { CommandError, errors } from '../../errors.js';
import { copyBytes } from '../../keyspace/bytes.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readInteger } from '../numbers.js';
import { growString } from './grow.js';

export const setrange: CommandDeclaration = {
  name: 'setrange',
  summary: 'Overwrite part of a string at key starting at the specified offset',
  since: '2.2.0',
  group: 'string',
  complexity:
    'O(1), not counting the time taken to copy the new string in place. Usually, this string is very small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of the value argument.',
  arguments: ['key#0', 'offset:integer', 'value'],
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    const { args, db, reply, server } = call;
    const offset = readInteger(args, 2);
    if (offset < 0) throw new CommandError('ERR offset is out of range');
    const ref = call.writeString(1);
    const before = ref === 0 ? 0 : db.entries.stringLength(ref);
    const length = args.length(3);
    if (length === 0) {
      reply.integer(before);
      return;
    }
    if (offset + length > server.settings.maxBulk) throw errors.stringTooLong;
    const target = growString(call, ref, offset + length);
    copyBytes(
      args.buffer,
      args.start(3),
      db.entries.stringBuffer(target),
      db.entries.stringStart(target) + offset,
      length,
    );
    call.changed(1, NOTIFY.string, 'setrange');
    reply.integer(db.entries.stringLength(target));
  },
};
