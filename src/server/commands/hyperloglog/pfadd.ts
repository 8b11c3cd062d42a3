import type { Args } from '../../../resp/args.js';
import { type Element, HyperLogLog } from '../../data/hyperloglog.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { hyperLogLogOf, makeRaw, store } from './string-value.js';

export const pfadd: CommandDeclaration = {
  name: 'pfadd',
  summary: 'Adds the specified elements to the specified HyperLogLog.',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'O(1) to add every element.',
  arguments: ['key#0', '[element...]'],
  arity: -2,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey,
  run(call) {
    const { args, reply, server } = call;
    const ref = call.writeString(1);
    const value = ref === 0 ? HyperLogLog.empty() : hyperLogLogOf(call, ref);
    const changes = value.add(elements(args), server.settings.hllSparseMaxBytes) + (ref === 0 ? 1 : 0);
    if (changes > 0) {
      value.invalidate();
      store(call, 1, value, ref);
      call.changed(1, NOTIFY.string, 'pfadd', changes);
    } else makeRaw(call, ref);
    reply.integer(changes > 0 ? 1 : 0);
  },
};

function* elements(args: Args): Generator<Element> {
  for (let i = 2; i < args.count; i++) yield { bytes: args.buffer, start: args.start(i), length: args.length(i) };
}
