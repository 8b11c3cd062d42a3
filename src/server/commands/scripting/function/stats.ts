import type { CommandDeclaration } from '../../command.js';
import { scriptEngine } from '../run-script.js';

/** No function can be running when a command is read: functions hold the one thread. */
export const stats: CommandDeclaration = {
  name: 'stats',
  summary: 'Return information about the function currently running (name, description, duration)',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  run({ reply, server }) {
    const { functions } = scriptEngine(server);
    reply.map(2);
    reply.bulk('running_script');
    reply.nil();
    reply.bulk('engines');
    reply.map(1);
    reply.bulk('LUA');
    reply.map(2);
    reply.bulk('libraries_count');
    reply.integer(functions.libraryCount);
    reply.bulk('functions_count');
    reply.integer(functions.functionCount);
  },
};
