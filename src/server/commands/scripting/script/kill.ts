import { killScript } from '../../../session/busy.js';
import type { CommandDeclaration } from '../../command.js';

export const kill: CommandDeclaration = {
  name: 'kill',
  summary: 'Kill the script currently in execution.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  run({ reply, server }) {
    killScript(server.dispatcher.script, 'script');
    reply.ok();
  },
};
