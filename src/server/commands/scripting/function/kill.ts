import { killScript } from '../../../session/busy.js';
import type { CommandDeclaration } from '../../command.js';

export const kill: CommandDeclaration = {
  name: 'kill',
  summary: 'Kill the function currently in execution.',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  run({ reply, server }) {
    killScript(server.dispatcher.script, 'function');
    reply.ok();
  },
};
