import type { CommandDeclaration } from '../../command.js';

export const mallocStats: CommandDeclaration = {
  name: 'malloc-stats',
  summary: 'Show allocator internal stats',
  since: '4.0.0',
  group: 'server',
  complexity: 'Depends on how much memory is allocated, could be slow',
  arity: 2,
  flags: [],
  run({ reply }) {
    reply.bulk('Stats not supported for the current allocator');
  },
};
