import { refuseProtected } from '../../../access/protected-commands.js';
import { wrongSubcommand } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';
import { debugSubcommands } from './subcommands.js';

export const debug: CommandDeclaration = {
  name: 'debug',
  summary: 'A container for debugging commands',
  since: '1.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  system: true,
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  protectedBy: 'enableDebug',
  run(call) {
    const { args, server, session, command } = call;
    const refusal = refuseProtected(server, session, command);
    if (refusal) throw refusal;
    const subcommand = debugSubcommands.get(args.word(1));
    const given = args.count - 2;
    if (!subcommand || given < subcommand.min || given > subcommand.max) {
      throw wrongSubcommand('DEBUG', args.text(1));
    }
    subcommand.run(call);
  },
};
