import type { CommandDeclaration } from '../command.js';
import { inCluster } from './in-cluster.js';

export const readwrite: CommandDeclaration = {
  name: 'readwrite',
  summary: 'Disables read queries for a connection to a cluster replica node',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  run: inCluster(({ reply, session }) => {
    session.readsReplica = false;
    reply.ok();
  }),
};
