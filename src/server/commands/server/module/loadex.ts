import type { CommandDeclaration } from '../../command.js';
import { refuseLoading } from './load.js';

export const loadex: CommandDeclaration = {
  name: 'loadex',
  summary: 'Load a module with extended parameters',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(1)',
  arguments: ['path', '[CONFIG configs(name, value)*...]', '[ARGS args(arg)...]'],
  arity: -3,
  flags: ['admin', 'noscript', 'no_async_loading'],
  protectedBy: 'enableModule',
  run(call) {
    refuseLoading(call);
  },
};
