import type { CommandDeclaration } from '../command.js';

export const echo: CommandDeclaration = {
  name: 'echo',
  summary: 'Echo the given string',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  arguments: ['message'],
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  run({ args, reply }) {
    reply.bulkBytes(args.view(1));
  },
};
