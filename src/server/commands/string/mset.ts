import { wrongArity } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';

export const mset: CommandDeclaration = {
  name: 'mset',
  summary: 'Set multiple keys to multiple values',
  since: '1.0.1',
  group: 'string',
  complexity: 'O(N) where N is the number of keys to set.',
  arguments: ['key_value(key#0, value)...'],
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: { first: 1, last: -1, step: 2 },
  run(call) {
    if (call.args.count % 2 === 0) throw wrongArity('mset');
    setAll(call);
    call.reply.ok();
  },
};

/** Keys and values in turn from argument 1 on. */
export function setAll(call: Call): void {
  const { args, db } = call;
  for (let i = 1; i < args.count; i += 2) {
    db.putString(args, i, args.area, args.start(i + 1), args.length(i + 1));
    call.changed(i, NOTIFY.string, 'set');
  }
}
