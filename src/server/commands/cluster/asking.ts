import type { CommandDeclaration } from '../command.js';
import { inCluster } from './in-cluster.js';

export const asking: CommandDeclaration = {
  name: 'asking',
  summary: 'Sent by cluster clients after an -ASK redirect',
  since: '3.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 1,
  flags: ['fast'],
  categories: ['connection'],
  run: inCluster(({ reply, session }) => {
    session.asking = 'next';
    reply.ok();
  }),
};
