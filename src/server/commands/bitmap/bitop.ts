import { CommandError, errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { removeTarget } from '../store-result.js';

export const bitop: CommandDeclaration = {
  name: 'bitop',
  summary: 'Perform bitwise operations between strings',
  since: '2.6.0',
  group: 'bitmap',
  complexity: 'O(N)',
  arguments: ['operation', 'destkey#0', 'key#1...'],
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: { first: 2, last: -1, step: 1 },
  run(call) {
    const { args, db, reply } = call;
    const operation = OPERATIONS.get(args.word(1));
    if (!operation) throw errors.syntax;
    if (operation === not && args.count !== 4) {
      throw new CommandError('ERR BITOP NOT must be called with a single source key.');
    }
    const result = operation(sources(call));
    if (result.length > 0) {
      const ref = db.makeString(args, 2, result.length, false);
      result.copy(db.entries.stringBuffer(ref), db.entries.stringStart(ref));
      db.setExpiry(ref, 0);
      call.changed(2, NOTIFY.string, 'set');
    } else removeTarget(call, 2);
    reply.integer(result.length);
  },
};

function sources({ args, db }: Call): Buffer[] {
  const found: Buffer[] = [];
  for (let i = 3; i < args.count; i++) {
    const ref = db.read(args, i);
    if (ref !== 0 && db.type(ref) !== Type.string) throw errors.wrongType;
    found.push(ref === 0 ? Buffer.alloc(0) : db.stringBytes(ref));
  }
  return found;
}

type Operation = (sources: readonly Buffer[]) => Buffer;

/** Shorter strings count as filled up with zeros. */
function combine(sources: readonly Buffer[], apply: (a: number, b: number) => number): Buffer {
  const length = sources.reduce((longest, source) => Math.max(longest, source.length), 0);
  const [first, ...others] = sources;
  const result = Buffer.alloc(length);
  first!.copy(result);
  for (const other of others) {
    for (let i = 0; i < length; i++) result[i] = apply(result[i]!, i < other.length ? other[i]! : 0);
  }
  return result;
}

const not: Operation = ([source]) => {
  const result = Buffer.allocUnsafe(source!.length);
  for (let i = 0; i < result.length; i++) result[i] = ~source![i]!;
  return result;
};

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['and', (all: readonly Buffer[]) => combine(all, (a, b) => a & b)],
  ['or', (all: readonly Buffer[]) => combine(all, (a, b) => a | b)],
  ['xor', (all: readonly Buffer[]) => combine(all, (a, b) => a ^ b)],
  ['not', not],
]);
