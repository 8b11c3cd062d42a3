import { CommandError, wrongSubcommand } from '../../../errors.js';
import type { Call } from '../../call.js';
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
  run(call) {
    refuseStrangers(call);
    const { args } = call;
    const subcommand = debugSubcommands.get(args.word(1));
    const given = args.count - 2;
    if (!subcommand || given < subcommand.min || given > subcommand.max) {
      throw wrongSubcommand('DEBUG', args.text(1));
    }
    subcommand.run(call);
  },
};

/** `enable-debug-command`: no, yes, or local for clients of this machine. */
function refuseStrangers({ server, session }: Call): void {
  const { enableDebug } = server.settings;
  const { address } = session.peer;
  if (enableDebug === 'yes' || (enableDebug === 'local' && LOCAL.test(address))) return;
  throw new CommandError(
    'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
  );
}

const LOCAL = /^(?:127\.|\[::1\]|\[::ffff:127\.|\/|local$)/;
