import type { CommandDeclaration } from '../../command.js';

/** The runtime frees memory by itself. */
export const purge: CommandDeclaration = {
  name: 'purge',
  summary: 'Ask the allocator to release memory',
  since: '4.0.0',
  group: 'server',
  complexity: 'Depends on how much memory is allocated, could be slow',
  arity: 2,
  flags: [],
  run({ reply }) {
    reply.ok();
  },
};
