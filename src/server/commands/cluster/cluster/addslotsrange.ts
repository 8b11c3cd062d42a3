import type { CommandDeclaration } from '../../command.js';
import { changeSlots, readRanges } from '../change-slots.js';
import { inCluster } from '../in-cluster.js';

export const addslotsrange: CommandDeclaration = {
  name: 'addslotsrange',
  summary: 'Assign new hash slots to receiving node',
  since: '7.0.0',
  group: 'cluster',
  complexity: 'O(N) where N is the total number of the slots between the start slot and end slot arguments.',
  arguments: ['start-slot_end-slot(start-slot:integer, end-slot:integer)...'],
  arity: -4,
  flags: ['admin', 'stale', 'no_async_loading'],
  run: inCluster((call, cluster) => changeSlots(call, cluster, 'add', readRanges(call, cluster, 'add'))),
};
