import type { CommandDeclaration } from '../../command.js';
import { inCluster } from '../in-cluster.js';
import { setSlot } from '../set-slot.js';

export const setslot: CommandDeclaration = {
  name: 'setslot',
  summary: 'Bind a hash slot to a specific node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arguments: ['slot:integer', 'subcommand(IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE)'],
  arity: -4,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster(setSlot),
};
