import { cardinality, REGISTERS } from '../../data/hyperloglog.js';
import type { Call } from '../call.js';
import { allKeys, type CommandDeclaration } from '../command.js';
import { hyperLogLogOf, makeRaw } from './string-value.js';

export const pfcount: CommandDeclaration = {
  name: 'pfcount',
  summary: 'Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s).',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity:
    'O(1) with a very small average constant time when called with a single key. O(N) with N being the number of keys, and much bigger constant times, when called with multiple keys.',
  arguments: ['key#0...'],
  arity: -2,
  flags: ['readonly'],
  keys: allKeys,
  run(call) {
    if (call.args.count === 2) countOne(call);
    else call.reply.integer(cardinality(mergedRegisters(call)));
  },
};

/** A cardinality that had to be computed is kept in the value, which is a change that replicas must follow. */
function countOne(call: Call): void {
  const { db, args, reply } = call;
  const ref = call.readString(1);
  if (ref === 0) {
    reply.integer(0);
    return;
  }
  const value = hyperLogLogOf(call, ref);
  const cached = value.cached;
  const count = cached ?? value.count();
  makeRaw(call, ref);
  if (cached === undefined) {
    value.cache(Number(count));
    db.touch(args, 1);
    call.dirty++;
  }
  reply.integer(count);
}

/** The registers of the union of the arguments' HyperLogLogs; missing keys are empty ones. */
export function mergedRegisters(call: Call): Uint8Array {
  const registers = new Uint8Array(REGISTERS);
  for (let i = 1; i < call.args.count; i++) {
    const ref = call.readString(i);
    if (ref !== 0) hyperLogLogOf(call, ref).mergeInto(registers);
  }
  return registers;
}
