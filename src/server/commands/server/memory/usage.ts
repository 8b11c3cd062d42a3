import { errors } from '../../../errors.js';
import type { Database } from '../../../keyspace/database.js';
import { capacity, type Ref } from '../../../keyspace/memory.js';
import { Type } from '../../../keyspace/value.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';

/** Every value is measured whole; SAMPLES is read and changes nothing. */
export const usage: CommandDeclaration = {
  name: 'usage',
  summary: 'Estimate the memory usage of a key',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of samples.',
  arity: -3,
  flags: ['readonly'],
  keys: { first: 2, last: 2, step: 1 },
  run({ args, reply, db }) {
    for (let i = 3; i < args.count; i += 2) {
      if (args.word(i) !== 'samples' || i + 1 >= args.count) throw errors.syntax;
      if (readInteger(args, i + 1) < 0) throw errors.syntax;
    }
    const ref = db.peek(args, 2);
    if (ref === 0) reply.nil();
    else reply.integer(bytesOf(db, ref));
  },
};

/** An entry's block, its places in the index and the expiry index, and a collection's own estimate. */
function bytesOf(db: Database, ref: Ref): number {
  const { entries } = db;
  const isString = entries.type(ref) === Type.string;
  const inline = ENTRY_HEADER + entries.keyLength(ref) + (isString ? entries.stringLength(ref) : 0);
  const index = INDEX_SLOT * (entries.expiry(ref) === 0 ? 1 : 2);
  return capacity(inline) + index + (isString ? 0 : entries.collection(ref).memory());
}

const ENTRY_HEADER = 24;
/** Two words a slot, half of them in use. */
const INDEX_SLOT = 16;
