import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';
import { inCluster } from '../in-cluster.js';

export const setConfigEpoch: CommandDeclaration = {
  name: 'set-config-epoch',
  summary: 'Set the configuration epoch in a new node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['config-epoch:integer'],
  arity: 3,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster(({ args, reply, server }, cluster) => {
    const { table } = cluster;
    const epoch = readInteger(args, 2);
    if (epoch < 0) throw new CommandError(`ERR Invalid config epoch specified: ${epoch}`);
    if (table.nodes.size > 1) throw KNOWS_OTHERS;
    if (table.myself.configEpoch !== 0) throw new CommandError('ERR Node config epoch is already non-zero');
    table.myself.configEpoch = epoch;
    table.currentEpoch = Math.max(table.currentEpoch, epoch);
    server.log('warning', `configEpoch set to ${epoch} via CLUSTER SET-CONFIG-EPOCH`);
    cluster.later({ save: true, health: true });
    reply.ok();
  }),
};

const KNOWS_OTHERS = new CommandError(
  'ERR The user can assign a config epoch only when the node does not know any other node.',
);
