import type { HyperLogLog } from '../../data/hyperloglog.js';
import { CommandError } from '../../errors.js';
import type { Ref } from '../../keyspace/memory.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { hyperLogLogOf, makeRaw, store } from './string-value.js';

export const pfdebug: CommandDeclaration = {
  name: 'pfdebug',
  summary: 'Internal commands for debugging HyperLogLog values',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'N/A',
  system: true,
  arguments: ['subcommand', 'key#0'],
  arity: 3,
  flags: ['write', 'denyoom', 'admin'],
  keys: { first: 2, last: 2, step: 1 },
  run(call) {
    const ref = call.writeString(2);
    if (ref === 0) throw new CommandError('ERR The specified key does not exist');
    const value = hyperLogLogOf(call, ref);
    makeRaw(call, ref);
    const subcommand = SUBCOMMANDS.get(call.args.word(1));
    if (!subcommand) throw new CommandError(`ERR Unknown PFDEBUG subcommand '${call.args.text(1)}'`);
    subcommand(call, value, ref);
  },
};

const SUBCOMMANDS: ReadonlyMap<string, (call: Call, value: HyperLogLog, ref: Ref) => void> = new Map(
  Object.entries<(call: Call, value: HyperLogLog, ref: Ref) => void>({
    getreg(call, value, ref) {
      makeDense(call, value, ref);
      const registers = value.registers();
      call.reply.array(registers.length);
      for (const register of registers) call.reply.integer(register);
    },
    decode({ reply }, value) {
      if (value.isDense) throw new CommandError('ERR HLL encoding is not sparse');
      reply.bulk(value.describeRuns());
    },
    encoding({ reply }, value) {
      reply.simple(value.isDense ? 'dense' : 'sparse');
    },
    todense(call, value, ref) {
      call.reply.integer(makeDense(call, value, ref) ? 1 : 0);
    },
  }),
);

/** Counts as a change, so that it is propagated. */
function makeDense(call: Call, value: HyperLogLog, ref: Ref): boolean {
  if (value.isDense) return false;
  value.toDense();
  store(call, 2, value, ref);
  call.dirty++;
  return true;
}
