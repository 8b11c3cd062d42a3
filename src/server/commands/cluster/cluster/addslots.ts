import type { CommandDeclaration } from '../../command.js';
import { changeSlots, readSlots } from '../change-slots.js';
import { inCluster } from '../in-cluster.js';

export const addslots: CommandDeclaration = {
  name: 'addslots',
  summary: 'Assign new hash slots to receiving node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the total number of hash slot arguments',
  arguments: ['slot:integer...'],
  arity: -3,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster((call, cluster) => changeSlots(call, cluster, 'add', readSlots(call, cluster, 'add'))),
};
