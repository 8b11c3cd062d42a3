import { slotOfBytes } from '../../../../resp/key-slot.js';
import type { CommandDeclaration } from '../../command.js';
import { inCluster } from '../in-cluster.js';

export const keyslot: CommandDeclaration = {
  name: 'keyslot',
  summary: 'Returns the hash slot of the specified key',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the number of bytes in the key',
  arguments: ['key'],
  arity: 3,
  flags: ['stale'],
  run: inCluster(({ args, reply }) => {
    const start = args.start(2);
    reply.integer(slotOfBytes(args.buffer, start, start + args.length(2)));
  }),
};
