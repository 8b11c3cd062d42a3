import type { CommandDeclaration } from '../../command.js';
import { infoText } from './text.js';

export const info: CommandDeclaration = {
  name: 'info',
  summary: 'Get information and statistics about the server',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(1)',
  history: ['7.0.0 Added support for taking multiple section arguments.'],
  arguments: ['[section...]'],
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['dangerous'],
  run({ args, reply, server }) {
    const wanted = new Set(args.texts(1).map((word) => word.toLowerCase()));
    if (wanted.size === 0) wanted.add('default');
    reply.verbatim('txt', infoText(server, wanted));
  },
};
