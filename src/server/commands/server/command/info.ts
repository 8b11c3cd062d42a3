import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';
import { describeCommand } from '../../introspection/describe.js';

export const info: CommandDeclaration = {
  name: 'info',
  summary: 'Get array of specific Redis command details, or all when no argument is given.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(N) where N is the number of commands to look up',
  history: ['7.0.0 Allowed to be called with no argument to get info on all commands.'],
  arguments: ['[command-name...]'],
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  run(call) {
    if (call.args.count === 2) describeAll(call);
    else describeSome(call);
  },
};

export function describeAll({ reply, server }: Call): void {
  reply.array(server.commands.size);
  for (const command of server.commands.callable()) describeCommand(reply, server.commands, command);
}

function describeSome({ args, reply, server }: Call): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const command = server.commands.get(args.word(i));
    if (command) describeCommand(reply, server.commands, command);
    else reply.nil();
  }
}
