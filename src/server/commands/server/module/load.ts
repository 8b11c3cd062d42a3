import { CommandError } from '../../../errors.js';
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
  run() {
    throw NOT_ALLOWED;
  },
};

export const NOT_ALLOWED = new CommandError('ERR MODULE command not allowed: this server loads no modules');
