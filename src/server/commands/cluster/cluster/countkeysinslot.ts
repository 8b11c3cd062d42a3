import { SLOT_COUNT } from '../../../../resp/key-slot.js';
import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';
import { inCluster } from '../in-cluster.js';

export const countkeysinslot: CommandDeclaration = {
  name: 'countkeysinslot',
  summary: 'Return the number of local keys in the specified hash slot',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['slot:integer'],
  arity: 3,
  flags: ['stale'],
  run: inCluster(({ args, reply, server }) => {
    const slot = readInteger(args, 2);
    if (slot < 0 || slot >= SLOT_COUNT) throw new CommandError('ERR Invalid slot');
    reply.integer(server.keyspace.countInSlot(slot));
  }),
};
