import type { CommandDeclaration } from '../../command.js';
import { NOT_ALLOWED } from './load.js';

export const unload: CommandDeclaration = {
  name: 'unload',
  summary: 'Unload a module',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  arguments: ['name'],
  arity: 3,
  flags: ['admin', 'noscript', 'no_async_loading'],
  run() {
    throw NOT_ALLOWED;
  },
};
