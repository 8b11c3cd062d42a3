import { SLOT_COUNT } from '../../../../resp/key-slot.js';
import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';
import { inCluster } from '../in-cluster.js';

export const getkeysinslot: CommandDeclaration = {
  name: 'getkeysinslot',
  summary: 'Return local key names in the specified hash slot',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(log(N)) where N is the number of requested keys',
  arguments: ['slot:integer', 'count:integer'],
  arity: 4,
  flags: ['stale'],
  run: inCluster(({ args, reply, server }) => {
    const slot = readInteger(args, 2);
    const most = readInteger(args, 3);
    if (slot < 0 || slot >= SLOT_COUNT || most < 0) throw new CommandError('ERR Invalid slot or number of keys');
    const keys = server.keyspace.databases[0]!.keysInSlot(slot, most);
    reply.array(keys.length);
    for (const key of keys) reply.bulk(key);
  }),
};
