import { refuseProtected } from '../../../access/protected-commands.js';
import { CommandError } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

export const unload: CommandDeclaration = {
  name: 'unload',
  summary: 'Unload a module',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arguments: ['name'],
  arity: 3,
  flags: ['admin', 'noscript', 'no_async_loading'],
  protectedBy: 'enableModule',
  run(call) {
    const { server, session, command } = call;
    throw refuseProtected(server, session, command) ?? NOT_LOADED;
  },
};

const NOT_LOADED = new CommandError('ERR Error unloading module: no such module with that name');
