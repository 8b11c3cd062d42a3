import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';
import { scriptEngine } from '../run-script.js';

export const stats: CommandDeclaration = {
  name: 'stats',
  summary: 'Return information about the function currently running (name, description, duration)',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  run(call) {
    const { reply, server } = call;
    const { script } = server.dispatcher;
    if (script?.kind === 'script') throw script.busy;
    const { functions } = scriptEngine(server);
    reply.map(2);
    reply.bulk('running_script');
    tellRunning(call);
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

/** Asked while it runs, past its time: what runs, how it was called and for how long. */
function tellRunning({ reply, server }: Call): void {
  const { script } = server.dispatcher;
  if (script === undefined) {
    reply.nil();
    return;
  }
  reply.map(3);
  reply.bulk('name');
  reply.bulk(script.name);
  reply.bulk('command');
  reply.array(script.command.length);
  for (const word of script.command) reply.bulk(word);
  reply.bulk('duration_ms');
  reply.integer(script.duration);
}
