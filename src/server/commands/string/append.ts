import { copyPart } from '../../../resp/area.js';
import { errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';

export const append: CommandDeclaration = {
  name: 'append',
  summary: 'Append a value to a key',
  since: '2.0.0',
  group: 'string',
  complexity:
    'O(1). The amortized time complexity is O(1) assuming the appended value is small and the already present value is of any size, since the dynamic string library used by Redis will double the free space available on every reallocation.',
  arguments: ['key#0', 'value'],
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, db, reply, server } = call;
    const ref = call.writeString(1);
    const added = args.length(2);
    const before = ref === 0 ? 0 : db.entries.stringLength(ref);
    if (before + added > server.settings.maxBulk && ref !== 0) throw errors.stringTooLong;
    if (ref === 0) db.putString(args, 1, args.area, args.start(2), added);
    else {
      const target = db.resizeString(ref, before + added, true);
      const at = db.entries.stringStart(target) + before;
      copyPart(args.area, args.start(2), db.entries.stringArea(target), at, added);
    }
    call.changed(1, NOTIFY.string, 'append');
    reply.integer(before + added);
  },
};
