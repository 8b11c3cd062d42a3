import { Int } from '../../../keyspace/string-encoding.js';
import { Type } from '../../../keyspace/value.js';
import type { Settings } from '../../../settings.js';
import type { CommandDeclaration } from '../../command.js';
import { lookUp } from './lookup.js';

export const refcount: CommandDeclaration = {
  name: 'refcount',
  summary: 'Get the number of references to the value of the key',
  since: '2.2.3',
  group: 'generic',
  complexity: 'O(1)',
  arguments: ['key#0'],
  arity: 3,
  flags: ['readonly'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const { db, reply, server } = call;
    const ref = lookUp(call);
    if (ref === 0) return;
    const isInteger = db.type(ref) === Type.string && db.entries.encoding(ref) === Int;
    const shared = isInteger && sharesIntegers(server.settings) && isShared(db.stringText(ref));
    reply.integer(shared ? SHARED : 1);
  },
};

/** What Redis tells of the integers that it keeps once for all keys, 0 to 9999. */
const SHARED = 2 ** 31 - 1;

/** A policy that goes by each key's use needs each value for itself. */
function sharesIntegers({ maxMemory, maxMemoryPolicy }: Settings): boolean {
  return maxMemory === 0 || !/l[rf]u$/.test(maxMemoryPolicy);
}

function isShared(digits: string): boolean {
  return digits.length <= 4 && !digits.startsWith('-');
}
