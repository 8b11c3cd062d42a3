import { HyperLogLog, REGISTERS } from '../../data/hyperloglog.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { allKeys, type CommandDeclaration } from '../command.js';
import { hyperLogLogOf, store } from './string-value.js';

export const pfmerge: CommandDeclaration = {
  name: 'pfmerge',
  summary: 'Merge N different HyperLogLogs into a single one.',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'O(N) to merge N HyperLogLogs, but with high constant times.',
  arguments: ['destkey#0', 'sourcekey#1...'],
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: allKeys,
  run(call) {
    const { args, reply, server } = call;
    const registers = new Uint8Array(REGISTERS);
    let anyDense = false;
    for (let i = 1; i < args.count; i++) {
      const ref = call.readString(i);
      if (ref === 0) continue;
      const source = hyperLogLogOf(call, ref);
      anyDense ||= source.isDense;
      source.mergeInto(registers);
    }
    const ref = call.writeString(1);
    const target = ref === 0 ? HyperLogLog.empty() : hyperLogLogOf(call, ref);
    if (anyDense) target.toDense();
    target.raiseAll(registers, server.settings.hllSparseMaxBytes);
    store(call, 1, target, ref);
    call.changed(1, NOTIFY.string, 'pfadd');
    reply.ok();
  },
};
