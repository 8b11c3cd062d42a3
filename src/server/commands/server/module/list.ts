import type { CommandDeclaration } from '../../command.js';

export const list: CommandDeclaration = {
  name: 'list',
  summary: 'List all modules loaded by the server',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of loaded modules.',
  arity: 2,
  flags: ['admin', 'noscript'],
  run({ reply }) {
    reply.array(0);
  },
};
