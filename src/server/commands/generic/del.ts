import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { allKeys, type CommandDeclaration } from '../command.js';

export const del: CommandDeclaration = {
  name: 'del',
  summary: 'Delete a key',
  since: '1.0.0',
  group: 'generic',
  complexity:
    'O(N) where N is the number of keys that will be removed. When a key to remove holds a value other than a string, the individual complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).',
  arguments: ['key#0...'],
  arity: -2,
  flags: ['write'],
  keys: allKeys,
  run(call) {
    removeKeys(call, call.server.settings.lazyUserDel);
  },
};

/** DEL and UNLINK. */
export function removeKeys(call: Call, lazily: boolean): void {
  const { args, db, reply } = call;
  let removed = 0;
  for (let i = 1; i < args.count; i++) {
    const ref = db.peek(args, i);
    if (ref === 0) continue;
    db.remove(ref, lazily);
    call.changed(i, NOTIFY.generic, 'del');
    removed++;
  }
  reply.integer(removed);
}
