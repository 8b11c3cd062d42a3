import type { CommandDeclaration } from '../../command.js';
import { clientLine } from './client-line.js';

export const info: CommandDeclaration = {
  name: 'info',
  summary: 'Returns information about the current client connection.',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run(call) {
    call.reply.verbatim('txt', clientLine(call, call.session));
  },
};
