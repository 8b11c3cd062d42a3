import { refuseProtected } from '../../../access/protected-commands.js';
import { CommandError } from '../../../errors.js';
import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';

export const load: CommandDeclaration = {
  name: 'load',
  summary: 'Load a module',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arguments: ['path', '[arg...]'],
  arity: -3,
  flags: ['admin', 'noscript', 'no_async_loading'],
  protectedBy: 'enableModule',
  run(call) {
    refuseLoading(call);
  },
};

/** Modules are programs for Redis: what cannot be loaded is told as Redis tells it, and why is in the log. */
export function refuseLoading({ server, session, command, args }: Call): never {
  const refusal = refuseProtected(server, session, command);
  if (refusal) throw refusal;
  server.log('warning', `Module ${args.text(2)} failed to load: this server loads no modules`);
  throw new CommandError('ERR Error loading the extension. Please check the server logs.');
}
