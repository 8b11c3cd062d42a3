import type { CommandDeclaration } from '../../command.js';

export const list: CommandDeclaration = {
  name: 'list',
  summary: 'List information about all the functions',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(N) where N is the number of functions',
  arity: -2,
  flags: ['noscript'],
  run({ reply }) {
    reply.array(0);
  },
};
