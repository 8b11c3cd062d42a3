import type { CommandDeclaration } from '../../command.js';
import { needsCluster } from '../needs-cluster.js';

export const help: CommandDeclaration = {
  name: 'help',
  summary: 'Show helpful text about the different subcommands',
  since: '5.0.0',
  group: 'cluster',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run: needsCluster,
};
