import { errors } from '../../../errors.js';
import type { Database } from '../../../keyspace/database.js';
import { INDEX_SHARE } from '../../../keyspace/entries.js';
import type { Ref } from '../../../keyspace/memory.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';

/** Collections keep count of their bytes: SAMPLES is read and changes nothing. */
export const usage: CommandDeclaration = {
  name: 'usage',
  summary: 'Estimate the memory usage of a key',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of samples.',
  arguments: ['key#0', '[SAMPLES count:integer]'],
  arity: -3,
  flags: ['readonly'],
  keys: { first: 2, last: 2, step: 1 },
  run({ args, reply, db }) {
    for (let i = 3; i < args.count; i += 2) {
      if (args.word(i) !== 'samples' || i + 1 >= args.count) throw errors.syntax;
      if (readInteger(args, i + 1) < 0) throw errors.syntax;
    }
    const { entries } = db;
    // One whose time is over takes memory as long as it is there.
    const ref = entries.find(args, 2, entries.hash(args, 2));
    if (ref === 0) reply.nil();
    else reply.integer(bytesOf(db, ref));
  },
};

/** A key's entry with its value, and its places in the index and the expiry index. */
function bytesOf({ entries }: Database, ref: Ref): number {
  return entries.bytesOf(ref) + INDEX_SHARE * (entries.expiry(ref) === 0 ? 1 : 2);
}
