import { denialOfDryRun } from '../../../access/denial.js';
import { CommandError, wrongArity } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { argumentsFrom } from '../../introspection/full-command.js';

export const dryrun: CommandDeclaration = {
  name: 'dryrun',
  summary: 'Returns whether the user can execute the given command without executing the command.',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(1).',
  arguments: ['username', 'command', '[arg...]'],
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run(call) {
    const { server, reply } = call;
    const user = server.users.get(call.args.text(2));
    if (user === undefined) throw new CommandError(`ERR User '${call.args.text(2)}' not found`);
    const args = argumentsFrom(call.args, 3);
    const command = server.commands.find(args);
    if (command === undefined || (command.subcommands && args.count > 1)) {
      throw new CommandError(`ERR Command '${args.text(0)}' not found`);
    }
    const name = server.commands.fullName(command);
    if (command.arity > 0 ? args.count !== command.arity : args.count < -command.arity) throw wrongArity(name);
    const denial = server.users.permissions.denial(user, command, args);
    if (denial === undefined) reply.ok();
    else reply.bulk(denialOfDryRun(denial, name, args));
  },
};
